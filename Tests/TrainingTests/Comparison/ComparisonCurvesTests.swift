import Reports
import Testing

@testable import Training

/// The drawings of a comparison.
@Suite struct ComparisonCurvesTests {
  /// The share of the accuracy axis that a curve takes from its second quarter on.
  private func share(_ values: [Double], of chart: Chart) throws -> Double {
    let range = try #require(chart.yAxis.range)
    let late = values.dropFirst(values.count / 4).map { $0 * 100 }
    let (low, high) = (try #require(late.min()), try #require(late.max()))
    #expect(range.lowerBound <= low && range.upperBound >= high)
    return (high - low) / (range.upperBound - range.lowerBound)
  }

  private static let curve = [0.1, 0.5, 0.80, 0.84, 0.86, 0.87, 0.88, 0.88]

  @Test func `an accuracy axis is not spent on the first epochs`() throws {
    let chart = Outcomes.report([[Self.curve]]).charts[0]
    #expect(try share(Self.curve, of: chart) > 2.0 / 3)
    #expect(chart.yAxis.label.contains("not shown"))
    let steady = Outcomes.report([[[0.1, 0.2, 0.3, 0.4, 0.5, 0.6]]]).charts[0]
    #expect(!steady.yAxis.label.contains("not shown"))
    #expect(steady.yAxis.range?.contains(10) == true)
  }

  @Test func `one run that learns nothing does not set the axis`() throws {
    let lost = Array(repeating: 0.13, count: Self.curve.count)
    let runs = [[Self.curve], [Self.curve.map { $0 - 0.01 }], [lost]]
    let chart = Outcomes.report(runs).charts[0]
    #expect(try share(Self.curve, of: chart) > 2.0 / 3)
    // Two that differ are both worth seeing.
    let two = Outcomes.report([[Self.curve], [Self.curve.map { $0 * 0.5 }]]).charts[0]
    #expect(try #require(two.yAxis.range).contains(44))
  }

  @Test func `a run that diverged does not set the axis of the loss`() throws {
    var outcomes = Outcomes.report(Array(repeating: [Self.curve], count: 4)).outcomes
    for (place, outcome) in outcomes.enumerated() {
      outcomes[place].rows = outcome.rows.map {
        Outcomes.row(
          $0.epoch, loss: place == 3 ? 1e30 : 1 / Double($0.epoch + place), test: $0.test.accuracy)
      }
    }
    let report = ComparisonReport(
      variants: (0..<4).map { Variant("v\($0)", Settings()) }, seeds: 1, classes: 10,
      outcomes: outcomes)
    let range = try #require(report.charts[1].yAxis.range)
    #expect(range.upperBound < 2 && range.lowerBound > 0.05 && range.contains(1.0 / 8))
    #expect(report.charts[1].yAxis.scale == .log)
  }

  @Test func `a range of nothing is no axis of a hair`() throws {
    let range = try #require(Outcomes.report([[[0.88]], [[0.8801]]]).charts[0].yAxis.range)
    #expect(range.upperBound - range.lowerBound >= 1)
    #expect(Outcomes.report([[[1.0, 1.0]]]).charts[0].yAxis.range?.upperBound == 100)
  }

  @Test func `a variant is the mean of its runs over the range that they cover`() throws {
    let series = Outcomes.report([[[0.5, 0.6], [0.6, 0.9], [0.7, 0.9]]]).charts[0].series
    #expect(series.map(\.name) == ["", "A"])
    #expect(zip(series[1].points, [60.0, 80]).allSatisfy { abs($0.y - $1) < 1e-9 })
    #expect(series[0].points.map(\.y) == [50, 60])
    guard case .band(let upper) = series[0].style else {
      Issue.record("no band but \(series[0].style)")
      return
    }
    #expect(upper.map(\.y) == [70, 90])
    #expect(series[0].look == series[1].look)
  }

  @Test func `two runs are drawn faintly themselves`() {
    let series = Outcomes.report([[[0.5, 0.6], [0.6, 0.9]]]).charts[0].series
    #expect(series.map(\.weight) == [.faint, .faint, .strong])
    #expect(series[1].points.map(\.y) == [60, 90])
  }

  @Test(arguments: [1, 4, 6, 7, 11, 23])
  func `many variants have drawings of their own against the grey of the others`(count: Int) {
    let runs = (0..<count).map { place in [Self.curve.map { $0 - 0.001 * Double(place) }] }
    let report = Outcomes.report(runs, labels: (0..<count).map { "v\($0)" })
    let coloured = report.charts[0].series.filter { $0.weight == .strong }
    if count <= 6 {
      #expect(report.panels.isEmpty && coloured.count == count)
      return
    }
    #expect(coloured.map(\.name) == ["v4", "v3", "v2", "v1", "v0"], "the best is on top")
    for (_, panels) in report.panels {
      #expect(panels.map(\.title) == (0..<count).map { "\($0 + 1)  v\($0)" })
      for panel in panels {
        #expect(panel.series.count { $0.weight == .background } == count - 1)
        #expect(panel.series.last?.weight == .strong)
      }
      #expect(Set(panels.map { "\($0.yAxis)" }).count == 1, "one scale for all")
    }
    #expect(report.svg.utf8.count < 400_000)
  }

  @Test(
    arguments: [
      ([0.05, 0.1], 1.0), ([0.05, 0.05, 0.1, 1e30], 0.1), ([0.001, 0.1], 100),
      ([0.05, 1e30], 0.05),
    ] as [([Double], Double)])
  func `the axis of rates is not that of one absurd rate`(peaks: [Double], most: Double) {
    let axis = ComparisonReport.rateAxis(peaks)
    #expect(axis.range.map { $0.upperBound < 2 * most } ?? (most == 1))
    #expect((axis.scale == .log) == (peaks == [0.001, 0.1]))
  }

  /// The rates that were drawn, without the points that lie between others on one line.
  private func corners(_ points: [Chart.Point]) -> [Chart.Point] {
    points.indices.filter { index in
      index == 0 || index == points.count - 1 || points[index].y != points[index - 1].y
    }.map { points[$0] }
  }

  @Test func `steps are drawn as steps and ramps as ramps`() throws {
    var settings = Settings()
    settings.dataset = "synthetic:400"
    settings.model = "maxpool(4) dense(10)"
    settings.batchSize = 40
    settings.epochs = 4
    settings.learningRate = .fixed(0.1)
    let variants = ["StepLR(2, 0.5)", "LinearLR(0.1, total_iters=10it) then constant"].map {
      var own = settings
      own.schedule = $0
      return Variant($0, own)
    }
    let comparison = try Comparison(variants, seeds: 1)
    while try comparison.next() != nil {}
    let rates = comparison.report.charts[2]
    #expect(rates.series.allSatisfy { $0.style == .step })
    let steps = try #require(rates.series.first { $0.name == variants[0].label })
    #expect(corners(steps.points) == [.init(0, 0.1), .init(2, 0.05), .init(4, 0.05)])
    let ramp = try #require(rates.series.first { $0.name == variants[1].label })
    let values = ramp.points.filter { $0.x < 1.05 }.map(\.y)
    #expect(values.count == 11, "a rate for each update")
    #expect(zip(values, values.dropFirst()).allSatisfy { $0 < $1 })
  }
}
