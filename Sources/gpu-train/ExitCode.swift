internal import Datasets
internal import Networks
internal import OpenCL
internal import Optimizers
internal import Reports
internal import Specs
internal import Training

/// What the program tells the shell.
enum ExitCode: Int32, CaseIterable {
  case done = 0
  /// An error that no room declares: a defect of this program.
  case unexpected = 1
  case usage = 2
  case data = 3
  case device = 4
  case memory = 5
  case diverged = 6
  case disk = 7
  case targetMissed = 8
  /// `EX_TEMPFAIL`: stopped by a signal after a checkpoint.
  case stopped = 75
  /// The shell's 128 + `SIGINT`.
  case interrupted = 130
}

/// An error that knows what the shell is told; every error type of every room is listed below.
protocol ExitCoded: Error {
  var exitCode: ExitCode { get }
}

extension SettingsError: ExitCoded { var exitCode: ExitCode { .usage } }
extension SpecError: ExitCoded { var exitCode: ExitCode { .usage } }
extension FolderInUse: ExitCoded { var exitCode: ExitCode { .usage } }
extension DiskError: ExitCoded { var exitCode: ExitCode { .disk } }

extension DataError: ExitCoded {
  var exitCode: ExitCode {
    if case .unknown = self { .usage } else { .data }
  }
}

extension SafetensorsError: ExitCoded { var exitCode: ExitCode { .data } }
extension NetworkError: ExitCoded {
  var exitCode: ExitCode { isOutOfMemory ? .memory : .usage }
}
extension OptimizerError: ExitCoded { var exitCode: ExitCode { .usage } }

extension OpenCLError: ExitCoded {
  var exitCode: ExitCode { isOutOfMemory ? .memory : .device }
}

extension TrainingError: ExitCoded {
  var exitCode: ExitCode {
    switch self {
    case .diverged: .diverged
    case .doesNotFit: .usage
    }
  }
}

/// Arguments that no command understands.
struct UsageError: ExitCoded, CustomStringConvertible {
  let description: String
  var exitCode: ExitCode { .usage }

  init(_ description: String) { self.description = description }
}

/// The run ended, but below the accuracy that was asked for.
struct TargetMissed: ExitCoded, CustomStringConvertible {
  let best: Double
  let target: Double
  var exitCode: ExitCode { .targetMissed }

  var description: String {
    "the best test accuracy is \(shortestText(best)), below the target of \(shortestText(target)): "
      + "train longer (--epochs), or lower --target-accuracy"
  }
}

/// A signal ended the run after a checkpoint.
struct Stopped: ExitCoded, CustomStringConvertible {
  let folder: String
  var exitCode: ExitCode { .stopped }

  var description: String {
    "stopped by a signal; the weights so far are \(folder)/weights/last.safetensors, which --init "
      + "takes"
  }
}
