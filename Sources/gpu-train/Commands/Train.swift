internal import ArgumentParser
internal import Reports
internal import Training

struct Train: Command {
  static let configuration = CommandConfiguration(
    abstract: "Train a network (the default command).",
    usage: "gpu-train [train] [options]")

  @OptionGroup var flags: SettingsFlags
  @Argument(parsing: .allUnrecognized, help: .hidden) var unrecognized: [String] = []

  func run(on log: Log) throws {
    let known = Settings.names + ["no-shuffle", "config", "help", "version"]
    let mistakes =
      mistakes(in: unrecognized, flags: known.map { "--" + $0 }, command: "train")
      + flags.repetitions
    let settings = try Settings(
      flags: flags.texts, configuration: flags.config, mistakes: mistakes, checks: .rooms)
    let notice = DelayedNotice.compiling(on: log)
    defer { notice.stop() }
    let session = try Session(settings) { trials in
      notice.stop()
      log.status("learning rate: \(trials.count) trials")
    }
    log.status("")
    if let choice = session.rateChoice {
      log.note("learning rate \(choice.text)")
    } else if settings.learningRate == .automatic {
      log.note("the schedule names its own rate: --lr auto tests none")
    }
    // Until here there was nothing to save.
    Interruption.install()
    try TrainingRun(session, on: log).run(notice: notice) { Interruption.isRequested }
  }
}
