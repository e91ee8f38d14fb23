import Foundation
import Networks
import Optimizers
import Schedules
import Specs
import Testing
import Training

@Suite struct PresetTests {
  private static func preset(_ name: String) throws -> ComparisonPreset {
    try #require(ComparisonPreset.all.first { $0.name == name })
  }

  /// The rate of each of the 30 epochs, as a run with these settings has it.
  private static func rates(_ variant: Variant) throws -> [Double] {
    let settings = variant.settings
    let plan = try Schedule(parsing: settings.schedule ?? "").resolved(
      for: Run(epochs: 30, stepsPerEpoch: 235), baseRate: variant.learningRate,
      defaultRate: 0.05, clock: settings.clock == .epoch ? .epoch : nil)
    return (0..<30).map { epoch in
      let first = plan.value(at: Tick(step: epoch * 235, epoch: epoch)).learningRate
      let last = plan.value(at: Tick(step: epoch * 235 + 234, epoch: epoch)).learningRate
      #expect(first == last, "the rate changes within epoch \(epoch)")
      return first
    }
  }

  private static func cosine(_ epoch: Int, warmup: Int) -> Double {
    if epoch < warmup { return 0.3 * Double(epoch) / Double(warmup) }
    guard epoch <= 20 else { return 0.01 }
    let share = Double(epoch - warmup) / Double(20 - warmup)
    return 0.01 + (0.3 - 0.01) * (1 + cos(.pi * share)) / 2
  }

  private static func expectNear(
    _ a: [Double], _ b: [Double], _ label: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(a.count == b.count, sourceLocation: sourceLocation)
    for (epoch, pair) in zip(a, b).enumerated() {
      #expect(
        abs(pair.0 - pair.1) <= 1e-12, "\(label), epoch \(epoch): \(pair.0) and \(pair.1)",
        sourceLocation: sourceLocation)
    }
  }

  @Test(arguments: ["d2l", "d2l-as-run"])
  func `the chapter's settings are those of its text`(name: String) throws {
    let variants = try Self.preset(name).variants()
    #expect(variants.count == 5)
    for variant in variants {
      let settings = variant.settings
      #expect(settings.dataset == "fashion-mnist" && settings.model == "lenet")
      #expect(settings.batchSize == 256 && settings.epochs == 30 && settings.shuffle)
      #expect(settings.optimizer == "SGD()", "no momentum")
      #expect(settings.initializer == (name == "d2l" ? .xavierUniform : .pytorch))
      #expect(settings.normalize == .none && settings.clock == .epoch)
      #expect(variant.published != nil)
    }
  }

  @Test func `each schedule has the rates of the chapter's formulas`() throws {
    let variants = try Self.preset("d2l").variants()
    let formulas: [(String, (Int) -> Double)] = [
      ("constant", { _ in 0.3 }),
      ("square root", { 0.1 / Double($0 + 1).squareRoot() }),
      ("multi-step", { $0 < 15 ? 0.5 : 0.25 }),
      ("cosine", { Self.cosine($0, warmup: 0) }),
      ("warm-up cosine", { Self.cosine($0, warmup: 5) }),
    ]
    #expect(variants.map(\.label) == formulas.map(\.0))
    for (variant, formula) in zip(variants, formulas) {
      Self.expectNear(
        try Self.rates(variant), (0..<30).map(formula.1), variant.label)
    }
  }

  /// Epoch 0 at the optimizer's rate, epoch e at the schedule of e - 1; multi-step used up.
  @Test func `as run, each epoch has the rate that the book's trainer set after the last`() throws {
    let variants = try Self.preset("d2l-as-run").variants()
    func late(_ first: Double, _ schedule: (Int) -> Double) -> [Double] {
      [first] + (0..<29).map(schedule)
    }
    let expected = [
      Array(repeating: 0.3, count: 30),
      late(0.1) { 0.1 / Double($0 + 1).squareRoot() },
      Array(repeating: 0.125, count: 30),
      late(0.3) { Self.cosine($0, warmup: 0) },
      late(0.3) { Self.cosine($0, warmup: 5) },
    ]
    for (variant, rates) in zip(variants, expected) {
      Self.expectNear(try Self.rates(variant), rates, variant.label)
    }
    // As recorded from the book's own code.
    let recorded = [0.3, 0, 0.06, 0.12, 0.18, 0.24, 0.3]
    Self.expectNear(Array(try Self.rates(variants[4]).prefix(7)), recorded, "recorded")
  }

  @Test func `flags and files win over a preset, and the departure is named`() throws {
    let preset = try Self.preset("d2l")
    let variants = try preset.variants(flags: ["epochs": "3", "seed": "7", "device": "1"])
    #expect(variants.allSatisfy { $0.settings.epochs == 3 && $0.settings.batchSize == 256 })
    #expect(preset.departures(of: variants[0].settings) == ["epochs 3 instead of 30"])
    var settings = try preset.variants(flags: ["dataset": "fashion-mnist:/data"])[0].settings
    #expect(preset.departures(of: settings) == [])
    settings.warmup = "2ep"
    settings.dataset = "mnist"
    #expect(
      preset.departures(of: settings)
        == ["dataset mnist instead of fashion-mnist", "warmup 2ep instead of none"])
  }

  @Test(arguments: [
    (0.1279, "within"), (0.1274, "below"), (0.214, "within"), (0.2144, "within"),
    (0.2146, "above"), (Double.nan, "-"),
  ])
  func `a figure is judged as the book rounds it`(value: Double, verdict: String) {
    let figure = Published.Figure(0.157, 0.128...0.214)
    #expect(figure.verdict(on: value) == verdict)
  }

  @Test func `every optimizer is compared with what it does by default`() throws {
    let variants = try Self.preset("optimizers").variants()
    #expect(variants.map(\.label) == OptimizerSpec.kinds.map { $0.signature.name })
    for variant in variants {
      let settings = variant.settings
      let spec = try OptimizerSpec(parsing: settings.optimizer)
      #expect(spec.optimizer.defaultLearningRate > 0 && settings.learningRate == nil)
      #expect(settings.epochs == 5 && settings.batchSize == 256 && variant.published == nil)
      let isFlat = variant.label.hasPrefix("ScheduleFree")
      #expect(settings.schedule == (isFlat ? "constant" : "cosine"))
    }
  }
}
