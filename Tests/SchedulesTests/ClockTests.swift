import Schedules
import Testing

/// What bare numbers count, and when rates change.
@Suite struct ClockTests {
  private func plan(_ spec: String, clock: Clock? = nil) throws -> Plan {
    try Schedule(parsing: spec).resolved(
      for: Run(epochs: 6, stepsPerEpoch: 10), baseRate: 0.1, clock: clock)
  }

  private func rates(_ plan: Plan) -> [Double] {
    plan.values(in: 0..<60, of: .step).map(\.learningRate)
  }

  static let own = [
    "cosine", "linear", "polynomial(power=2)", "exponential(to=0.001)", "tanh", "rex",
    "inverse_time(0.1)", "inverse_sqrt(timescale=10)", "flat_cos(0)", "wsd(0, 60)",
    "piecewise([0, 60], [1, 0])", "cosine_restarts(60)", "linear(60, to=0.01)",
    "linear(6ep, to=0.01)", "rex(100%)", "2 * linear", "clamp(linear, max=1)",
  ]

  @Test(arguments: own) func `our own schedules change at every update`(spec: String) throws {
    let plan = try plan(spec)
    #expect(plan.clock == .step)
    #expect(zip(rates(plan), rates(plan).dropFirst()).allSatisfy { $0 != $1 }, "\(rates(plan))")
  }

  @Test(arguments: ["linear", "rex", "tanh", "polynomial", "cosine", "linear(6)", "linear(6ep)"])
  func `--clock epoch is honoured: stairs of epochs`(spec: String) throws {
    let plan = try plan(spec, clock: .epoch)
    #expect(plan.clock == .epoch)
    #expect(Set(rates(plan)).count == 6)
    #expect(rates(plan)[9] == rates(plan)[0] && rates(plan)[10] < rates(plan)[9])
  }

  @Test(arguments: [
    "StepLR(2)", "MultiStepLR([2, 4])", "ExponentialLR(0.5)", "CosineAnnealingLR(6)",
    "LinearLR(0.1, total_iters=3)", "PolynomialLR(6)", "LambdaLR(lambda e: 0.5 ** e)",
    "CosineAnnealingWarmRestarts(3)", "ConstantLR(0.5, total_iters=2)",
    "SquareRootScheduler(lr=0.1)", "FactorScheduler(0.5, base_lr=0.1)",
    "MultiFactorScheduler([2], 0.5, base_lr=0.1)", "CosineScheduler(6, base_lr=0.1)",
    "SequentialLR([ConstantLR(0.5), ExponentialLR(0.5)], milestones=[2])",
    "SequentialLR([constant(0.1), constant(0.01)], milestones=[2])",
  ])
  func `PyTorch's classes and the chapter's change between epochs`(spec: String) throws {
    let plan = try plan(spec)
    #expect(plan.clock == .epoch)
    for epoch in 0..<6 {
      #expect(Set(rates(plan)[(epoch * 10)..<(epoch * 10 + 10)]).count == 1, "epoch \(epoch)")
    }
    #expect(Set(rates(plan)).count > 1)
  }

  @Test(arguments: ["OneCycleLR(0.1, total_steps=60)", "CyclicLR(0.01, 0.1, 20)"])
  func `PyTorch's cycles count updates`(spec: String) throws {
    let plan = try plan(spec)
    #expect(plan.clock == .step && rates(plan)[0] != rates(plan)[1])
  }

  @Test func `a bare number between parts that count nothing counts updates`() throws {
    let rates = try rates(plan("constant(0.1) for 5 then constant(0.01)"))
    #expect(rates[4] == 0.1 && rates[5] == 0.01)
    // A part that counts epochs decides for the others.
    let mixed = try self.rates(plan("constant(0.1) for 5 then ExponentialLR(0.5)"))
    #expect(mixed[49] == 0.1 && mixed[50] == 0.1)
  }
}
