internal import Glibc

/// Round values along an axis, with their texts.
struct Ticks: Equatable {
  /// Where a line and a text stand.
  var values: [Double] = []
  /// The texts of the values.
  var labels: [String] = []
  /// Where only a short stroke stands.
  var minor: [Double] = []

  /// Multiples of 1, 2 or 5 times a power of ten, about `count` of them.
  static func linear(_ low: Double, _ high: Double, count: Int, isWhole: Bool = false) -> Ticks {
    var step = Step(atLeast: (high - low) / Double(max(1, count)), isWhole: isWhole)
    var multiples = step.multiples(in: low, high)
    // One tick alone tells no scale.
    for finer in [2, 4, 8] where multiples.count < 2 {
      step = Step(atLeast: (high - low) / Double(max(1, count) * finer), isWhole: isWhole)
      multiples = step.multiples(in: low, high)
    }
    return Ticks(values: multiples.map(step.value), labels: multiples.labels(step))
  }

  /// The range widened to the next ticks at both ends.
  static func rounded(_ low: Double, _ high: Double, count: Int) -> ClosedRange<Double> {
    let step = Step(atLeast: (high - low) / Double(max(1, count)), isWhole: false)
    let inner = step.multiples(in: low, high)
    let first = step.value(inner.lowerBound)
    let last = step.value(inner.upperBound - 1)
    return
      (first > low ? step.value(inner.lowerBound - 1) : min(first, low))...(last < high
      ? step.value(inner.upperBound) : max(last, high))
  }

  /// Powers of ten, all or every so many; within less than two of them 1, 2 and 5 times a power.
  static func log(_ low: Double, _ high: Double, count: Int) -> Ticks {
    let (first, last) = (Int(floor(log10(low) - 1e-9)), Int(ceil(log10(high) + 1e-9)))
    func within(_ value: Double) -> Bool { value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9) }
    func values(_ mantissas: [Int], _ exponents: [Int]) -> [Double] {
      exponents.flatMap { exponent in mantissas.map { decimal($0, exponent) } }.filter(within)
    }
    func ticks(_ shown: [Double], minor: [Double]) -> Ticks {
      Ticks(values: shown, labels: shown.map(powerText), minor: minor)
    }
    let decades = Array(first...last)
    let powers = values([1], decades)
    if powers.count >= 3 {
      let least = (powers.count - 2) / max(1, count) + 1
      let stride = [1, 2, 5, 10, 20, 50, 100, 200].first { $0 >= least } ?? least
      // A multiple of the stride, so that 1 is always among them.
      let shown = values([1], decades.filter { $0 % stride == 0 })
      return ticks(
        shown,
        minor: stride == 1 ? values(Array(2...9), decades) : powers.filter { !shown.contains($0) })
    }
    let round = values([1, 2, 5], decades)
    guard round.count >= 3 else { return linear(low, high, count: count) }
    return ticks(round, minor: values([3, 4, 6, 7, 8, 9], decades))
  }
}

/// The distance of two ticks: `mantissa * 10 ^ exponent`.
private struct Step {
  var mantissa = 1
  var exponent = 0

  init(atLeast distance: Double, isWhole: Bool) {
    guard distance > 0, distance.isFinite else { return }
    exponent = Int(floor(log10(distance)))
    let share = distance / pow(10, Double(exponent)) * (1 - 1e-9)
    switch share {
    case ...1: mantissa = 1
    case ...2: mantissa = 2
    case ...5: mantissa = 5
    default: exponent += 1
    }
    if isWhole && exponent < 0 { (mantissa, exponent) = (1, 0) }
  }

  func value(_ multiple: Int) -> Double { decimal(multiple * mantissa, exponent) }

  func multiples(in low: Double, _ high: Double) -> Range<Int> {
    let step = value(1)
    let first = Int(max(-1e15, min(ceil(low / step - 1e-6), 1e15)))
    let last = Int(max(-1e15, min(floor(high / step + 1e-6), 1e15)))
    return first..<max(first, last + 1)
  }
}

extension Range<Int> {
  /// The multiples of a step as texts of one kind: `0.05`, `2e-5` or `500k`.
  fileprivate func labels(_ step: Step) -> [String] {
    let largest = Swift.max(abs(step.value(lowerBound)), abs(step.value(upperBound - 1)))
    if largest >= 1e12 || largest < 1e-3 { return map { shortestText(step.value($0)) } }
    if largest >= 10_000, step.exponent >= 0 {
      let (unit, suffix) =
        largest >= 1e9 ? (1e9, "G") : largest >= 1e6 ? (1e6, "M") : (1e3, "k")
      return map { $0 == 0 ? "0" : shortestText(step.value($0) / unit) + suffix }
    }
    return map {
      $0 == 0 ? "0" : fixedText(step.value($0), decimals: Swift.max(0, -step.exponent))
    }
  }
}

/// A power of ten, or a few times one, in the shorter spelling: `1e-5`, `0.001`, `100`, `1e5`.
private func powerText(_ value: Double) -> String {
  guard value >= 1e5 else { return shortestText(value) }
  let exponent = Int(floor(log10(value) + 1e-9))
  return shortestText((value / pow(10, Double(exponent))).rounded()) + "e\(exponent)"
}

/// `mantissa * 10 ^ exponent`, rounded once.
private func decimal(_ mantissa: Int, _ exponent: Int) -> Double {
  Double("\(mantissa)e\(exponent)") ?? 0
}
