import Foundation
import Reports
import Support
import Testing

@testable import gpu_train

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// `gpu-train schedule`, run in this process.
@Suite struct ScheduleTests {
  private func expectClose(
    _ values: [Double], _ expected: [Double], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(values.count == expected.count, sourceLocation: sourceLocation)
    for (value, wanted) in zip(values, expected) {
      #expect(abs(value - wanted) <= 1e-12 * abs(wanted), sourceLocation: sourceLocation)
    }
  }

  /// What PyTorch 2.13 gives, on an SGD of the same rate, stepped once per row.
  ///
  /// ```
  /// for k in range(rows):
  ///     print(optimizer.param_groups[0]["lr"], optimizer.param_groups[0]["momentum"])
  ///     optimizer.step(); scheduler.step()  # plateau: scheduler.step(metrics[k])
  /// ```
  private static let pytorch: [(spec: String, rate: String, rates: [Double])] = [
    (
      "StepLR(optimizer, 3, gamma=0.1)", "0.3",
      [0.3, 0.3, 0.3, 0.03, 0.03, 0.03, 0.003, 0.003]
    ),
    (
      "torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=5, eta_min=0.001)", "0.1",
      [
        0.1, 0.0905463412215599, 0.06579634122155989, 0.035203658778440096, 0.010453658778440105,
        0.001,
      ]
    ),
    (
      """
      warm = LinearLR(optimizer, 0.1, total_iters=3)
      scheduler = SequentialLR(optimizer, [warm, ExponentialLR(optimizer, 0.5)], milestones=[3])
      """, "0.4", [0.04000000000000001, 0.16, 0.28, 0.4, 0.2, 0.1]
    ),
  ]

  @Test(arguments: pytorch)
  func `rows are PyTorch's values`(spec: String, rate: String, rates: [Double]) throws {
    let call = try Call("schedule", spec, "--lr", rate, "--epochs", "\(rates.count)", "--csv")
    #expect(call.status == .done)
    #expect(call.output.hasPrefix("step,epoch,learning_rate\n"))
    #expect(call.rows.map { $0[0] } == rates.indices.map(Double.init))
    #expect(call.rows.map { $0[1] } == rates.indices.map(Double.init))
    expectClose(call.rows.map { $0[2] }, rates)
  }

  @Test func `momentum is a column where it is driven, in updates`() throws {
    let call = try Call(
      "schedule",
      "OneCycleLR(optimizer, max_lr=0.1, total_steps=10)", "--steps", "10", "--csv")
    #expect(call.output.hasPrefix("step,epoch,learning_rate,momentum\n"))
    expectClose(
      call.rows.map { $0[2] },
      [
        0.0040000000000000036, 0.052000000000000005, 0.1, 0.09504846320134738, 0.0811745653949763,
        0.06112620219362893, 0.03887419780637107, 0.0188258346050237, 0.004951936798652629, 4e-07,
      ])
    expectClose(
      call.rows.map { $0[3] },
      [
        0.95, 0.8999999999999999, 0.85, 0.854951556604879, 0.8688255099070633, 0.8888739533021842,
        0.9111260466978157, 0.9311744900929366, 0.945048443395121, 0.95,
      ])
  }

  @Test func `a plateau has seen the metrics before its row, as PyTorch's has`() throws {
    let call = try Call(
      "schedule",
      "ReduceLROnPlateau(optimizer, patience=1, factor=0.5, cooldown=1)", "--lr", "0.1",
      "--metrics", "0.9,0.8,0.8,0.8,0.79,0.79,0.79,0.79", "--epochs", "9", "--csv")
    #expect(call.errors.isEmpty)
    expectClose(call.rows.map { $0[2] }, [0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.025, 0.025])
  }

  @Test func `the clock decides what a row is`() throws {
    let epochs = try Call(
      "schedule",
      "StepLR(1, 0.5)", "--lr", "1", "--epochs", "3", "--steps-per-epoch", "4", "--csv")
    #expect(epochs.output == "step,epoch,learning_rate\n0,0,1\n4,1,0.5\n8,2,0.25\n")
    let steps = try Call(
      "schedule",
      "StepLR(2, 0.5)", "--lr", "1", "--epochs", "2", "--steps-per-epoch", "2", "--csv", "--clock",
      "step")
    #expect(steps.output == "step,epoch,learning_rate\n0,0,1\n1,0,1\n2,1,0.5\n3,1,0.5\n")
    let both = try Call(
      "schedule", "CyclicLR(0.1, 0.2, 2)", "--steps", "3", "--epochs", "50", "--csv")
    #expect(both.rows.count == 3)
    #expect(both.errors.contains("--epochs 50 is not used"))
  }

  @Test func `a warm-up rises with every row and the schedule follows from its beginning`() throws {
    let call = try Call(
      "schedule",
      "StepLR(2, 0.5)", "--lr", "1", "--epochs", "8", "--warmup", "4ep", "--csv")
    #expect(call.rows.map { $0[2] } == [0.25, 0.5, 0.75, 1, 1, 1, 0.5, 0.5])
  }

  @Test func `a rate in the schedule wins over the flag, and a note says so`() throws {
    let call = try Call(
      "schedule", "SquareRootScheduler(lr=0.1)", "--lr", "0.5", "--epochs", "2", "--csv")
    expectClose(call.rows.map { $0[2] }, [0.1, 0.1 / 2.0.squareRoot()])
    #expect(call.errors.contains("0.1") && call.errors.contains("--lr 0.5"))
  }

  @Test func `what nobody asked for is said`() throws {
    #expect(
      try Call("schedule", "ExponentialLR(0.9)").errors
        == "note: from 0.05, as training does by default: --lr changes that\n"
        + "note: over 10 epochs, as training does by default: --epochs or --steps change that\n")
    #expect(try Call("schedule", "ExponentialLR(0.9)", "--lr", "1", "--epochs", "9").errors.isEmpty)
    let plateau = try Call(
      "schedule", "ReduceLROnPlateau(patience=1)", "--lr", "1", "--epochs", "9")
    #expect(plateau.errors.contains("--metrics 0.9,0.8,0.8"))
    let fixed = try Call("schedule", "ExponentialLR(0.9)", "--lr", "1", "--metrics", "1,2,3")
    #expect(fixed.errors.contains("follows no metric"))
  }

  @Test(arguments: [
    ("StepLR(30)", 90, "epochs"), ("CosineAnnealingLR(50)", 50, "epochs"),
    ("MultiStepLR([30, 80])", 100, "epochs"),
    ("OneCycleLR(0.1, total_steps=1000)", 1000, "updates"),
    ("SequentialLR([LinearLR(0.1, total_iters=20), CosineAnnealingLR(80)], [20])", 100, "epochs"),
    ("CyclicLR(0.1, 0.2)", 8000, "updates"),
    ("CosineAnnealingWarmRestarts(10, 2)", 30, "epochs"),
  ])
  func `without a length all of a schedule is drawn`(
    spec: String, length: Int, unit: String
  ) throws {
    let call = try Call("schedule", spec, "--lr", "0.1", "--csv")
    #expect(call.errors.contains("over \(length) \(unit), until all of it is seen"))
    #expect(!call.errors.contains("warning"))
    #expect(call.output.split(separator: "\n").count == length + 1)
  }

  @Test(arguments: [
    (["--batch-size", "32"], 4), (["--batch-size", "32", "--accumulate", "2"], 2),
    (["--batch-size", "32", "--validation", "0.1"], 3), (["--batch-size", "7"], 15),
    (["--max-steps", "3", "--batch-size", "32"], 4),
    (["--max-steps", "9", "--batch-size", "32"], 4),
  ])
  func `a drawing takes the updates that training would`(flags: [String], updates: Int) throws {
    let flags = ["--lr", "0.1", "--epochs", "2", "--dataset", "synthetic:100"] + flags
    let call = try Call(["schedule", "linear", "--csv"] + flags)
    #expect(call.status == .done)
    let folder = try Scratch()
    let run = try Call(
      flags + [
        "--schedule", "linear", "--model", "maxpool(4) dense(10)", "--log-every", "1", "--out",
        folder.file("run"), "--progress", "none",
      ])
    #expect(run.status == .done)
    let trained = try rows(of: folder.file("run/steps.csv")).compactMap {
      $0["learning_rate"].flatMap(Double.init)
    }
    #expect(call.rows.count == trained.count)
    #expect(call.rows.count == (flags.contains("3") ? 3 : 2 * updates))
    expectClose(call.rows.map { $0[2] }, trained)
    #expect(call.errors.contains("\(updates) updates an epoch"))
  }

  @Test func `what training would not see is marked and told`() throws {
    let call = try Call("schedule", "StepLR(30)", "--lr", "0.1")
    #expect(call.errors.contains("training ends after 10 epochs by default"))
    #expect(call.output.contains("training ends by default"))
    #expect(try !Call("schedule", "StepLR(3)", "--lr", "0.1").output.contains("training ends"))
  }

  @Test(arguments: [
    ["--steps-per-epoch", "4", "--batch-size", "32"], ["--steps", "4", "--max-steps", "5"],
  ])
  func `two ways to say how long are refused`(flags: [String]) throws {
    let call = try Call(["schedule", "linear", "--lr", "0.1"] + flags)
    #expect(call.status == .usage && call.errors.contains("give one"))
  }

  @Test func `the rate of a pasted optimizer is where the schedule starts`() throws {
    let lines =
      "optimizer = torch.optim.SGD(model.parameters(), lr=0.2)\nStepLR(optimizer, step_size=30)"
    let call = try Call("schedule", lines, "--csv", "--epochs", "2")
    #expect(call.output == "step,epoch,learning_rate\n0,0,0.2\n1,1,0.2\n")
    #expect(!call.errors.contains("0.05"))
    let flagged = try Call("schedule", lines, "--csv", "--epochs", "1", "--lr", "0.3")
    #expect(flagged.output.hasSuffix("0,0,0.3\n"))
  }

  @Test func `OneCycleLR as PyTorch documents it takes the run's own steps`() throws {
    let call = try Call(
      "schedule",
      "OneCycleLR(optimizer, max_lr=0.01, steps_per_epoch=len(data_loader), epochs=10)", "--csv",
      "--steps-per-epoch", "7")
    let number = try Call("schedule", "OneCycleLR(0.01, 70)", "--csv", "--steps-per-epoch", "7")
    #expect(call.output == number.output && call.output.split(separator: "\n").count == 71)
  }

  @Test func `a pasted Adam starts from Adam's rate, and a flag that differs is told`() throws {
    let lines = "optimizer = optim.Adam(net.parameters())\nExponentialLR(optimizer, 0.5)"
    #expect(try Call("schedule", lines, "--csv", "--epochs", "1").output.hasSuffix("\n0,0,0.001\n"))
    let call = try Call("schedule", lines, "--lr", "0.1")
    #expect(call.errors.contains("--lr 0.1 wins over the pasted optimizer's 0.001"))
  }

  @Test(arguments: [
    ("CosineAnnealingLR(optimizer, T_max=len(loader) * num_epochs)", "--set num_epochs=..."),
    ("CosineAnnealingLR(optimizer, T_max=args.epochs)", "--set args.epochs=..."),
    (
      "first = ExponentialLR(optimizer, 0.9)\nsecond = StepLR(optimizer, 3)",
      "ExponentialLR(0.9) * StepLR(3)"
    ),
    ("StepLR(optimizer, args.step)", "--set args.step=..."),
    ("GradualWarmupScheduler(optimizer, 1, 5, after)", "with --warmup 5ep"),
    ("LambdaLR(optimizer, lambda e: decay(e))", "write its value"),
  ])
  func `a name of the script gets an error that says what to write`(
    spec: String, advice: String
  ) throws {
    let call = try Call("schedule", spec)
    #expect(call.status == .usage && call.errors.contains(advice))
  }

  @Test(arguments: [
    "LinearLR(total_iters=0)", "OneCycleLR(0.1, total_steps=10, pct_start=0.1)",
    "CosineAnnealingLR(T_max=0)", "StepLR(100)", "PolynomialLR(total_iters=0)",
  ])
  func `degenerate parameters are drawn with a warning`(spec: String) throws {
    let call = try Call("schedule", spec, "--lr", "0.1", "--epochs", "10")
    #expect(call.status == .done && !call.output.isEmpty)
    #expect(call.errors.contains("warning: "))
  }

  @Test(arguments: [
    ("CosineAnealingLR(20)", "CosineAnnealingLR"), ("OneCycelLR(1)", "OneCycleLR"),
    ("StepLR(step_sze=3)", "step_size"), ("ReduceLROnPlataeu()", "ReduceLROnPlateau"),
  ])
  func `a mistyped word gets the one that was meant`(spec: String, meant: String) throws {
    let call = try Call("schedule", spec)
    #expect(call.status == .usage && call.output.isEmpty)
    #expect(call.errors.contains("did you mean \(meant)?"))
    #expect(call.errors.contains("^~~"))
  }

  @Test func `all mistakes are told at once`() throws {
    let call = try Call(
      "schedule",
      "StepLr(10)", "--epohcs", "3", "CosinLR(3)", "--csv", "--lr", "x", "--clock", "epochs",
      "--steps", "0", "--metrics", "1,x", "--warmup", "5", "--svg")
    #expect(call.status == .usage && call.output.isEmpty)
    #expect(call.errors.hasPrefix("error: 9 problems:\n"))
    for text in [
      "--epohcs: no such flag; did you mean --epochs?", "there is no schedule CosinLR",
      "--csv prints the rows of one schedule, and here are 2", "--lr x: must be a number",
      "--clock epochs: must be one of epoch, step", "--steps 0: must be a whole number",
      "--metrics 1,x: \"x\" is no number", "--warmup 5: ", "--svg: needs a value",
    ] {
      #expect(call.errors.contains(text), "\(text)")
    }
  }

  @Test func `what cannot be resolved is told for every schedule`() throws {
    let mixed = "SequentialLR([StepLR(3), CyclicLR(0.1, 0.2, 5)], milestones=[10])"
    let call = try Call("schedule", mixed, mixed + " * 0.5")
    #expect(call.status == .usage)
    #expect(call.errors.hasPrefix("error: 2 problems:\n"))
    #expect(call.errors.contains("--clock"))
  }

  @Test func `without a schedule it says how to give one`() throws {
    let call = try Call("schedule")
    #expect(call.status == .usage)
    #expect(call.errors.contains("gpu-train schedule 'StepLR(10, gamma=0.5)'"))
  }

  @Test func `a warm-up is drawn update by update where epochs have several`() throws {
    // Stairs have a height for each of two epochs; the ramp passes every row of the plot.
    func heights(_ arguments: String...) throws -> Int {
      let call = try Call(
        ["schedule", "constant", "--lr", "1", "--epochs", "4", "--warmup", "2ep"] + arguments)
      return call.output.split(separator: "\n").count { $0.contains("*") && $0.contains("|") }
    }
    #expect(try heights("--steps-per-epoch", "200") >= 10)
  }

  @Test func `the drawing has words, the curve and no escapes`() throws {
    let call = try Call("schedule", "StepLR(2, 0.5)", "--lr", "1", "--epochs", "4")
    #expect(call.output.hasPrefix("StepLR(2, 0.5)\nstart at 1, times 0.5 every 2 epochs\n\n"))
    #expect(call.output.contains("***") && call.output.allSatisfy(\.isASCII))
    let braille = try Call(
      "schedule", "StepLR(2, 0.5)", "--lr", "1", "--epochs", "4", locale: "C.UTF-8")
    #expect(braille.output.contains("⠉") && !braille.output.contains("\u{1B}"))
  }

  @Test func `several schedules share a plot and carry letters`() throws {
    let call = try Call(
      "schedule", "StepLR(2, 0.5)", "ExponentialLR(0.7)", "--lr", "1", "--epochs", "4")
    #expect(call.output.contains("A  StepLR(2, 0.5)\n   start at 1"))
    #expect(call.output.contains("B  ExponentialLR(0.7)\n"))
    let plot = call.output.components(separatedBy: "learning rate")[1]
    #expect(plot.contains("AAA") && plot.contains("BBB"))
  }

  @Test func `momentum has a plot of its own, and metrics their reasons`() throws {
    let cycle = try Call("schedule", "OneCycleLR(0.1)", "--steps", "10")
    #expect(cycle.output.contains("\nmomentum\n"))
    let plateau = try Call(
      "schedule",
      "ReduceLROnPlateau(patience=0)", "--lr", "1", "--metrics", "1,1,1")
    #expect(plateau.output.contains("epoch 2: reduced from 1 to 0.1: "))
  }

  @Test func `rates over many powers of ten are drawn on a logarithmic axis`() throws {
    let call = try Call("schedule", "ExponentialLR(0.5)", "--lr", "1", "--epochs", "20")
    #expect(call.output.contains("learning rate (logarithmic)"))
    let cosine = try Call("schedule", "CosineAnnealingLR(20)", "--lr", "1", "--epochs", "20")
    #expect(!cosine.output.contains("logarithmic"))
  }

  @Test func `a drawing in a file is one XML document`() throws {
    let folder = try Scratch()
    let path = folder.file("schedule.svg")
    let call = try Call(
      "schedule",
      "OneCycleLR(0.1)", "LambdaLR(lambda e: 1 if e < 5 else 0.1)", "--svg", path, "--steps", "9")
    #expect(call.status == .done && call.errors.contains("drawn into \(path)"))
    let document = try XMLDocument(xmlString: String(contentsOfFile: path, encoding: .utf8))
    #expect(document.rootElement()?.name == "svg")
    let texts = try document.nodes(forXPath: "//*[local-name()='text']").map(\.stringValue)
    #expect(texts.contains("LambdaLR(lambda e: 1 if e < 5 else 0.1)"))
    #expect(texts.contains("momentum"))
  }

  @Test func `a full disk has its status, and a device is not replaced`() throws {
    let call = try Call("schedule", "ExponentialLR(0.9)", "--svg", "/dev/full")
    #expect(call.status == .disk)
    let type = try FileManager.default.attributesOfItem(atPath: "/dev/full")[.type]
    #expect(type as? FileAttributeType == .typeCharacterSpecial)
    let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
    let log = Log(output: full.fileDescriptor, errors: full.fileDescriptor)
    for arguments in [["StepLR(1)"], ["StepLR(1)", "--csv", "--steps", "20000"]] {
      #expect(Program(log: log).run(["schedule"] + arguments) == .disk)
    }
  }

  @Test func `more ticks than anybody waits for are refused`() throws {
    let call = try Call("schedule", "StepLR(1)", "--steps", "9000000000000000000")
    #expect(call.status == .usage && call.output.isEmpty)
    #expect(call.errors.contains("--csv lists them"))
  }
}
