internal import ArgumentParser
internal import Datasets
internal import Optimizers
internal import Reports
internal import Schedules
internal import Training

struct ScheduleCommand: Command {
  static let configuration = CommandConfiguration(
    commandName: "schedule",
    abstract: "Evaluate and draw a learning-rate schedule before anything trains.",
    usage: "gpu-train schedule <spec> ... [options]",
    discussion: """
      A spec is what PyTorch's constructor says: 'CosineAnnealingLR(T_max=20, eta_min=0.01)', also \
      with optimizer as its first argument. Parts are joined by then and *, lengths carry units: \
      'LinearLR(0.1) for 5ep then cosine'. Several specs are drawn over one another.

      \(Schedule.catalog.help.prefix(1).uppercased() + Schedule.catalog.help.dropFirst())
      """)

  @Argument(
    parsing: .allUnrecognized,
    help: ArgumentHelp("a schedule, in quotes: 'StepLR(10, gamma=0.5)'", valueName: "spec"))
  var words: [String] = []
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "the rate that relative schedules scale (default: 0.05, as in training)", valueName: "x"))
  var lr: String?
  @Option(parsing: .unconditional, help: about("epochs")) var epochs: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("updates to draw, instead of epochs", valueName: "n"))
  var steps: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "updates in one epoch (default: 1, or what the next flags come to)", valueName: "n"))
  var stepsPerEpoch: String?
  @Option(parsing: .unconditional, help: about("dataset")) var dataset: String?
  @Option(parsing: .unconditional, help: about("batch-size")) var batchSize: String?
  @Option(parsing: .unconditional, help: about("accumulate")) var accumulate: String?
  @Option(parsing: .unconditional, help: about("validation")) var validation: String?
  @Option(parsing: .unconditional, help: about("max-steps")) var maxSteps: String?
  @Option(parsing: .unconditional, help: about("clock")) var clock: String?
  @Option(parsing: .unconditional, help: about("warmup")) var warmup: String?
  @Option(parsing: .unconditionalSingleValue, help: about("set")) var set: [String] = []
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "what a metric-driven schedule sees, one value per epoch: 0.9,0.8,0.8", valueName: "list"))
  var metrics: String?
  @Flag(help: "Print step,epoch,learning_rate (and momentum where it is driven), one row per tick.")
  var csv = false
  @Option(
    parsing: .unconditional, help: ArgumentHelp("draw into a file as well", valueName: "file"))
  var svg: String?

  func run(on log: Log) throws {
    let drawing = try ScheduleDrawing(try request())
    for remark in drawing.remarks { log.tell(remark) }
    let charts = csv && svg == nil ? [] : try drawing.charts()
    if csv {
      try drawing.printRows(on: log)
    } else {
      log.print(drawing.text(charts, width: log.width, terminal: log.terminal))
    }
    if let svg {
      try writeResult(drawing.svg(charts), to: svg)
      log.inform("drawn into \(svg)")
    }
  }

  /// What is asked for, with all mistakes told at once.
  func request() throws -> ScheduleRequest {
    let (texts, rest) = separated()
    var problems = mistakes(in: rest, flags: Self.flags, command: "schedule")
    if texts.isEmpty {
      problems.append(
        "which schedule? Give it in quotes: gpu-train schedule 'StepLR(10, gamma=0.5)'")
    }
    var request = ScheduleRequest()
    var explained: Set<String> = []
    var unset: [UnsetName] = []
    var values: [String: String] = [:]
    do {
      values = try PastedLines.values(set.joined(separator: "\n"))
    } catch {
      problems.append("--set: \(error)")
    }
    for text in texts {
      do throws(SpecError) {
        let pasted = try PastedLines(text, setting: values)
        unset += pasted.unset
        guard let schedule = pasted.schedule else {
          throw SpecError("these lines make an optimizer and no schedule", at: nil)
        }
        request.schedules.append(schedule)
        request.pastedRates.append(pasted.baseRate)
        request.clocks.append(pasted.clock)
        request.notes += pasted.notes
      } catch {
        problems.append(texts.count > 1 ? "\(text):\n\(error.once(&explained))" : "\(error)")
      }
    }
    if !unset.isEmpty { problems.append("\(SpecError(unset: unset))") }
    if csv && texts.count > 1 {
      problems.append(
        "--csv prints the rows of one schedule, and here are \(texts.count): ask for one at a time")
    }
    request.steps = steps.map { count($0, flag: "--steps", mistakes: &problems) }
    if let stepsPerEpoch {
      request.stepsPerEpoch = count(stepsPerEpoch, flag: "--steps-per-epoch", mistakes: &problems)
    }
    request.metrics = metrics.map { metricValues($0, mistakes: &problems) }
    if lr == "auto" {
      problems.append(
        "--lr auto: a drawing trains nothing to find a rate by; give a number, or gpu-train find-lr"
      )
    }
    if svg == "" { problems.append("--svg: needs a value") }
    let given = [
      "lr": lr, "epochs": epochs, "clock": clock, "warmup": warmup, "max-steps": maxSteps,
      "dataset": dataset, "batch-size": batchSize, "accumulate": accumulate,
      "validation": validation,
    ].compactMapValues { $0 }
    let shapes = ["dataset", "batch-size", "accumulate", "validation"].filter { given[$0] != nil }
    if stepsPerEpoch != nil, !shapes.isEmpty {
      problems.append(
        "--steps-per-epoch, --\(shapes.joined(separator: ", --")): updates of an epoch are given, or "
          + "counted; give one or the other")
    }
    if steps != nil, maxSteps != nil {
      problems.append("--steps, --max-steps: both say how many updates there are; give one")
    }
    let settings = try Settings(
      flags: given, mistakes: problems, checks: .rooms)
    guard problems.isEmpty else { throw SettingsError(problems) }
    if case .fixed(let rate) = settings.learningRate { request.rate = rate }
    request.epochs = epochs.map { _ in settings.epochs }
    request.clock = settings.clock.map { $0 == .epoch ? .epoch : .step }
    request.warmup = try settings.warmup.map(Session.warmupLength)
    request.maxSteps = settings.maxSteps
    if !shapes.isEmpty || (maxSteps != nil && stepsPerEpoch == nil) {
      request.stepsPerEpoch = try EpochShape(
        of: Dataset.load(settings.dataset).train.count, batch: settings.batchSize,
        validation: settings.validation, accumulate: settings.accumulate
      ).updates
      request.countsUpdates = true
    }
    return request
  }

  private static let flags = [
    "--lr", "--epochs", "--steps", "--steps-per-epoch", "--dataset", "--batch-size", "--accumulate",
    "--validation", "--max-steps", "--set", "--clock", "--warmup", "--metrics", "--csv", "--svg",
    "--help",
  ]

  /// The schedules, and the flags that nobody knows with their values.
  private func separated() -> (schedules: [String], rest: [String]) {
    var (schedules, rest) = ([String](), [String]())
    for word in words {
      let followsFlag = rest.last.map { $0.hasPrefix("-") && !$0.contains("=") } ?? false
      if word.hasPrefix("-") || (followsFlag && !word.contains("(")) {
        rest.append(word)
      } else {
        schedules.append(word)
      }
    }
    return (schedules, rest)
  }

  private func metricValues(_ text: String, mistakes: inout [String]) -> [Double] {
    let items = text.split(separator: ",", omittingEmptySubsequences: false).map { item in
      // A list as Python prints it is as good.
      String(item.filter { !$0.isWhitespace && !"[]()".contains($0) })
    }
    let wrong = items.filter { Double($0) == nil }
    if text.isEmpty {
      mistakes.append("--metrics: needs a value")
    } else if let first = wrong.first {
      let more = wrong.count > 1 ? " and \(wrong.count - 1) more" : ""
      mistakes.append(
        "--metrics \(text): \"\(first)\"\(more) is no number; "
          + "one value per epoch is expected, with commas between them: 0.9,0.8,0.8")
    }
    return items.compactMap(Double.init)
  }
}

extension SpecError {
  /// The error without a help that was given before.
  fileprivate func once(_ explained: inout Set<String>) -> SpecError {
    var error = self
    if let help, !explained.insert(help).inserted { error.help = nil }
    return error
  }
}

/// Schedules as the command asks for them.
struct ScheduleRequest {
  var schedules: [Schedule] = []
  /// For each of them the rate of the optimizer that was pasted with it.
  var pastedRates: [Double?] = []
  /// The rate that relative schedules scale.
  var rate: Double?
  var epochs: Int?
  var steps: Int?
  var stepsPerEpoch = 1
  /// Updates after which training ends, whatever the epochs.
  var maxSteps: Int?
  /// Whether the updates of an epoch were counted, as training counts them.
  var countsUpdates = false
  /// For each schedule what its script says that bare numbers count.
  var clocks: [Clock?] = []
  /// What was noticed in reading the schedules.
  var notes: [Note] = []
  /// What bare numbers count; nil follows each class.
  var clock: Clock?
  var warmup: Length?
  /// One value per epoch.
  var metrics: [Double]?
  /// Whether nobody says for how long to draw.
  var hasNoLength: Bool {
    epochs == nil && steps == nil && metrics == nil && maxSteps == nil && !countsUpdates
  }
}
