public import Reports

extension ComparisonReport {
  /// Learning rate, train loss and test accuracy over the epochs: a curve for each variant, the mean
  /// of its complete runs, but for those that ended at chance where others did not.
  public var charts: [Chart] {
    let rates = curves(of: \.learningRate)
    let peaks = rates.map { $0.points.map(\.y).max() ?? 0 }
    let isWide = (peaks.max() ?? 0) > 30 * (peaks.min() ?? 0)
    let accuracies = curves { $0.test.accuracy * 100 }
    let range = Self.telling(accuracies)
    let mean = seeds > 1 ? ", mean of \(seeds) seeds" : ""
    let cut = range.map { ", below \(shortestText($0.lowerBound)) cut off" } ?? ""
    func chart(_ title: String, _ series: [Chart.Series], _ y: Chart.Axis) -> Chart {
      Chart(title: title, xAxis: .init("epoch", isWhole: true), yAxis: y, series: series)
    }
    return [
      // Rates of SGD and of Adam are not seen side by side on one linear axis.
      chart("Learning rate", rates, .init("", scale: isWide ? .log : .linear)),
      chart("Train loss\(mean)", curves(of: \.train.loss), .init("", scale: .log)),
      chart("Test accuracy in %\(mean)\(cut)", accuracies, .init("", range: range)),
    ]
  }

  /// The mean of a figure at the end of every epoch, for each variant that has a complete run.
  private func curves(of figure: (EpochRow) -> Double) -> [Chart.Series] {
    variants.enumerated().compactMap { place, variant in
      let complete = outcomes.filter { $0.variant == place && $0.end == .complete }
      let learned = complete.filter { !endedAtChance($0) }
      let runs = (learned.isEmpty ? complete : learned).map(\.rows)
      guard let epochs = runs.map(\.count).min() else { return nil }
      return Chart.Series(
        variant.label,
        (0..<epochs).map { epoch in
          Chart.Point(Double(epoch + 1), Spread(runs.map { figure($0[epoch]) }).mean)
        })
    }
  }

  /// The range of percentages in which curves can be told apart; nil where that is all of it.
  ///
  /// The first quarter of a run takes an accuracy from chance to nearly its end, and a run that
  /// learns nothing stays there: where that would leave the rest less than half of the axis, the
  /// axis begins above it.
  private static func telling(_ series: [Chart.Series]) -> ClosedRange<Double>? {
    let all = series.flatMap(\.points).map(\.y).filter(\.isFinite)
    let best = series.compactMap { $0.points.last?.y }.max() ?? 0
    let late = series.filter { ($0.points.last?.y ?? 0) > best / 2 }
      .flatMap { $0.points.dropFirst($0.points.count / 4) }.map(\.y).filter(\.isFinite)
    guard let least = all.min(), let low = late.min(), let high = late.max(),
      least < low - (high - low)
    else { return nil }
    let step = 5.0
    let floor = ((low - (high - low) / 4) / step).rounded(.down) * step
    return floor > least ? floor...min(100, (high / step).rounded(.up) * step + step) : nil
  }

  /// The curves as one SVG file.
  public var svg: String { Chart.svg(charts, height: 340) }

  /// The report as one HTML file that needs nothing else.
  ///
  /// - Parameters:
  ///   - facts: What it was trained on and with, a paragraph each.
  ///   - command: What to type to repeat it.
  /// - Returns: The page.
  public func page(facts: [String], command: String) -> Page {
    var page = Page(title: preset.map { "Comparison: \($0.meaning)" } ?? "Comparison")
    func add(_ sheet: Sheet) { page.blocks.append(.table(sheet.columns, rows: sheet.rows)) }
    if completed < variants.count * seeds {
      page.blocks.append(
        .paragraph("\(completed) of \(variants.count * seeds) runs are complete."))
    }
    add(results())
    page.blocks += ([caption] + warnings + [verdict].compactMap { $0 }).map {
      Page.Block.paragraph($0 + ".")
    }
    if completed > 0 { page.blocks += charts.map(Page.Block.chart) }
    if let published = comparisonWithPublished {
      page.blocks.append(.heading("Beside the book"))
      add(published)
    }
    page.blocks += remarks.map(Page.Block.paragraph)
    page.blocks.append(.heading("What was compared"))
    add(
      (
        [
          .init("variant", .left), .init("schedule", .left), .init("optimizer", .left),
          .init("lr"),
        ],
        variants.map { variant in
          let settings = variant.settings
          return [
            variant.label, settings.schedule ?? Session.defaultSchedule, settings.optimizer,
            variant.learningRate.map(shortestText) ?? "the schedule's",
          ]
        }
      ))
    page.blocks += facts.map(Page.Block.paragraph)
    page.blocks += [.paragraph("To repeat it:"), .verbatim(command)]
    return page
  }
}
