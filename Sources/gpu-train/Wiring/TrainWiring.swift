internal import Reports
internal import Training

extension SettingsChecks {
  /// What the rooms of networks, optimizers, schedules and datasets say about the texts they read.
  static var rooms: SettingsChecks { SettingsChecks() }
}

/// The trainer for some settings, ready for its first step.
func session(for settings: Settings, log: Log) throws -> any TrainingSession {
  throw NotWired(command: "train")
}

/// A command whose work is not yet connected.
struct NotWired: ExitCoded, CustomStringConvertible {
  let command: String
  var exitCode: ExitCode { .unexpected }
  var description: String { "\(command) is not connected to a trainer in this build" }
}
