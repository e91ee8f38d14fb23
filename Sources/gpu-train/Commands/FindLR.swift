internal import ArgumentParser
internal import Reports
internal import Training

struct FindLR: Command {
  static let configuration = CommandConfiguration(
    commandName: "find-lr",
    abstract: "Find a learning rate by a range test, which trains nothing.",
    discussion: """
      Mini-batches are trained on while the rate rises from --start to --end, until the loss \
      diverges; where it falls and turns, good rates lie. As fastai's lr_find, but for runs of this \
      program: same data, weights and batches. gpu-train --lr auto does the same and trains with \
      the valley.
      """)

  @Option(parsing: .unconditional, help: about("device")) var device: String?
  @Option(parsing: .unconditional, help: about("dataset")) var dataset: String?
  @Option(parsing: .unconditional, help: about("model")) var model: String?
  @Option(parsing: .unconditional, help: about("batch-size")) var batchSize: String?
  @Option(parsing: .unconditional, help: about("accumulate")) var accumulate: String?
  @Option(parsing: .unconditional, help: about("optimizer")) var optimizer: String?
  @Option(parsing: .unconditionalSingleValue, help: about("group")) var group: [String] = []
  @Option(parsing: .unconditional, help: about("layer-decay")) var layerDecay: String?
  @Option(parsing: .unconditional, help: about("clip-norm")) var clipNorm: String?
  @Option(parsing: .unconditional, help: about("clip-value")) var clipValue: String?
  @Option(parsing: .unconditional, help: about("clip-adaptive")) var clipAdaptive: String?
  @Option(parsing: .unconditional, help: about("l1")) var l1: String?
  @Option(parsing: .unconditional, help: about("decay-biases")) var decayBiases: String?
  @Option(parsing: .unconditional, help: about("initializer")) var initializer: String?
  @Option(parsing: .unconditional, help: about("validation")) var validation: String?
  @Option(parsing: .unconditional, help: about("normalize")) var normalize: String?
  @Option(parsing: .unconditional, help: about("seed")) var seed: String?
  @Flag(inversion: .prefixedNo, help: about("shuffle")) var shuffle: Bool?
  @Option(name: .customLong("init"), parsing: .unconditional, help: about("init"))
  var initialWeights: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("a run's settings, such as runs/lenet-1/args.yaml", valueName: "file"))
  var config: String?
  @Option(parsing: .unconditional, help: ArgumentHelp("first rate", valueName: "x"))
  var start = "1e-7"
  @Option(parsing: .unconditional, help: ArgumentHelp("rate to rise to", valueName: "x"))
  var end = "10"
  @Option(parsing: .unconditional, help: ArgumentHelp("mini-batches", valueName: "n"))
  var steps = "100"
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "end where the smoothed loss is above its best so many times", valueName: "x|none"))
  var stopFactor = "4"
  @Option(parsing: .unconditional, help: ArgumentHelp("draw the curve there", valueName: "file"))
  var svg: String?
  @Flag(help: "Print rate,loss,smoothed instead of the drawing.") var csv = false
  @Flag(help: "Print one JSON object instead of the drawing.") var json = false
  @Argument(parsing: .allUnrecognized, help: .hidden) var unrecognized: [String] = []

  private static let settings = [
    "device", "dataset", "model", "batch-size", "accumulate", "optimizer", "group", "layer-decay",
    "clip-norm", "clip-value", "clip-adaptive", "l1", "decay-biases", "initializer", "validation",
    "normalize", "seed", "shuffle", "init",
  ]
  private static let others = [
    "no-shuffle", "config", "start", "end", "steps", "stop-factor", "svg", "csv", "json", "help",
  ]

  func run(on log: Log) throws {
    let request = try request()
    for note in request.settings.notes { log.tell(note) }
    let result = try findLearningRate(request, log: log)
    if csv {
      log.print(result.csv, isWrapped: false)
    } else if json {
      log.print(result.json.line, isWrapped: false)
    } else {
      log.print(result.text(width: log.width, unicode: log.terminal.hasUnicode))
    }
    if let svg { try writeResult(result.chart.svg(), to: svg) }
    // A script that asks for a rate must see that there is none.
    _ = try result.test.learningRate()
  }

  /// What is asked for, with all mistakes told at once.
  func request() throws -> FindLRRequest {
    var problems = mistakes(
      in: unrecognized, flags: (Self.settings + Self.others).map { "--" + $0 }, command: "find-lr")
    if csv && json { problems.append("--csv, --json: give one") }
    if svg == "" { problems.append("--svg: needs a value") }
    let sweep = sweep(&problems)
    let given = [
      "device": device, "dataset": dataset, "model": model, "batch-size": batchSize,
      "accumulate": accumulate,
      "optimizer": optimizer, "group": group.isEmpty ? nil : group.joined(separator: "; "),
      "layer-decay": layerDecay, "clip-norm": clipNorm, "clip-value": clipValue,
      "clip-adaptive": clipAdaptive, "l1": l1, "decay-biases": decayBiases,
      "initializer": initializer, "validation": validation,
      "normalize": normalize, "seed": seed,
      "shuffle": shuffle.map { $0 ? "true" : "false" }, "init": initialWeights,
    ]
    var checks = SettingsChecks.rooms
    // Nothing is written there.
    checks.out = { _ in nil }
    let settings = try Settings(
      flags: given.compactMapValues { $0 }, configuration: config, mistakes: problems,
      checks: checks)
    return FindLRRequest(settings: settings, sweep: sweep)
  }

  private func sweep(_ problems: inout [String]) -> RangeTest.Sweep {
    var sweep = RangeTest.Sweep()
    var unread: [String] = []
    func read<Value>(
      _ text: String, _ flag: String, _ value: Value?, _ kind: String, into target: inout Value
    ) {
      if let value {
        target = value
      } else {
        unread.append(text.isEmpty ? "\(flag): needs a value" : "\(flag) \(text): must be \(kind)")
      }
    }
    read(start, "--start", Double(start), "a number", into: &sweep.start)
    read(end, "--end", Double(end), "a number", into: &sweep.end)
    read(steps, "--steps", Int(steps), "a whole number", into: &sweep.steps)
    read(
      stopFactor, "--stop-factor",
      stopFactor == "none" ? .some(nil) : Double(stopFactor).map(Optional.some),
      "a number, or none", into: &sweep.stopFactor)
    problems += unread + sweep.problems
    return sweep
  }
}

/// A range test as the command asks for it.
struct FindLRRequest {
  /// Those of the training whose rate is looked for.
  var settings: Settings
  var sweep: RangeTest.Sweep
}

/// What a range test found, and on what.
struct FindLRResult {
  var settings: Settings
  var device: String
  var dataset: String
  var test: RangeTest

  /// The curve, the suggestions, and what to type.
  func text(width: Int, unicode: Bool) -> String {
    let title =
      "\(settings.model) on \(dataset), \(settings.optimizer), batch "
      + "\(settings.batchSize)\(settings.accumulate > 1 ? " x \(settings.accumulate)" : ""), seed \(settings.seed); \(device)"
    var lines = [title, ""]
    if !test.losses.isEmpty {
      lines += chart.text(width: width, height: 16, unicode: unicode) + [""]
    }
    let suggestions = test.suggestions
    if !suggestions.isEmpty {
      var table = Table([.init("method", .left), .init("rate"), .init("loss"), .init("", .left)])
      for (method, rate) in suggestions {
        table.add([
          method.rawValue, RangeTest.text(rate),
          fixedText(test.smoothedLoss(at: rate) ?? .nan, decimals: 4), method.meaning,
        ])
      }
      lines += table.lines(width: width) + [""]
    }
    lines.append(ending)
    if let valley = test.suggestion(.valley) {
      lines.append(
        "to train with the valley: gpu-train --lr \(RangeTest.text(valley)) ..., or --lr auto")
    }
    return lines.joined(separator: "\n")
  }

  /// Where and why the test ended, in words.
  private var ending: String {
    let (sweep, count) = (test.sweep, test.losses.count)
    let steps = "ended after \(count) of \(sweep.steps) steps"
    switch test.ending {
    case .diverged:
      return steps
        + ", at rate \(RangeTest.text(test.rates.last ?? .nan)): the smoothed "
        + "loss is above \(shortestText(sweep.stopFactor ?? .nan)) times its best, "
        + fixedText(test.smoothed.min() ?? .nan, decimals: 4)
    case .notFinite:
      return steps
        + ": at rate \(RangeTest.text(sweep.rates[count])) loss or gradients "
        + "are not finite"
    case .completed, nil: return steps + ", without divergence"
    }
  }

  /// Loss over rate: every batch a dot, their average a line, and the suggestions marked.
  var chart: Chart {
    let rates = test.rates
    func points(_ values: [Double]) -> [Chart.Point] { zip(rates, values).map(Chart.Point.init) }
    return Chart(
      title: "learning-rate range test: \(settings.model) on \(dataset)",
      xAxis: .init("learning rate", scale: .log), yAxis: .init("loss", range: visibleLosses),
      series: [
        .init("batch", points(test.losses), .dots, look: 5),
        .init("smoothed", points(test.smoothed), look: 0),
      ],
      markers: test.suggestions.map { method, rate in
        .init("\(method.rawValue) \(RangeTest.text(rate))", x: rate)
      })
  }

  /// The losses that are worth seeing: the fall, and as much of the divergence above it.
  private var visibleLosses: ClosedRange<Double>? {
    guard let least = test.losses.min(), let first = test.smoothed.first,
      let peak = test.smoothed.dropLast(5).max()
    else { return nil }
    let fall = first - least
    let top = max(peak, first + fall / 2)
    return least < top ? (least - fall / 16)...top : nil
  }

  /// One row a batch.
  var csv: String {
    let rows = zip(test.rates, zip(test.losses, test.smoothed)).map { rate, loss in
      [rate, loss.0, loss.1].map(shortestText).joined(separator: ",")
    }
    return (["rate,loss,smoothed"] + rows).joined(separator: "\n")
  }

  var json: JSON {
    let suggestions = RangeTest.Method.allCases.map { method in
      JSON.Member(method.rawValue, test.suggestion(method).map(JSON.number) ?? .null)
    }
    return .object([
      .init("model", .string(settings.model)), .init("dataset", .string(dataset)),
      .init("optimizer", .string(settings.optimizer)),
      .init("batch_size", .integer(settings.batchSize)), .init("seed", .unsigned(settings.seed)),
      .init("device", .string(device)), .init("start", .number(test.sweep.start)),
      .init("end", .number(test.sweep.end)), .init("steps", .integer(test.sweep.steps)),
      .init("ending", .string(test.ending?.rawValue ?? "")),
      .init("suggestions", .object(suggestions)),
      .init("rates", .array(test.rates.map(JSON.number))),
      .init("losses", .array(test.losses.map(JSON.number))),
      .init("smoothed", .array(test.smoothed.map(JSON.number))),
    ])
  }
}
