import Schedules
import Testing

@Suite struct CompositionTests {
  @Test func `a sequence runs each part from its own beginning`() throws {
    expectEqual(
      try rates("LinearLR(0.5, total_iters=2) then StepLR(2, 0.1)", 1, ticks: 6),
      [0.5, 0.75, 1, 1, 0.1, 0.1])
    expectEqual(
      try rates("constant(3) for 2ep then linear(from=1) for 2ep then constant(7)", ticks: 6),
      [3, 3, 1, 0.5, 7, 7])
  }

  @Test func `the last part of a sequence holds when its time is over`() throws {
    expectEqual(try rates("ExponentialLR(0.5) for 2ep", 1, ticks: 4), [1, 0.5, 0.25, 0.25])
  }

  @Test func `a part without an end must say how long`() throws {
    let error = try #require(throws: SpecError.self) {
      try plan("StepLR(5) then cosine", ticks: 30)
    }
    #expect(error.description.contains("`StepLR(5) for 5ep then ...`"))
    #expect(error.column == 1)
  }

  @Test func `lengths count epochs, updates or per cent of the run`() throws {
    let run = Run(epochs: 10, stepsPerEpoch: 20)
    func switching(_ length: String) throws -> [Int] {
      let plan = try Schedule(parsing: "constant(1) for \(length) then constant(2)").resolved(
        for: run)
      let values = plan.values(in: 0..<200, of: .step).map(\.learningRate)
      return values.indices.filter { $0 > 0 && values[$0] != values[$0 - 1] }
    }
    #expect(try switching("3ep") == [60])
    #expect(try switching("50it") == [50])
    #expect(try switching("25%") == [50])
    #expect(try switching("2.5ep") == [50])
    #expect(try switching("3") == [3])
  }

  @Test func `a sequence of steps and epochs switches by the clock of each length`() throws {
    let plan = try Schedule(parsing: "constant(1) for 2ep then constant(2)").resolved(
      for: Run(epochs: 4, stepsPerEpoch: 10))
    // Three updates of epoch 1 were skipped: the epoch decides, not the nominal step.
    #expect(plan.value(at: Tick(step: 17, epoch: 2)).learningRate == 2)
    #expect(plan.value(at: Tick(step: 20, epoch: 1)).learningRate == 1)
  }

  @Test func `an epoch schedule that begins in mid-epoch changes at the epochs' ends`() throws {
    let plan = try Schedule(parsing: "StepLR(1, 0.5)").resolved(
      for: Run(epochs: 4, stepsPerEpoch: 10), baseRate: 1, warmup: .steps(15))
    let values = plan.values(in: 0..<40, of: .step).map(\.learningRate)
    expectEqual(
      [14, 15, 19, 20, 29, 30, 39].map { values[$0] }, [1, 1, 1, 0.5, 0.5, 0.25, 0.25])
  }

  @Test func `parts inside a part that begins in mid-epoch keep their lengths`() throws {
    let run = Run(epochs: 5, stepsPerEpoch: 10)
    let nested = try Schedule(
      parsing: "constant(1) for 15it then (constant(2) for 1ep then constant(3))"
    ).resolved(for: run)
    let values = nested.values(in: 0..<50, of: .step).map(\.learningRate)
    #expect(values.indices.filter { $0 > 0 && values[$0] != values[$0 - 1] } == [15, 25])
    let epochs = try Schedule(
      parsing: "constant(1) for 15it then (constant(1) for 7it then StepLR(1, 0.5))"
    ).resolved(for: run, baseRate: 1)
    expectEqual(
      [22, 29, 30, 40].map { epochs.values(in: $0..<$0 + 1, of: .step).map(\.learningRate)[0] },
      [1, 1, 0.5, 0.25])
  }

  @Test func `a length in updates makes a schedule change with every update`() throws {
    let run = Run(epochs: 4, stepsPerEpoch: 10)
    let plan = try Schedule(parsing: "CosineAnnealingLR(20it)").resolved(for: run, baseRate: 1)
    #expect(plan.clock == .step)
    expectEqual([0, 10, 20].map { plan.value(at: $0).learningRate }, [1, 0.5, 0])
    #expect(plan.value(at: 1).learningRate < 1)
    let epochs = try Schedule(parsing: "CosineAnnealingLR(50%)").resolved(for: run, baseRate: 1)
    #expect(epochs.clock == .epoch)
    expectEqual([0, 1, 2].map { epochs.value(at: $0).learningRate }, [1, 0.5, 0])
  }

  @Test func `a class keeps its own default rate beside another one`() throws {
    let spec = "SquareRootScheduler() for 2ep then CosineScheduler(20)"
    expectEqual(try [0, 2].map { try rates(spec, ticks: 9)[$0] }, [0.1, 0.01])
    expectEqual(try [0, 2].map { try rates(spec, 0.3, ticks: 9)[$0] }, [0.3, 0.3])
  }

  @Test func `a product scales; numbers are factors`() throws {
    expectEqual(try rates("StepLR(1, 0.5) * ExponentialLR(0.1)", 2, ticks: 3), [2, 0.1, 0.005])
    expectEqual(try rates("0.5 * StepLR(1, 0.5) * 4", 1, ticks: 2), [2, 1])
    expectEqual(try rates("scale(StepLR(1, 0.5), 3)", 1, ticks: 2), [3, 1.5])
    #expect(try rates("linear * StepLR(1)", 0, ticks: 3) == [0, 0, 0])
  }

  @Test func `limits hold`() throws {
    expectEqual(
      try rates("clamp(ExponentialLR(0.5), min=0.2, max=0.6)", 1, ticks: 4), [0.6, 0.5, 0.25, 0.2])
    #expect(throws: SpecError.self) { try plan("clamp(cosine, min=2, max=1)", ticks: 4) }
  }

  @Test func `rounds repeat, decay and end`() throws {
    expectEqual(
      try rates("repeat(linear(2), times=3, decay=0.5)", 1, ticks: 8),
      [1, 0.5, 0.5, 0.25, 0.25, 0.125, 0, 0])
    expectEqual(
      try rates("repeat(StepLR(1, 0.5), every=3ep)", 1, ticks: 5), [1, 0.5, 0.25, 1, 0.5])
    #expect(throws: SpecError.self) { try plan("repeat(StepLR(1))", ticks: 5) }
  }

  @Test func `a mirror goes there and back without a jump`() throws {
    expectEqual(
      try rates("mirror(linear(2))", 1, ticks: 9), [1, 0.5, 0, 0.5, 1, 0.5, 0, 0.5, 1])
    // What PyTorch's cosine does after T_max, where it is wanted.
    let mirrored = try rates("mirror(CosineAnnealingLR(5))", 0.1, ticks: 21)
    expectEqual([mirrored[5], mirrored[10], mirrored[15], mirrored[20]], [0, 0.1, 0, 0.1])
    expectEqual([mirrored[6]], [0.009549150281252633], scale: 0.1)
  }

  @Test func `a schedule is held`() throws {
    expectEqual(try rates("hold(ExponentialLR(0.5), 2ep)", 1, ticks: 4), [1, 0.5, 0.25, 0.25])
  }

  @Test func `one cycle inside a sequence takes the length of its part`() throws {
    let values = try rates("OneCycleLR(1) for 10it then constant(5)", ticks: 15)
    expectEqual([values[2], values[9], values[10]], [1, 4e-6, 5])
  }

  @Test func `what follows one cycle begins after its last update`() throws {
    let values = try rates("OneCycleLR(1, 10it) then constant(5)", ticks: 15)
    expectEqual([values[9], values[10]], [4e-6, 5])
  }

  @Test(arguments: [
    "MultiStepLR([5, 10])", "ExponentialLR(0.9)", "ReduceLROnPlateau",
    "piecewise([1], [1], constant)",
    "CyclicLR(0.1, 0.2)", "constant",
  ])
  func `what leads nowhere has no end`(spec: String) {
    #expect(throws: SpecError.self) { try plan("\(spec) then constant(5)", ticks: 30) }
    #expect(throws: Never.self) { try plan("\(spec) for 5it then constant(5)", ticks: 30) }
  }

  @Test func `momentum comes through sequences and products`() throws {
    let plan = try plan("OneCycleLR(1, 10it) * 0.5 for 10it then constant", ticks: 15)
    expectEqual([plan.value(at: 2).momentum ?? 0], [0.85])
    #expect(plan.value(at: 12).momentum == nil)
  }

  @Test func `metric-driven parts see the metrics of their own time`() throws {
    let metrics = [1, 1, 1, 1, 5, 5, 5, 5.0]
    let plan = try plan(
      "constant for 4ep then ReduceLROnPlateau(patience=1, factor=0.5)", 1, ticks: 9)
    #expect(
      plan.values(in: 0..<9, metrics: metrics).map(\.learningRate) == [
        1, 1, 1, 1, 1, 1, 1, 0.5, 0.5,
      ])
    #expect(plan.events(metrics: metrics).map(\.epoch) == [7])
    // The second round improves all the time, whatever the first one did.
    #expect(
      try rates(
        "repeat(ReduceLROnPlateau(patience=0, factor=0.5), every=3ep)", 1, ticks: 9,
        metrics: [1, 1, 1, 3, 2, 1, 5, 5, 5]) == [1, 1, 0.5, 1, 1, 1, 1, 1, 0.5])
  }
}

@Suite struct WarmupTests {
  @Test func `a warm-up ramps with every update in front of an epoch schedule`() throws {
    let plan = try Schedule(parsing: "StepLR(2, 0.5)").resolved(
      for: Run(epochs: 10, stepsPerEpoch: 4), baseRate: 1, warmup: .epochs(2))
    #expect(plan.clock == .epoch)
    expectEqual(
      (0..<10).map { plan.values(in: 0..<40, of: .step).map(\.learningRate)[$0] },
      [0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1, 1, 1])
    expectEqual(
      plan.values(in: 0..<7).map(\.learningRate), [0.125, 0.625, 1, 1, 0.5, 0.5, 0.25])
  }

  @Test func `a warm-up leads to what the schedule starts with`() throws {
    let plan = try Schedule(parsing: "OneCycleLR(1, 10)").resolved(
      for: Run(steps: 20), warmup: .steps(4))
    expectEqual(
      plan.values(in: 0..<5).map(\.learningRate), [0.01, 0.02, 0.03, 0.04, 0.04])
    expectEqual([plan.value(at: 0).momentum ?? 0], [0.95])
  }

  @Test func `the cosine behind a warm-up takes what is left of the run`() throws {
    let plan = try Schedule(parsing: "cosine").resolved(
      for: Run(steps: 30), baseRate: 1, warmup: .steps(10))
    expectEqual([9, 10, 20].map { plan.value(at: $0).learningRate }, [1, 1, 0.5])
    #expect(plan.notes.isEmpty)
  }

  static let ramps: [(String, [Double])] = [
    ("warmup(4it, cosine, 0.2) then constant", [0.31715728752538097, 0.6, 0.882842712474619, 1]),
    ("warmup(4it, exponential) then constant", [0.03162277660168379, 0.1, 0.31622776601683794, 1]),
    ("warmup(4it, constant) then constant", [1.0 / 3, 1.0 / 3, 1.0 / 3, 1.0 / 3]),
    ("warmup(4it, start_factor=0.5) then constant", [0.625, 0.75, 0.875, 1]),
    ("warmup(4it)", [0.25, 0.5, 0.75, 1]),
  ]

  @Test(arguments: ramps)
  func `a ramp has the form that is asked for`(spec: String, expected: [Double]) throws {
    expectEqual(Array(try rates(spec, 1, ticks: 6)[..<4]), expected)
    #expect(try rates(spec, 1, ticks: 6)[4] == 1)
  }

  @Test func `a warm-up as long as the run is told`() throws {
    let plan = try plan("constant", 1, ticks: 5, warmup: .epochs(5))
    #expect(plan.notes.contains { $0.isWarning && $0.text.contains("the full rate is never used") })
  }

  @Test(arguments: ["cosine", "linear", "rex", "flat_cos", "OneCycleLR(0.1, div_factor=1)", "tanh"])
  func `a warm-up longer than the run still leads to the full rate`(spec: String) throws {
    let plan = try plan(spec, 0.1, ticks: 5, warmup: .steps(10))
    expectEqual(
      plan.values(in: 0..<5).map(\.learningRate), [0.01, 0.02, 0.03, 0.04, 0.05], tolerance: 1e-5)
    #expect(plan.notes.filter(\.isWarning).count == 1)
  }

  @Test func `no warm-up is no warm-up`() throws {
    #expect(try rates("StepLR(1)", 1, ticks: 2, warmup: .epochs(0)) == [1, 0.1])
  }
}
