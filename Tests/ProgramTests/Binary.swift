import Dispatch
import Foundation
import Support

/// The program as it was built, in a process of its own.
final class Binary {
  /// How a process ended, and what it said.
  struct Outcome {
    let status: Int32
    let output: String
    let errors: String
  }

  let process = Process()
  private let output = Pipe()
  private let errors = Pipe()

  /// The program's path: tests are built beside it.
  static let path: String = {
    let tests = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return URL(filePath: tests ?? "").deletingLastPathComponent().appending(path: "gpu-train").path
  }()

  /// Starts the program in a folder; `terminal` takes the place of both outputs.
  ///
  /// - Parameters:
  ///   - arguments: Its arguments.
  ///   - folder: The current folder.
  ///   - environment: Variables that differ from the test's.
  ///   - limit: What a shell does before it becomes the program, such as `ulimit -f 100`.
  ///   - terminal: A terminal for both outputs.
  /// - Throws: Foundation's error where it cannot be started.
  init(
    _ arguments: [String], in folder: Scratch, environment: [String: String] = [:],
    limit: String? = nil, terminal: PseudoTerminal? = nil
  ) throws {
    process.executableURL = URL(filePath: limit == nil ? Self.path : "/bin/sh")
    process.arguments =
      limit.map { ["-c", $0 + " && exec \"$0\" \"$@\"", Self.path] + arguments } ?? arguments
    process.currentDirectoryURL = URL(filePath: folder.path)
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    if let terminal {
      let screen = FileHandle(fileDescriptor: terminal.descriptor)
      (process.standardOutput, process.standardError) = (screen, screen)
    } else {
      (process.standardOutput, process.standardError) = (output, errors)
    }
    try process.run()
    // No test waits for ever.
    DispatchQueue.global().asyncAfter(deadline: .now() + 120) { [process] in
      if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }
  }

  /// Starts the program and waits for its end.
  static func run(
    _ arguments: String..., in folder: Scratch, environment: [String: String] = [:],
    limit: String? = nil
  ) throws -> Outcome {
    try Binary(arguments, in: folder, environment: environment, limit: limit).finish()
  }

  /// The bytes that wait to be read from standard output.
  var waiting: Int32 {
    var count: Int32 = 0
    _ = ioctl(output.fileHandleForReading.fileDescriptor, UInt(FIONREAD), &count)
    return count
  }

  /// What arrives on standard output, up to and with a text; all of it where the text never comes.
  func read(until end: String) -> String {
    var text = ""
    while !text.contains(end) {
      let data = output.fileHandleForReading.availableData
      if data.isEmpty { break }
      text += String(decoding: data, as: UTF8.self)
    }
    return text
  }

  func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

  /// Waits for the end and returns what has not been read yet.
  func finish() throws -> Outcome {
    let texts = try (text(of: output), text(of: errors))
    process.waitUntilExit()
    return Outcome(status: process.terminationStatus, output: texts.0, errors: texts.1)
  }
}

/// The flags of a run on drawn digits that takes milliseconds: 500 weights, 4 steps an epoch.
let tinyRun = [
  "--dataset", "synthetic:100", "--model", "maxpool(4) dense(10)", "--batch-size", "32",
  "--epochs", "2", "--out", "run",
]

/// The rows of a table without its header, by the header's names.
func rows(of path: String) throws -> [[String: String]] {
  let lines = try text(of: path).split(separator: "\n").map {
    $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
  }
  guard let names = lines.first else { return [] }
  return lines.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(names, $0)) }
}
