internal import Optimizers
internal import Reports
internal import Schedules
internal import Training

/// Everything around the trainer: the folder, the tables, the screen, the way a run ends.
struct TrainingRun {
  private let session: Session
  private let log: Log
  private let parent: String

  /// A run whose folder, unless the settings name one, is made under `parent`.
  init(_ session: Session, on log: Log, in parent: String = "runs") {
    self.session = session
    self.log = log
    self.parent = parent
  }

  /// Trains to the end, or to the steps in flight when `isStopRequested` is true.
  ///
  /// - Parameters:
  ///   - notice: Stopped once the first step has compiled the kernels.
  ///   - isStopRequested: Asked a few times a second.
  /// - Throws: `Stopped`, `TargetMissed`, `DiskError`, and what the trainer throws.
  func run(notice: DelayedNotice, isStopRequested: @escaping () -> Bool) throws {
    let (settings, trainer) = (session.settings, session.trainer)
    let folder = try makeFolder()
    try folder.write(arguments: settings.yaml)
    try folder.write(environment(of: session))
    let metrics = try folder.createMetrics(validation: settings.validation > 0)
    let steps = try folder.createSteps()
    let layers = try folder.createLayers()
    let groups = try folder.createGroups()

    let progress = Progress(settings.progress, validation: settings.validation > 0, on: log)
    defer { progress.end() }
    if let pasted = settings.schedule.flatMap(OptimizerSpec.pasted) {
      log.note(
        "the schedule's text makes \(pasted.optimizer.text)"
          + (pasted.learningRate.map { " with lr=\(shortestText($0))" } ?? "")
          + ": its rate counts where neither --lr nor --optimizer names one, all else is what "
          + "--optimizer says")
    }
    for note in trainer.notes { note.isWarning ? log.warn(note.text) : log.note(note.text) }
    progress.announce(
      (facts(of: session) + ["writing to \(folder.path)"]).joined(separator: "\n"),
      json: .object([
        .init("event", "start"), .init("folder", .string(folder.path)),
        .init("environment", environment(of: session).json),
      ]))

    var stopped = false
    let results = RunResults(session, in: folder)
    trainer.onStep = { row in
      try steps.append(row.cells)
      results.add(row)
      progress.report(row)
    }
    trainer.onLayers = { tensors, parameterGroups in
      for row in tensors { try layers.append(row.cells) }
      for row in parameterGroups { try groups.append(row.cells) }
    }
    trainer.onProgress = { state in
      notice.stop()
      progress.show(state())
    }
    trainer.shouldStop = {
      stopped = stopped || isStopRequested()
      return stopped
    }
    var best: EpochRow?
    var bestWeightsEpoch: Int?
    do {
      while let row = try trainer.next() {
        try metrics.append(row.cells)
        try results.add(row)
        progress.report(row)
        reportChanges(after: row, to: progress)
        try save(in: folder)
        if row.test.accuracy > best?.test.accuracy ?? -1 { best = row }
        if trainer.isBest { bestWeightsEpoch = row.epoch }
        try log.check()
      }
    } catch let error as TrainingError {
      // The weights are those of the last update that was applied: they are worth keeping.
      progress.end()
      try trainer.weights().write(to: folder.lastWeightsPath)
      try results.write("could not go on: \(error)")
      throw error
    }
    progress.end()
    try results.write(stopped ? "stopped by a signal" : nil)
    if stopped {
      try trainer.weights().write(to: folder.lastWeightsPath)
      throw Stopped(folder: folder.path)
    }
    try conclude(best, bestWeightsEpoch: bestWeightsEpoch, in: folder, progress)
  }

  private func makeFolder() throws -> RunFolder {
    let folder =
      try session.settings.out.map { try RunFolder(at: $0) }
      ?? RunFolder(named: name, in: parent)
    try log.record(in: folder.logPath)
    return folder
  }

  /// The first part of the folder's name: the network's, or `network` for a list of layers.
  private var name: String {
    let model = session.settings.model
    return model.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" } ? model : "network"
  }

  /// Says what metrics made the schedule do, and which batches were skipped.
  private func reportChanges(after row: EpochRow, to progress: Progress) {
    let trainer = session.trainer
    for event in trainer.plan.events(metrics: trainer.metrics) where event.epoch == row.epoch {
      progress.announce(
        "after \(event)",
        json: .object([
          .init("event", "schedule"), .init("epoch", .integer(row.epoch)),
          .init("change", .string(event.kind.rawValue)), .init("before", .number(event.before)),
          .init("after", .number(event.after)), .init("reason", .string(event.reason)),
        ]))
    }
    if trainer.skippedInEpoch > 0 {
      log.warn(
        "epoch \(row.epoch): \(trainer.skippedInEpoch) of \(trainer.stepsPerEpoch) updates were "
          + "skipped because their gradients were not finite; a lower --lr or a --warmup helps")
    }
  }

  private func save(in folder: RunFolder) throws {
    let weights = try session.trainer.weights()
    try weights.write(to: folder.lastWeightsPath)
    if session.trainer.isBest { try weights.write(to: folder.bestWeightsPath) }
  }

  private func conclude(
    _ best: EpochRow?, bestWeightsEpoch: Int?, in folder: RunFolder, _ progress: Progress
  ) throws {
    let accuracy = best?.test.accuracy ?? .nan
    let result =
      best.map { "best test accuracy \(percentText(accuracy)) in epoch \($0.epoch)" }
      ?? "no epoch was completed"
    // Judged by another figure, the best weights may be those of another epoch.
    let weights =
      bestWeightsEpoch == best?.epoch
      ? "" : bestWeightsEpoch.map { ", best weights from epoch \($0)" } ?? ", no best weights"
    progress.conclude(
      "\(result)\(weights); \(folder.path)",
      json: .object([
        .init("event", "end"), .init("folder", .string(folder.path)),
        .init("best_epoch", best.map { .integer($0.epoch) } ?? .null),
        .init("best_test_accuracy", .number(accuracy)),
        .init("best_weights_epoch", bestWeightsEpoch.map(JSON.integer) ?? .null),
      ]))
    if let target = session.settings.targetAccuracy, !(accuracy >= target) {
      throw TargetMissed(best: accuracy, target: target)
    }
  }
}
