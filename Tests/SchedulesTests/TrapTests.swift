import Schedules
import Testing

/// What users of other frameworks have fallen into; here it is impossible, or says what it is.
@Suite struct OrderAndCountingTraps {
  @Test func `the first update has the first rate, whoever steps first`() throws {
    #expect(try rates("StepLR(1, 0.5)", 0.4, ticks: 3) == [0.4, 0.2, 0.1])
  }

  @Test func `a skipped update does not advance the schedule`() throws {
    let plan = try Schedule(parsing: "cosine").resolved(
      for: Run(epochs: 3, stepsPerEpoch: 10), baseRate: 0.1)
    // Step 7 was not applied: it is asked for again and has the rate that it had.
    let asked = [6, 7, 7, 7, 8].map { plan.value(at: Tick(step: $0, epoch: 0)).learningRate }
    #expect(asked[1] == asked[2] && asked[2] == asked[3])
    #expect(asked[0] > asked[1] && asked[3] > asked[4])
  }

  @Test func `one cycle without a length takes the run's updates and reaches its end`() throws {
    let plan = try Schedule(parsing: "OneCycleLR(max_lr=0.5)").resolved(
      for: Run(epochs: 7, stepsPerEpoch: 13))
    expectEqual([plan.value(at: 90).learningRate], [0.5 / 25 / 1e4])
    #expect(plan.notes.isEmpty)
  }

  @Test func `one cycle that is meant for updates but counts epochs is told`() throws {
    let plan = try plan("OneCycleLR(max_lr=0.5, total_steps=1000)", ticks: 30)
    let warning = try #require(plan.notes.first { $0.isWarning })
    #expect(warning.text.contains("lasts 1000 steps but has 30 steps"))
  }

  @Test(arguments: [
    "StepLR(10) * OneCycleLR(max_lr=0.1, total_steps=100)",
    "SequentialLR([LinearLR(), CyclicLR(0.1, 0.2)], milestones=[5])",
    "ExponentialLR(0.9) then CyclicLR(0.1, 0.2, 10)",
  ])
  func `epochs and updates are never mixed up silently`(spec: String) throws {
    let schedule = try Schedule(parsing: spec)
    let run = Run(epochs: 30, stepsPerEpoch: 10)
    let error = try #require(throws: SpecError.self) {
      try schedule.resolved(for: run, baseRate: 0.1)
    }
    #expect(error.issues.map(\.message).joined().contains("counts epochs"))
    #expect(error.issues.map(\.message).joined().contains("counts updates"))
    #expect(error.description.contains("5ep for epochs, 500it for updates"))
    if !spec.contains(" then ") {
      #expect(throws: Never.self) {
        try schedule.resolved(for: run, baseRate: 0.1, clock: .step)
      }
    }
  }

  @Test func `units settle which clock is meant`() throws {
    let plan = try Schedule(parsing: "StepLR(2ep) * CyclicLR(0.1, 0.2, step_size_up=5it)").resolved(
      for: Run(epochs: 4, stepsPerEpoch: 10))
    #expect(plan.clock == .step)
    expectEqual(
      [0, 5, 10, 20, 25].map { plan.value(at: $0).learningRate }, [0.1, 0.2, 0.1, 0.01, 0.02])
  }

  @Test func `what was asked before changes nothing`() throws {
    for spec in [
      "FactorScheduler(0.9)", "MultiFactorScheduler([3, 5], 0.5)",
      "MultiplicativeLR(lambda e: 0.9)",
    ] {
      let plan = try plan(spec, ticks: 10)
      let plotted = plan.values(in: 0..<10).map(\.learningRate)
      _ = plan.values(in: 0..<30).map(\.learningRate)
      #expect((0..<10).map { plan.value(at: $0).learningRate } == plotted)
    }
  }

  @Test func `verbose and last_epoch of old code are accepted and mean nothing`() throws {
    let plain = try rates("StepLR(10)", ticks: 30)
    #expect(try rates("StepLR(optimizer, 10, 0.1, -1, False)", ticks: 30) == plain)
    #expect(try rates("StepLR(10, last_epoch=-1, verbose=True)", ticks: 30) == plain)
    #expect(throws: SpecError.self) { try Schedule(parsing: "StepLR(10, last_epoch=5)") }
  }
}

@Suite struct BoundaryTraps {
  @Test func `a cosine does not rise again after T_max`() throws {
    let values = try rates("CosineAnnealingLR(T_max=5, eta_min=0.01)", 0.1, ticks: 12)
    #expect(values[5...].allSatisfy { $0 == 0.01 })
  }

  @Test(arguments: ["cos", "linear"])
  func `one cycle holds its last rate and never goes below it`(strategy: String) throws {
    let plan = try plan(
      "OneCycleLR(max_lr=0.1, total_steps=10, anneal_strategy=\(strategy))", ticks: 20)
    let values = plan.values(in: 0..<20)
    for (k, point) in values.enumerated() where k >= 9 {
      expectEqual([point.learningRate, point.momentum ?? 0], [4e-7, 0.95], tolerance: 1e-11)
    }
    #expect(plan.notes.contains { $0.isWarning && $0.text.contains("shorter than training") })
  }

  @Test(arguments: [(10, 0.1), (10, 1.0), (3, 0.3), (1, 0.3), (10, 0.0)])
  func `one cycle without room for a way up works and says so`(total: Int, share: Double) throws {
    let plan = try plan(
      "OneCycleLR(max_lr=0.1, total_steps=\(total), pct_start=\(share))", ticks: total)
    let values = plan.values(in: 0..<total).map(\.learningRate)
    #expect(values.allSatisfy { $0 > 0 && $0 <= 0.1 })
    #expect(plan.notes.contains { $0.isWarning } == (share * Double(total) <= 1))
    if share * Double(total) == 1 { #expect(values[0] == 0.1) }
  }

  @Test func `three phases that overrun the total stay within their rates`() throws {
    let values = try rates(
      "OneCycleLR(0.1, 50, pct_start=0.8, three_phase=True)", ticks: 80)
    #expect(values.allSatisfy { $0 > 0 && $0 <= 0.1 })
    #expect(values[49...].allSatisfy { $0 == values[49] })
  }

  @Test func `a linear ramp of length 0 is at its end`() throws {
    let plan = try plan("LinearLR(total_iters=0)", 0.3, ticks: 5)
    #expect(plan.values(in: 0..<5).allSatisfy { $0.learningRate == 0.3 })
    #expect(plan.notes.contains { $0.isWarning && $0.text.contains("at its end factor at once") })
  }

  @Test func `a linear ramp may start from 0 and go beyond 1`() throws {
    expectEqual(
      try rates("LinearLR(start_factor=0, end_factor=2, total_iters=4)", 0.1, ticks: 6),
      [0, 0.05, 0.1, 0.15, 0.2, 0.2])
  }

  @Test func `a constant factor of 0 ends`() throws {
    #expect(try rates("ConstantLR(factor=0, total_iters=2)", 0.1, ticks: 4) == [0, 0, 0.1, 0.1])
  }

  @Test(arguments: [
    "PolynomialLR(0)", "CosineAnnealingLR(0)", "ConstantLR(total_iters=0)", "linear(0)", "rex(0)",
  ])
  func `a length of 0 divides nothing by zero`(spec: String) throws {
    let plan = try plan(spec, 0.1, ticks: 3)
    #expect(
      plan.values(in: 0..<3).allSatisfy {
        $0.learningRate == (spec.hasPrefix("Constant") ? 0.1 : 0)
      })
    #expect(plan.notes.contains { $0.isWarning })
  }

  @Test func `a warm-up does not waste its first update at rate 0`() throws {
    expectEqual(
      try rates("constant", 1, ticks: 7, warmup: .ticks(5)), [0.2, 0.4, 0.6, 0.8, 1, 1, 1])
  }

  @Test func `a rate does not jump where a warm-up ends`() throws {
    let values = try rates("StepLR(3, 0.5)", 1, ticks: 12, warmup: .epochs(4))
    expectEqual(values, [0.25, 0.5, 0.75, 1, 1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25])
  }

  @Test func `a milestone is where the rate drops, not before`() throws {
    #expect(try rates("MultiStepLR([2], 0.5)", 1, ticks: 4) == [1, 1, 0.5, 0.5])
  }

  // The logarithm that PyTorch finds a cycle with is off by one at these.
  @Test(arguments: [
    (3, 3, 363), (5, 3, 605), (7, 3, 847), (10, 3, 1210), (1, 10, 111), (3, 10, 333), (7, 2, 889),
  ])
  func `a restart is exact for every T_mult`(first: Int, growth: Int, restart: Int) throws {
    let plan = try plan(
      "CosineAnnealingWarmRestarts(\(first), \(growth))", 0.3, ticks: restart + 1)
    #expect(plan.value(at: restart).learningRate == 0.3)
    #expect(plan.value(at: restart - 1).learningRate < 0.001)
  }

  @Test func `cycles may shrink, and peaks may decay`() throws {
    let shrinking = try rates("CosineAnnealingWarmRestarts(8, T_mult=0.5)", 1, ticks: 40)
    #expect([0, 8, 12, 14].allSatisfy { shrinking[$0] == 1 })
    #expect(shrinking[16...].allSatisfy { $0 == 0 })
    let decaying = try rates("cosine_restarts(4, cycle_decay=0.5, cycle_limit=3)", 1, ticks: 16)
    #expect([decaying[0], decaying[4], decaying[8]] == [1, 0.5, 0.25])
    #expect(decaying[12...].allSatisfy { $0 == 0 })
  }
}

@Suite struct PlateauTraps {
  /// Rates of an epoch-by-epoch run with these metrics.
  private func rates(_ spec: String, _ base: Double = 1, _ metrics: [Double]) throws -> [Double] {
    let plan = try plan(spec, base, ticks: metrics.count + 1)
    return plan.values(in: 0..<metrics.count + 1, metrics: metrics).map(\.learningRate)
  }

  @Test func `patience 2 tolerates two epochs without improvement; the third reduces`() throws {
    let flat = [Double](repeating: 0.5, count: 8)
    #expect(
      try rates("ReduceLROnPlateau(patience=2, factor=0.5)", 1, flat)
        == [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25])
    let help = Schedule.catalog.signature(named: "ReduceLROnPlateau")?.help ?? ""
    #expect(help.contains("epochs without improvement that are tolerated: the next one reduces"))
  }

  @Test(arguments: ["min", "max"])
  func `a flat negative metric is no improvement`(mode: String) throws {
    let flat = [Double](repeating: -1, count: 6)
    #expect(
      try rates("ReduceLROnPlateau(\(mode), patience=1, factor=0.5)", 1, flat) == [
        1, 1, 1, 0.5, 0.5, 0.25, 0.25,
      ])
  }

  @Test func `a negative metric that gets worse does not move the best`() throws {
    let worse = [-10, -9.9995, -9.999, -9.9985]
    #expect(try rates("ReduceLROnPlateau(patience=1, factor=0.5)", 1, worse).last == 0.25 * 2)
    let better = [-10, -10.01, -10.02, -10.04]
    #expect(try rates("ReduceLROnPlateau(patience=1, factor=0.5)", 1, better).last == 1)
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity])
  func `a metric that is not finite is an event and counts for nothing`(metric: Double) throws {
    let spec = "ReduceLROnPlateau(patience=1, factor=0.5)"
    let with = [1, 1, metric, metric, 1, 1]
    let plan = try plan(spec, 1, ticks: 7)
    #expect(try rates(spec, 1, with) == [1, 1, 1, 1, 1, 0.5, 0.5])
    let events = plan.events(metrics: with)
    #expect(events.map(\.kind) == [.notFinite, .notFinite, .reduced])
    #expect(events.map(\.epoch) == [3, 4, 5])
    #expect(events[0].description.hasPrefix("epoch 3: the metric is \(metric.shortest)"))
  }

  @Test func `a reduction that eps prevents is told, before training and in it`() throws {
    let plan = try plan("ReduceLROnPlateau(patience=0, factor=0.5)", 1e-8, ticks: 9)
    #expect(plan.notes.contains { $0.isWarning && $0.text.contains("eps=1e-8") })
    let events = plan.events(metrics: [1, 1])
    #expect(events.map(\.kind) == [.blocked])
    #expect(events[0].reason.contains("a change of at most eps=1e-8 is not made"))
  }

  @Test func `a rate at its minimum is told`() throws {
    let plan = try plan("ReduceLROnPlateau(patience=0, factor=0.1, min_lr=0.05)", 0.1, ticks: 9)
    let events = plan.events(metrics: [1, 1, 1])
    #expect(events.map(\.kind) == [.reduced, .blocked])
    #expect(events[0].before == 0.1 && events[0].after == 0.05)
    #expect(events[1].reason.hasSuffix("but the rate stays at 0.05: min_lr is 0.05"))
  }

  @Test func `every change carries its reason`() throws {
    let plan = try plan("ReduceLROnPlateau(patience=1, threshold=0.1)", 0.1, ticks: 9)
    #expect(
      plan.events(metrics: [1, 0.95, 0.92, 0.5]).map(\.description) == [
        "epoch 3: reduced from 0.1 to 0.01: 0.92 is no improvement on the best, 1, by more than 0.1, "
          + "for 2 epochs (patience 1)"
      ])
  }

  @Test func `a plateau stands in sequences, in products and behind a warm-up`() throws {
    let flat = [Double](repeating: 1, count: 8)
    let plateau = "ReduceLROnPlateau(patience=1, factor=0.5)"
    #expect(
      try rates("SequentialLR([constant, \(plateau)], milestones=[2])", 1, flat)
        == [1, 1, 1, 1, 1, 0.5, 0.5, 0.25, 0.25])
    expectEqual(
      try rates("\(plateau) * ExponentialLR(0.1)", 1, Array(flat.prefix(4))),
      [1, 0.1, 0.01, 0.0005, 0.00005])
    expectEqual(
      try rates(
        "ChainedScheduler([LinearLR(0.5, total_iters=2), \(plateau)])", 1, Array(flat.prefix(4))),
      [0.5, 0.75, 1, 0.5, 0.5])
    let warm = try plan(plateau, 1, ticks: 9, warmup: .epochs(4))
    #expect(
      warm.values(in: 0..<9, metrics: flat).map(\.learningRate)
        == [0.25, 0.5, 0.75, 1, 1, 1, 1, 0.5, 0.5])
    #expect(warm.events(metrics: flat).map(\.epoch) == [7])
  }

  @Test func `the metrics of a warm-up do not count`() throws {
    let plateau = "ReduceLROnPlateau(patience=0, factor=0.5)"
    // A low loss during the warm-up would make everything after it look bad.
    let warm = try plan(plateau, 1, ticks: 6, warmup: .epochs(2))
    #expect(
      warm.values(in: 0..<6, metrics: [0.1, 0.1, 0.9, 0.8, 0.7]).map(\.learningRate)
        == [0.5, 1, 1, 1, 1, 1])
  }

  @Test func `smoothing takes the noise out of a metric`() throws {
    let noisy = (0..<40).map { (k: Int) -> Double in
      1 - 0.005 * Double(k) + (k.isMultiple(of: 2) ? 0.2 : 0)
    }
    let plain = try rates("ReduceLROnPlateau(patience=0, factor=0.5)", 1, noisy)
    let smooth = try rates("ReduceLROnPlateau(patience=1, factor=0.5, smoothing=0.9)", 1, noisy)
    #expect(plain.last ?? 1 < 0.01)
    #expect(smooth.last ?? 0 > 0.01)
  }

  @Test func `a factor that is meant as a divisor is refused`() throws {
    let error = try #require(throws: SpecError.self) {
      try Schedule(parsing: "ReduceLROnPlateau(factor=10)")
    }
    #expect(error.issues[0].message == "factor must be at least 0 and less than 1, not 10")
  }

  @Test func `a plateau that cannot act within the run is told`() throws {
    #expect(try plan("ReduceLROnPlateau(patience=10)", ticks: 12).notes.contains { $0.isWarning })
    #expect(try plan("ReduceLROnPlateau(patience=10)", ticks: 13).notes.isEmpty)
  }

  @Test func `resuming is evaluating: the history decides, nothing is lost`() throws {
    let plan = try plan("ReduceLROnPlateau(patience=1, cooldown=2, factor=0.5)", 1, ticks: 40)
    let metrics = (0..<40).map(Fixture.metric)
    let whole = plan.values(in: 0..<40, metrics: metrics).map(\.learningRate)
    for k in 0..<40 {
      let resumed = plan.values(in: k..<40, metrics: metrics).map(\.learningRate)
      #expect(resumed == Array(whole[k...]))
    }
  }
}

@Suite struct CompositionTraps {
  @Test func `a milestone of 0 starts the second scheduler`() throws {
    #expect(
      try rates("SequentialLR([ConstantLR(0.5, 9), StepLR(2, 0.1)], milestones=[0])", 1, ticks: 3)
        == [1, 1, 0.1])
  }

  @Test func `a warm-up before one cycle is not scaled by it`() throws {
    let spec =
      "SequentialLR([LinearLR(0.1, total_iters=5it), OneCycleLR(1, 20it)], milestones=[5it])"
    let values = try rates(spec, ticks: 25)
    expectEqual(Array(values[..<5]), [0.1, 0.28, 0.46, 0.64, 0.82])
    expectEqual([values[5]], [0.04])
    expectEqual([try rates(spec, 0.5, ticks: 25)[0]], [0.05])
  }

  @Test func `a lambda product in a sequence starts from the base rate`() throws {
    expectEqual(
      try rates(
        "SequentialLR([ConstantLR(0.1, 9), MultiplicativeLR(lambda e: 0.5)], milestones=[3])", 1,
        ticks: 6), [0.1, 0.1, 0.1, 1, 0.5, 0.25])
  }

  @Test func `a chain is a product, also of schedulers that set the rate`() throws {
    let chain = "ChainedScheduler([LinearLR(0.5, total_iters=2), LambdaLR(lambda e: 0.9 ** e)])"
    expectEqual(try rates(chain, 0.1, ticks: 4), [0.05, 0.0675, 0.081, 0.0729])
    #expect(
      try plan(chain, ticks: 9).notes.contains { $0.text.contains("PyTorch would let LambdaLR") })
    expectEqual(
      try rates(
        "ChainedScheduler([MultiStepLR([2], 0.5), CosineAnnealingWarmRestarts(2)])", 0.1, ticks: 4),
      [0.1, 0.05, 0.05, 0.025])
    expectEqual(
      try rates("ChainedScheduler([StepLR(1, 0.5), CosineAnnealingLR(2, 0.02)])", 0.1, ticks: 4),
      [0.1, 0.03, 0.005, 0.0025])
  }

  @Test func `the rate that a schedule names wins, and a note says so`() throws {
    let plan = try plan("CyclicLR(base_lr=0.01, max_lr=0.1, step_size_up=5)", 0.5, ticks: 20)
    #expect(plan.value(at: 0).learningRate == 0.01)
    #expect(
      plan.notes.map(\.text) == ["CyclicLR names base_lr=0.01, which wins over --lr 0.5"])
  }

  @Test func `a rate scales what a schedule relative to another one names`() throws {
    expectEqual(
      try rates("SquareRootScheduler(lr=0.4) * StepLR(2, 0.1)", 7, ticks: 4),
      [0.4, 0.4 / 2.0.squareRoot(), 0.04 / 3.0.squareRoot(), 0.02])
    #expect(throws: SpecError.self) {
      try plan("SquareRootScheduler(lr=0.4) * FactorScheduler(base_lr=0.2)", ticks: 4)
    }
  }

  @Test func `a product of one named rate and a class's default uses the named one`() throws {
    expectEqual(
      try rates("SquareRootScheduler(lr=0.4) * FactorScheduler(0.5)", ticks: 2),
      [0.2, 0.1 / 2.0.squareRoot()])
  }
}

@Suite struct ResumeTraps {
  @Test(arguments: [
    "StepLR(10)", "MultiStepLR([10, 20])", "ConstantLR(0.5, 10)", "LambdaLR(lambda e: 0.9 ** e)",
  ])
  func `a resumed run does not drop twice at a boundary`(spec: String) throws {
    let whole = try rates(spec, ticks: 30)
    for start in [9, 10, 11, 20] {
      // A new process, which resolves the plan anew.
      #expect(
        try plan(spec, ticks: 30).values(in: start..<30).map(\.learningRate)
          == Array(whole[start...]))
    }
  }

  @Test func `a new length takes effect`() throws {
    let old = try rates("CosineAnnealingLR(10)", 0.1, ticks: 10)
    let new = try rates("CosineAnnealingLR(100)", 0.1, ticks: 100)
    #expect(new[9] > 0.09 && old[9] < 0.01)
  }

  @Test(arguments: [
    "LambdaLR(lambda e: 0.95 ** e if e < 10 else 0.1)",
    "CyclicLR(0.1, 0.2, scale_fn=lambda x: 1 / x)",
    "warmup(5ep) then cosine(to=0.01) * StepLR(500it)", "repeat(linear(5), times=3, decay=0.5)",
  ])
  func `a schedule is kept with its lambdas`(spec: String) throws {
    let schedule = try Schedule(parsing: spec)
    #expect(schedule.description == spec)
    #expect(try Schedule(parsing: schedule.description) == schedule)
  }

  @Test func `any hyper-parameter can be scheduled`() throws {
    expectEqual(
      try rates("linear(from=0.5, to=0.99)", ticks: 4), [0.5, 0.6225, 0.745, 0.8675])
  }

  @Test(arguments: [
    "OneCycleLR(0.1, 10, max_momentum=1.5)", "CyclicLR(0.1, 0.2, base_momentum=-0.1)",
  ])
  func `a momentum outside 0 to 1 is refused`(spec: String) {
    #expect(throws: SpecError.self) { try Schedule(parsing: spec) }
  }
}

/// Dive into Deep Learning's chapter, with the values that its functions give.
@Suite struct ChapterTraps {
  @Test func `square root: the rate of epoch k is lr over the root of k + 1`() throws {
    expectEqual(
      try rates("SquareRootScheduler(lr=0.1)", ticks: 4),
      [0.1, 0.07071067811865475, 0.05773502691896258, 0.05])
    #expect(try rates("SquareRootScheduler()", ticks: 1) == [0.1])
    #expect(try rates("SquareRootScheduler()", 0.3, ticks: 1) == [0.3])
  }

  @Test func `factor: the first rate has the factor once, and the floor holds`() throws {
    expectEqual(
      try rates("FactorScheduler(factor=0.9, stop_factor_lr=1e-2, base_lr=2.0)", ticks: 60),
      (0..<60).map { k in max(0.01, (0...k).reduce(2.0) { rate, _ in rate * 0.9 }) })
  }

  @Test func `multi-factor: the rate drops after a step, not at it`() throws {
    expectEqual(
      try rates("MultiFactorScheduler(step=[2, 4], factor=0.5, base_lr=0.5)", ticks: 7),
      [0.5, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125])
  }

  @Test func `cosine: the warm-up lies inside max_update and its first rate of 0 is told`() throws {
    let spec = "CosineScheduler(20, warmup_steps=5, base_lr=0.3, final_lr=0.01)"
    let plan = try plan(spec, ticks: 30)
    let values = plan.values(in: 0..<30).map(\.learningRate)
    expectEqual(Array(values[..<7]), [0, 0.06, 0.12, 0.18, 0.24, 0.3, 0.2968314021064018])
    #expect(values[20...].allSatisfy { $0 == 0.01 })
    #expect(plan.notes.contains { $0.isWarning && $0.text.contains("the first rate is 0") })
  }

  @Test func `cosine: the last rate is known also if it is asked for first`() throws {
    let plan = try plan("CosineScheduler(max_update=20, base_lr=0.3, final_lr=0.01)", ticks: 30)
    #expect(plan.value(at: 25).learningRate == 0.01)
    #expect(plan.value(at: 0).learningRate == 0.3)
  }

  @Test func `the chapter's classes count epochs, however many batches an epoch has`() throws {
    let plan = try Schedule(parsing: "SquareRootScheduler(0.1)").resolved(
      for: Run(epochs: 30, stepsPerEpoch: 235))
    #expect(plan.clock == .epoch)
    #expect(plan.value(at: Tick(step: 234, epoch: 0)).learningRate == 0.1)
    expectEqual([plan.value(at: Tick(step: 705, epoch: 3)).learningRate], [0.05])
  }

  @Test func `poly: MXNet's power decay`() throws {
    expectEqual(
      try rates("PolyScheduler(4, base_lr=1, final_lr=0.2)", ticks: 6),
      [1, 0.65, 0.4, 0.25, 0.2, 0.2])
  }
}
