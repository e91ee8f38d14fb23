import Reports

@testable import Training

/// Reports of runs that never took place.
enum Outcomes {
  /// An epoch with these figures.
  static func row(_ epoch: Int, loss: Double = 1, test: Double) -> EpochRow {
    EpochRow(
      epoch: epoch, step: 10 * epoch, learningRate: 0.1, train: Score(loss: loss, accuracy: 0.5),
      test: Score(loss: loss, accuracy: test), seconds: 1, imagesPerSecond: 100)
  }

  /// A report of complete runs with these test accuracies after each epoch: `[variant][seed][epoch]`.
  static func report(_ accuracies: [[[Double]]], labels: [String]? = nil) -> ComparisonReport {
    ComparisonReport(
      variants: accuracies.indices.map { place in
        Variant(labels?[place] ?? String(UnicodeScalar(UInt8(65 + place))), Settings())
      }, seeds: accuracies.map(\.count).max() ?? 0, classes: 10,
      outcomes: accuracies.enumerated().flatMap { variant, runs in
        runs.enumerated().map { seed, values in
          Comparison.Outcome(
            variant: variant, seed: UInt64(seed),
            rows: values.enumerated().map { row($0 + 1, test: $1) }, end: .complete)
        }
      })
  }
}
