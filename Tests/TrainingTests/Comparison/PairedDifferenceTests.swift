import Reports
import Testing

@testable import Training

/// What is said about the lead of the best variant.
@Suite struct PairedDifferenceTests {
  /// A report whose runs end with these test accuracies, one list a variant.
  private func report(_ accuracies: [[Double]]) -> ComparisonReport {
    Outcomes.report(accuracies.map { $0.map { [$0] } })
  }

  @Test(arguments: [
    // The tables of any textbook: 5 % and 1 % on both sides.
    (1, 12.706, 0.05), (2, 4.303, 0.05), (4, 2.776, 0.05), (9, 2.262, 0.05), (30, 2.042, 0.05),
    (1, 63.657, 0.01), (4, 4.604, 0.01), (29, 2.756, 0.01),
  ])
  func `the t distribution is that of the tables`(freedom: Int, t: Double, probability: Double) {
    let distribution = StudentT(freedom: freedom)
    #expect(abs(distribution.twoSided(t) - probability) < 1e-3 * probability)
    #expect(abs(distribution.distance(exceededWith: probability) - t) < 6e-4)
    #expect(distribution.twoSided(-t) == distribution.twoSided(t))
    #expect(distribution.twoSided(0) == 1)
  }

  @Test func `a lead that all seeds share is told with its interval`() {
    // Differences 1.0, 1.2, 1.4, 1.2, 1.2 points: mean 1.2, deviation sqrt(0.08 / 4) = 0.1414,
    // error 0.0632, interval 2.776 x 0.0632 = 0.18, t = 18.97, p = 4.6e-5.
    let a = [0.80, 0.82, 0.78, 0.85, 0.81]
    let report = report([a, zip(a, [0.010, 0.012, 0.014, 0.012, 0.012]).map { $0 + $1 }])
    #expect(
      report.verdict
        == "B is 1.20 +- 0.18 points of test accuracy above A (mean and 95 % interval of 5 seeds), "
        + "in 5 of 5 seeds, p < 0.001 (paired t-test)")
    #expect(report.ranked.map(\.variant.label) == ["B", "A"])
  }

  @Test func `pairs find a difference that the spread of the runs hides`() {
    // The seeds differ by far more than the variants.
    let report = report([[0.70, 0.80, 0.90], [0.71, 0.81, 0.912]])
    #expect(report.verdict?.contains("in 3 of 3 seeds, p = 0.0039") == true)
  }

  @Test func `a lead that may be chance is called that`() {
    // Differences 3, -2, 1, -1, 1: mean 0.4, deviation sqrt(15.2 / 4) = 1.949, t = 0.459.
    let report = report([
      [0.80, 0.80, 0.80, 0.80, 0.80], [0.83, 0.78, 0.81, 0.79, 0.81],
    ])
    #expect(
      report.verdict
        == "B is 0.40 +- 2.42 points of test accuracy above A (mean and 95 % interval of 5 seeds), "
        + "in 3 of 5 seeds, p = 0.67 (paired t-test); that may well be chance: do not read anything "
        + "into it")
  }

  @Test(arguments: [[[0.80], [0.81]], [[0.80, 0.80], [0.90, 0.90]]])
  func `of one or two seeds nothing is said about chance`(accuracies: [[Double]]) throws {
    let report = report(accuracies)
    let verdict = try #require(report.verdict)
    #expect(verdict.contains("nothing can be said") && !verdict.contains("p ="))
    #expect(report.paired[0].interval == nil && report.paired[0].probability == nil)
    #expect(!report.page(facts: [], command: "").html.contains("behind the best"))
  }

  @Test func `equal runs have no winner, and one variant has no rival`() {
    #expect(report([[0.80], [0.80]]).verdict == "A and B end at the same test accuracy")
    #expect(report([[0.80, 0.81]]).verdict == nil)
  }

  @Test func `only seeds in which both ended are compared`() {
    var outcomes = report([[0.80, 0.70, 0.80, 0.80], [0.81, 0.82, 0.83, 0.84]]).outcomes
    outcomes[1].end = .diverged("no update could be applied")
    let report = ComparisonReport(
      variants: [Variant("A", Settings()), Variant("B", Settings())], seeds: 4, classes: 10,
      outcomes: outcomes)
    #expect(report.paired[0].differences.count == 3)
    #expect(report.verdict?.contains("3 seeds") == true)
  }

  @Test func `many comparisons make chance finds less likely to be believed`() {
    func difference(_ probability: Double) -> PairedDifference {
      var difference = PairedDifference(to: "", [1, 2, 3])
      difference.probability = probability
      return difference
    }
    // Holm by hand: 0.01 x 3, then 0.02 x 2 and 0.04 x 1, of which none is below one before it.
    let corrected = PairedDifference.corrected([0.04, 0.01, 0.02].map(difference))
    #expect(corrected.map(\.probability) == [0.04, 0.03, 0.04])
    #expect(PairedDifference.corrected([0.9, 0.8].map(difference)).map(\.probability) == [1, 1])
  }

  @Test func `the page tells of every variant how far it is behind`() {
    let html = report([
      [0.80, 0.81, 0.82], [0.90, 0.91, 0.93], [0.85, 0.86, 0.84],
    ]).page(facts: [], command: "").html
    let rows = html.split(separator: "<tr").map(String.init)
    let order = ["<td>B</td>", "<td>C</td>", "<td>A</td>"].map { label in
      rows.firstIndex { $0.contains(label) } ?? -1
    }
    #expect(order == order.sorted() && order[0] > 0, "the best first")
    #expect(rows[order[0]].contains("class=\"best\""))
    #expect(rows[order[2]].contains(">10.33 ±"))
    #expect(html.contains("corrected for 2 comparisons"))
  }
}
