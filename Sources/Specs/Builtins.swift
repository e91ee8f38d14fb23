#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

// Free functions: inside the enumerations the names of the cases would hide those of the library.

func raised(_ a: Double, _ b: Double) -> Double { pow(a, b) }

private func arcTangent(_ y: Double, _ x: Double) -> Double { atan2(y, x) }

private func hypotenuse(_ a: Double, _ b: Double) -> Double { hypot(a, b) }

private func value(of function: Function.Unary, at x: Double) -> Double {
  switch function {
  case .abs, .fabs: Swift.abs(x)
  case .round: x.rounded(.toNearestOrEven)
  case .int, .trunc: x.rounded(.towardZero)
  case .float: x
  case .cos: cos(x)
  case .sin: sin(x)
  case .tan: tan(x)
  case .acos: acos(x)
  case .asin: asin(x)
  case .atan: atan(x)
  case .cosh: cosh(x)
  case .sinh: sinh(x)
  case .tanh: tanh(x)
  case .acosh: acosh(x)
  case .asinh: asinh(x)
  case .atanh: atanh(x)
  case .exp: exp(x)
  case .exp2: exp2(x)
  case .expm1: expm1(x)
  case .log: log(x)
  case .log2: log2(x)
  case .log10: log10(x)
  case .log1p: log1p(x)
  case .sqrt: x.squareRoot()
  case .cbrt: cbrt(x)
  case .erf: erf(x)
  case .erfc: erfc(x)
  case .floor: x.rounded(.down)
  case .ceil: x.rounded(.up)
  case .radians: x * .pi / 180
  case .degrees: x * 180 / .pi
  }
}

extension Function {
  /// Functions of one number, by Python's names.
  enum Unary: String, Hashable, Sendable, CaseIterable {
    case abs, round, int, float
    case cos, sin, tan, acos, asin, atan, cosh, sinh, tanh, acosh, asinh, atanh
    case exp, exp2, expm1, log, log2, log10, log1p, sqrt, cbrt, erf, erfc
    case floor, ceil, trunc, fabs, radians, degrees

    func apply(_ x: Double) -> Double { value(of: self, at: x) }
  }

  /// Functions of two numbers, by Python's names; `min` and `max` of more are nested.
  enum Binary: String, Hashable, Sendable, CaseIterable {
    case min, max, pow, atan2, fmod, hypot, copysign
    /// Logarithm to a base.
    case log
    /// To so many decimal places.
    case round

    func apply(_ a: Double, _ b: Double) -> Double {
      switch self {
      case .min: b < a ? b : a
      case .max: b > a ? b : a
      case .pow: raised(a, b)
      case .atan2: arcTangent(a, b)
      case .fmod: a.truncatingRemainder(dividingBy: b)
      case .hypot: hypotenuse(a, b)
      case .copysign: Double(signOf: b, magnitudeOf: a)
      case .log: value(of: .log, at: a) / value(of: .log, at: b)
      case .round: rounded(a, toPlaces: b)
      }
    }

    private func rounded(_ x: Double, toPlaces places: Double) -> Double {
      let scale = raised(10, places)
      let scaled = x * scale
      return scaled.isFinite && scale > 0 ? scaled.rounded(.toNearestOrEven) / scale : x
    }
  }

  /// Python's constants `math.pi`, `math.e`, `math.tau`, `math.inf`.
  static let constants = ["pi": Double.pi, "e": exp(1), "tau": 2 * Double.pi, "inf": .infinity]
}
