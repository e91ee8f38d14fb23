internal import Datasets
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
    for note in settings.notes { log.tell(note) }
    let prefix = try session.initialPrefix
    if !prefix.isEmpty {
      log.note(
        "all names in \(settings.initialWeights ?? "--init") begin with \(prefix): it is taken off")
    }
    if let warning = ClassCounts(session.data.train).warning { log.warn(warning) }
    for note in trainer.notes { log.tell(note) }
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
      try saveLast(in: folder)
      try results.write("could not go on: \(error)")
      throw error
    }
    progress.end()
    try results.write(stopped ? "stopped by a signal" : nil)
    if stopped {
      try saveLast(in: folder)
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

  /// Says what metrics made the schedule do, and what was noticed in the epoch.
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
    for remark in trainer.remarks { log.tell(remark) }
  }

  private func save(in folder: RunFolder) throws {
    let weights = try saveLast(in: folder)
    if session.trainer.isBest { try weights.write(to: folder.bestWeightsPath) }
  }

  /// Writes the weights as they are scored, and beside an average those that are in training.
  @discardableResult
  private func saveLast(in folder: RunFolder) throws -> Safetensors {
    let weights = try session.trainer.weights()
    try weights.write(to: folder.lastWeightsPath)
    try session.trainer.rawWeights()?.write(to: folder.rawWeightsPath)
    return weights
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
