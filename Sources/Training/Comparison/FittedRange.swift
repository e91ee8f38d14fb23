internal import Glibc

/// The part of an axis in which curves over epochs can be told apart.
///
/// The first quarter of a run takes a figure from that of a guess to nearly its end, a run that
/// learns nothing stays there, and a spike is higher than all of it: they would take most of the
/// axis for what nobody compares.
struct FittedRange {
  /// The ends of the axis; nil without curves.
  let range: ClosedRange<Double>?
  /// Whether some of the curves is out of sight.
  let isCut: Bool

  /// Fits an axis to curves.
  ///
  /// - Parameters:
  ///   - curves: The values of each run, an epoch each.
  ///   - isBetterHigh: Whether more is better.
  ///   - isLog: Whether the axis is logarithmic.
  ///   - leastSpread: How far apart the ends of two curves must be that one is out of sight: a
  ///     difference, on a logarithmic axis a factor.
  ///   - limit: What no value exceeds.
  init(
    _ curves: [[Double]], isBetterHigh: Bool, isLog: Bool, leastSpread: Double,
    limit: Double = .infinity
  ) {
    // In these units better is always more, and equal lengths on the axis are equal.
    func unit(_ value: Double) -> Double {
      let value = isLog ? log(value) : value
      return isBetterHigh ? value : -value
    }
    func value(_ unit: Double) -> Double {
      let value = isBetterHigh ? unit : -unit
      return isLog ? exp(value) : value
    }
    let units = curves.map { $0.map(unit).filter(\.isFinite) }.filter { !$0.isEmpty }
    let ends = units.compactMap(\.last).sorted(by: >)
    guard let best = ends.first else {
      (range, isCut) = (nil, false)
      return
    }
    let middle = ends[ends.count / 2]
    let least = isLog ? log(leastSpread) : leastSpread
    let kept = units.filter { ($0.last ?? best) >= best - max(6 * (best - middle), least) }
    let late = kept.flatMap { $0.dropFirst($0.count / 4) }.sorted()
    let all = units.joined()
    let top = kept.joined().reduce(best, max)
    // A few spikes among many values are cut off, the end of a curve never.
    let lateLow = min(late[late.count / 50], kept.compactMap(\.last).reduce(best, min))
    let whole = all.reduce(best, min)
    isCut = top - whole > 1.5 * max(top - lateLow, least / 5)
    let low = isCut ? lateLow : whole
    // Differences of nothing are not made to look like much.
    let margin = max((top - low) * 0.06, (least / 5 - (top - low)) / 2)
    let (a, b) = (value(low - margin), value(top + margin))
    let (lowest, highest) = (min(a, b), min(max(a, b), limit))
    range = lowest < highest ? lowest...highest : nil
  }
}
