import Foundation
import Reference
import Support
import Testing

/// Ctrl-C and its kin, sent to a run in a process of its own.
@Suite struct SignalTests {
  private let folder: Scratch

  init() throws { folder = try Scratch() }

  private func endless(_ more: String...) throws -> Binary {
    try Binary(
      tinyRun + ["--epochs", "1000000", "--schedule", "constant", "--progress", "json"] + more,
      in: folder)
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
  func `75: a signal ends the run with weights that another takes up`(signal: Int32) throws {
    let run = try endless()
    let before = run.read(until: #""event": "epoch""#)
    run.send(signal)
    let outcome = try run.finish()
    #expect(outcome.status == 75)
    #expect(outcome.errors.contains("stopped by a signal"))
    #expect(outcome.errors.contains("run/weights/last.safetensors, which --init takes"))
    let tensors = try readSafetensors(URL(filePath: folder.file("run/weights/last.safetensors")))
    #expect(tensors.count == 2)
    #expect(tensors.values.allSatisfy { $0.values.allSatisfy(\.isFinite) })
    // What was printed ends with a whole line, as does the table.
    #expect((before + outcome.output).hasSuffix("}\n"))
    #expect(try text(of: folder.file("run/metrics.csv")).hasSuffix("\n"))
    let next = try Binary.run(
      "--config", "run/args.yaml", "--epochs", "1", "--out", "next", "--init",
      "run/weights/last.safetensors", in: folder)
    #expect(next.status == 0)
  }

  @Test func `130: a second Ctrl-C does not wait for the run`() throws {
    // Nobody reads on: the run gets stuck in the middle of its output and cannot see the first.
    let run = try endless("--log-every", "1")
    #expect(run.read(until: "\n").contains("start"))
    let deadline = Date(timeIntervalSinceNow: 60)
    var waiting: Int32 = 0
    repeat {
      waiting = run.waiting
      usleep(200_000)
    } while (waiting < 30_000 || run.waiting != waiting) && Date() < deadline
    try #require(run.waiting >= 30_000)
    run.send(SIGINT)
    usleep(200_000)
    #expect(run.process.isRunning)
    run.send(SIGINT)
    run.process.waitUntilExit()
    #expect(run.process.terminationStatus == 130)
  }
}
