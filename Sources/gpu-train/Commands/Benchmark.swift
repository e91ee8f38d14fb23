internal import ArgumentParser
internal import Reports
internal import Training

struct Benchmark: Command {
  static let configuration = CommandConfiguration(
    abstract: "Measure training throughput on random images.")

  @Option(parsing: .unconditional, help: about("device")) var device: String?
  @Option(parsing: .unconditional, help: about("model")) var model: String?
  @Option(parsing: .unconditional, help: about("batch-size")) var batchSize: String?
  @Option(parsing: .unconditional, help: about("accumulate")) var accumulate: String?
  @Option(parsing: .unconditional, help: about("optimizer")) var optimizer: String?
  @Option(parsing: .unconditional, help: about("clip-norm")) var clipNorm: String?
  @Option(parsing: .unconditional, help: about("clip-value")) var clipValue: String?
  @Option(parsing: .unconditional, help: about("clip-adaptive")) var clipAdaptive: String?
  @Option(parsing: .unconditional, help: about("ema")) var ema: String?
  @Option(parsing: .unconditional, help: ArgumentHelp("steps to time", valueName: "n"))
  var steps = "200"
  @Flag(help: "Print one JSON object.") var json = false
  @Flag(help: "Print what every launch of a step takes, from device events.") var profile = false
  @Argument(parsing: .allUnrecognized, help: .hidden) var unrecognized: [String] = []

  func run(on log: Log) throws {
    let request = try request()
    if profile {
      log.print(LaunchRow.table(try profileRows(request, log: log)))
    } else {
      let result = try measure(request, log: log)
      log.print(json ? result.json.line : result.text, isWrapped: !json)
    }
  }

  /// What is asked for, with all mistakes told at once.
  func request() throws -> BenchmarkRequest {
    var problems = mistakes(
      in: unrecognized,
      flags: [
        "--device", "--model", "--batch-size", "--accumulate", "--optimizer", "--clip-norm",
        "--clip-value", "--clip-adaptive", "--ema", "--steps", "--json", "--profile",
      ], command: "benchmark")
    let steps = count(steps, flag: "--steps", mistakes: &problems)
    let given = [
      "device": device, "model": model, "batch-size": batchSize, "accumulate": accumulate,
      "optimizer": optimizer,
      "clip-norm": clipNorm, "clip-value": clipValue, "clip-adaptive": clipAdaptive, "ema": ema,
    ]
    let settings = try Settings(
      flags: given.compactMapValues { $0 }, mistakes: problems, checks: .rooms)
    return BenchmarkRequest(settings: settings, steps: steps)
  }
}

/// A measurement as the command asks for it.
struct BenchmarkRequest {
  /// Device, model, batch size, batches of an update, optimizer, clipping and average.
  var settings: Settings
  /// Steps to time, after those that warm up.
  var steps: Int
}

/// What a benchmark found.
struct BenchmarkResult {
  var model: String
  var batchSize: Int
  /// Batches of a step.
  var accumulate = 1
  var steps: Int
  /// Each step finished on the device before its clock was read.
  var medianStepMilliseconds: Double
  /// The same work without the wait between steps.
  var pipelinedImagesPerSecond: Double
  var launchesPerStep: Int
  /// The update alone, finished on the device before the clock was read.
  var medianUpdateMilliseconds: Double
  /// Bytes that the update reads and writes.
  var updateBytes: Int
  var parameters: Int
  var device: String

  /// Images of a step over the median step.
  var imagesPerSecond: Double { Double(batchSize * accumulate) / (medianStepMilliseconds / 1000) }

  var json: JSON {
    .object([
      .init("model", .string(model)), .init("batch_size", .integer(batchSize)),
      .init("accumulate", .integer(accumulate)),
      .init("steps", .integer(steps)), .init("median_step_ms", .number(medianStepMilliseconds)),
      .init("images_per_second", .number(imagesPerSecond)),
      .init("pipelined_images_per_second", .number(pipelinedImagesPerSecond)),
      .init("launches_per_step", .integer(launchesPerStep)),
      .init("median_update_ms", .number(medianUpdateMilliseconds)),
      .init("update_bytes", .integer(updateBytes)), .init("parameters", .integer(parameters)),
      .init("device", .string(device)),
    ])
  }

  var text: String {
    """
    \(model), batch \(batchSize)\(accumulate > 1 ? " x \(accumulate)" : ""), on \(device)
    median step \(fixedText(medianStepMilliseconds, decimals: 3)) ms of \(steps), \
    \(launchesPerStep) launches
    update of \(parameters) weights \(fixedText(medianUpdateMilliseconds, decimals: 3)) ms
    \(significantText(imagesPerSecond.rounded(), digits: 9)) images/s, \
    \(significantText(pipelinedImagesPerSecond.rounded(), digits: 9)) without waits
    """
  }
}

/// One launch of a plan, from device events.
struct LaunchRow {
  var launch: String
  var shape: String
  var milliseconds: Double
  /// Floating-point operations of the launch.
  var operations: Double
  /// Bytes that it has to read and write.
  var bytes: Double

  /// The launches in their order, each with its part of the whole, and their sum.
  static func table(_ rows: [LaunchRow]) -> String {
    let total = rows.reduce(0) { $0 + $1.milliseconds }
    func cells(_ row: LaunchRow) -> [String] {
      let seconds = row.milliseconds / 1000
      return [
        row.launch, row.shape, fixedText(row.milliseconds, decimals: 3),
        fixedText(100 * row.milliseconds / total, decimals: 1) + "%",
        fixedText(row.operations / seconds * 1e-9, decimals: 1),
        fixedText(row.bytes / seconds * 1e-9, decimals: 1),
      ]
    }
    let sum = LaunchRow(
      launch: "all", shape: "", milliseconds: total,
      operations: rows.reduce(0) { $0 + $1.operations }, bytes: rows.reduce(0) { $0 + $1.bytes })
    var table = Table([
      .init("launch", .left), .init("shape", .left), .init("ms"), .init("share"),
      .init("GFLOPS"), .init("GB/s"),
    ])
    (rows + [sum]).forEach { table.add(cells($0)) }
    return table.lines.joined(separator: "\n")
  }
}
