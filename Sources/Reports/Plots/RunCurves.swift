/// The curves of one run as they come in, ready to be drawn at any time: `results.svg`.
public struct RunCurves: Sendable {
  /// The corners of the learning rate over the epochs.
  public var rates: [Chart.Point] = []
  private let stepsPerEpoch: Int
  private let logEvery: Int
  private var logged = 0
  private var losses: Outline
  private var norms: Outline
  private var rows: [EpochRow] = []

  /// More epochs than a drawing has room for.
  private static let mostRows = 4000
  /// More columns than a drawing has.
  private static let columns = 600

  /// The curves of a run without updates yet.
  ///
  /// - Parameters:
  ///   - epochs: The epochs that it will have.
  ///   - stepsPerEpoch: Updates of an epoch.
  ///   - logEvery: Updates between two rows of the step log.
  public init(epochs: Int, stepsPerEpoch: Int, logEvery: Int) {
    self.stepsPerEpoch = max(1, stepsPerEpoch)
    self.logEvery = logEvery
    losses = Outline(columns: Self.columns, over: 0...Double(max(1, epochs)))
    norms = losses
  }

  /// Takes the next row of the step log.
  public mutating func add(_ row: StepRow) {
    // Skipped updates repeat the number of the one before: rows are counted, not their steps.
    logged += 1
    let epoch = Double(logged * logEvery) / Double(stepsPerEpoch)
    losses.add(.init(epoch, row.loss))
    norms.add(.init(epoch, row.gradientNorm))
  }

  /// Takes the next epoch.
  public mutating func add(_ row: EpochRow) {
    // The last one is always there; of the others every second goes where there are too many to see.
    if rows.count > Self.mostRows {
      rows = rows.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
    }
    rows.append(row)
  }

  /// Losses, accuracies, learning rate and gradient norm.
  public var charts: [Chart] {
    let batches = losses.points
    func curve(_ name: String, _ look: Int, _ value: (EpochRow) -> Double?) -> Chart.Series {
      .init(name, rows.map { .init(Double($0.epoch), value($0) ?? .nan) }, look: look)
    }
    func chart(
      _ title: String, _ series: [Chart.Series], _ scale: Chart.Axis.Scale = .linear,
      range: ClosedRange<Double>? = nil, remark: String = ""
    ) -> Chart {
      var chart = Chart(
        title: title, xAxis: .init("epoch", range: epochs, isWhole: true),
        yAxis: .init(remark, scale: scale, range: range), series: series)
      chart.namesLines = true
      chart.hasLegend = series.count { $0.isListed } > 1
      return chart
    }
    let held = rows.contains { $0.validation != nil }
    let lossCurves =
      [curve("test", 1) { $0.test.loss }]
      + (held ? [curve("validation", 2) { $0.validation?.loss }] : [])
      + [curve("train", 0) { $0.train.loss }]
    let (range, remark) = Self.visible(
      lossCurves.flatMap(\.points) + batches, batches.isEmpty ? "" : "thin: single batches")
    let (normRange, normRemark) = Self.visible(norms.points, "")
    return [
      chart(
        "Loss", [.init("", batches, look: 0, weight: .faint)] + lossCurves, .log, range: range,
        remark: remark),
      chart(
        "Accuracy in %",
        [curve("test", 1) { $0.test.accuracy * 100 }]
          + (held ? [curve("validation", 2) { ($0.validation?.accuracy).map { $0 * 100 } }] : [])
          + [curve("train", 0) { $0.train.accuracy * 100 }]),
      // Where updates were skipped, the rate waited for the next one.
      chart(
        "Learning rate",
        [
          .init(
            "", rates + (rates.last.map { [.init(epochs.upperBound, $0.y)] } ?? []), .step, look: 0)
        ]),
      chart(
        "Gradient norm", [.init("", norms.points, look: 0)], .log, range: normRange,
        remark: normRemark),
    ]
  }

  /// From the start to the last that is known.
  private var epochs: ClosedRange<Double> {
    let last = [rates.last?.x, losses.points.last?.x, rows.last.map { Double($0.epoch) }]
    let end = last.compactMap(\.self).max() ?? 1
    return 0...max(end, 1 / Double(stepsPerEpoch))
  }

  /// The part of a logarithmic axis that is worth seeing, and what is said of it: a run that diverges
  /// would take all of it for its last updates.
  private static func visible(
    _ points: [Chart.Point], _ remark: String
  ) -> (range: ClosedRange<Double>?, remark: String) {
    let values = points.map(\.y).filter { $0.isFinite && $0 > 0 }.sorted()
    guard let least = values.first, let most = values.last else { return (nil, remark) }
    let middle = values[values.count / 2]
    let (low, high) = (max(least, middle * 1e-4), min(most, middle * 1e2))
    guard low < high, least < low || high < most else { return (nil, remark) }
    let cut = most > high ? "above \(significantText(high, digits: 2)) not shown" : ""
    return (low...high, [remark, cut].filter { !$0.isEmpty }.joined(separator: "; "))
  }

  /// All curves in one file, under a heading and over a caption.
  public func svg(heading: String, caption: [String]) -> String {
    Chart.svg(
      Chart.Row.rows(charts, columns: 2, height: 280), width: 960, heading: heading,
      caption: caption)
  }
}
