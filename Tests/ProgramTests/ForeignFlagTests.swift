import Support
import Testing
import Training

@testable import gpu_train

/// Flags of other trainers, which are answered with what to type here, or why not.
@Suite struct ForeignFlagTests {
  /// The problems that a command line has, one text each.
  private func problems(_ arguments: [String]) throws -> [String] {
    let call = try Call(arguments)
    #expect(call.status == .usage && call.output.isEmpty)
    let lines = call.errors.split(separator: "\n").map(String.init)
    return lines.count == 1
      ? [String(lines[0].dropFirst("error: ".count))]
      : lines.dropFirst().map { String($0.dropFirst("  - ".count)) }
  }

  @Test(arguments: [
    (["--momentum", "0.8"], "--optimizer 'SGD(momentum=0.8)'"),
    (["--momentum=0.8"], "--optimizer 'SGD(momentum=0.8)'"),
    (["--weight-decay", "5e-4"], "--optimizer 'SGD(momentum=0.9, weight_decay=5e-4)'"),
    (["--wd", "5e-4"], "--optimizer 'SGD(momentum=0.9, weight_decay=5e-4)'"),
    (["--opt", "adam"], "--optimizer Adam"), (["--opt=adamw"], "--optimizer AdamW"),
    (["-opt", "sgd"], "--optimizer SGD"), (["--optim", "RMSprop"], "--optimizer?"),
    (["--nesterov"], "--optimizer 'SGD(momentum=0.9, nesterov=True)'"),
    (["--learning-rate", "0.1"], "--lr?"), (["--learning_rate=0.1"], "--lr?"),
    (["--lr0", "0.01"], "--lr?"), (["--bs", "64"], "--batch-size?"),
    (["--batch", "64"], "--batch-size?"), (["-b", "64"], "--batch-size?"),
    (["--num-epochs", "5"], "--epochs?"), (["--arch", "lenet"], "--model?"),
    (["--data", "mnist"], "--dataset?"), (["--weights", "a.safetensors"], "--init?"),
    (
      ["--sched", "step", "--step-size", "7", "--gamma", "0.5"], "--schedule 'StepLR(7, gamma=0.5)'"
    ),
    (["--milestones", "10", "20"], "--schedule 'MultiStepLR([10, 20])'"),
    (["--milestones", "10,20"], "--schedule 'MultiStepLR([10, 20])'"),
    (["--scheduler", "cosine", "--min-lr", "1e-5"], "--schedule 'cosine(to=1e-5)'"),
    (["--scheduler", "plateau", "--patience", "3"], "--schedule 'ReduceLROnPlateau(patience=3)'"),
    (["--warmup-epochs", "5"], "--warmup 5ep"), (["--warmup_steps", "100"], "--warmup 100it"),
    (["--warmup-ratio", "0.1"], "--warmup 10%"), (["--grad-clip", "1"], "--clip-norm?"),
    (["--gradient-accumulation-steps", "4"], "--accumulate?"),
    (["--val-split", "0.1"], "--validation?"), (["--print-freq", "10"], "--log-every?"),
    (["--save-dir", "x"], "--out?"), (["--project", "a", "--name", "b"], "--out a/b"),
    (["--gpu", "1"], "--device?"), (["--swa-start-epoch", "8"], "--swa-start 8ep"),
  ])
  func `it says what to type, with the value that was given`(
    arguments: [String], answer: String
  ) throws {
    let problems = try problems(arguments)
    #expect(problems.allSatisfy { $0.contains("no such flag") })
    #expect(problems.contains { $0.contains("did you mean \(answer)") }, "\(problems)")
  }

  @Test(arguments: [
    (["--resume", "runs/a"], "--init runs/a/weights/last.safetensors"),
    (["--patience", "5"], "not stopped early yet"), (["--amp"], "single precision"),
    (["--fp16"], "single precision"), (["--imgsz", "640"], "in the size"),
    (["--workers", "8"], "on the device"), (["--num-workers=8"], "on the device"),
    (["--gpus", "2"], "one device"), (["--dropout", "0.5"], "no dropout yet"),
    (["--pretrained"], "--init FILE.safetensors"), (["--evaluate"], "gpu-train evaluate"),
    (["--opt", "foo"], "gpu-train optimizers"),
    (["--label-smoothing", "0.1"], "not smoothed yet"),
    (["--deterministic"], "the same --seed"), (["--lr-scheduler", "foo"], "gpu-train schedule"),
  ])
  func `it says why there is nothing to type`(arguments: [String], reason: String) throws {
    #expect(try problems(arguments).contains { $0.contains(reason) })
  }

  @Test func `all are told with all other mistakes, and one line says all of the optimizer`() throws
  {
    let problems = try problems([
      "--opt", "adamw", "--momentum", "0.9", "--weight-decay", "0.05", "--betas", "0.9", "0.95",
      "--epochs", "0", "--epcohs", "3", "more",
    ])
    #expect(problems.count == 7)
    let whole = "--optimizer 'AdamW(weight_decay=0.05, betas=(0.9, 0.95))'"
    #expect(problems.count { $0.contains(whole) } == 3)
    #expect(problems.contains { $0.contains("--momentum 0.9") && $0.contains("no momentum") })
    #expect(problems.contains { $0.contains("--epcohs") && $0.contains("--epochs?") })
    #expect(problems.contains { $0.contains("more: nothing is expected here") })
  }

  @Test func `what it says to type is accepted`() throws {
    for (name, values) in [
      ("momentum", ["0.8"]), ("opt", ["adamw"]), ("sched", ["poly"]), ("sched", ["onecycle"]),
      ("sched", ["tanh"]), ("sched", ["exp"]), ("sched", ["multistep"]),
      ("sched", ["warmrestarts"]),
      ("sched", ["constant"]), ("sched", ["linear"]), ("sched", ["reduce_on_plateau"]),
      ("lrf", ["0.01"]), ("t-max", ["10"]), ("warmup-epochs", ["2"]), ("warmup-ratio", ["0.05"]),
      ("betas", ["0.9", "0.95"]), ("ema-decay", ["0.99"]), ("clip", ["1"]), ("batch", ["8"]),
    ] {
      guard case .give(let given) = ForeignSettings([(name, values)]).answer(to: name) else {
        Issue.record("\(name) has no answer")
        continue
      }
      let flags = given.map { ($0.name, $0.value ?? "") }
      #expect(throws: Never.self, "\(name)") {
        try Settings(
          flags: Dictionary(uniqueKeysWithValues: flags), checks: SettingsChecks.rooms)
      }
    }
  }

  @Test func `a configuration file is answered in its own words`() throws {
    let folder = try Scratch()
    let file = try folder.write("momentum: 0.8\nworkers: 4\nlearning_rate: 0.1\n", to: "a.yaml")
    let error = #expect(throws: SettingsError.self) {
      try Settings(flags: [:], configuration: file)
    }
    let problems = error?.problems ?? []
    #expect(problems.count == 3)
    #expect(problems.first?.contains("optimizer: SGD(momentum=0.8)") == true)
    #expect(problems.last?.contains("did you mean lr?") == true)
  }
}
