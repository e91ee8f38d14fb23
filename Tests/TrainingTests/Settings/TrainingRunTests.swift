import Foundation
import Reports
import Testing
import Training

@testable import gpu_train

@Suite struct TrainingRunTests {
  private let folder: TemporaryFolder
  private let output = Pipe()
  private let errors = Pipe()
  private let log: Log

  init() throws {
    folder = try TemporaryFolder()
    log = Log(
      output: output.fileHandleForWriting.fileDescriptor,
      errors: errors.fileHandleForWriting.fileDescriptor)
  }

  private func run(_ session: ScriptedSession, stopAfter: Int = .max) throws {
    var polls = 0
    try TrainingRun(session, on: log, in: folder.path + "/runs").run {
      polls += 1
      return polls >= stopAfter
    }
  }

  private func read(_ name: String) throws -> String {
    try String(contentsOfFile: folder.path + "/runs/scripted-1/" + name, encoding: .utf8)
  }

  @Test func `a run leaves behind everything that the documentation promises`() throws {
    try run(ScriptedSession())
    let names = try FileManager.default.contentsOfDirectory(
      atPath: folder.path + "/runs/scripted-1")
    #expect(
      names.sorted() == [
        "args.yaml", "env.json", "metrics.csv", "steps.csv", "train.log", "weights",
      ])
    #expect(try read("args.yaml") == ScriptedSession().settings.yaml)
    #expect(try read("env.json") == ScriptedSession().environment.json.page + "\n")
    #expect(
      try read("metrics.csv").split(separator: "\n").dropFirst() == [
        "1,4,0.1,1,0.5,2,0.8,0.5,64", "2,8,0.1,0.5,0.5,1,0.9,0.5,64",
        "3,12,0.1,0.25,0.5,0.5,0.7,0.5,64",
      ])
    #expect(
      try read("steps.csv").split(separator: "\n").dropFirst()
        == [
          "2,1,0.1,1,3", "4,1,0.1,1,3", "6,2,0.1,1,3", "8,2,0.1,1,3", "10,3,0.1,1,3",
          "12,3,0.1,1,3",
        ])
    let printed = try text(of: output)
    #expect(try read("train.log") == "warning: a warning\n" + printed)
    #expect(try text(of: errors) == "warning: a warning\n")
    #expect(printed.hasPrefix("a fact\nwriting to \(folder.path)/runs/scripted-1\n"))
    #expect(printed.contains("best test accuracy 90.00% in epoch 2"))
    #expect(!printed.contains("\r") && !printed.contains("\u{1B}"))
  }

  @Test func `the weights are saved after every epoch, and the best are marked`() throws {
    let session = ScriptedSession()
    try run(session)
    #expect(session.saves == [false, true, false])
  }

  @Test(arguments: [(0.9, true), (0.91, false)])
  func `the target is compared with the best epoch, not the last`(
    target: Double, isReached: Bool
  ) throws {
    let session = ScriptedSession()
    session.settings.targetAccuracy = target
    if isReached {
      try run(session)
    } else {
      let error = #expect(throws: TargetMissed.self) { try run(session) }
      #expect(error?.exitCode.rawValue == 8)
      #expect(error?.description.contains("0.9, below the target of 0.91") == true)
    }
  }

  @Test func `a stop is seen after the very next batch and saved`() throws {
    let session = ScriptedSession()
    let error = #expect(throws: Stopped.self) { try run(session, stopAfter: 6) }
    #expect(error?.exitCode.rawValue == 75)
    #expect(error?.description.contains("--resume \(folder.path)/runs/scripted-1") == true)
    #expect(session.batches == 6)
    #expect(session.saves == [false, false])
    #expect(try read("metrics.csv").split(separator: "\n").count == 2)
  }

  @Test func `json output is JSON from the first line to the last`() throws {
    let session = ScriptedSession()
    session.settings.progress = .json
    try run(session)
    let events = try text(of: output).split(separator: "\n").map { line in
      let value = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      return value?["event"] as? String
    }
    let epoch = ["step", "step", "epoch"]
    #expect(events == ["start"] + epoch + epoch + epoch + ["end"])
  }

  @Test func `without progress only the result is printed`() throws {
    let session = ScriptedSession()
    session.settings.progress = .none
    try run(session)
    let lines = try text(of: output).split(separator: "\n")
    #expect(lines.count == 1)
    #expect(lines.first?.hasPrefix("best test accuracy") == true)
  }

  @Test func `a disk that is full ends the run with its status`() throws {
    let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
    let log = Log(
      output: full.fileDescriptor, errors: errors.fileHandleForWriting.fileDescriptor)
    let session = ScriptedSession()
    let error = #expect(throws: DiskError.self) {
      try TrainingRun(session, on: log, in: folder.path + "/runs").run { false }
    }
    #expect(error?.exitCode == .disk)
    #expect(session.saves.count == 1, "the epoch is saved before its output is found missing")
  }

  @Test func `a folder that appeared since the settings were checked is left alone`() throws {
    let session = ScriptedSession()
    session.settings.out = folder.path
    _ = try folder.write("mine", to: "notes")
    #expect(throws: FolderInUse.self) { try run(session) }
    #expect(session.batches == 0)
  }
}

/// Three epochs of four batches whose figures are known; every second batch is logged.
private final class ScriptedSession: TrainingSession {
  var settings = Settings()
  let environment = RunEnvironment(
    device: "none", driver: "0", openCLVersion: "OpenCL 1.2", programVersion: "0", seed: 0,
    datasetChecksums: [:], commandLine: ["gpu-train"])
  let facts = ["a fact"]
  let warnings = ["a warning"]
  let name = "scripted"
  let stepsPerEpoch = 4
  let totalSteps = 12
  var batches = 0
  var saves: [Bool] = []

  private static let accuracies = [0.8, 0.9, 0.7]

  init() { (settings.epochs, settings.progress) = (3, .line) }

  func nextEpoch(_ observe: (StepOutcome) throws -> Bool) throws -> EpochOutcome {
    let index = batches / stepsPerEpoch
    guard index < Self.accuracies.count else { return .over }
    for step in 1...stepsPerEpoch {
      batches += 1
      var outcome = StepOutcome(epoch: index + 1, step: step, learningRate: 0.1)
      if batches.isMultiple(of: 2) {
        outcome.logged = [
          StepRow(step: batches, epoch: index + 1, learningRate: 0.1, loss: 1, gradientNorm: 3)
        ]
      }
      guard try observe(outcome) else { return .stopped }
    }
    let loss = 1 / Double(1 << index)
    let row = EpochRow(
      epoch: index + 1, step: batches, learningRate: 0.1, train: Score(loss: loss, accuracy: 0.5),
      test: Score(loss: 2 * loss, accuracy: Self.accuracies[index]), seconds: 0.5,
      imagesPerSecond: 64)
    return .finished(row, isBest: index == 1)
  }

  func save(in folder: RunFolder, isBest: Bool) throws { saves.append(isBest) }
}
