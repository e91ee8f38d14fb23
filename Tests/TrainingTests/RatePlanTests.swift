import Networks
import OpenCL
import Optimizers
import Schedules
import Testing

@testable import Training

@Suite struct ParameterGroupTests {
  @Test(arguments: [
    ("conv*", "conv1.weight", true), ("conv*", "fc1.weight", false), ("*.bias", "fc2.bias", true),
    ("*.bias", "fc2.biased", false), ("fc?.weight", "fc1.weight", true),
    ("fc?.weight", "fc12.weight", false), ("*", "conv1.bias", true),
    ("conv1.weight", "conv1.weight", true),
    ("*1*", "conv1.weight", true), ("a*a*a*b", "aaaaaaaaaaaaaaaa", false),
    ("", "conv1.weight", false),
  ])
  func `a pattern fits whole names`(pattern: String, name: String, fits: Bool) {
    #expect(ParameterGroup(pattern).matches(name) == fits)
  }

  @Test func `a group is read with all its values`() throws {
    let group = try ParameterGroup(
      parsing: "conv*: lr=0.01, scale=0.5, momentum=0.8, weight_decay=0, schedule=StepLR(3)")
    #expect(group.pattern == "conv*" && group.learningRate == 0.01 && group.scale == 0.5)
    #expect(group.momentum == 0.8 && group.weightDecay == 0)
    #expect(group.schedule == (try Schedule(parsing: "StepLR(3)")))
  }

  @Test(arguments: ["conv*", "conv*: ll=0.01", "conv*: lr=-1", "conv*: schedule=Stepp(3)"])
  func `a mistake in a group is an error`(text: String) {
    #expect(throws: SpecError.self) { try ParameterGroup(parsing: text) }
  }
}

@Suite struct RatePlanTests {
  static let device = Result { try Device.all()[0] }

  /// The plan of a network with tensors conv1, fc1 and fc2 over 2 epochs of 4 updates.
  private func plan(
    _ schedule: String, optimizer: SGD? = nil, baseRate: Double? = nil, epochs: Int = 2,
    stepsPerEpoch: Int = 4, _ change: (inout Trainer.Options) throws -> Void = { _ in }
  ) throws -> (plan: RatePlan, names: [String]) {
    let network = try Network(
      on: Queue(Self.device.get()), input: Shape(1, 6, 6), batch: 2,
      layers: [Conv(2, window: 3), ReLU(), Dense(4), ReLU(), Dense(3)])
    var options = Trainer.Options()
    try change(&options)
    let plan = try RatePlan(
      network, optimizer ?? SGD(momentum: 0.9, weightDecay: 0.01),
      Run(epochs: epochs, stepsPerEpoch: stepsPerEpoch), Schedule(parsing: schedule),
      baseRate: baseRate, options)
    return (plan, network.parameters.map(\.name))
  }

  /// The coefficients of one tensor at an update.
  private func row(_ made: (plan: RatePlan, names: [String]), _ name: String, step: Int) throws
    -> Coefficients
  {
    let tensor = try #require(made.names.firstIndex(of: name))
    let rows = made.plan.rows(steps: step..<(step + 1), epoch: step / 4, metrics: [])
    return rows[0][made.plan.assignment[tensor]]
  }

  @Test func `without groups all tensors share one column`() throws {
    let made = try plan("StepLR(1, 0.5)", baseRate: 0.2)
    #expect(Set(made.plan.assignment) == [0])
    #expect(try row(made, "conv1.weight", step: 3).learningRate == 0.2)
    #expect(try row(made, "fc2.bias", step: 4).learningRate == 0.1)
    #expect(try row(made, "fc2.bias", step: 4).momentum == 0.9)
    #expect(try row(made, "fc2.bias", step: 4).weightDecay == 0.01)
  }

  @Test func `a schedule to a momentum of 1 is refused before training`() throws {
    for text in ["constant(5)", "linear(1ep, to=1, from=0.5)", "linear(2ep, to=1.5, from=0.5)"] {
      let error = #expect(throws: TrainingError.self) {
        try plan("constant") { $0.momentumSchedule = try Schedule(parsing: text) }
      }
      #expect(error?.description.contains("--momentum-schedule gives") == true, "\(text)")
    }
    let notes = try plan("constant") {
      $0.momentumSchedule = try Schedule(parsing: "linear(1ep, to=0.99, from=0.5)")
    }.plan.notes
    #expect(!notes.contains { $0.text.contains("--lr") || $0.text.contains("the rate") })
  }

  @Test(arguments: [
    ("Prodigy()", "conv*: schedule=StepLR(1, 0.5)", 1.0), ("DAdaptAdam()", "", 0.5),
    ("ScheduleFreeSGD()", "conv*: momentum=0.5", 1), ("SGD()", "conv*: momentum=0.5", 1),
  ])
  func `what a rule cannot do for a group is refused before training`(
    optimizer: String, group: String, layerDecay: Double
  ) throws {
    let network = try Network(
      on: Queue(Self.device.get()), input: Shape(1, 6, 6), batch: 2,
      layers: [Conv(2, window: 3), ReLU(), Dense(3)])
    var options = Trainer.Options()
    options.layerDecay = layerDecay
    options.groups = try Session.groups(group)
    #expect(throws: TrainingError.self) {
      try RatePlan(
        network, OptimizerSpec(parsing: optimizer).optimizer, Run(epochs: 2, stepsPerEpoch: 4),
        Schedule(parsing: "constant"), baseRate: nil, options)
    }
  }

  @Test func `what a short average holds, and a schedule of a rule that needs none, are told`()
    throws
  {
    let network = try Network(
      on: Queue(Self.device.get()), input: Shape(1, 6, 6), batch: 2, layers: [Dense(3)])
    func notes(
      _ optimizer: String, _ schedule: String, averageDecay: Settings.AverageDecay? = nil
    ) throws -> String {
      var options = Trainer.Options()
      options.averageDecay = averageDecay
      return try RatePlan(
        network, OptimizerSpec(parsing: optimizer).optimizer, Run(epochs: 2, stepsPerEpoch: 50),
        Schedule(parsing: schedule), baseRate: 0.1, options
      ).notes.map(\.text).joined(separator: "\n")
    }
    let settled = try notes("SGD()", "constant", averageDecay: .constant(0.98))
    #expect(settled.contains("make up 14 %") && settled.contains("--ema 0.98"))
    #expect(try notes("SGD()", "constant", averageDecay: .constant(0.9)) == "")
    #expect(try notes("SGD()", "constant", averageDecay: .ramped(0.98)) == "")
    #expect(try notes("ScheduleFreeSGD()", "cosine").contains("--schedule constant"))
    #expect(try notes("ScheduleFreeSGD()", "constant") == "")
  }

  @Test(arguments: [
    (Settings.AverageDecay.ramped(0.999), "ends at a decay of 0.918"),
    (.constant(0.999), "make up 91 %"), (.ramped(0.9999), "10000 updates"),
  ])
  func `an average whose horizon lies beyond the run is warned of`(
    decay: Settings.AverageDecay, text: String
  ) throws {
    let notes = try plan("constant", baseRate: 0.1, epochs: 2, stepsPerEpoch: 50) {
      $0.averageDecay = decay
    }.plan.notes
    #expect(notes.map(\.kind) == [.warning])
    #expect(notes[0].text.contains(text) && notes[0].text.contains("the whole run has 100"))
    #expect(notes[0].text.contains("--ema 0.9,"))
    // A run of ten horizons is long enough for any.
    let long = try plan(
      "constant", baseRate: 0.1, epochs: 1, stepsPerEpoch: Int((10 / (1 - decay.limit)).rounded())
    ) { $0.averageDecay = decay }
    #expect(long.plan.notes == [])
  }

  @Test func `a group that is frozen has no warning of its own`() throws {
    let made = try plan("constant", baseRate: 0.1) {
      $0.groups = try Session.groups("conv*: lr=0")
    }
    #expect(!made.plan.notes.contains { $0.text.contains("nothing is learned") })
  }

  @Test func `a tensor takes the values of the first group that fits`() throws {
    let made = try plan("StepLR(1, 0.5)", baseRate: 0.2) {
      $0.groups = [
        try ParameterGroup(parsing: "*.bias: scale=2, weight_decay=0"),
        try ParameterGroup(parsing: "conv*: lr=0.01, momentum=0.5, schedule=constant"),
      ]
    }
    #expect(try row(made, "conv1.bias", step: 4).learningRate == 0.2)
    #expect(try row(made, "conv1.bias", step: 4).weightDecay == 0)
    #expect(try row(made, "conv1.weight", step: 4).learningRate == 0.01)
    #expect(try row(made, "conv1.weight", step: 4).momentum == 0.5)
    #expect(try row(made, "conv1.weight", step: 4).weightDecay == 0.01)
    #expect(try row(made, "fc1.weight", step: 4).learningRate == 0.1)
  }

  @Test func `layer decay shrinks the rate from the last layer to the first`() throws {
    let made = try plan("constant", baseRate: 1) { $0.layerDecay = 0.5 }
    #expect(try row(made, "fc2.weight", step: 0).learningRate == 1)
    #expect(try row(made, "fc1.bias", step: 0).learningRate == 0.5)
    #expect(try row(made, "conv1.weight", step: 0).learningRate == 0.25)
  }

  @Test func `a group's rate scales a schedule that names its own`() throws {
    let made = try plan("SquareRootScheduler(lr=0.4)") {
      $0.groups = [try ParameterGroup(parsing: "conv*: lr=0.1")]
    }
    let (conv, dense) = (
      try row(made, "conv1.weight", step: 4), try row(made, "fc1.weight", step: 4)
    )
    #expect(abs(conv.learningRate * 4 - dense.learningRate) < 1e-15)
  }

  @Test func `momentum and weight decay follow schedules of their own`() throws {
    let made = try plan("constant", baseRate: 0.1) {
      $0.momentumSchedule = try Schedule(parsing: "linear(2ep, to=0.99, from=0.5)")
      $0.weightDecaySchedule = try Schedule(parsing: "StepLR(1, 0.1)")
    }
    #expect(try row(made, "fc1.weight", step: 0).momentum == 0.5)
    #expect(abs(try row(made, "fc1.weight", step: 4).momentum - 0.745) < 0.01)
    #expect(abs(try row(made, "fc1.weight", step: 4).weightDecay - 0.001) < 1e-15)
  }

  @Test func `a group without tensors is refused with the names there are`() throws {
    let error = #expect(throws: TrainingError.self) {
      try plan("constant") { $0.groups = [try ParameterGroup(parsing: "covn*: lr=1")] }
    }
    #expect(error?.description.contains("conv1.weight") == true)
  }

  @Test func `a momentum schedule without momentum is refused`() throws {
    #expect(throws: TrainingError.self) {
      try plan("constant", optimizer: SGD()) {
        $0.momentumSchedule = try Schedule(parsing: "constant")
      }
    }
  }
}
