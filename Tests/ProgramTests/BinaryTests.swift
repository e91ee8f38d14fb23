import Foundation
import Support
import Testing

/// The program as it was built, started as a user starts it.
@Suite struct BinaryTests {
  private struct Outcome {
    let status: Int32
    let output: String
    let errors: String
  }

  private func start(_ arguments: String...) throws -> Outcome {
    let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let program = URL(fileURLWithPath: tests).deletingLastPathComponent()
    let process = Process()
    process.executableURL = program.appending(path: "gpu-train")
    process.arguments = arguments
    let (output, errors) = (Pipe(), Pipe())
    (process.standardOutput, process.standardError) = (output, errors)
    try process.run()
    let texts = try (text(of: output), text(of: errors))
    process.waitUntilExit()
    return Outcome(status: process.terminationStatus, output: texts.0, errors: texts.1)
  }

  @Test func `a mistyped flag exits with 2 and names the flag that was meant`() throws {
    let outcome = try start("--epcohs", "3")
    #expect(outcome.status == 2)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.contains("--epochs"))
  }

  @Test func `a mistyped command exits with 2 and names the command that was meant`() throws {
    let outcome = try start("evalute", "runs/lenet-1")
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("did you mean evaluate?"))
  }

  @Test(arguments: ["--help", "--version"])
  func `what is asked for is a result`(flag: String) throws {
    let outcome = try start(flag)
    #expect(outcome.status == 0)
    #expect(!outcome.output.isEmpty && outcome.errors.isEmpty)
  }
}
