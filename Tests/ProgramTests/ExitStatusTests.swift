import Foundation
import Reference
import Reports
import Support
import Testing
import Training

/// The program's exit statuses with their reasons, each from a process of its own.
@Suite struct ExitStatusTests {
  private let folder: Scratch

  init() throws { folder = try Scratch() }

  private func run(
    _ arguments: [String], environment: [String: String] = [:], limit: String? = nil
  ) throws -> Binary.Outcome {
    try Binary(arguments, in: folder, environment: environment, limit: limit).finish()
  }

  private var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }
  }

  @Test func `0: a run and what can be asked of it`() throws {
    let run = try run(tinyRun + ["--log-every", "1"])
    #expect(run.status == 0)
    #expect(run.output.contains("best test accuracy"))
    let evaluation = try self.run(["evaluate", "run", "--weights", "last", "--json"])
    #expect(evaluation.status == 0 && evaluation.errors.isEmpty)
    let json = try JSONSerialization.jsonObject(with: Data(evaluation.output.utf8))
    let score = try #require(json as? [String: Any])
    let last = try #require(try rows(of: folder.file("run/metrics.csv")).last)
    #expect((score["loss"] as? Double).map(shortestText) == last["test_loss"])
    #expect((score["accuracy"] as? Double).map(shortestText) == last["test_accuracy"])
    let tensors = try readSafetensors(
      URL(filePath: folder.file("run/weights/last.safetensors")))
    #expect(tensors.mapValues(\.shape) == ["fc1.weight": [10, 49], "fc1.bias": [10]])
  }

  @Test func `0: every command explains itself`() throws {
    for arguments in [["--help"], ["--version"], ["train", "--help"], ["help", "evaluate"]] {
      let outcome = try run(arguments)
      #expect(outcome.status == 0 && !outcome.output.isEmpty && outcome.errors.isEmpty)
    }
  }

  @Test func `2: every word that is mistyped, told at once with the one that was meant`() throws {
    let outcome = try run([
      "--epcohs", "3", "--dataset", "mnsit:DIR", "--model", "lenett", "--optimizer", "SDG(0.1)",
      "--schedule", "StepLL(3)", "--monitor", "tset_loss", "--warmup", "5",
      "--config", "missing.yaml",
    ])
    #expect(outcome.status == 2 && outcome.output.isEmpty)
    #expect(outcome.errors.hasPrefix("error: 8 problems:\n"))
    for meant in [
      "--epochs", "mnist", "lenet", "SGD", "StepLR", "test_loss", "5ep, 500it", "missing.yaml",
    ] {
      #expect(outcome.errors.contains(meant), "\(meant)")
    }
    #expect(try names.isEmpty)
  }

  @Test(arguments: [
    (["evalute", "run"], "did you mean evaluate?"), (["evaluate", "run"], "no run is there"),
    (["devices", "--jsn"], "did you mean --json?"),
    (["benchmark", "--batch"], "did you mean --batch-size?"),
  ])
  func `2: what no command understands`(arguments: [String], reason: String) throws {
    let outcome = try run(arguments)
    #expect(outcome.status == 2 && outcome.output.isEmpty)
    #expect(outcome.errors.contains(reason))
  }

  @Test func `2: initial weights of another network, with every mismatch and nothing written`()
    throws
  {
    try Safetensors([.init(name: "fc1.weight", shape: [2], values: [0, 0])])
      .write(to: folder.file("other.safetensors"))
    let outcome = try run(tinyRun + ["--init", "other.safetensors"])
    #expect(outcome.status == 2 && outcome.output.isEmpty)
    #expect(outcome.errors.contains("fc1.weight is [2], and the network needs [10, 49]"))
    #expect(outcome.errors.contains("fc1.bias [10] is missing"))
    #expect(try names == ["other.safetensors"])
  }

  @Test func `3: a data file that is cut short, by name and numbers`() throws {
    for set in ["train", "t10k"] {
      let images: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 10, 0, 0, 0, 28, 0, 0, 0, 28] + [1, 2, 3]
      try Data(images).write(to: URL(filePath: folder.file("\(set)-images-idx3-ubyte")))
      let labels: [UInt8] = [0, 0, 8, 1, 0, 0, 0, 10] + [UInt8](0..<10)
      try Data(labels).write(to: URL(filePath: folder.file("\(set)-labels-idx1-ubyte")))
    }
    let before = try names
    let outcome = try run(["--dataset", "mnist:.", "--out", "run"])
    #expect(outcome.status == 3 && outcome.output.isEmpty)
    #expect(outcome.errors.contains("train-images-idx3-ubyte: the header promises 10 x 28 x 28"))
    #expect(try names == before)
  }

  @Test func `3: files that are not there or not what they should be`() throws {
    let missing = try run(["--dataset", "mnist:nowhere"])
    #expect(missing.status == 3 && missing.errors.contains("train-images-idx3-ubyte"))
    try folder.write("no weights", to: "x.safetensors")
    for file in ["x.safetensors", "y.safetensors"] {
      let outcome = try run(tinyRun + ["--init", file])
      #expect(outcome.status == 3 && outcome.errors.contains(file))
    }
    #expect(try names == ["x.safetensors"])
  }

  @Test func `4: a device that does not exist, with those that do`() throws {
    for device in ["7", "no such device"] {
      let outcome = try run(tinyRun + ["--device", device])
      #expect(outcome.status == 4 && outcome.output.isEmpty)
      #expect(outcome.errors.contains("'\(device)'") && outcome.errors.contains("\n  0: "))
    }
  }

  @Test(arguments: [tinyRun, ["devices"], ["benchmark", "--steps", "1"]])
  func `4: no driver at all, with the line to type`(arguments: [String]) throws {
    let outcome = try run(arguments, environment: ["OCL_ICD_VENDORS": "/nonexistent"])
    #expect(outcome.status == 4 && outcome.output.isEmpty)
    #expect(outcome.errors.contains("apt-get install pocl-opencl-icd"))
    #expect(try names.isEmpty)
  }

  @Test(arguments: ["100000000", "9223372036854775807"])
  func `5: a batch that no memory holds, with its numbers`(batch: String) throws {
    let outcome = try run(tinyRun + ["--batch-size", batch])
    #expect(outcome.status == 5 && outcome.output.isEmpty)
    #expect(outcome.errors.hasPrefix("error: out of memory: a batch of \(batch) images takes "))
    #expect(outcome.errors.contains("use a smaller batch"))
    #expect(try names.isEmpty)
  }

  @Test func `6: no update can be applied, and the weights are those before`() throws {
    let huge = Safetensors([
      .init(name: "fc1.weight", shape: [10, 49], values: Array(repeating: 3e38, count: 490)),
      .init(name: "fc1.bias", shape: [10], values: Array(repeating: 0, count: 10)),
    ])
    try huge.write(to: folder.file("huge.safetensors"))
    let outcome = try run(tinyRun + ["--init", "huge.safetensors"])
    #expect(outcome.status == 6)
    #expect(outcome.errors.contains("error: no update of epoch 1 could be applied"))
    let last = try Safetensors(contentsOf: folder.file("run/weights/last.safetensors"))
    #expect(Set(last.tensors) == Set(huge.tensors))
    #expect(try rows(of: folder.file("run/metrics.csv")).isEmpty)
    #expect(try text(of: folder.file("run/train.log")).contains("no update of epoch 1"))
    let evaluation = try run(["evaluate", "run"])
    #expect(evaluation.status == 2 && evaluation.errors.contains("--weights last"))
  }

  @Test func `6: a rate far too high leaves finite weights`() throws {
    let outcome = try run(
      tinyRun + ["--lr", "1e30", "--model", "dense(16) relu dense(10)", "--epochs", "4"])
    #expect(outcome.status == 6)
    #expect(outcome.errors.contains("warning: epoch 1: "))
    #expect(outcome.errors.contains("likely too high: try --lr "))
    let last = try Safetensors(contentsOf: folder.file("run/weights/last.safetensors"))
    #expect(last.tensors.allSatisfy { $0.values.allSatisfy(\.isFinite) })
  }

  @Test func `7: a folder that cannot be made`() throws {
    let outcome = try run(tinyRun + ["--out", "/dev/null/run"])
    #expect(outcome.status == 7 && outcome.output.isEmpty)
    #expect(outcome.errors.contains("cannot create /dev/null/run: Not a directory"))
  }

  @Test func `7: a file that may not grow, without a part of it left behind`() throws {
    // 4.7 MB of weights; the driver's own files are smaller.
    let outcome = try run(
      tinyRun + ["--model", "dense(1500) dense(10)", "--max-steps", "1"], limit: "ulimit -f 4000")
    #expect(outcome.status == 7)
    #expect(
      outcome.errors.contains("cannot write run/weights/last.safetensors: File too large"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("run/weights")).isEmpty)
  }

  @Test func `8: an accuracy that was not reached`() throws {
    let outcome = try run(tinyRun + ["--target-accuracy", "0.999"])
    #expect(outcome.status == 8)
    let best = try rows(of: folder.file("run/metrics.csv")).compactMap { $0["test_accuracy"] }.max()
    #expect(
      outcome.errors.hasSuffix(
        "error: the best test accuracy is \(best ?? ""), below the target of 0.999: train longer "
          + "(--epochs), or lower --target-accuracy\n"))
    #expect(FileManager.default.fileExists(atPath: folder.file("run/weights/best.safetensors")))
  }
}
