import Networks
import Reports
import Schedules
import Testing

@testable import Training

/// A tiny network on drawn digits: 500 parameters, 32 steps an epoch.
@Suite struct ComparisonTests {
  private var settings = Settings()

  init() {
    settings.dataset = "synthetic:2000"
    settings.model = "maxpool(4) dense(10)"
    settings.batchSize = 64
    settings.epochs = 3
  }

  private func variant(_ schedule: String, _ change: (inout Settings) -> Void = { _ in })
    -> Variant
  {
    var settings = settings
    settings.schedule = schedule
    change(&settings)
    return Variant(schedule, settings)
  }

  private func outcomes(_ variants: [Variant], seeds: Int = 1) throws -> [Comparison.Outcome] {
    let comparison = try Comparison(variants, seeds: seeds)
    while try comparison.next() != nil {}
    return comparison.outcomes
  }

  /// What of a row does not depend on the clock on the wall.
  private func figures(_ outcome: Comparison.Outcome) -> [[Double]] {
    outcome.rows.map {
      [
        Double($0.step), $0.learningRate, $0.train.loss, $0.train.accuracy, $0.test.loss,
        $0.test.accuracy,
      ]
    }
  }

  @Test func `identical variants give identical rows, bit for bit`() throws {
    // One of another kind between them, which must leave no trace.
    let outcomes = try outcomes(
      [
        variant("StepLR(1)"), variant("OneCycleLR(0.5)"),
        variant("constant") { $0.optimizer = "SGD()" },
        variant("StepLR(1)"),
      ], seeds: 2)
    #expect(outcomes.map(\.variant) == [0, 1, 2, 3, 0, 1, 2, 3])
    #expect(outcomes.map(\.seed) == [0, 0, 0, 0, 1, 1, 1, 1])
    #expect(figures(outcomes[0]) == figures(outcomes[3]))
    #expect(figures(outcomes[4]) == figures(outcomes[7]))
    #expect(figures(outcomes[0]) != figures(outcomes[4]), "another seed, another start")
    #expect(figures(outcomes[0]) != figures(outcomes[1]))
  }

  @Test func `a run is that of gpu-train with the same settings`() throws {
    let outcomes = try outcomes(
      [variant("constant"), variant("cosine") { $0.initializer = .kaimingNormal }], seeds: 2)
    for outcome in outcomes {
      var own = variant(outcome.variant == 0 ? "constant" : "cosine").settings
      own.seed = outcome.seed
      if outcome.variant == 1 { own.initializer = .kaimingNormal }
      let trainer = try Session(own).trainer
      var alone = Comparison.Outcome(variant: outcome.variant, seed: outcome.seed)
      while let row = try trainer.next() { alone.rows.append(row) }
      #expect(figures(alone) == figures(outcome))
    }
  }

  @Test func `all schedules start from the same weights and the same batch`() throws {
    let firstSteps = try outcomes(
      ["constant(0.5)", "cosine", "StepLR(1)"].map { variant($0) { $0.maxSteps = 1 } })
    let losses = firstSteps.map { $0.rows[0].train.loss }
    #expect(losses.allSatisfy { $0 == losses[0] }, "the loss before the first update: \(losses)")
    // The same rate through the first epoch, another one after it.
    let epochs = try outcomes([variant("constant"), variant("StepLR(1, 0.5)")]).map(figures)
    #expect(epochs[0][0] == epochs[1][0])
    #expect(epochs[0][1] != epochs[1][1])
  }

  @Test func `a comparison that is stopped keeps what is complete`() throws {
    let comparison = try Comparison([variant("constant"), variant("cosine")], seeds: 3)
    var epochs = 0
    comparison.onEpoch = { _ in epochs += 1 }
    // In the second epoch of the fourth run.
    comparison.shouldStop = { epochs >= 10 }
    var returned: [Comparison.Outcome] = []
    while let outcome = try comparison.next() { returned.append(outcome) }
    #expect(returned == comparison.outcomes)
    #expect(comparison.outcomes.map(\.end) == [.complete, .complete, .complete, .stopped])
    #expect(comparison.outcomes.map(\.rows.count) == [3, 3, 3, 1])
    #expect(comparison.isStopped && comparison.upcoming == nil)
    let report = comparison.report
    #expect(report.standings.map(\.count) == [2, 1])
    #expect(report.completed == 3 && report.seeds == 3)
    #expect(report.page(facts: [], command: "").html.contains("3 of 6 runs are complete"))
  }

  @Test func `a stop between two runs begins no other`() throws {
    let comparison = try Comparison([variant("constant"), variant("cosine")], seeds: 1)
    #expect(try comparison.next()?.end == .complete)
    comparison.shouldStop = { true }
    #expect(try comparison.next() == nil)
    #expect(comparison.isStopped && comparison.outcomes.count == 1)
  }

  @Test func `a variant that diverges does not end the others`() throws {
    let outcomes = try outcomes([variant("constant(1e38)"), variant("constant")])
    guard case .diverged(let reason) = outcomes[0].end else {
      Issue.record("it ended \(outcomes[0].end)")
      return
    }
    #expect(reason.contains("not finite"))
    #expect(outcomes[1].end == .complete && outcomes[1].rows.count == 3)
  }

  @Test func `a schedule that does not fit is refused before any training`() throws {
    let error = #expect(throws: (any Error).self) {
      try Comparison(
        [variant("constant"), variant("cosine") { $0.group = "nothing*: lr=1" }], seeds: 1)
    }
    #expect("\(try #require(error))".contains("matches no tensor"))
  }

  @Test func `one network serves a comparison`() throws {
    let error = #expect(throws: TrainingError.self) {
      try Comparison([variant("constant"), variant("cosine") { $0.batchSize = 32 }], seeds: 1)
    }
    #expect(error?.description.contains("constant and cosine differ in device") == true)
  }

  @Test func `what was left open is filled in, and notes are kept with their variant`() throws {
    let comparison = try Comparison([variant("constant"), variant("StepLR(99)")], seeds: 1)
    #expect(comparison.variants.map(\.learningRate) == [0.05, 0.05])
    #expect(comparison.notes.map(\.label) == ["StepLR(99)"])
    var pasted = variant("constant")
    pasted.settings.notes = [Note(.warning, "pasted")]
    let other = try Comparison([pasted, variant("constant")], seeds: 1)
    #expect(other.notes.map(\.note) == [Note(.warning, "pasted")])
    #expect(comparison.planned == 2)
  }
}
