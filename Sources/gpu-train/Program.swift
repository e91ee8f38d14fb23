internal import ArgumentParser
internal import Reports
internal import Training

/// What every command is given besides its arguments.
protocol Command: ParsableCommand {
  /// Does the command's work.
  func run(on log: Log) throws
}

/// The program from its arguments to its exit status.
struct Program {
  /// This program's version.
  static let version = "0.1.0"

  let log: Log

  /// Runs the command that the arguments name, and says why where it cannot.
  func run(_ arguments: [String]) -> ExitCode {
    do {
      var command = try command(arguments)
      if let command = command as? any Command {
        try command.run(on: log)
      } else {
        // The parser's own commands: they throw what --help prints.
        try command.run()
      }
      try log.check()
      return .done
    } catch {
      return report(error)
    }
  }

  /// The command that the arguments name, with its flags.
  func command(_ arguments: [String]) throws -> any ParsableCommand {
    try GPUTrain.parseAsRoot(withEmptyValues(arguments))
  }

  /// The arguments, with an empty text for every value that was left out.
  ///
  /// The parser would stop at the first such flag; an empty value is told with all other mistakes.
  private func withEmptyValues(_ arguments: [String]) -> [String] {
    let valued = Set((Settings.names + GPUTrain.otherValues).map { "--" + $0 })
      .subtracting(["--shuffle"])
    var completed: [String] = []
    for (index, argument) in arguments.enumerated() {
      let next = index + 1 < arguments.count ? arguments[index + 1] : "--"
      if argument.hasSuffix("="), valued.contains(String(argument.dropLast())) {
        completed += [String(argument.dropLast()), ""]
      } else if valued.contains(argument) && next.hasPrefix("--") {
        completed += [argument, ""]
      } else {
        completed.append(argument)
      }
    }
    return completed
  }

  private func report(_ error: any Error) -> ExitCode {
    log.status("")
    if let error = error as? any ExitCoded {
      log.fail("\(error)")
      return error.exitCode
    }
    switch GPUTrain.exitCode(for: error) {
    case .success:
      // --help and --version arrive as errors whose message is what was asked for.
      log.print(GPUTrain.fullMessage(for: error))
      return (try? log.check()) == nil ? .disk : .done
    case .validationFailure:
      log.fail(GPUTrain.message(for: error) + "; see gpu-train --help")
      return .usage
    default:
      log.fail("\(error)")
      return .unexpected
    }
  }
}
