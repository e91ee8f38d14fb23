import Schedules
import Testing
import Training

@Suite struct PastedLinesTests {
  /// The rates of the first updates or epochs, by the optimizer's rate.
  private func rates(_ text: String, _ count: Int, stepsPerEpoch: Int = 10, epochs: Int = 30) throws
    -> [Double]
  {
    let lines = try PastedLines(text)
    let schedule = try #require(lines.schedule)
    let plan = try schedule.resolved(
      for: Run(epochs: epochs, stepsPerEpoch: stepsPerEpoch), baseRate: lines.baseRate,
      defaultRate: 0.05, clock: lines.clock)
    return (0..<count).map { plan.value(at: $0).learningRate }
  }

  // Values: PyTorch 2.13.
  @Test(arguments: [
    "torch.optim.lr_scheduler.", "optim.lr_scheduler.", "lr_scheduler.", "",
  ])
  func `a schedule is known by its name, whatever stands before it`(path: String) throws {
    let text =
      "opt = torch.optim.Adam(model.parameters(), lr=1e-3)\nsch = \(path)CosineAnnealingLR(opt, T_max=30)"
    let found = try rates(text, 2)
    #expect(found[0] == 0.001)
    #expect(abs(found[1] - 0.0009972609476841367) < 1e-15)
  }

  @Test func `a warm-up that is never joined is refused`() {
    #expect(throws: SpecError.self) {
      try PastedLines(
        """
        opt = torch.optim.Adam(model.parameters(), lr=1e-3)
        warm = torch.optim.lr_scheduler.LinearLR(opt, 0.1, total_iters=5)
        sch = torch.optim.lr_scheduler.CosineAnnealingLR(opt, T_max=30)
        """)
    }
  }

  @Test func `lengths made from a loader count updates`() throws {
    let found = try rates(
      """
      SequentialLR(optimizer, [LinearLR(optimizer, 0.01, total_iters=len(loader)),
        CosineAnnealingLR(optimizer, 29 * len(loader))], milestones=[len(loader)])
      """, 12)
    #expect(abs(found[0] - 0.0005) < 1e-15)
    #expect(abs(found[5] - 0.05 * (0.01 + 0.99 * 0.5)) < 1e-15)
    #expect(abs(found[10] - 0.05) < 1e-15)
    #expect(found[11] < found[10])
  }

  @Test(arguments: [
    ("for e in range(9):\n    train()\n    s.step()", Clock.epoch),
    ("for e in range(9):\n    for x, y in loader:\n        opt.step()\n        s.step()", .step),
    ("def train(dl):\n    for batch in dl:\n        s.step()", .step),
  ])
  func `the loop that steps the schedule says what its numbers count`(loop: String, clock: Clock)
    throws
  {
    let lines = try PastedLines("s = StepLR(optimizer, 30)\n\(loop)")
    #expect(lines.clock == clock)
  }

  @Test(arguments: [
    ("model.parameters()", []), ("filter(lambda p: p.requires_grad, model.parameters())", []),
    ("(p for p in model.parameters() if p.requires_grad)", []),
    ("[p for p in model.parameters()]", []), ("list(model.parameters())", []),
    ("[{\"params\": model.parameters()}]", []), ("agent.policy_parameters()", []),
    (
      "[{'params': model.conv1.parameters(), 'lr': 0.01}, {'params': model.fc.parameters()}]",
      ["conv1*: lr=0.01"]
    ),
    ("model.fc.parameters()", ["fc*: scale=1", "*: lr=0"]),
    ("self.model.parameters()", []), ("agent.actor.parameters()", []),
  ])
  func `the parameters of an optimizer are no value of it`(parameters: String, groups: [String])
    throws
  {
    let lines = try PastedLines(
      "solver = torch.optim.SGD(\(parameters), 0.2, momentum=0.9)\nStepLR(solver, 10)")
    #expect(lines.baseRate == 0.2)
    #expect(lines.groups == groups)
    #expect(lines.schedule?.description == "StepLR(10)")
  }

  @Test(arguments: [
    (
      "for g in opt.param_groups:\n    g['lr'] = 0.1\nStepLR(opt, 3)",
      "sets the learning rate by hand"
    ),
    (
      "s = CosineAnnealingWarmRestarts(o, 2)\nfor e in range(4):\n    for i, x in enumerate(dl):\n"
        + "        s.step(e + i / n)", "a part of an epoch"
    ),
    ("s = MyWarmupScheduler(opt, 10)", "there is no schedule MyWarmupScheduler"),
    ("x = 1\nadjust_learning_rate(opt, epoch)\nStepLR(opt, 3)", "decides the learning rate"),
    ("o = torch.optim.LBFGS(model.parameters())\nStepLR(o, 3)", "there is no optimizer LBFGS"),
    ("x = 1\no = tf.keras.optimizers.Adam(1e-3)", "Keras's optimizer"),
    ("if a:\n    s = StepLR(o, 3)\nelse:\n    s = ExponentialLR(o, 0.9)", "depends on a"),
    (
      "o = SGD([{'params': [p for n, p in m.named_parameters() if 'bias' in n], 'lr': 1}], lr=0.1)\n"
        + "StepLR(o, 3)", "no name that is known here"
    ),
  ])
  func `what decides the rates and is not understood is refused`(text: String, reason: String)
    throws
  {
    let error = try #require(throws: SpecError.self) { try PastedLines(text) }
    #expect(error.description.contains(reason), "\(error)")
  }

  @Test func `the functions of a lambda are computed, whatever else the lines hold`() throws {
    let found = try rates(
      """
      def lr_lambda(current_step: int):
          if current_step < 2:
              return float(current_step) / float(max(1, 2))
          return max(0.0, math.cos(float(current_step - 2)))
      sched = LambdaLR(optimizer, lr_lambda, last_epoch=-1)
      """, 4)
    #expect(zip(found, [0, 0.5, 1, 0.5403023058681398]).allSatisfy { abs($0 - $1 * 0.05) < 1e-15 })
  }

  @Test func `a function with branches is a lambda`() throws {
    let found = try rates(
      """
      def ramp_then_decay(epoch):
          if epoch < 3:
              return (epoch + 1) / 3
          return 0.65 ** (epoch - 2)
      optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
      scheduler = LambdaLR(optimizer, lr_lambda=ramp_then_decay)
      """, 5)
    #expect(zip(found, [1 / 3, 2 / 3, 1, 0.65, 0.4225]).allSatisfy { abs($0 - $1 * 1e-3) < 1e-15 })
  }

  @Test(arguments: ["schedule", "optimizer"])
  func `what pasted lines say besides is told, whichever flag they are given to`(flag: String)
    throws
  {
    let text = """
      opt = SGD([{'params': model.conv1.parameters(), 'lr': 0.01}, {'params': model.fc.parameters()}], 0.1)
      s = ExponentialLR(opt, 0.9)
      for x in loader:
          torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
          opt.step()
      """
    let notes = try Settings(flags: [flag: text]).notes.map(\.text)
    #expect(notes.count { $0.contains("the pasted groups are conv1*: lr=0.01") } == 1)
    #expect(notes.count { $0.contains("--clip-norm 1") } == 1)
  }

  @Test func `settings take what is pasted, and flags win over it`() throws {
    let text =
      "opt = torch.optim.AdamW(model.parameters(), lr=3e-4)\nExponentialLR(opt, args.gamma)"
    let settings = try Settings(flags: ["schedule": text, "set": "args.gamma=0.9"])
    #expect(settings.schedule == "ExponentialLR(0.9)")
    #expect(settings.optimizer == "AdamW(lr=3e-4)" || settings.optimizer == "AdamW(lr=0.0003)")
    let flags = ["schedule": text, "set": "args.gamma=0.9", "lr": "0.1", "optimizer": "SGD"]
    let other = try Settings(flags: flags)
    #expect(other.optimizer == "SGD" && other.learningRate == .fixed(0.1))
    #expect(throws: SettingsError.self) { try Settings(flags: ["schedule": text]) }
  }
}
