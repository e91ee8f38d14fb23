internal import Reports
internal import Training

/// Everything around the trainer: the folder, the tables, the screen, the way a run ends.
struct TrainingRun {
  private let session: any TrainingSession
  private let log: Log
  private let parent: String

  /// A run whose folder, unless the settings name one, is made under `parent`.
  init(_ session: any TrainingSession, on log: Log, in parent: String = "runs") {
    self.session = session
    self.log = log
    self.parent = parent
  }

  /// Trains to the end, or to the batch after which `isStopRequested` is true.
  /// - Throws: `Stopped`, `TargetMissed`, `DiskError`, and what the trainer throws.
  func run(isStopRequested: () -> Bool) throws {
    let settings = session.settings
    let folder = try makeFolder()
    try folder.write(arguments: settings.yaml)
    try folder.write(session.environment)
    let metrics = try folder.createMetrics(validation: settings.validation > 0)
    let steps = try folder.createSteps()

    let progress = Progress(settings.progress, validation: settings.validation > 0, on: log)
    defer { progress.end() }
    session.warnings.forEach(log.warn)
    progress.announce(
      (session.facts + ["writing to \(folder.path)"]).joined(separator: "\n"),
      json: .object([
        .init("event", "start"), .init("folder", .string(folder.path)),
        .init("environment", session.environment.json),
      ]))

    // The first batch compiles the kernels.
    let notice = DelayedNotice("compiling kernels (first run only)", on: log)
    defer { notice.stop() }
    var pace = Pace(total: session.totalSteps)
    var done = 0
    var best: EpochRow?

    while true {
      let outcome = try session.nextEpoch { step in
        if done == 0 { notice.stop() }
        done += 1
        pace.note(step: done, at: secondsSinceBoot())
        for row in step.logged {
          try steps.append(row.cells)
          progress.report(row)
        }
        progress.show(state(after: step, pace: pace))
        return !isStopRequested()
      }
      switch outcome {
      case .finished(let row, let isBest):
        try metrics.append(row.cells)
        progress.report(row)
        try session.save(in: folder, isBest: isBest)
        if row.test.accuracy > best?.test.accuracy ?? -1 { best = row }
        try log.check()
      case .stopped:
        progress.end()
        try session.save(in: folder, isBest: false)
        throw Stopped(folder: folder.path)
      case .over:
        progress.end()
        try conclude(best, in: folder, progress)
        return
      }
    }
  }

  private func makeFolder() throws -> RunFolder {
    let folder =
      try session.settings.out.map { try RunFolder(at: $0) }
      ?? RunFolder(named: session.name, in: parent)
    try log.record(in: folder.logPath)
    return folder
  }

  private func state(after step: StepOutcome, pace: Pace) -> ProgressState {
    ProgressState(
      epoch: step.epoch, epochs: session.settings.epochs, step: step.step,
      steps: session.stepsPerEpoch, learningRate: step.learningRate, loss: step.train?.loss,
      accuracy: step.train?.accuracy,
      imagesPerSecond: pace.stepsPerSecond.map { $0 * Double(session.settings.batchSize) },
      secondsLeft: pace.secondsLeft)
  }

  private func conclude(_ best: EpochRow?, in folder: RunFolder, _ progress: Progress) throws {
    let accuracy = best?.test.accuracy ?? .nan
    progress.conclude(
      best.map {
        "best test accuracy \(percentText(accuracy)) in epoch \($0.epoch); \(folder.path)"
      } ?? "no epoch was completed; \(folder.path)",
      json: .object([
        .init("event", "end"), .init("folder", .string(folder.path)),
        .init("best_epoch", best.map { .integer($0.epoch) } ?? .null),
        .init("best_test_accuracy", .number(accuracy)),
      ]))
    if let target = session.settings.targetAccuracy, !(accuracy >= target) {
      throw TargetMissed(best: accuracy, target: target)
    }
  }
}
