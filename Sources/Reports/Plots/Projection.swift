internal import Glibc

/// An axis with its range settled: knows the place of every value, and its ticks.
struct Projection: Equatable {
  let scale: Chart.Axis.Scale
  /// The values at both ends.
  let range: ClosedRange<Double>
  let ticks: Ticks
  private let start: Double
  private let length: Double

  /// How a range that nobody has fixed follows the values.
  enum Fit {
    /// It ends where they end.
    case tight
    /// It ends at ticks, and begins at 0 where that is not far.
    case round
  }

  /// Settles the range of an axis: the one that is fixed, or else the `extent` of what is drawn.
  init(_ axis: Chart.Axis, extent: ClosedRange<Double>?, fit: Fit, ticks count: Int) {
    let range: ClosedRange<Double>
    switch axis.scale {
    case .linear:
      range = axis.range.flatMap(usable) ?? linear(extent ?? 0...1, fit, count: count)
      ticks = .linear(range.lowerBound, range.upperBound, count: count, isWhole: axis.isWhole)
      (start, length) = (range.lowerBound, range.upperBound - range.lowerBound)
    case .log:
      let fixed = axis.range.flatMap(usable).flatMap { $0.lowerBound > 0 ? $0 : nil }
      range = fixed ?? logarithmic(extent ?? 0.1...1, fit)
      // A power of ten is a short text.
      ticks = .log(range.lowerBound, range.upperBound, count: count * 3 / 2)
      start = log10(range.lowerBound)
      length = log10(range.upperBound) - start
    }
    self.range = range
    scale = axis.scale
  }

  /// Where a value stands: 0 at the beginning of the axis, 1 at its end; NaN if nowhere.
  func callAsFunction(_ value: Double) -> Double {
    let place = ((scale == .log ? log10(value) : value) - start) / length
    // Far outside is outside: no coordinate is so long that a reader stumbles over it.
    return place.isNaN || value.isInfinite ? .nan : min(max(-10, place), 11)
  }
}

/// The lowest and the highest of some values; those that the scale has no place for do not count.
struct Extent {
  private let scale: Chart.Axis.Scale
  private var low = Double.infinity
  private var high = -Double.infinity

  init(_ scale: Chart.Axis.Scale) { self.scale = scale }

  mutating func add(_ value: Double) {
    // Comparisons with NaN are false.
    guard abs(value) < .infinity, scale == .linear || value > 0 else { return }
    if value < low { low = value }
    if value > high { high = value }
  }

  var range: ClosedRange<Double>? { low <= high ? low...high : nil }
}

/// A range that has a length, or nil.
private func usable(_ range: ClosedRange<Double>) -> ClosedRange<Double>? {
  range.lowerBound.isFinite && range.upperBound.isFinite && range.lowerBound < range.upperBound
    ? range : nil
}

private func linear(
  _ extent: ClosedRange<Double>, _ fit: Projection.Fit, count: Int
) -> ClosedRange<Double> {
  // The difference of the two must be a number, too.
  var (low, high) = (max(extent.lowerBound, -1e300), min(extent.upperBound, 1e300))
  let size = max(abs(low), abs(high))
  if high - low <= size * 1e-9 {
    guard fit == .round else { return low - max(0.5, size * 1e-6)...high + max(0.5, size * 1e-6) }
    return size == 0 ? 0...1 : low > 0 ? 0...2 * high : 2 * low...0
  }
  guard fit == .round else { return low...high }
  if low > 0, low <= 0.4 * high { low = 0 }
  if high < 0, high >= 0.4 * low { high = 0 }
  return Ticks.rounded(low, high, count: count)
}

private func logarithmic(_ extent: ClosedRange<Double>, _ fit: Projection.Fit)
  -> ClosedRange<Double>
{
  let (low, high) = (max(extent.lowerBound, 1e-300), min(extent.upperBound, 1e300))
  guard high > low * (1 + 1e-9) else { return low / 10...low * 10 }
  guard fit == .round else { return low...high }
  let margin = pow(high / low, 0.04)
  return low / margin...high * margin
}
