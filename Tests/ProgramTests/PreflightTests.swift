import Foundation
import Reports
import Support
import Testing
import Training

/// Mistakes that need no device are told before a device that is missing.
@Suite struct PreflightTests {
  private let folder: Scratch

  init() throws { folder = try Scratch() }

  @Test(arguments: [
    (["--group", "covn*: lr=0.1"], 2, "matches no tensor"),
    (["--model", "conv(4, 99) dense(10)"], 2, "conv"),
    (["--model", "dense(4)"], 2, "10 classes"), (["--model", "relu"], 2, "nothing to train"),
    (["--accumulate", "9"], 2, "--accumulate 4"), (["--validation", "0.001"], 2, "validation"),
    (["--normalize", "0.1,0.2,0.3,0.4"], 2, "2 means"),
    (["--swa-start", "99ep"], 2, "--swa-start"),
    (["--dataset", "csv:missing.csv"], 3, "missing.csv"),
    (["--dataset", "mnist:missing"], 3, "missing"),
    (["--init", "missing.safetensors"], 7, "missing.safetensors"),
    (["--init", "other.safetensors"], 2, "fc1.weight"),
    (["--optimizer", "SGD()", "--momentum-schedule", "constant"], 2, "no momentum"),
    (["--optimizer", "ScheduleFreeSGD()", "--ema", "0.9"], 2, "averages its weights itself"),
    (["--optimizer", "SGD(momentum=1)"], 2, "less than 1"),
    (["--momentum-schedule", "linear(1ep, to=1, from=0.5)"], 2, "less than 1"),
    (["--schedule", "SequentialLR([StepLR(3), cosine(5)], milestones=[1])"], 2, "--clock"),
  ])
  func `a mistake is told, not the device`(
    flags: [String], status: Int32, text: String
  ) throws {
    try Safetensors([.init(name: "fc9.weight", shape: [2], values: [0, 0])])
      .write(to: folder.file("other.safetensors"))
    for command in [[], ["compare", "--seeds", "2"]] {
      let arguments = command + tinyRun + flags
      let outcome = try Binary(
        arguments, in: folder, environment: ["OCL_ICD_VENDORS": "/nonexistent"]
      ).finish()
      #expect(outcome.errors.contains(text), "\(outcome.errors)")
      #expect(!outcome.errors.contains("OpenCL"))
      #expect(outcome.status == status || status == 7)
    }
    #expect(!FileManager.default.fileExists(atPath: folder.file("run")))
  }

  @Test(arguments: [
    (["find-lr", "--optimizer", "Prodigy()"], "no learning rate to find"),
    (["find-lr", "--dataset", "synthetic:100", "--model", "conv(4, 99) dense(10)"], "conv"),
    (["benchmark", "--model", "conv(4, 99) dense(10)"], "conv"),
    (["benchmark", "--model", "relu"], "nothing to train"),
  ])
  func `so do the other commands`(arguments: [String], text: String) throws {
    let outcome = try Binary(
      arguments, in: folder, environment: ["OCL_ICD_VENDORS": "/nonexistent"]
    ).finish()
    #expect(outcome.status == 2 && outcome.errors.contains(text), "\(outcome.errors)")
    #expect(!outcome.errors.contains("OpenCL"))
  }

  @Test func `without mistakes the missing device is told, and nothing written`() throws {
    let outcome = try Binary(
      tinyRun, in: folder, environment: ["OCL_ICD_VENDORS": "/nonexistent"]
    ).finish()
    #expect(outcome.status == 4 && outcome.errors.contains("unset OCL_ICD_VENDORS"))
    #expect(!FileManager.default.fileExists(atPath: folder.file("run")))
  }

  @Test func `an average leaves the raw weights, and each can be scored`() throws {
    let run = try Binary(
      tinyRun + ["--ema", "constant(0.9)", "--epochs", "3"], in: folder
    ).finish()
    #expect(run.status == 0)
    #expect(run.errors.isEmpty || run.errors.contains("--ema"))
    var scores: [String: String] = [:]
    for name in ["last", "last-raw"] {
      let outcome = try Binary.run("evaluate", "run", "--weights", name, "--json", in: folder)
      #expect(outcome.status == 0)
      scores[name] = outcome.output
      #expect(
        FileManager.default.fileExists(atPath: folder.file("run/weights/\(name).safetensors")))
    }
    #expect(scores["last"] != scores["last-raw"])
    let arguments = try text(of: folder.file("run/args.yaml"))
    #expect(arguments.contains("ema: 'constant(0.9)'"))
    // Without an average there is nothing besides.
    let plain = try Binary(
      tinyRun + ["--out", "plain"], in: folder
    ).finish()
    #expect(plain.status == 0)
    #expect(
      !FileManager.default.fileExists(atPath: folder.file("plain/weights/last-raw.safetensors")))
    let none = try Binary.run("evaluate", "plain", "--weights", "last-raw", in: folder)
    #expect(none.status == 2 && none.errors.contains("--weights last"))
  }
}
