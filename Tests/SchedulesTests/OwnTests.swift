import Schedules
import Testing

@Suite struct OwnScheduleTests {
  // Expected values: the formulas of the papers and of timm, Hugging Face, Keras and fastai,
  // evaluated in Python.
  static let formulas: [(String, Double, [Int: Double])] = [
    ("constant", 0.2, [0: 0.2, 99: 0.2]),
    (
      "cosine(10, to=0.1, k_decay=2)", 1,
      [0: 1, 3: 0.9821321585546243, 9: 0.17781374157644725, 10: 0.1, 50: 0.1]
    ),
    ("linear(4, to=0.2)", 1, [0: 1, 1: 0.8, 3: 0.4, 4: 0.2, 50: 0.2]),
    ("polynomial(10, power=2, to=0.01)", 0.5, [0: 0.5, 5: 0.1325, 9: 0.0149, 10: 0.01]),
    ("exponential(100, to=10)", 1e-7, [0: 1e-7, 25: 1e-5, 50: 1e-3, 99: 8.317637711026709]),
    ("inverse_time(0.5, decay_steps=10)", 0.1, [0: 0.1, 5: 0.08, 10: 0.1 / 1.5, 30: 0.04]),
    ("inverse_time(0.5, 10, staircase=True)", 0.1, [9: 0.1, 10: 0.1 / 1.5, 19: 0.1 / 1.5]),
    (
      "inverse_sqrt(num_warmup_steps=4, timescale=10)", 1,
      [0: 0.25, 3: 1, 4: 1, 14: 0.7071067811865475, 44: 0.4472135954999579]
    ),
    (
      "tanh(20, to=0.01)", 0.3,
      [
        0: 0.29999975885687197, 7: 0.2997357951536238, 14: 0.155, 19: 0.011940926768042604,
        20: 0.01,
      ]
    ),
    ("rex(8)", 0.5, [0: 0.5, 2: 0.42857142857142855, 4: 1.0 / 3, 7: 1.0 / 9, 8: 0]),
    (
      "cosine_restarts(4, lr_min=0.1, cycle_mul=2, cycle_decay=0.5)", 1,
      [0: 1, 4: 0.5, 6: 0.4414213562373095, 11: 0.11522409349774265, 12: 0.25]
    ),
    (
      "warmup_stable_decay(2, 4, 3, min_lr_ratio=0.1)", 1,
      [
        0: 0.5, 1: 1, 4: 1, 5: 1, 6: 0.8681980515339464, 7: 0.55, 8: 0.23180194846605365, 9: 0.1,
        50: 0.1,
      ]
    ),
    (
      "wsd(0, 4, decay_type='1-sqrt')", 1,
      [95: 1, 96: 1, 97: 0.5, 98: 0.2928932188134524, 99: 0.1339745962155614]
    ),
    (
      "flat_cos(0.5, over=10)", 1,
      [0: 1, 5: 1, 6: 0.9045094521025019, 9: 0.0955005478974982, 10: 1e-5]
    ),
    ("piecewise([0, 10, 20], [0.1, 1, 0.5])", 2, [0: 0.2, 5: 1.1, 10: 2, 15: 1.5, 20: 1, 50: 1]),
    ("piecewise([5, 10], [1, 0.1], constant)", 2, [0: 2, 9: 2, 10: 0.2, 50: 0.2]),
    ("piecewise([0, 4], [1, 0], 'cosine')", 2, [0: 2, 1: 1.7071067811865475, 2: 1, 4: 0]),
  ]

  @Test(arguments: formulas)
  func `the values are those of the formula`(spec: String, base: Double, expected: [Int: Double])
    throws
  {
    let values = try rates(spec, base, ticks: 100, clock: .epoch)
    let ticks = expected.keys.sorted()
    expectEqual(
      ticks.map { values[$0] }, ticks.map { expected[$0] ?? .nan }, scale: 1, "at \(ticks)")
  }

  @Test func `cosine spans the run with every update`() throws {
    let plan = try Schedule(parsing: "cosine").resolved(
      for: Run(epochs: 4, stepsPerEpoch: 25), baseRate: 0.2)
    #expect(plan.clock == .step)
    expectEqual(
      [0, 25, 50, 75].map { plan.value(at: $0).learningRate },
      [0.2, 0.17071067811865476, 0.1, 0.02928932188134525])
    #expect(plan.value(at: 99).learningRate > 0)
    #expect(plan.value(at: 100).learningRate == 0)
  }

  @Test func `greedy raises on improvements in a row and lowers without them`() throws {
    let plan = try plan("greedy(patience=1, factor=0.5, min_lr=0.1, max_lr=1.5)", 0.5, ticks: 12)
    let metrics: [Double] = [9, 8, 7, 6, 5, 5, 5, 5, 5, 5, 5]
    #expect(
      plan.values(in: 0..<12, metrics: metrics).map(\.learningRate)
        == [0.5, 0.5, 1, 1, 1.5, 1.5, 1.5, 0.75, 0.75, 0.375, 0.375, 0.1875])
    let events = plan.events(metrics: metrics)
    #expect(events.map(\.kind) == [.raised, .raised, .reduced, .reduced, .reduced])
    #expect(events.map(\.epoch) == [2, 4, 7, 9, 11])
  }

  @Test func `greedy starts over after enough falls at its lowest rate`() throws {
    let plan = try plan(
      "greedy(patience=0, factor=0.5, min_lr=0.3, reset_start=2)", 0.5, ticks: 12)
    let events = plan.events(metrics: [Double](repeating: 1, count: 5))
    // The first metric is an improvement on nothing.
    #expect(events.map(\.kind) == [.raised, .reduced, .reduced, .reset, .raised])
    #expect(events[3].after == 0.5)
  }

  @Test func `greedy counts falls at its lowest rate from the last rise`() throws {
    let plan = try plan(
      "greedy(patience=0, factor=0.5, min_lr=0.5, reset_start=2)", 0.5, ticks: 12)
    // Raised to 1, down to 0.5, raised again, and down once more: never two falls in a row there.
    let events = plan.events(metrics: [9, 9, 8, 8, 7, 7])
    #expect(events.map(\.kind) == [.raised, .reduced, .raised, .reduced, .raised, .reduced])
  }

  @Test func `greedy pauses after a change and ignores what is not finite`() throws {
    let plan = try plan("greedy(patience=0, factor=0.5, cooldown=2)", 0.5, ticks: 12)
    let metrics: [Double] = [1, .nan, 1, 1, 1, 1, 1]
    let events = plan.events(metrics: metrics)
    #expect(events.map(\.kind) == [.raised, .notFinite, .reduced, .reduced])
    #expect(events.map(\.epoch) == [1, 2, 3, 6])
  }
}
