import Foundation
import Networks
import Reports
import Support
import Testing
import Training

@testable import gpu_train

/// `gpu-train compare` from its arguments to its files.
@Suite struct CompareTests {
  private let folder: Scratch
  private let output = Pipe()
  private let errors = Pipe()
  private let log: Log

  init() throws {
    folder = try Scratch()
    log = Log(
      output: output.fileHandleForWriting.fileDescriptor,
      errors: errors.fileHandleForWriting.fileDescriptor)
  }

  private static let tiny = [
    "--dataset", "synthetic:400", "--model", "maxpool(4) dense(10)", "--batch-size", "64",
    "--epochs", "3", "--progress", "line",
  ]

  private func request(_ arguments: [String]) throws -> ComparisonRequest {
    let command = try Program(log: log).command(["compare"] + arguments)
    return try #require(command as? Compare).request()
  }

  private func run(
    _ request: ComparisonRequest, isStopRequested: @escaping () -> Bool = { false }
  ) throws -> Comparison {
    let comparison = try Comparison(request.variants, seeds: request.seeds)
    try ComparisonRun(comparison, request, on: log, in: folder.file("runs")).run(
      isStopRequested: isStopRequested)
    return comparison
  }

  private func read(_ name: String) throws -> String {
    try text(of: folder.file("runs/compare-1/" + name))
  }

  private func problems(_ arguments: String...) -> String {
    let error = #expect(throws: SettingsError.self) { try request(arguments) }
    return error?.description ?? ""
  }

  @Test func `a comparison leaves behind everything that is promised`() throws {
    let arguments = Self.tiny + ["--schedule", "constant", "--schedule", "halving=StepLR(1, 0.5)"]
    let comparison = try run(request(arguments + ["--seeds", "2"]))
    #expect(
      try FileManager.default.subpathsOfDirectory(atPath: folder.file("runs/compare-1")).sorted()
        == [
          "args.yaml", "compare.csv", "comparison.html", "comparison.svg", "env.json",
          "epochs.csv", "train.log", "weights", "weights/1-constant",
          "weights/1-constant/seed-0.safetensors", "weights/1-constant/seed-1.safetensors",
          "weights/2-halving", "weights/2-halving/seed-0.safetensors",
          "weights/2-halving/seed-1.safetensors",
        ])
    // The last that was trained is still on the device.
    let last = try Safetensors(
      contentsOf: folder.file("runs/compare-1/weights/2-halving/seed-1.safetensors"))
    let trained = try comparison.session.trainer.weights()
    for tensor in trained.tensors {
      #expect(last.tensors.first { $0.name == tensor.name }?.values == tensor.values)
    }
    let first = try Safetensors(
      contentsOf: folder.file("runs/compare-1/weights/1-constant/seed-1.safetensors"))
    #expect(first.tensors.map(\.values) != last.tensors.map(\.values))
    let epochs = try read("epochs.csv").split(separator: "\n")
    #expect(epochs.count == 1 + 2 * 2 * 3)
    #expect(epochs[4].hasPrefix("halving,\"StepLR(1, 0.5)\",SGD(momentum=0.9),0.05,0,1,7,0.05,"))
    #expect(try read("compare.csv") == comparison.report.csv)
    let page = try read("comparison.html")
    #expect(page.contains("halving") && page.contains("<svg") && page.contains("Test accuracy"))
    #expect(page.contains("<td>weights/2-halving</td>"))
    #expect(try read("comparison.svg") == comparison.report.svg)

    let printed = try text(of: output)
    #expect(!printed.contains("\r") && !printed.contains("\u{1B}"))
    for line in ["1/4  constant", "2/4  halving", "3/4  constant", "4/4  halving"] {
      #expect(printed.contains("\n" + line), "a line for each run")
    }
    #expect(printed.contains("StepLR(1, 0.5)\n"))
    #expect(printed.contains(comparison.report.text(width: 80, unicode: false)))
    #expect(printed.hasSuffix("\(folder.path)/runs/compare-1/comparison.html\n"))
  }

  @Test func `args.yaml with its first line repeats a comparison, figure by figure`() throws {
    let first = try run(
      request(
        Self.tiny + ["--schedule", "it's=cosine", "--lr", "0.1", "--lr", "0.2", "--seed", "5"]))
    let yaml = try read("args.yaml")
    let path = folder.file("runs/compare-1/args.yaml")
    #expect(
      yaml.split(separator: "\n")[0]
        == "# To repeat this comparison: gpu-train compare --config \(path) "
        + "--schedule 'it'\\''s=cosine' --lr 0.1 --lr 0.2")
    let again = try run(
      request(["--config", path, "--schedule", "it's=cosine", "--lr", "0.1", "--lr", "0.2"]))
    #expect(again.variants == first.variants)
    #expect(
      again.outcomes.map { $0.rows.map(\.test) } == first.outcomes.map { $0.rows.map(\.test) })
  }

  @Test func `curves and page go where they are asked to`() throws {
    let (svg, html) = (folder.file("curves.svg"), folder.file("page.html"))
    _ = try run(
      request(Self.tiny + ["--lr", "0.1", "--lr", "0.2", "--svg", svg, "--html", html]))
    #expect(try text(of: svg).hasPrefix("<svg"))
    #expect(try text(of: html).hasPrefix("<!DOCTYPE html>"))
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.file("runs/compare-1"))
    #expect(!names.contains("comparison.svg") && !names.contains("comparison.html"))
  }

  @Test func `a signal ends a comparison with 75 and the report of what is complete`() throws {
    let request = try request(Self.tiny + ["--lr", "0.1", "--lr", "0.2", "--seeds", "2"])
    let epochs = folder.file("runs/compare-1/epochs.csv")
    let error = #expect(throws: ComparisonStopped.self) {
      // In the second run.
      _ = try run(request) { (try? text(of: epochs).contains("lr 0.2,")) ?? false }
    }
    #expect(error?.exitCode.rawValue == 75)
    #expect(error?.description.contains("1 of 4 runs are complete") == true)
    let rows = try read("compare.csv").split(separator: "\n").map { $0.split(separator: ",") }
    #expect(rows.map { $0[4] } == ["runs", "1", "0"])
    #expect(try read("comparison.html").contains("1 of 4 runs are complete."))
    #expect(try text(of: output).contains("stopped after epoch 1"))
  }

  @Test func `a comparison in which nothing could be trained says so with 6`() throws {
    let request = try request(Self.tiny + ["--lr", "1e37", "--lr", "1e38"])
    let error = #expect(throws: TrainingError.self) { _ = try run(request) }
    #expect(error?.exitCode == .diverged)
    #expect(try text(of: errors).contains("not finite"))
    #expect(try read("compare.csv").contains(",0,1,nan"))
  }

  @Test func `the target is that of the best variant`() throws {
    let arguments = Self.tiny + ["--lr", "0.1", "--lr", "0.000001"]
    _ = try run(request(arguments + ["--target-accuracy", "0.2"]))
    let request = try request(arguments + ["--target-accuracy", "1"])
    let error = #expect(throws: TargetMissed.self) { _ = try run(request) }
    #expect(error?.exitCode == .targetMissed)
  }

  @Test func `json output is JSON from the first line to the last`() throws {
    _ = try run(request(Self.tiny + ["--progress", "json", "--lr", "0.1", "--lr", "0.2"]))
    let events = try text(of: output).split(separator: "\n").map { line in
      try #require(
        try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
    #expect(events.map { $0["event"] as? String } == ["start", "run", "run", "end"])
    #expect(events[0]["variants"] as? [String] == ["lr 0.1", "lr 0.2"])
    let report = try #require(events[3]["report"] as? [String: Any])
    #expect((report["variants"] as? [[String: Any]])?.count == 2)
    #expect(report["verdict"] is String)
  }

  @Test func `all mistakes are told together, those of every variant once`() {
    #expect(
      problems(
        "--schedule", "StepLR(10)", "--schedule", "StepRL(10)", "--epochs", "0", "--sedes", "3",
        "--seeds", "0", "--svg", "/nowhere/at/all.svg"
      ).split(separator: "\n").filter { $0.hasPrefix("  - ") }.map { $0.prefix(24) } == [
        "  - --sedes: no such fla", "  - --seeds 0: must be a", "  - --svg /nowhere/at/al",
        "  - --epochs 0: must be ", "  - --schedule StepRL(10",
      ])
  }

  @Test func `too many variants are refused with their count`() {
    let rates = (1...13).flatMap { ["--lr", "0.\($0)"] }
    let schedules = (1...5).flatMap { ["--schedule", "StepLR(\($0))"] }
    let error = #expect(throws: SettingsError.self) { try request(rates + schedules) }
    #expect(error?.description.hasPrefix("65 variants (5 of --schedule times 13 of --lr)") == true)
  }

  @Test func `one variant and one seed are nothing to compare`() throws {
    #expect(problems().hasPrefix("there is one variant and one seed"))
    #expect(problems("--schedule", "cosine").hasPrefix("there is one variant and one seed"))
    #expect(try request(["--schedule", "cosine", "--seeds", "2"]).variants.count == 1)
  }

  @Test func `a preset brings its own schedules`() throws {
    let request = try request(["--preset", "d2l", "--epochs", "2", "--seeds", "3"])
    #expect(request.variants.map(\.settings.epochs) == [2, 2, 2, 2, 2])
    #expect(request.variants[2].learningRate == 0.5)
    #expect(request.shared.learningRate == nil && request.shared.schedule == nil)
    #expect(
      request.command(configuration: "a b")
        == "gpu-train compare --config 'a b' --preset d2l --seeds 3")
    #expect(
      problems("--preset", "d2l", "--lr", "1", "--schedule", "cosine")
        == "--preset brings its own schedules, optimizer and rates: leave out --schedule and --lr")
    #expect(
      problems("--preset", "d2k")
        == "--preset d2k: must be one of d2l, d2l-as-run, optimizers; did you mean "
        + "d2l?")
  }

  @Test func `a file of a preset's settings repeats it, and another one changes it`() throws {
    let path = try folder.write("epochs: 4\nnormalize: auto\n", to: "c.yaml")
    let settings = try request(["--preset", "d2l", "--config", path]).variants[0].settings
    #expect(settings.epochs == 4 && settings.normalize == .automatic)
    #expect(settings.initializer.rawValue == "xavier_uniform")
    let request = try request(["--preset", "d2l", "--seed", "3"])
    let args = try folder.write(request.shared.yaml, to: "args.yaml")
    #expect(try self.request(["--preset", "d2l", "--config", args]).variants == request.variants)
  }

  @Test func `a run that is given two schedules is sent here`() throws {
    let status = Program(log: log).run(["--schedule", "cosine", "--schedule", "constant"])
    #expect(status == .usage)
    #expect(try text(of: errors).contains("--schedule is given several times"))
  }
}
