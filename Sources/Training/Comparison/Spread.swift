internal import Reports

/// Mean and spread of a figure over runs that differ in their seed alone.
public struct Spread: Sendable, Equatable {
  /// The number of runs, n.
  public let count: Int
  /// The mean; NaN of no runs.
  public let mean: Double
  /// The standard deviation, `sqrt(sum (x - mean)^2 / (n - 1))`; nil of fewer than two runs.
  public let deviation: Double?

  /// Mean and standard deviation of some values.
  public init(_ values: [Double]) {
    count = values.count
    let mean = values.reduce(0, +) / Double(count)
    self.mean = mean
    guard count > 1 else {
      deviation = nil
      return
    }
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    deviation = (squares / Double(count - 1)).squareRoot()
  }

  /// `0.1573 ± 0.0284`, without the part behind the mean where there is one run.
  func text(scale: Double = 1, decimals: Int, plusMinus: String) -> String {
    guard count > 0 else { return "-" }
    let mean = fixedText(mean * scale, decimals: decimals)
    return deviation.map { "\(mean) \(plusMinus) \(fixedText($0 * scale, decimals: decimals))" }
      ?? mean
  }
}

/// What the complete runs of one variant come to, by the figures of their last epochs.
public struct Standing: Sendable, Equatable {
  /// Which variant.
  public let variant: Variant
  /// Its place among those that were given.
  public let place: Int
  /// Runs that diverged; they are in no mean.
  public let diverged: Int
  /// Updates of the complete runs that were skipped because a gradient was not finite.
  public let skipped: Int
  /// Mean loss over the last epoch's images as they were trained on.
  public let trainLoss: Spread
  /// Share of right answers over the last epoch's images as they were trained on.
  public let trainAccuracy: Spread
  /// Mean loss over the test set after the last epoch.
  public let testLoss: Spread
  /// Share of right answers over the test set after the last epoch.
  public let testAccuracy: Spread
  /// Share of right answers over the part held back, where there is one.
  public let validationAccuracy: Spread?
  /// Wall-clock time of a run's epochs, without the compilation of kernels.
  public let seconds: Spread

  /// The number of complete runs.
  public var count: Int { seconds.count }

  /// What variants are ranked by: validation accuracy where there is one, else test accuracy.
  public var judged: Spread { validationAccuracy ?? testAccuracy }

  init(_ variant: Variant, at place: Int, _ outcomes: [Comparison.Outcome]) {
    self.variant = variant
    self.place = place
    diverged = outcomes.count { if case .diverged = $0.end { true } else { false } }
    let complete = outcomes.filter { $0.end == .complete }
    skipped = complete.reduce(0) { $0 + $1.skipped }
    let last = complete.compactMap(\.rows.last)
    trainLoss = Spread(last.map(\.train.loss))
    trainAccuracy = Spread(last.map(\.train.accuracy))
    testLoss = Spread(last.map(\.test.loss))
    testAccuracy = Spread(last.map(\.test.accuracy))
    validationAccuracy =
      variant.settings.validation > 0
      ? Spread(last.compactMap { $0.validation?.accuracy }) : nil
    seconds = Spread(complete.map(\.seconds))
  }
}
