internal import ArgumentParser
internal import Glibc
internal import Reports
internal import Specs
internal import Training

struct Compare: Command {
  static let configuration = CommandConfiguration(
    abstract: "Train the same start under several schedules and report them side by side.",
    usage: """
      gpu-train compare --schedule <spec> --schedule <spec> ... [options]
      gpu-train compare --preset d2l [options]
      """,
    discussion: """
      --schedule, --optimizer and --lr may be repeated: every combination is trained, at most \
      \(Choices.limit). NAME=SPEC gives a value a name, such as \
      --schedule 'slow=StepLR(10)'. All variants of a seed begin with the same weights and draw the \
      same batches. All other flags are those of training.

      The folder runs/compare-N then holds comparison.html and comparison.svg (the report and its \
      curves), compare.csv (a row a variant), epochs.csv (a row for every epoch of every run), \
      weights/VARIANT/seed-N.safetensors (the weights at the end of each run), args.yaml, env.json \
      and train.log.

      Presets: \(ComparisonPreset.all.map { "\($0.name) (\($0.meaning))" }.joined(separator: ", ")).
      """)

  @OptionGroup var flags: SettingsFlags
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("runs of each variant: seed, seed + 1, ...", valueName: "n"))
  var seeds = "1"
  @Option(
    parsing: .unconditional, help: ArgumentHelp("a comparison in one word", valueName: "name"))
  var preset: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("where the curves go; by default into the run's folder", valueName: "file"))
  var svg: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("where the page goes; by default into the run's folder", valueName: "file"))
  var html: String?
  @Argument(parsing: .allUnrecognized, help: .hidden) var unrecognized: [String] = []

  func run(on log: Log) throws {
    let request = try request()
    let notice = DelayedNotice.compiling(on: log)
    defer { notice.stop() }
    let comparison = try Comparison(request.variants, seeds: request.seeds)
    notice.stop()
    // Until here there was nothing to report.
    Interruption.install()
    try ComparisonRun(comparison, request, on: log).run { Interruption.isRequested }
  }

  /// What is asked for, with all mistakes told at once.
  func request() throws -> ComparisonRequest {
    let own = ["no-shuffle", "config", "help", "version", "seeds", "preset", "svg", "html"]
    var problems = mistakes(
      in: unrecognized, flags: (Settings.names + own).map { "--" + $0 }, command: "compare")
    let seeds = count(seeds, flag: "--seeds", mistakes: &problems)
    for (flag, path) in [("--svg", svg), ("--html", html)] {
      if let reason = path.flatMap(complaint) { problems.append("\(flag) \(reason)") }
    }
    let choices = Choices(flags.choices)
    let texts = flags.texts.filter { !Choices.names.contains($0.key) }
    let known = preset.flatMap { name in
      let known = ComparisonPreset.all.first { $0.name == name }
      if known == nil { problems.append(unknownPreset(name)) }
      return known
    }
    if known != nil, !flags.choices.isEmpty {
      let given = Choices.names.filter { flags.choices[$0] != nil }.map { "--" + $0 }
      problems.append(
        "--preset brings its own schedules, optimizer and rates: leave out "
          + given.joined(separator: " and "))
    } else if preset == nil, choices.count == 1, seeds == 1 {
      problems.append(
        "there is one variant and one seed, which is nothing to compare: repeat --schedule, "
          + "--optimizer or --lr, or give --seeds 5 or --preset d2l")
    }
    let variants =
      if let known {
        try known.variants(
          flags: texts, configuration: flags.config, mistakes: problems, checks: .rooms)
      } else {
        try choices.variants(
          flags: texts, configuration: flags.config, mistakes: problems, checks: .rooms)
      }
    return ComparisonRequest(
      variants: variants, seeds: seeds, choices: flags.choices, preset: known, svg: svg, html: html)
  }

  private func unknownPreset(_ name: String) -> String {
    let names = ComparisonPreset.all.map(\.name)
    return "--preset\(name.isEmpty ? "" : " \(name)"): must be one of "
      + names.joined(separator: ", ")
      + (nearest(name, in: names).map { "; did you mean \($0)?" } ?? "")
  }

  /// Why a file cannot be made, told before hours of training; nil where nothing is in its way.
  private func complaint(_ path: String) -> String? {
    guard !path.isEmpty else { return ": needs a value" }
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    return access(folder, W_OK) == 0
      ? nil : "\(path): \(folder) is no folder that can be written to"
  }
}

/// A comparison as the command asks for it.
struct ComparisonRequest {
  /// What to compare, as it was given.
  var variants: [Variant]
  /// Runs of each.
  var seeds: Int
  /// The values that the variants are combinations of.
  var choices: [String: [String]]
  var preset: ComparisonPreset?
  /// Where the curves go; nil for the comparison's folder.
  var svg: String?
  /// Where the page goes; nil for the comparison's folder.
  var html: String?

  /// The settings that all variants share, with those that differ left open.
  var shared: Settings {
    guard var settings = variants.first?.settings else { return Settings() }
    for name in preset?.varied ?? Set(choices.keys) { settings.leaveOpen(name) }
    return settings
  }

  /// What repeats the comparison, given the file with the shared settings.
  func command(configuration: String) -> String {
    var words = ["gpu-train", "compare", "--config", configuration]
    if let preset { words += ["--preset", preset.name] }
    if seeds > 1 { words += ["--seeds", "\(seeds)"] }
    for name in Choices.names {
      for value in choices[name] ?? [] { words += ["--" + name, value] }
    }
    return words.map(shellWord).joined(separator: " ")
  }
}

extension Settings {
  /// Takes a setting back to what stands where nothing is given.
  fileprivate mutating func leaveOpen(_ name: String) {
    switch name {
    case "schedule": schedule = nil
    case "optimizer": optimizer = Settings().optimizer
    case "lr": learningRate = nil
    default: preconditionFailure("--\(name) cannot be repeated")
    }
  }
}
