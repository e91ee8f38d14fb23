internal import ArgumentParser
internal import Glibc
internal import Reports
internal import Training

struct Evaluate: Command {
  static let configuration = CommandConfiguration(
    abstract: "Score a dataset with a trained run.",
    usage: "gpu-train evaluate <run> [options]")

  @Argument(
    parsing: .allUnrecognized,
    help: ArgumentHelp("the run's folder, such as runs/lenet-1", valueName: "run"))
  var words: [String] = []
  @Option(parsing: .unconditional, help: about("device")) var device: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("the data to score; by default the run's", valueName: "name|path"))
  var dataset: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("images at a time; by default the run's", valueName: "n"))
  var batchSize: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("best, last or last-raw, which an average is of", valueName: "name"))
  var weights = Weights.best.rawValue
  @Flag(help: "Print one JSON object.") var json = false

  /// Which weights of a run are meant.
  enum Weights: String, CaseIterable {
    case best, last
    /// The weights in training, where the others are their average.
    case raw = "last-raw"
  }

  func run(on log: Log) throws {
    let result = try evaluate(try request(), log: log)
    log.print(json ? result.json.line : result.text, isWrapped: !json)
  }

  /// What is asked for, with all mistakes told at once.
  func request() throws -> EvaluationRequest {
    var words = words
    let folder = words.firstIndex { !$0.hasPrefix("-") }.map { words.remove(at: $0) }
    var problems = mistakes(
      in: words,
      flags: ["--device", "--dataset", "--batch-size", "--weights", "--json"], command: "evaluate")
    let run = folder.map { RunFolder(existing: $0) }
    let hasSettings = run.map { access($0.argumentsPath, R_OK) == 0 } ?? false
    if let run, !hasSettings {
      problems.insert("\(run.path): no run is there; \(run.argumentsPath) is missing", at: 0)
    } else if run == nil {
      problems.insert("which run? Give its folder, such as runs/lenet-1", at: 0)
    }
    let chosen = Weights(rawValue: weights)
    if chosen == nil {
      problems.append(
        "--weights \(weights): must be best or last, or last-raw where an average is kept")
    }
    if let run, hasSettings, chosen == .best, access(run.bestWeightsPath, F_OK) != 0,
      access(run.lastWeightsPath, F_OK) == 0
    {
      problems.append(
        "\(run.path) has no best weights, for no epoch ended with a finite figure: try --weights last"
      )
    }
    if let run, hasSettings, chosen == .raw, access(run.rawWeightsPath, F_OK) != 0 {
      problems.append(
        "--weights last-raw: \(run.path) kept no average of its weights, so they are --weights last"
      )
    }
    let given = ["device": device, "dataset": dataset, "batch-size": batchSize]
    var checks = SettingsChecks.rooms
    // The run's own folder is in use, and its initial weights have done their work.
    checks.out = { _ in nil }
    checks.initialWeights = { _ in nil }
    let settings = try Settings(
      flags: given.compactMapValues { $0 }, configuration: hasSettings ? run?.argumentsPath : nil,
      mistakes: problems, checks: checks)
    guard let run, let chosen else { throw SettingsError(problems) }
    return EvaluationRequest(folder: run, weights: chosen, settings: settings)
  }
}

/// A scoring as the command asks for it.
struct EvaluationRequest {
  var folder: RunFolder
  var weights: Evaluate.Weights
  /// The run's settings, with what the command line changes.
  var settings: Settings

  /// The file to read.
  var weightsPath: String {
    switch weights {
    case .best: folder.bestWeightsPath
    case .last: folder.lastWeightsPath
    case .raw: folder.rawWeightsPath
    }
  }
}

/// A score and what it was taken of.
struct EvaluationResult {
  var dataset: String
  var images: Int
  var score: Score
  var seconds: Double

  var text: String {
    "\(dataset): loss \(fixedText(score.loss, decimals: 4)), "
      + "accuracy \(percentText(score.accuracy)) of \(images) images, "
      + "\(fixedText(seconds, decimals: 1)) s"
  }

  var json: JSON {
    .object([
      .init("dataset", .string(dataset)), .init("images", .integer(images)),
      .init("loss", .number(score.loss)), .init("accuracy", .number(score.accuracy)),
      .init("seconds", .number(seconds)),
    ])
  }
}
