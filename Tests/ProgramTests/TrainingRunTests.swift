import Foundation
import Reports
import Support
import Testing
import Training

@testable import gpu_train

/// A tiny network on a few drawn digits: 500 parameters, 7 steps an epoch.
@Suite struct TrainingRunTests {
  private let folder: Scratch
  private let output = Pipe()
  private let errors = Pipe()
  private let log: Log
  private var settings = Settings()

  init() throws {
    folder = try Scratch()
    log = Log(
      output: output.fileHandleForWriting.fileDescriptor,
      errors: errors.fileHandleForWriting.fileDescriptor)
    settings.dataset = "synthetic:200"
    settings.model = "maxpool(4) dense(10)"
    settings.batchSize = 32
    settings.epochs = 3
    settings.logEvery = 2
    settings.progress = .line
  }

  private func run(
    _ session: Session, isStopRequested: @escaping () -> Bool = { false }
  ) throws {
    let notice = DelayedNotice("compiling", after: 3600, on: log)
    try TrainingRun(session, on: log, in: folder.file("runs")).run(
      notice: notice, isStopRequested: isStopRequested)
  }

  private func read(_ name: String) throws -> String {
    try text(of: folder.file("runs/network-1/" + name))
  }

  private func rows(_ name: String) throws -> [[String]] {
    try read(name).split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
  }

  @Test func `a run leaves behind everything that the documentation promises`() throws {
    let session = try Session(settings)
    try run(session)
    let files = try FileManager.default.subpathsOfDirectory(
      atPath: folder.file("runs/network-1"))
    #expect(
      files.sorted() == [
        "args.yaml", "env.json", "groups.csv", "layers.csv", "metrics.csv", "results.svg",
        "steps.csv", "train.log", "weights", "weights/best.safetensors", "weights/last.safetensors",
      ])
    #expect(try read("args.yaml") == session.settings.yaml)
    #expect(try read("env.json") == environment(of: session).json.page + "\n")
    let drawing = try read("results.svg")
    #expect(drawing.contains("best test accuracy") && drawing.contains(session.settings.model))
    #expect(drawing.contains("log-every 2"), "a setting that is not the default")
    let epochs = try rows("metrics.csv")
    #expect(epochs[0] == EpochRow.columns(validation: false))
    #expect(epochs.dropFirst().map { $0[0] } == ["1", "2", "3"])
    #expect(epochs.dropFirst().map { $0[1] } == ["7", "14", "21"])
    let steps = try rows("steps.csv")
    #expect(steps[0] == StepRow.columns)
    #expect(steps.dropFirst().map { $0[0] } == (1...10).map { "\(2 * $0)" })
  }

  @Test func `the log holds all that was printed, on one screen or the other`() throws {
    try run(Session(settings))
    let printed = try text(of: output)
    let warned = try text(of: errors)
    let kept = try read("train.log").split(separator: "\n")
    let seen = (printed + warned).split(separator: "\n")
    #expect(kept.sorted() == seen.sorted())
    #expect(printed.contains("writing to \(folder.path)/runs/network-1\n"))
    #expect(!printed.contains("\r") && !printed.contains("\u{1B}"))
  }

  @Test func `the target is compared with the best epoch, not the last`() throws {
    // After two good epochs the weights are thrown away.
    var settings = settings
    settings.schedule = "LambdaLR(lambda e: 1 if e < 2 else 1e6)"
    try run(Session(settings))
    let accuracies = try rows("metrics.csv").dropFirst().compactMap { Double($0[6]) }
    let best = try #require(accuracies.max())
    try #require(accuracies.last.map { $0 < best } == true, "\(accuracies)")

    settings.targetAccuracy = best
    try run(Session(settings))
    settings.targetAccuracy = best.nextUp
    let session = try Session(settings)
    let error = #expect(throws: TargetMissed.self) { try run(session) }
    #expect(error?.exitCode.rawValue == 8)
    #expect(
      error?.description.contains("is \(shortestText(best)), below the target of") == true)
  }

  // The first steps of a run are enqueued one by one: the pace is not known yet.
  @Test(arguments: [(asked: 1, epochs: 0), (asked: 7, epochs: 1)])
  func `a stop is seen after the steps in flight, and what was learned is saved`(
    asked: Int, epochs: Int
  ) throws {
    let session = try Session(settings)
    let error = #expect(throws: Stopped.self) {
      try run(session) { session.trainer.step >= asked }
    }
    #expect(error?.exitCode.rawValue == 75)
    #expect(error?.description.contains("\(folder.path)/runs/network-1/weights/last") == true)
    #expect(session.trainer.step == asked)
    #expect(try rows("metrics.csv").count == 1 + epochs, "an epoch cut short is not reported")
    let saved = try Safetensors(contentsOf: folder.file("runs/network-1/weights/last.safetensors"))
    #expect(saved.metadata["step"] == "\(asked)")
    #expect(try Set(saved.tensors) == Set(session.trainer.weights().tensors))
    let drawing = try read("results.svg")
    #expect(drawing.contains("stopped by a signal"))
    #expect(drawing.contains("no epoch was completed") == (epochs == 0))
    #expect(drawing.contains("class=\"line s0\""), "the rate at least")
  }

  @Test func `a run that diverges leaves the curves up to there`() throws {
    var settings = settings
    settings.schedule = "LambdaLR(lambda e: 1 if e < 1 else 1e38)"
    let session = try Session(settings)
    #expect(throws: TrainingError.self) { try run(session) }
    let drawing = try read("results.svg")
    #expect(drawing.contains("could not go on") && drawing.contains("best test accuracy"))
    #expect(!drawing.contains("nan") && !drawing.contains("inf,"))
  }

  @Test func `json output is JSON from the first line to the last`() throws {
    var settings = settings
    (settings.progress, settings.logEvery) = (.json, 4)
    try run(Session(settings))
    let events = try text(of: output).split(separator: "\n").map { line in
      let value = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      return value?["event"] as? String
    }
    #expect(
      events == [
        "start", "step", "epoch", "step", "step", "epoch", "step", "step", "epoch", "end",
      ])
  }

  @Test func `without progress only the result is printed`() throws {
    var settings = settings
    settings.progress = .none
    try run(Session(settings))
    let lines = try text(of: output).split(separator: "\n")
    #expect(lines.count == 1)
    #expect(lines.first?.hasPrefix("best test accuracy") == true)
  }

  @Test func `output that nobody can take ends the run with its status`() throws {
    let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
    let log = Log(
      output: full.fileDescriptor, errors: errors.fileHandleForWriting.fileDescriptor)
    let session = try Session(settings)
    let notice = DelayedNotice("compiling", after: 3600, on: log)
    let error = #expect(throws: DiskError.self) {
      try TrainingRun(session, on: log, in: folder.file("runs")).run(notice: notice) { false }
    }
    #expect(error?.exitCode == .disk)
    #expect(try rows("metrics.csv").count == 2, "the epoch is kept before the end")
    #expect(session.trainer.epoch == 1)
  }

  @Test func `a folder that appeared since the settings were checked is left alone`() throws {
    var settings = settings
    settings.out = folder.path
    try folder.write("mine", to: "notes")
    let session = try Session(settings)
    #expect(throws: FolderInUse.self) { try run(session) }
    #expect(session.trainer.step == 0)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["notes"])
  }
}
