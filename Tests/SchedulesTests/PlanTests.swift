import Foundation
import Schedules
import Testing

@Suite struct PlanTests {
  @Test func `the example of the chapter reads in words`() throws {
    let plan = try Schedule.cosine(from: 0.3, to: 0.01, over: .epochs(15)).warmup(.epochs(5))
      .resolved(for: Run(epochs: 30, stepsPerEpoch: 235))
    #expect(
      plan.describe()
        == "warm-up 5 epochs to 0.3, cosine to 0.01 at epoch 20, then constant")
    let torch = try Schedule(parsing: "CosineAnnealingLR(15, 0.01)").resolved(
      for: Run(epochs: 30, stepsPerEpoch: 235), baseRate: 0.3, warmup: .epochs(5))
    #expect(
      torch.describe() == "warm-up 5 epochs to 0.3, cosine to 0.01 at epoch 20, then constant")
  }

  @Test(arguments: [
    ("StepLR(10)", "start at 0.1, times 0.1 every 10 epochs"),
    ("MultiStepLR([5, 20], 0.5)", "start at 0.1, times 0.5 at epoch 5, epoch 20"),
    ("constant", "start at 0.1, constant 0.1"),
    (
      "linear(10ep) * StepLR(5)",
      "start at 0.1, (linear to 0 at step 10, then constant) x (times 0.1 every 5 epochs)"
    ),
    (
      "LinearLR(0.1, total_iters=5) then CosineAnnealingLR(25)",
      "start at 0.01, linear to 0.1 at epoch 5, then cosine to 0 at epoch 30"
    ),
    ("OneCycleLR(0.3)", "start at 0.012, up to 0.3 at step 8, down to 1.2e-6 at step 29"),
  ])
  func `a plan says in words what it will do`(spec: String, words: String) throws {
    #expect(try plan(spec, 0.1, ticks: 30).describe() == words)
  }

  @Test(arguments: [
    "SequentialLR([ConstantLR(0.1, 5), ExponentialLR(0.9)], milestones=[5])",
    "ConstantLR(factor=1, total_iters=50)", "ConstantLR(0.1, 5) for 5ep then cosine(25ep)",
  ])
  func `a constant factor that others follow, or that is 1, is no reason to warn`(
    spec: String
  ) throws {
    #expect(try plan(spec, 0.1, ticks: 30).notes.filter(\.isWarning) == [])
  }

  @Test(arguments: [
    ("StepLR(100)", "StepLR never drops: step_size is 100 epochs, and it has 30 epochs"),
    ("StepLR(5, gamma=1)", "StepLR changes nothing"),
    ("MultiStepLR([10, 40])", "epoch 40 lies past the end, epoch 30"),
    (
      "CosineAnnealingLR(100)",
      "is cut off: it lasts 100 epochs but has 30 epochs, so the rate ends at 0.0793893 instead of 0"
    ),
    ("CosineAnnealingLR(10)", "from epoch 10 on the rate is 0"),
    ("CosineAnnealingLR(30, eta_min=0.5)", "makes the rate grow"),
    ("CyclicLR(0.1, 0.2)", "never reaches max_lr"),
    ("OneCycleLR(0.1, 60)", "is cut off"),
    ("ExponentialLR(1)", "changes nothing"),
    ("ReduceLROnPlateau(patience=40)", "cannot reduce"),
    ("ConstantLR(total_iters=50)", "never reaches the full rate"),
    ("LinearLR(0)", "the first rate is 0"),
    ("constant for 40ep then cosine", "never begins"),
    ("LambdaLR(lambda e: 1 - e / 10)", "a negative rate is taken as 0"),
  ])
  func `a plan that does not do what was meant is told before training`(spec: String, text: String)
    throws
  {
    let notes = try plan(spec, 0.1, ticks: 30).notes
    #expect(notes.contains { $0.isWarning && $0.text.contains(text) }, "\(notes)")
  }

  @Test(arguments: [
    "StepLR(10)", "MultiStepLR([10, 20])", "CosineAnnealingLR(30)", "cosine", "OneCycleLR(0.1)",
    "ReduceLROnPlateau(patience=3)", "LinearLR() then CosineAnnealingLR(25)", "ExponentialLR(0.9)",
    "SquareRootScheduler()", "CyclicLR(0.1, 0.2, 10)", "wsd(3, 5)", "flat_cos", "constant",
    "LambdaLR(lambda e: 0.9 ** e)", "rex", "tanh", "greedy(patience=1)", "inverse_sqrt(3)",
  ])
  func `a plan that fits its run has no warnings`(spec: String) throws {
    #expect(try plan(spec, 0.1, ticks: 30).notes == [])
  }

  @Test(arguments: ["LambdaLR(lambda e: 1 / e)", "LambdaLR(lambda e: math.log(e - 3))"])
  func `a lambda without a finite value is refused`(spec: String) throws {
    let error = try #require(throws: SpecError.self) { try plan(spec, 0.1, ticks: 30) }
    #expect(error.description.contains("a rate must be a finite number"))
  }

  @Test func `a rate is needed, from the user or from the schedule`() throws {
    let schedule = try Schedule(parsing: "StepLR(10)")
    let error = try #require(throws: SpecError.self) { try schedule.resolved(for: Run(steps: 30)) }
    #expect(error.description.contains("--lr"))
    #expect(throws: Never.self) {
      try Schedule(parsing: "CyclicLR(0.1, 0.2)").resolved(for: Run(steps: 30))
    }
    #expect(throws: SpecError.self) { try schedule.resolved(for: Run(steps: 30), baseRate: -1) }
    #expect(schedule.ownRate == nil)
    #expect(try Schedule(parsing: "warmup(5ep) then OneCycleLR(0.7)").ownRate == 0.7)
    #expect(try Schedule(parsing: "FactorScheduler(0.9)").ownRate == 0.1)
  }

  @Test(arguments: [
    ("CosinAnnealingLR(5)", 1, "did you mean CosineAnnealingLR?"),
    ("StepLR(stepsize=5, gama=1)", 20, "did you mean gamma?"),
    ("SequentialLR([StepLR(5), Cosine(T_max=3)], [5])", 33, "cosine has no parameter T_max"),
    ("0.1", 1, "write constant(0.1)"),
    ("cosine * -1", 10, "cannot be multiplied by -1"),
    ("StepLR(0)", 8, "step_size must be more than 0, not 0"),
    ("CosineAnnealingWarmRestarts(T_0=0)", 33, "T_0 must be more than 0"),
  ])
  func `an error points at its place, also inside other schedules`(
    spec: String, column: Int, message: String
  ) throws {
    let error = try #require(throws: SpecError.self) { try Schedule(parsing: spec) }
    #expect(error.issues.last?.place?.column == column)
    #expect(error.description.contains(message))
  }

  @Test func `Swift and text say the same`() throws {
    let pairs: [(Schedule, String)] = [
      (
        .cosine(from: 0.1, over: .epochs(25)).warmup(.epochs(5)),
        "warmup(5ep) then cosine(25ep, from=0.1)"
      ),
      (
        .steps(every: .epochs(10)) * .oneCycle(max: 0.1),
        "StepLR(10ep, gamma=0.1) * OneCycleLR(0.1)"
      ),
      (
        .linear(to: 0.1).lasting(.steps(50)).then(.constant()),
        "linear(to=0.1) for 50it then constant"
      ),
      (
        0.5 * .cosineRestarts(every: .percent(10), growth: 2),
        "0.5 * cosine_restarts(10%, cycle_mul=2)"
      ),
      (
        .reduceOnPlateau(.max, patience: 3).warmup(.steps(9), form: .cosine, startFactor: 0.1),
        "warmup(9it, mode='cosine', start_factor=0.1) then ReduceLROnPlateau('max', factor=0.1, patience=3)"
      ),
      (.decay(by: 0.9).clamped(to: 0.1...1), "clamp(ExponentialLR(0.9), min=0.1, max=1)"),
      (
        .cyclic(from: 0.1, to: 0.2, up: .steps(5)).held(after: .epochs(3)),
        "hold(CyclicLR(0.1, 0.2, step_size_up=5it), 3ep)"
      ),
      (.linear().repeated(times: 3, decay: 0.5), "repeat(linear, times=3, decay=0.5)"),
      (.polynomial(power: 2, over: .ticks(9)).mirrored(), "mirror(polynomial(9, power=2))"),
    ]
    for (schedule, text) in pairs {
      #expect(schedule.description == text)
      #expect(try Schedule(parsing: text) == schedule)
      let run = Run(epochs: 20, stepsPerEpoch: 10)
      let (a, b) = (
        try schedule.resolved(for: run, baseRate: 0.3),
        try Schedule(parsing: text).resolved(for: run, baseRate: 0.3)
      )
      #expect(Array(a.values(in: 0..<200, of: .step)) == Array(b.values(in: 0..<200, of: .step)))
    }
  }

  @Test func `a trainer asks for the updates of an epoch`() throws {
    let plan = try Schedule(parsing: "cosine * ReduceLROnPlateau(patience=0)").resolved(
      for: Run(epochs: 4, stepsPerEpoch: 5), baseRate: 1)
    let metrics = [1.0, 1, 1]
    // One update of epoch 0 was skipped.
    let asked = plan.values(steps: 9..<14, inEpoch: 2, metrics: metrics)
    #expect(
      Array(asked) == (9..<14).map { plan.value(at: Tick(step: $0, epoch: 2), metrics: metrics) })
    #expect(plan.metricMode == .min)
  }

  @Test func `every schedule in the catalog says what it is for`() {
    for signature in Schedule.catalog.signatures {
      #expect(!signature.summary.isEmpty)
      #expect(signature.parameters.allSatisfy { !$0.summary.isEmpty })
    }
    #expect(Schedule.catalog.signature(named: "cosineannealinglr")?.name == "CosineAnnealingLR")
  }

  @Test func `a schedule is coded as its text`() throws {
    let schedule: Schedule = .cosine(from: 0.1).warmup(.epochs(5))
    let data = try JSONEncoder().encode(["schedule": schedule])
    #expect(
      String(decoding: data, as: UTF8.self) == #"{"schedule":"warmup(5ep) then cosine(from=0.1)"}"#)
    #expect(try JSONDecoder().decode([String: Schedule].self, from: data) == ["schedule": schedule])
  }

  @Test func `a long plot of a fold takes linear time`() throws {
    let plan = try plan("MultiplicativeLR(lambda e: 0.999999)", 1, ticks: 200_000)
    var last = 0.0
    let time = ContinuousClock().measure {
      for point in plan.values(in: 0..<200_000) { last = point.learningRate }
    }
    expectEqual([last], [0.8187316391], tolerance: 1e-6)
    // Quadratic time would be hours; a slow machine in a debug build needs a second.
    #expect(time < .seconds(20))
  }
}
