import Foundation
import Reports
import Testing

@testable import Training

@Suite struct ComparisonReportTests {
  private func row(_ epoch: Int, loss: Double, train: Double, test: Double, seconds: Double = 1)
    -> EpochRow
  {
    EpochRow(
      epoch: epoch, step: 10 * epoch, learningRate: 0.1 / Double(epoch),
      train: Score(loss: loss, accuracy: train), test: Score(loss: 2 * loss, accuracy: test),
      seconds: seconds, imagesPerSecond: 100)
  }

  /// A report whose runs end with these test accuracies, one list a variant.
  private func report(_ accuracies: [[Double]], labels: [String] = ["A", "B", "C"])
    -> ComparisonReport
  {
    ComparisonReport(
      variants: accuracies.indices.map { Variant(labels[$0], Settings()) },
      seeds: accuracies.map(\.count).max() ?? 0, classes: 10,
      outcomes: accuracies.enumerated().flatMap { variant, values in
        values.enumerated().map { seed, value in
          Comparison.Outcome(
            variant: variant, seed: UInt64(seed),
            rows: [row(1, loss: 1, train: 0.5, test: value)], end: .complete)
        }
      })
  }

  @Test func `mean and standard deviation are those of a textbook`() throws {
    let spread = Spread([2, 4, 4, 4, 5, 5, 7, 9])
    #expect(spread.mean == 5)
    #expect(abs(try #require(spread.deviation) - 2.13808993529939) < 1e-12)
    #expect(spread.count == 8)
    #expect(Spread([3]).mean == 3 && Spread([3]).deviation == nil)
    #expect(Spread([]).mean.isNaN && Spread([]).deviation == nil)
  }

  @Test func `the table has the means and deviations of the last epochs`() throws {
    let ends: [(loss: Double, train: Double, test: Double, seconds: Double)] = [
      (0.3, 0.9, 0.80, 10), (0.4, 0.8, 0.84, 12), (0.5, 0.7, 0.88, 17),
    ]
    let report = ComparisonReport(
      variants: [Variant("A", Settings())], seeds: 3, classes: 10,
      outcomes: ends.enumerated().map { seed, end in
        Comparison.Outcome(
          variant: 0, seed: UInt64(seed),
          rows: [
            row(1, loss: 9, train: 0, test: 1, seconds: 1),
            row(2, loss: end.loss, train: end.train, test: end.test, seconds: end.seconds - 1),
          ], end: .complete)
      })
    // By hand: deviations 0.1, 0.1, 0.04; of 10, 12, 17 it is sqrt((9 + 1 + 16) / 2) = 3.6056.
    let lines = report.text().split(separator: "\n")
    #expect(
      lines[0] == "variant  n    test acc %       train loss    train acc %     seconds")
    #expect(
      lines[1] == "A        3  84.00 ± 4.00  0.4000 ± 0.1000  80.00 ± 10.00  13.0 ± 3.6")
    #expect(report.text(unicode: false).contains("0.4000 +- 0.1000"))
    #expect(report.bestTestAccuracy == 1)
    let cells = report.csv.split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
    #expect(cells[0].count == cells[1].count)
    let values = Dictionary(uniqueKeysWithValues: zip(cells[0], cells[1]))
    #expect(Double(values["train_loss"] ?? "") == (0.3 + 0.4 + 0.5) / 3)
    #expect(abs((Double(values["test_accuracy_sd"] ?? "") ?? .nan) - 0.04) < 1e-12)
    #expect(values["runs"] == "3" && values["seconds"] == "13")
  }

  @Test func `with a part held back, that part decides`() {
    var report = report([[0.9], [0.8]])
    var (variants, outcomes) = (report.variants, report.outcomes)
    for place in 0..<2 {
      variants[place].settings.validation = 0.1
      outcomes[place].rows[0].validation = Score(loss: 1, accuracy: place == 0 ? 0.5 : 0.6)
    }
    report = ComparisonReport(variants: variants, seeds: 1, classes: 10, outcomes: outcomes)
    #expect(report.verdict?.hasPrefix("B is ahead of A by 10.00 points of validation") == true)
    #expect(report.text().contains("val acc %"))
    #expect(report.csv.contains(",validation_accuracy,validation_accuracy_sd,seconds"))
  }

  @Test func `only complete runs are in the means, and the others are told of`() {
    var outcomes = report([[0.8, 0.9, 0.1], [0.7, 0.7, 0.7]]).outcomes
    outcomes[1].end = .diverged("no update could be applied")
    outcomes[5].end = .stopped
    outcomes[4].skipped = 3
    let report = ComparisonReport(
      variants: [Variant("A", Settings()), Variant("B", Settings())], seeds: 3, classes: 10,
      outcomes: outcomes)
    let (a, b) = (report.standings[0], report.standings[1])
    #expect(a.count == 2 && a.diverged == 1 && a.testAccuracy.mean == (0.8 + 0.1) / 2)
    #expect(b.count == 2 && b.diverged == 0 && report.completed == 4)
    #expect(
      report.warnings == [
        "A: 1 of 3 runs diverged, which is in no mean",
        "A: 1 of 3 runs ended at chance: too high a rate for the start, or too few updates"
          + "; the curves are those of the others",
        "B: 1 of 2 runs skipped updates whose gradients were not finite",
      ])
    #expect(report.text().contains("diverged"))
    let curve = report.charts[0].series.first { $0.name == "A" }
    #expect(curve?.points.last?.y == 80, "the run at chance is in no curve")
    #expect(report.bestTestAccuracy == 0.8)
  }

  @Test func `nothing complete is a report without curves`() {
    let report = ComparisonReport(
      variants: [Variant("A", Settings())], seeds: 2, classes: 10,
      outcomes: [Comparison.Outcome(variant: 0, seed: 0)])
    #expect(report.text().contains("A        0           -"))
    #expect(report.verdict == nil && report.bestTestAccuracy.isNaN)
    #expect(report.charts.allSatisfy { $0.series.allSatisfy(\.points.isEmpty) })
    #expect(report.page(facts: [], command: "").html.contains("0 of 2 runs are complete"))
  }

  @Test func `commas and quotes of a spec stay in one cell`() throws {
    var settings = Settings()
    settings.schedule = "MultiStepLR([5, 7], 0.5)"
    let variant = Variant("a \"b\"", settings)
    let cells = ComparisonReport.epochCells(
      row(1, loss: 1, train: 0.5, test: 0.5), of: variant, seed: 3)
    #expect(cells[..<2] == ["\"a \"\"b\"\"\"", "\"MultiStepLR([5, 7], 0.5)\""])
    #expect(cells.count == ComparisonReport.epochColumns(validation: false).count)
    #expect(cells[4...6] == ["3", "1", "10"])
  }

  @Test func `the book's range stands beside the mean of our runs, with a verdict`() throws {
    let preset = try #require(ComparisonPreset.all.first { $0.name == "d2l" })
    let variants = try preset.variants()
    func report(_ variants: [Variant]) -> String {
      ComparisonReport(
        variants: variants, seeds: 2, classes: 10,
        outcomes: (0..<2).map { seed in
          Comparison.Outcome(
            variant: 0, seed: seed,
            rows: [row(30, loss: 0.1 + 0.1 * Double(seed), train: 0.96, test: 0.86)], end: .complete
          )
        }, preset: preset
      ).text(width: 400)
    }
    let text = report(variants)
    let lines = text.split(separator: "\n").map {
      $0.split(separator: " ").joined(separator: " ")
    }
    #expect(lines.contains("constant train loss 0.150 0.157 [0.128, 0.214] 13 within"))
    #expect(lines.contains("train accuracy 0.960 0.940 [0.919, 0.951] 13 above"))
    #expect(lines.contains("test accuracy 0.860 0.886 [0.866, 0.899] 13 below"))
    #expect(lines.contains("warm-up cosine train loss - 0.200 [0.175, 0.261] 11 -"))
    #expect(text.contains("constant 0.125"), "the published multi-step figures")
    #expect(text.contains("sets each rate after its epoch"))
    #expect(text.contains("0.3, 0, 0.06, 0.12"))

    let shorter = report(try preset.variants(flags: ["epochs": "29"]))
    #expect(shorter.contains("epochs 29 instead of 30), so the ranges do not hold"))
    #expect(!shorter.contains("within\n") && !shorter.contains("above\n"))
  }

  @Test func `the page is well-formed and escapes labels`() throws {
    let report = report([[0.8], [0.9]], labels: ["<b>", "a & b"])
    let html = report.page(facts: ["1 < 2"], command: "gpu-train compare").html
    #expect(html.contains("&lt;b&gt;") && html.contains("a &amp; b") && !html.contains("<b>"))
    #expect(report.svg.hasPrefix("<svg") && report.svg.hasSuffix("</svg>\n"))
    #expect(report.svg.contains("a &amp; b"))
    #expect(!html.contains("http-equiv") && !html.contains("src=") && !html.contains("href="))
  }
}
