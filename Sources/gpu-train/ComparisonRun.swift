internal import Datasets
internal import Networks
internal import OpenCL
internal import Reports
internal import Schedules
internal import Training

/// Everything around a comparison: the folder, the tables, the screen, the way it ends.
struct ComparisonRun {
  private let comparison: Comparison
  private let request: ComparisonRequest
  private let log: Log
  private let parent: String

  /// A comparison whose folder, unless the settings name one, is made under `parent`.
  init(
    _ comparison: Comparison, _ request: ComparisonRequest, on log: Log, in parent: String = "runs"
  ) {
    self.comparison = comparison
    self.request = request
    self.log = log
    self.parent = parent
  }

  /// Trains all variants, or stops with what is there when `isStopRequested` is true.
  ///
  /// - Parameter isStopRequested: Asked a few times a second.
  /// - Throws: `ComparisonStopped`, `TargetMissed`, `TrainingError` where no run could go on,
  ///   `DiskError`, and what the trainer throws.
  func run(isStopRequested: @escaping () -> Bool) throws {
    let shared = request.shared
    let folder =
      try shared.out.map { try RunFolder(at: $0) } ?? RunFolder(named: "compare", in: parent)
    try log.record(in: folder.logPath)
    let command = request.command(configuration: folder.argumentsPath)
    let settings = shared.yaml.drop { $0 != "\n" }
    try folder.write(arguments: "# To repeat this comparison: \(command)\(settings)")
    try folder.write(environment(of: comparison.session))
    let hasValidation = shared.validation > 0
    let epochs = try CSVFile(
      creating: folder.path + "/epochs.csv",
      columns: ComparisonReport.epochColumns(validation: hasValidation))

    let progress = Progress(shared.progress, validation: hasValidation, on: log)
    defer { progress.end() }
    tellNotes()
    let (facts, table) = (facts, outcomeTable)
    let lines = facts + variantLines + ["writing to \(folder.path)", "", table.header]
    progress.announce(
      lines.joined(separator: "\n"),
      json: .object([
        .init("event", "start"), .init("folder", .string(folder.path)),
        .init("variants", .array(comparison.variants.map { .string($0.label) })),
        .init("seeds", .integer(request.seeds)),
        .init("environment", environment(of: comparison.session).json),
      ]))

    comparison.onProgress = { progress.show($0()) }
    comparison.shouldStop = isStopRequested
    comparison.onRemark = { [log, variants = comparison.variants] outcome, remark in
      log.tell(
        remark.kind, "\(variants[outcome.variant].label), seed \(outcome.seed): \(remark.text)")
    }
    comparison.onEpoch = { [variants = comparison.variants] outcome in
      guard let row = outcome.rows.last else { return }
      try epochs.append(
        ComparisonReport.epochCells(row, of: variants[outcome.variant], seed: outcome.seed))
    }
    while let next = comparison.upcoming {
      progress.prefix = "\(place)  \(comparison.variants[next.variant].label), seed \(next.seed)  "
      guard let outcome = try comparison.next() else { break }
      // Those of a run that diverged are of its last update that was applied.
      try comparison.session.trainer.weights().write(
        to: folder.makeWeightsPath(
          of: comparison.folderName(of: outcome.variant), seed: outcome.seed))
      tell(outcome, table, progress)
      try log.check()
    }
    progress.end()

    var report = comparison.report
    report.preset = request.preset
    try DurableFile.write(report.csv, to: folder.path + "/compare.csv")
    let page = report.page(facts: facts, command: command) { place in
      "weights/" + comparison.folderName(of: place)
    }
    try writeResult(page.html, to: request.html ?? folder.path + "/comparison.html")
    if report.completed > 0 {
      try writeResult(report.svg, to: request.svg ?? folder.path + "/comparison.svg")
    }
    progress.conclude(
      "\n"
        + report.text(
          width: min(100, log.width), unicode: log.terminal.hasUnicode) + "\n\n"
        + (request.html ?? folder.path + "/comparison.html"),
      json: .object([
        .init("event", "end"), .init("folder", .string(folder.path)), .init("report", report.json),
      ]))
    try end(report, in: folder)
  }

  /// Tells the notes of all variants, those of several variants once.
  private func tellNotes() {
    var told: [Note] = []
    for (_, note) in comparison.notes where !told.contains(note) {
      told.append(note)
      let labels = comparison.notes.filter { $0.note == note }.map(\.label)
      let isShared = labels.count == comparison.variants.count && labels.count > 1
      log.tell(
        note.kind, "\(isShared ? "all variants" : labels.joined(separator: ", ")): \(note.text)")
    }
  }

  private func end(_ report: ComparisonReport, in folder: RunFolder) throws {
    if comparison.isStopped {
      throw ComparisonStopped(
        completed: report.completed, planned: comparison.planned, folder: folder.path)
    }
    guard report.completed > 0 else {
      throw TrainingError.diverged(
        "none of the \(comparison.planned) runs could be trained to its end: see above, and try "
          + "lower rates")
    }
    if let target = request.shared.targetAccuracy, !(report.bestTestAccuracy >= target) {
      throw TargetMissed(best: report.bestTestAccuracy, target: target)
    }
  }

  /// Which run comes next: `3/15`.
  private var place: String { "\(comparison.outcomes.count + 1)/\(comparison.planned)" }

  /// The facts that hold for all variants.
  private var facts: [String] {
    let session = comparison.session
    let (network, data) = (session.trainer.network, session.data)
    let weights = network.parameters.reduce(0) { $0 + $1.count }
    let facts = [
      ("device", "\(session.device.index): \(session.device.name)"),
      ("network", "\(session.settings.model), \(weights) parameters, batches of \(network.batch)"),
      (
        "data",
        "\(data.name): \(data.train.count) training images, \(data.test.count) test images"
      ),
    ]
    let shared = choices.filter { !isVaried($0.values) }.map { ($0.name, $0.values[0]) }
    let compared = [
      counted(comparison.variants.count, "variant"),
      counted(comparison.seeds.count, "seed") + " each", counted(session.trainer.epochs, "epoch"),
    ]
    return (facts + shared + [("compared", compared.joined(separator: ", "))])
      .map { Self.indented($0, $1) }
  }

  /// What each variant trains with, as far as they differ.
  private var variantLines: [String] {
    let labels = comparison.variants.map(\.label)
    let varied = choices.filter { isVaried($0.values) }
    var table = Table(Array(repeating: .init("", .left), count: 1 + varied.count))
    for (place, label) in labels.enumerated() {
      // A schedule that is its own name need not be told twice.
      table.add([label] + varied.map { $0.values[place] == label ? "" : $0.values[place] })
    }
    let lines = log.terminal.isInteractive ? table.lines(width: log.width - 11) : table.lines
    return lines.dropFirst().map { Self.indented("", $0) }
  }

  /// The settings that variants may differ in, and the value of each variant.
  private var choices: [(name: String, values: [String])] {
    let variants = comparison.variants
    return [
      ("schedule", variants.map { $0.settings.schedule ?? Session.defaultSchedule }),
      ("optimizer", variants.map(\.settings.optimizer)),
      (
        "base rate",
        variants.map { $0.learningRate.map { "lr " + shortestText($0) } ?? "the schedule's" }
      ),
    ]
  }

  private func isVaried(_ values: [String]) -> Bool { Set(values).count > 1 }

  private static func indented(_ name: String, _ text: String) -> String {
    name + String(repeating: " ", count: max(1, 11 - name.count)) + text
  }

  private func counted(_ count: Int, _ thing: String) -> String {
    "\(count) \(thing)\(count == 1 ? "" : "s")"
  }

  /// The columns in which runs are told of, as they end.
  private var outcomeTable: Table {
    let count = "\(comparison.planned)".count
    let table = Table([
      .init("run", width: 2 * count + 1), .init("variant", .left, width: labelWidth),
      .init("seed", width: comparison.seeds.map { "\($0)".count }.max() ?? 0, rank: 3),
      .init("train loss", rank: 4), .init("train acc", rank: 5), .init("test acc", rank: 1),
      .init("seconds", rank: 6), .init("", .left, rank: 2),
    ])
    return log.terminal.isInteractive ? table.fitting(width: log.width) : table
  }

  /// The characters of a label beside figures: half of a screen, or what the test accuracy leaves.
  private var labelWidth: Int {
    let longest = comparison.variants.map(\.label.count).max() ?? 0
    let room = log.width < 60 ? log.width - 26 : log.width / 2 - 2
    return log.terminal.isInteractive ? min(longest, max(8, room)) : longest
  }

  private func shortLabel(of variant: Int) -> String {
    shortenedInside(
      comparison.variants[variant].label, to: labelWidth,
      ellipsis: log.terminal.hasUnicode ? "…" : "..")
  }

  private func tell(_ outcome: Comparison.Outcome, _ table: Table, _ progress: Progress) {
    let label = comparison.variants[outcome.variant].label
    let last = outcome.rows.last
    var remark = outcome.skipped > 0 ? "\(outcome.skipped) updates skipped" : ""
    switch outcome.end {
    case .complete: break
    case .stopped: remark = "stopped after epoch \(outcome.rows.count)"
    case .diverged(let reason):
      remark = "diverged"
      log.warn("\(label), seed \(outcome.seed): \(reason)")
    }
    progress.announce(
      table.row([
        "\(comparison.outcomes.count)/\(comparison.planned)", shortLabel(of: outcome.variant),
        "\(outcome.seed)",
        last.map { fixedText($0.train.loss, decimals: 4) } ?? "-",
        last.map { percentText($0.train.accuracy) } ?? "-",
        last.map { percentText($0.test.accuracy) } ?? "-",
        fixedText(outcome.seconds, decimals: 1), remark,
      ]),
      json: .object([
        .init("event", "run"), .init("variant", .string(label)),
        .init("seed", .unsigned(outcome.seed)), .init("epochs", .integer(outcome.rows.count)),
        .init("complete", .bool(outcome.end == .complete)),
        .init("train_loss", .number(last?.train.loss ?? .nan)),
        .init("train_accuracy", .number(last?.train.accuracy ?? .nan)),
        .init("test_accuracy", .number(last?.test.accuracy ?? .nan)),
        .init("seconds", .number(outcome.seconds)),
      ]))
  }
}

/// A signal ended a comparison before its last run.
struct ComparisonStopped: ExitCoded, CustomStringConvertible {
  let completed: Int
  let planned: Int
  let folder: String
  var exitCode: ExitCode { .stopped }

  var description: String {
    "stopped by a signal: \(completed) of \(planned) runs are complete, and \(folder) has the report "
      + "of them"
  }
}
