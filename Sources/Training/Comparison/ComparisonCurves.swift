internal import Glibc
public import Reports

extension ComparisonReport {
  /// More variants than these are not told apart in one drawing: it then has the best of them in
  /// colour, and each has a small drawing of its own.
  static let mostColoured = 6
  /// So many stand out where not all do.
  private static let bestColoured = 5

  /// The runs of one variant as they are drawn.
  private struct Strand {
    let standing: Standing
    /// The runs of its mean: complete ones, but for those that ended at chance where others did not.
    let runs: [Comparison.Outcome]
    /// Its runs where none is complete.
    let fragments: [Comparison.Outcome]
    /// The place of its colour.
    let look: Int
    /// Whether it has a colour beside the others.
    let stands: Bool
  }

  /// Every variant, the best first.
  private var strands: [Strand] {
    let isCrowded = variants.count > Self.mostColoured
    return ranked.enumerated().map { rank, standing in
      let own = outcomes.filter { $0.variant == standing.place }
      let complete = own.filter { $0.end == .complete }
      let learned = complete.filter { !endedAtChance($0) }
      return Strand(
        standing: standing, runs: learned.isEmpty ? complete : learned,
        fragments: complete.isEmpty ? own : [], look: isCrowded ? rank : standing.place,
        stands: !isCrowded || rank < Self.bestColoured)
    }
  }

  /// A figure of each epoch, and how it is drawn.
  private struct Measure: Sendable {
    var title: String
    var scale: Chart.Axis.Scale
    var isBetterHigh: Bool
    var leastSpread: Double
    var value: @Sendable (EpochRow) -> Double

    static let loss = Measure(
      title: "Train loss", scale: .log, isBetterHigh: false, leastSpread: 2
    ) { $0.train.loss }
    static let test = Measure(
      title: "Test accuracy in %", scale: .linear, isBetterHigh: true, leastSpread: 5
    ) { $0.test.accuracy * 100 }
    static let validation = Measure(
      title: "Validation accuracy in %", scale: .linear, isBetterHigh: true, leastSpread: 5
    ) { ($0.validation?.accuracy ?? .nan) * 100 }

    /// The values of a run after each epoch.
    func points(_ run: Comparison.Outcome) -> [Chart.Point] {
      run.rows.map { Chart.Point(Double($0.epoch), value($0)) }
    }
  }

  /// What variants are judged by.
  private var judged: Measure { isHeldBack ? .validation : .test }

  /// The figure that variants are judged by, train loss and learning rate over the epochs: the mean
  /// of each variant's runs, and the range that they cover.
  public var charts: [Chart] {
    let strands = strands
    return [chart(judged, strands), chart(.loss, strands), rateChart(strands)].map { chart in
      var chart = chart
      chart.namesLines = true
      return chart
    }
  }

  /// One small drawing of the judged figure and one of the learning rate for each variant, the best
  /// first, against the grey of all others; nothing where one drawing is enough.
  public var panels: [(title: String, charts: [Chart])] {
    let strands = strands
    guard strands.count > Self.mostColoured else { return [] }
    func panels(_ draw: (Strand) -> Chart) -> [Chart] {
      strands.enumerated().map { rank, strand in
        var chart = draw(strand)
        chart.title = "\(rank + 1)  \(strand.standing.variant.label)"
        chart.yAxis.label = ""
        chart.xAxis.label = ""
        chart.hasLegend = false
        return chart
      }
    }
    let (full, rates) = (chart(judged, strands), rateChart(strands))
    return [
      (
        judged.title + ", one variant each, the best first",
        panels { strand in
          var chart = full
          chart.series =
            backgrounds(judged, strands.filter { $0.standing.place != strand.standing.place })
            + self.series(judged, strand, look: 0)
          return chart
        }
      ),
      (
        "Learning rate, one variant each",
        panels { strand in
          var chart = rates
          chart.series =
            rateSeries(
              strands.filter { $0.standing.place != strand.standing.place }, weight: .background)
            + rateSeries([strand], look: 0, weight: .strong)
          return chart
        }
      ),
    ]
  }

  /// A chart of a figure at the end of every epoch.
  private func chart(_ measure: Measure, _ strands: [Strand]) -> Chart {
    let shown = strands.filter(\.stands)
    let values = strands.flatMap(\.runs).map { $0.rows.map(measure.value) }
    let fitted = FittedRange(
      values, isBetterHigh: measure.isBetterHigh, isLog: measure.scale == .log,
      leastSpread: measure.leastSpread, limit: measure.isBetterHigh ? 100 : .infinity)
    let most = strands.map(\.runs.count).max() ?? 0
    var remarks: [String] = []
    if most > 1 {
      remarks.append("mean and range of \(most == seeds ? "" : "up to ")\(most) seeds")
    }
    if fitted.isCut, let range = fitted.range {
      let edge = measure.isBetterHigh ? range.lowerBound : range.upperBound
      remarks.append(
        "\(measure.isBetterHigh ? "below" : "above") \(significantText(edge, digits: 3)) not shown")
    }
    return Chart(
      title: measure.title, xAxis: epochs,
      yAxis: .init(remarks.joined(separator: "; "), scale: measure.scale, range: fitted.range),
      series: backgrounds(measure, strands.filter { !$0.stands })
        // The best is drawn last, over all others.
        + shown.reversed().flatMap { series(measure, $0, look: $0.look) })
  }

  /// The axis of epochs, at whose end the last one is.
  private var epochs: Chart.Axis {
    let last = outcomes.compactMap(\.rows.last?.epoch).max() ?? 1
    return .init("epoch", range: last == 1 ? 0...1 : nil, isWhole: true)
  }

  private func backgrounds(_ measure: Measure, _ strands: [Strand]) -> [Chart.Series] {
    strands.map { .init("", mean(measure, $0.runs), weight: .background) }
  }

  /// The mean of a variant's runs over the range that they cover; two runs are drawn themselves.
  private func series(_ measure: Measure, _ strand: Strand, look: Int) -> [Chart.Series] {
    let mean = mean(measure, strand.runs)
    let line = Chart.Series(strand.standing.variant.label, mean, look: look)
    switch strand.runs.count {
    case 0:
      return strand.fragments.map {
        .init("", measure.points($0), look: look, weight: .faint)
      }
    case 1: return [line]
    case 2:
      return strand.runs.map { .init("", measure.points($0), look: look, weight: .faint) } + [line]
    default:
      let values = mean.indices.map { epoch in strand.runs.map { measure.value($0.rows[epoch]) } }
      func edge(_ choose: ([Double]) -> Double?) -> [Chart.Point] {
        zip(mean, values).map { .init($0.x, choose($1) ?? .nan) }
      }
      return [
        .init("", edge { $0.min() }, .band(upTo: edge { $0.max() }), look: look), line,
      ]
    }
  }

  private func mean(_ measure: Measure, _ runs: [Comparison.Outcome]) -> [Chart.Point] {
    (0..<(runs.map(\.rows.count).min() ?? 0)).map { epoch in
      Chart.Point(
        Double(runs[0].rows[epoch].epoch), Spread(runs.map { measure.value($0.rows[epoch]) }).mean)
    }
  }

  /// The rate of every update, in the first seed that is complete.
  private func rateChart(_ strands: [Strand]) -> Chart {
    let series =
      rateSeries(strands.filter { !$0.stands }, weight: .background)
      + rateSeries(strands.filter(\.stands).reversed(), weight: .strong)
    return Chart(
      title: "Learning rate", xAxis: .init("epoch", isWhole: true),
      yAxis: Self.rateAxis(series.compactMap { $0.points.map(\.y).max() }), series: series)
  }

  /// An axis for schedules with these peaks.
  static func rateAxis(_ peaks: [Double]) -> Chart.Axis {
    let peaks = peaks.filter { $0 > 0 }.sorted()
    guard let highest = peaks.last else { return .init("") }
    // A rate far from all others is out of sight, but for its label.
    let middle = peaks[(peaks.count - 1) / 2]
    let kept = peaks.filter { $0 <= middle * 1000 && $0 >= middle / 1000 }
    let (low, high) = (kept.first ?? highest, kept.last ?? highest)
    let remark = high < highest ? "above \(significantText(high, digits: 2)) not shown" : ""
    // Rates of SGD and of Adam are not seen side by side on one linear axis, and on a logarithmic one
    // a decay to 0 would take all of it.
    guard high <= 30 * low else {
      return .init(
        "logarithmic" + (remark.isEmpty ? "" : ", " + remark), scale: .log,
        range: low / 100...high * 1.2)
    }
    return .init(remark, range: remark.isEmpty ? nil : 0...high * 1.05)
  }

  private func rateSeries(
    _ strands: [Strand], look: Int? = nil, weight: Chart.Series.Weight
  ) -> [Chart.Series] {
    strands.map { strand in
      let run = strand.runs.first ?? strand.fragments.first
      return .init(
        weight == .strong ? strand.standing.variant.label : "", run?.rates.points ?? [], .step,
        look: look ?? strand.look, weight: weight)
    }
  }

  /// The curves as one SVG file.
  public var svg: String {
    let charts = charts
    let rows =
      [Chart.Row([charts[0]], height: 320), Chart.Row(Array(charts[1...]), height: 270)]
      + panels.flatMap { Chart.Row.rows($0.charts, columns: 4, height: 170) }
    return Chart.svg(rows, width: 800)
  }
}
