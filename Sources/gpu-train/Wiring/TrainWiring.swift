internal import Datasets
internal import Networks
internal import OpenCL
internal import Optimizers
internal import Reports
internal import Schedules
internal import Specs
internal import Training

extension SettingsChecks {
  /// What the rooms of networks, optimizers, schedules and datasets say about the texts they read.
  static var rooms: SettingsChecks {
    var checks = SettingsChecks()
    checks.device = { _ in nil }
    checks.dataset = dataset
    checks.model = { text in
      reason { () throws(SpecError) in _ = try Architecture.layers(text, classes: 10) }
    }
    checks.optimizer = { text in
      reason { () throws(SpecError) in _ = try OptimizerSpec(parsing: text) }
    }
    let schedule: Check = { text in
      reason { () throws(SpecError) in _ = try Schedule(parsing: text) }
    }
    checks.schedule = schedule
    checks.momentumSchedule = schedule
    checks.weightDecaySchedule = schedule
    checks.group = { text in
      reason { () throws(SpecError) in _ = try Session.groups(text) }
    }
    let length: Check = { text in
      reason { () throws(SpecError) in _ = try Session.warmupLength(text) }
    }
    checks.warmup = length
    checks.swaStart = length
    checks.combined = { settings in rates(settings) + monitor(settings) }
    return checks
  }

  private static func dataset(_ text: String) -> String? {
    do throws(DataError) {
      _ = try DatasetSource(text)
      return nil
    } catch .unknown(_, let reason) {
      let name = String(text.prefix { $0 != ":" })
      let meant = nearest(name, in: DatasetSource.names).flatMap { $0 == name ? nil : $0 }
      return (meant.map { "did you mean \($0)? " } ?? "") + reason
    } catch {
      return error.description
    }
  }

  private static func rates(_ settings: Settings) -> [Complaint] {
    guard let flag = settings.learningRate,
      let spec = try? OptimizerSpec(parsing: settings.optimizer).learningRate, flag != .fixed(spec)
    else { return [] }
    let text = if case .fixed(let rate) = flag { shortestText(rate) } else { "auto" }
    return [
      .init(
        about: "lr", "optimizer",
        reason: "two learning rates, \(text) and \(shortestText(spec)): give one")
    ]
  }

  private static func monitor(_ settings: Settings) -> [Complaint] {
    guard let text = settings.schedule, let schedule = try? Schedule(parsing: text),
      let objection = settings.monitor.objection(to: schedule)
    else { return [] }
    return [.init(about: "schedule", "monitor", reason: objection)]
  }

  private static func reason<Failure: Error & CustomStringConvertible>(
    _ read: () throws(Failure) -> Void
  ) -> String? {
    do {
      try read()
      return nil
    } catch {
      return error.description
    }
  }
}

/// The facts of a session that a reader wants to know before the first step.
func facts(of session: Session) -> [String] {
  let trainer = session.trainer
  let weights = trainer.network.parameters.reduce(0) { $0 + $1.count }
  let memory = fixedText(Double(trainer.network.memory) / 1_048_576, decimals: 0)
  let validation = session.settings.validation > 0
  let judge =
    session.settings.monitor == .trainLoss
    ? "best weights by the training loss"
    : validation
      ? "best weights by the part held back"
      : "best weights by the test set, so its score is a little flattered; --validation 0.1 avoids that"
  return [
    "device     \(session.device.index): \(session.device.name)",
    "network    \(session.settings.model), \(weights) parameters, \(memory) MiB",
    "data       \(session.data.name): \(session.data.train.count) training images"
      + (validation ? " (\(shortestText(session.settings.validation * 100))% held back)" : "")
      + ", \(session.data.test.count) test images of \(session.data.train.imageShape)",
    "labels     \(ClassCounts(session.data.train).summary)",
    "schedule   \(trainer.plan.describe())",
    judge,
  ]
}

/// Where and from what a run is made.
func environment(of session: Session) -> RunEnvironment {
  RunEnvironment(
    device: session.device.name, driver: session.device.driver,
    openCLVersion: session.device.version, programVersion: Program.version,
    seed: session.settings.seed,
    datasetChecksums: Dictionary(
      session.data.files.map { ($0.path, $0.checksum) }, uniquingKeysWith: { first, _ in first }),
    commandLine: CommandLine.arguments)
}
