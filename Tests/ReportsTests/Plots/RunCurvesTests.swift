import Foundation
import Reports
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// The drawing that every run leaves behind.
@Suite struct RunCurvesTests {
  private func row(_ epoch: Int, loss: Double = 1, validation: Double? = nil) -> EpochRow {
    EpochRow(
      epoch: epoch, step: 10 * epoch, learningRate: 0.1, train: Score(loss: loss, accuracy: 0.8),
      test: Score(loss: loss, accuracy: 0.7), seconds: 1, imagesPerSecond: 1,
      validation: validation.map { Score(loss: 1, accuracy: $0) })
  }

  private func curves(
    epochs: Int, losses: [Double], norm: Double = 2, validation: Double? = nil
  ) -> RunCurves {
    var curves = RunCurves(epochs: epochs, stepsPerEpoch: 10, logEvery: 5)
    for (index, loss) in losses.enumerated() {
      curves.add(
        StepRow(
          step: 5 * index + 5, epoch: index / 2 + 1, learningRate: 0.1, loss: loss,
          gradientNorm: loss.isNaN ? .nan : norm))
      if index % 2 == 1 { curves.add(row(index / 2 + 1, loss: loss, validation: validation)) }
    }
    curves.rates = [.init(0, 0.1), .init(1, 0.05), .init(Double(losses.count) / 2, 0.05)]
    return curves
  }

  private func isDrawing(_ curves: RunCurves) throws {
    let svg = curves.svg(heading: "a & b", caption: ["the end", "lr 0.1"])
    let root = try #require(try XMLDocument(xmlString: svg).rootElement())
    #expect(root.name == "svg" && !svg.contains("nan") && !svg.contains("inf\""))
    #expect(svg.utf8.count < 60_000)
    for text in ["Loss", "Accuracy in %", "Learning rate", "Gradient norm", "a &amp; b", "lr 0.1"] {
      #expect(svg.contains(">\(text)<"))
    }
  }

  @Test func `a run has its losses, accuracies, rate and gradient norm over its epochs`() throws {
    let curves = curves(epochs: 3, losses: [3, 2, 1.5, 1, 0.9, 0.8])
    try isDrawing(curves)
    let charts = curves.charts
    #expect(charts[0].series[0].points.map(\.x) == [0.5, 1, 1.5, 2, 2.5, 3], "single batches")
    #expect(charts[0].series.dropFirst().map(\.name) == ["test", "train"])
    #expect(charts[1].series.last?.points == [.init(1, 80), .init(2, 80), .init(3, 80)])
    #expect(charts[2].series[0].style == .step && charts[2].series[0].points[1] == .init(1, 0.05))
    #expect(charts[3].series[0].points.count == 6)
    #expect(charts.allSatisfy { $0.xAxis.range == 0...3 })
  }

  @Test func `a part held back has its curves`() {
    let charts = curves(epochs: 1, losses: [2, 1], validation: 0.6).charts
    for chart in charts[..<2] { #expect(chart.series.contains { $0.name == "validation" }) }
    #expect(charts[1].series.first { $0.name == "validation" }?.points == [.init(1, 60)])
  }

  @Test(
    arguments: [[], [2], [2, 1], [.nan], [.nan, .nan], [1, .nan, .nan, 2], [0, 0]] as [[Double]])
  func `whatever there is can be drawn`(losses: [Double]) throws {
    try isDrawing(curves(epochs: 2, losses: losses))
  }

  @Test func `a loss that explodes does not hide what was before it`() throws {
    let curves = curves(epochs: 4, losses: [3, 2, 1.5, 1, 1, 1, 1e20, 1e30])
    try isDrawing(curves)
    let axis = curves.charts[0].yAxis
    #expect(try #require(axis.range).upperBound < 1000)
    #expect(axis.label.contains("not shown"))
  }

  @Test func `a long run makes a small file`() throws {
    var curves = RunCurves(epochs: 20_000, stepsPerEpoch: 10, logEvery: 1)
    for index in 0..<200_000 {
      curves.add(
        StepRow(
          step: index + 1, epoch: index / 10 + 1, learningRate: 0.1,
          loss: 1 + Double(index * 7919 % 1000) / 1000, gradientNorm: 1))
      if index % 10 == 9 { curves.add(row(index / 10 + 1)) }
    }
    let svg = curves.svg(heading: "", caption: [])
    #expect(svg.utf8.count < 100_000)
    #expect(curves.charts[1].series[0].points.last?.x == 20_000)
    #expect(curves.charts[1].series[0].points.count < 5000)
  }
}
