#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

func cosine(_ x: Double) -> Double { cos(x) }

func raise(_ base: Double, to exponent: Double) -> Double { pow(base, exponent) }

func hyperbolicTangent(_ x: Double) -> Double { tanh(x) }

func logarithm(_ x: Double, base: Double) -> Double { log(x) / log(base) }

/// A number for people: at most six significant digits.
func brief(_ value: Double) -> String {
  guard value.isFinite, value != 0 else { return value.shortest }
  let places = 5 - log10(abs(value)).rounded(.down)
  // Two steps: the scale of a very small number is itself out of range.
  guard abs(places) < 300 else { return value.shortest }
  let digits = (places > 0 ? value * pow(10, places) : value / pow(10, -places)).rounded()
  return (places > 0 ? digits / pow(10, places) : digits * pow(10, -places)).shortest
}

/// `1 epoch`, `20 epochs`.
func counted(_ count: Double, _ noun: String) -> String {
  "\(brief(count)) \(noun)\(count == 1 ? "" : "s")"
}
