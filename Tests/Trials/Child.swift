package import Foundation
package import Testing

/// A test that runs in a process of its own: under another OpenCL, or with other settings.
///
/// The process is this test program again, told to run one suite; the suite is disabled unless
/// ``environmentKey`` is set.
package enum Child {
  /// Set in every child process; its value is the path that the child may write to.
  package static let environmentKey = "GPU_TRAIN_TEST_CHILD"

  /// Where this process may leave its results; nil unless it is a child.
  package static var output: URL? {
    ProcessInfo.processInfo.environment[environmentKey].map { URL(filePath: $0) }
  }

  /// Runs one suite of this test program in a process of its own, and waits for it.
  ///
  /// - Parameters:
  ///   - suite: The suite's name.
  ///   - command: What goes before the program's name, such as a checker with its options.
  ///   - environment: Variables that are set besides this process's own.
  ///   - output: Where the child may leave results.
  /// - Returns: The exit status, and what the child printed.
  /// - Throws: Foundation's error if the process cannot be started.
  package static func run(
    _ suite: String, under command: [String] = [], environment: [String: String] = [:], output: URL
  ) throws -> (status: Int32, text: String) {
    let transcript = output.appendingPathExtension("txt")
    _ = FileManager.default.createFile(atPath: transcript.path(), contents: nil)
    let handle = try FileHandle(forWritingTo: transcript)
    defer { try? FileManager.default.removeItem(at: transcript) }
    let process = Process()
    let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().path()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments =
      command + [program, "--testing-library", "swift-testing", "--filter", suite]
    process.environment = ProcessInfo.processInfo.environment
      .merging(environment) { $1 }.merging([environmentKey: output.path()]) { $1 }
    process.standardOutput = handle
    process.standardError = handle
    try process.run()
    process.waitUntilExit()
    try handle.close()
    return (process.terminationStatus, try String(contentsOf: transcript, encoding: .utf8))
  }

  /// Runs one suite under Oclgrind, an OpenCL device that watches each access to memory.
  ///
  /// - Returns: What the child printed, and what Oclgrind has to say: nothing, if all is well.
  /// - Throws: If Oclgrind is not installed, or the child's tests fail.
  package static func watch(
    _ suite: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> (text: String, log: String) {
    let log = FileManager.default.temporaryDirectory.appending(path: "\(suite)-\(UUID()).log")
    defer { try? FileManager.default.removeItem(at: log) }
    // Oclgrind 21.10 widens vectors of booleans wrongly, which only optimised code holds.
    let oclgrind = [
      "oclgrind", "--data-races", "--uninitialized", "--build-options", "-O0", "--log", log.path(),
    ]
    let (status, text) = try run(suite, under: oclgrind, output: log)
    // 127 is the shell's word for a command that is not there.
    try #require(
      status != 127, "Oclgrind is not installed: apt-get install oclgrind",
      sourceLocation: sourceLocation)
    #expect(status == 0, "\(text)", sourceLocation: sourceLocation)
    return (text, (try? String(contentsOf: log, encoding: .utf8)) ?? "")
  }
}
