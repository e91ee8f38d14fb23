import Schedules
import Specs
import Testing

/// Schedules of timm, transformers, Keras and `swa_utils`, by their own signatures.
@Suite struct ForeignTests {
  @Test(arguments: [
    "CosineLRScheduler", "TanhLRScheduler", "PolyLRScheduler", "StepLRScheduler",
    "MultiStepLRScheduler", "PlateauLRScheduler", "get_constant_schedule",
    "get_constant_schedule_with_warmup", "get_linear_schedule_with_warmup",
    "get_cosine_schedule_with_warmup", "get_cosine_with_hard_restarts_schedule_with_warmup",
    "get_polynomial_decay_schedule_with_warmup", "get_inverse_sqrt_schedule",
    "get_cosine_with_min_lr_schedule_with_warmup", "get_wsd_schedule", "get_scheduler", "SWALR",
    "ExponentialDecay", "InverseTimeDecay", "PolynomialDecay", "CosineDecay", "CosineDecayRestarts",
    "PiecewiseConstantDecay",
  ])
  func `the fixture covers it`(name: String) {
    #expect(Fixture.foreign.contains { $0.spec.hasPrefix(name + "(") })
  }

  @Test(arguments: Fixture.foreign)
  func `every rate is that of the library`(fixture: Fixture) throws {
    let plan = try plan(fixture.spec, fixture.base, ticks: fixture.ticks)
    // A plan of constants has no clock to follow.
    if !fixture.spec.contains("get_constant_schedule(") { #expect(plan.clock == fixture.clock) }
    let isMin = fixture.spec.contains("mode='min'")
    let metrics = (0..<fixture.ticks).map { isMin ? Fixture.metric($0) : 1 - Fixture.metric($0) }
    let rates = plan.values(in: 0..<fixture.ticks, metrics: metrics).map(\.learningRate)
    let scale = rates.max() ?? 0
    expectEqual(
      fixture.rates.map { rates[$0.tick] }, fixture.rates.map(\.value), scale: scale,
      "at \(fixture.rates.map(\.tick))")
    expectEqual([rates.reduce(0, +)], [fixture.sum])
    let weighted = rates.enumerated().map { $1 * Double(($0 * 7919) % 1000 + 1) }
    expectEqual([weighted.reduce(0, +)], [fixture.weightedSum])
    for k in stride(from: fixture.ticks - 1, through: 0, by: -13) {
      #expect(plan.value(at: k, metrics: metrics).learningRate == rates[k])
    }
  }

  @Test(arguments: [
    "CosineDecayRestarts(0.1, 1000)", "get_linear_schedule_with_warmup(optimizer, 100, 1000)",
    "ExponentialDecay(0.1, 1000, 0.96)", "PiecewiseConstantDecay([1000], [0.1, 0.01])",
    "get_scheduler('cosine', optimizer, 100, 1000)",
    "CosineLRScheduler(t_initial=1000, t_in_epochs=False)",
    "PolynomialDecay(0.1, 1000)", "CosineDecay(0.1, 1000)", "InverseTimeDecay(0.1, 1000, 0.5)",
  ])
  func `what counts updates elsewhere counts them here`(text: String) throws {
    let run = Run(epochs: 10, stepsPerEpoch: 200)
    let plan = try Schedule(parsing: text).resolved(for: run, defaultRate: 0.1)
    #expect(plan.clock == .step)
    let alone = try Schedule(parsing: text).resolved(
      for: Run(steps: 2000), defaultRate: 0.1)
    for step in stride(from: 0, to: 2000, by: 37) {
      #expect(plan.value(at: step).learningRate == alone.value(at: step).learningRate)
    }
  }

  @Test func `lengths of a loader are epochs wherever a library counts updates`() throws {
    let run = Run(epochs: 10, stepsPerEpoch: 50)
    let byLoader = try Schedule(
      parsing: "get_linear_schedule_with_warmup(opt, len(train_loader), len(train_loader) * 10)"
    ).resolved(for: run, baseRate: 0.1)
    let byNumber = try Schedule(parsing: "get_linear_schedule_with_warmup(opt, 50, 500)")
      .resolved(for: run, baseRate: 0.1)
    for step in 0..<500 { #expect(byLoader.value(at: step) == byNumber.value(at: step)) }
  }

  @Test func `the rate that a schedule of Keras names wins, also where values are listed`() throws {
    #expect(try Schedule(parsing: "CosineDecay(0.02, 1000)").ownRate == 0.02)
    #expect(try Schedule(parsing: "PiecewiseConstantDecay([5], [0.3, 0.1])").ownRate == 0.3)
    let plan = try plan("PiecewiseConstantDecay([5], [0.3, 0.1])", 0.7, ticks: 10)
    #expect(plan.value(at: 0).learningRate == 0.3)
    #expect(plan.notes.contains { $0.text.contains("names values=[0.3, ...]") })
  }

  @Test func `timm's plateau wants more of its metric unless it is told otherwise`() throws {
    #expect(try Schedule(parsing: "PlateauLRScheduler(warmup_t=2)").metricMode == .max)
    #expect(try Schedule(parsing: "PlateauLRScheduler(mode='min')").metricMode == .min)
    let plan = try plan("PlateauLRScheduler(patience_t=1, warmup_t=3, mode='min')", 0.1, ticks: 12)
    let events = plan.events(metrics: Array(repeating: 1, count: 12))
    // Three metrics of the ramp, one that is the best, two that are no better.
    #expect(events.first?.epoch == 6)
  }

  @Test(arguments: [
    ("CosineLRScheduler(t_initial=30, noise_range_t=[10, 20])", "leave noise_range_t out"),
    ("PlateauLRScheduler(noise_range_t=5)", "leave noise_range_t out"),
    ("PiecewiseConstantDecay([1, 2], [0.1, 0.2])", "2 boundaries need 3 values, not 2"),
    ("PiecewiseConstantDecay([2, 1], [0.1, 0.2, 0.3])", "must ascend"),
    ("get_polynomial_decay_schedule_with_warmup(o, 10, 100, lr_end=1.0)", "must be less"),
    ("get_cosine_with_min_lr_schedule_with_warmup(o, 10, 100)", "one of min_lr and min_lr_rate"),
    ("get_wsd_schedule(o, 10, 100)", "num_training_steps or num_stable_steps"),
    ("get_scheduler('linear', optimizer=o, num_warmup_steps=10)", "needs num_training_steps"),
    ("get_scheduler('lineer', optimizer=o, num_warmup_steps=10)", "did you mean linear?"),
    ("get_scheduler('reduce_lr_on_plateau', optimizer=o)", "write ReduceLROnPlateau() instead"),
    ("TanhLRScheduler(t_initial=10, lb=3, ub=1)", "lb must lie below ub"),
    ("FactorScheduler(100, 0.9)", "StepLR(100it, factor)"),
  ])
  func `what cannot be meant is refused with the reason`(text: String, reason: String) {
    let error = #expect(throws: SpecError.self) { try plan(text, 0.1, ticks: 100) }
    #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
  }

  /// Each would otherwise be taken for a schedule with a similar name and other arguments.
  @Test(arguments: [
    ("CosineAnnealingWarmupRestarts(optimizer, 200, 1.0, 0.1)", "cosine_restarts("),
    ("GradualWarmupScheduler(optimizer, 1, 5, after)", "with --warmup 5ep"),
    ("tf.train.exponential_decay(0.1, 1000, 0.96)", "write ExponentialDecay("),
    ("exponential_decay(0.1, 1000, 0.96)", "write ExponentialDecay("),
    ("optax.exponential_decay(0.1, 1000, 0.96)", "schedule exponential_decay of optax: write"),
    ("cosine_decay_restarts(0.1, 1000)", "write CosineDecayRestarts("),
    ("paddle.optimizer.lr.ExponentialDecay(0.1, 0.9, True)", "write ExponentialLR(0.9)"),
    ("paddle.optimizer.lr.PolynomialDecay(0.1, 20)", "of PaddlePaddle: write polynomial("),
    ("mmengine.optim.LinearLR(0.001, 1, 0, 500)", "LinearLR of mmengine: here it is LinearLR("),
    ("learn.fit_flat_cos(1, 0.1)", "write flat_cos"),
    ("fit_one_cycle(5, 0.01)", "write OneCycleLR"),
    ("LinearWarmupCosineAnnealingLR(optimizer, 10, 100)", "with --warmup"),
    ("WarmupCosineSchedule(optimizer, 10, 100)", "write get_cosine_schedule_with_warmup"),
    ("LearningRateScheduler(0.1)", "write LambdaLR"),
    ("PolyLR(optimizer, 1000)", "write polynomial"),
  ])
  func `a class of yet another library is refused with what to type`(text: String, hint: String) {
    let error = #expect(throws: SpecError.self) { try Schedule(parsing: text) }
    #expect(error?.description.contains(hint) == true, "\(error?.description ?? "")")
  }

  @Test func `what a refusal says to type can be typed`() throws {
    for (name, advice) in Schedule.catalog.elsewhere {
      var text = advice.replacing(" instead", with: "").replacing(" or the like", with: "")
      if let words = text.firstRange(of: "such as ") { text = String(text[words.upperBound...]) }
      if let words = text.firstRange(of: "in order: ") { text = String(text[words.upperBound...]) }
      if let words = text.firstRange(of: " with --") {
        text = String(text[..<words.lowerBound])
      }
      if text.hasPrefix("the scheduler") || text.hasPrefix("the schedule")
        || text.contains("then the schedule")
      {
        continue
      }
      #expect(throws: Never.self, "\(name): \(text)") {
        _ = try plan(text, 0.1, ticks: 20_000)
      }
    }
  }

  @Test func `SWALR behind another part says which rate it starts from`() throws {
    let plan = try plan("CosineAnnealingLR(20) for 10ep then SWALR(0.05)", 0.2, ticks: 30)
    #expect(
      plan.notes.contains { $0.isWarning && $0.text.contains("starts from the base rate, 0.2") })
    #expect(plan.value(at: 10).learningRate == 0.2)
  }

  @Test func `a plan says in words where its ramp and its decay end`() throws {
    let timm = "CosineLRScheduler(t_initial=25, lr_min=1e-5, warmup_t=5)"
    #expect(
      try plan(timm, 0.1, ticks: 30).describe().hasSuffix(
        "linear to 0.1 at epoch 5, cosine to 1e-5 at epoch 25, then constant"))
    let prefixed = "CosineLRScheduler(t_initial=25, lr_min=1e-5, warmup_t=5, warmup_prefix=True)"
    #expect(try plan(prefixed, 0.1, ticks: 30).describe().contains("cosine to 1e-5 at epoch 30"))
    let notes = try plan(timm, 0.1, ticks: 20).notes.map(\.text)
    #expect(notes.contains { $0.contains("cut off: it lasts 25 epochs but has 20 epochs") })
  }
}
