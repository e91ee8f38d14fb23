import Foundation
import Reports
import Support
import Testing

/// The bar and the log on a terminal, as its screen would show them.
@Suite struct TerminalTests {
  private let state = ProgressState(
    epoch: 3, epochs: 30, step: 127, steps: 235, learningRate: 0.08125, loss: 1.23456,
    accuracy: 0.5612, imagesPerSecond: 14_563.4, secondsLeft: 41)

  @Test func `a bar stays on its line and is drawn ten times a second at most`() throws {
    let terminal = try PseudoTerminal(columns: 60)
    let log = Log(
      output: terminal.descriptor, errors: terminal.descriptor,
      environment: ["TERM": "xterm", "NO_COLOR": "1"])
    var now = 0.0
    let progress = Progress(.auto, validation: false, on: log) { now }
    for step in 0...1024 {
      now = Double(step) / 256
      var state = state
      state.step = step % 236
      progress.show(state)
    }
    progress.end()
    let text = terminal.text()
    // Every drawing starts at the left edge; the last carriage returns wipe.
    let drawings = text.split(separator: "\r").filter { $0.hasPrefix("epoch 3/30") }
    #expect((30...41).contains(drawings.count), "\(drawings.count) drawings in 4 seconds")
    #expect(!text.contains("\n") && !text.contains("\u{1B}"))
    #expect(drawings.allSatisfy { $0.count < 60 })
    #expect(screen(text) == [""])
  }

  @Test func `lines scroll above the bar, and nothing of it stays behind`() throws {
    let terminal = try PseudoTerminal(columns: 80)
    let log = Log(
      output: terminal.descriptor, errors: terminal.descriptor,
      environment: ["TERM": "xterm", "LANG": "C.UTF-8"])
    log.status("a long status line of the first kind")
    log.print("one")
    log.status("short")
    log.warn("two")
    log.status("")
    log.print("three")
    let text = terminal.text()
    #expect(screen(text) == ["one", "warning: two", "three", ""])
    #expect(text.contains("\u{1B}[33mwarning:\u{1B}[0m"))
  }

  @Test func `a table that is wider than the screen loses the columns that tell least`() throws {
    let terminal = try PseudoTerminal(columns: 40)
    let log = Log(
      output: terminal.descriptor, errors: terminal.descriptor, environment: ["TERM": "xterm"])
    let progress = Progress(.bar, validation: true, on: log)
    progress.report(
      EpochRow(
        epoch: 1, step: 1, learningRate: 0.1, train: Score(loss: 1, accuracy: 0.5),
        test: Score(loss: 1, accuracy: 0.5), seconds: 1, imagesPerSecond: 1,
        validation: Score(loss: 1, accuracy: 0.5)))
    #expect(
      screen(terminal.text())
        == [
          "epoch  train loss  test acc   val acc", "    1      1.0000    50.00%    50.00%", "",
        ])
  }

  @Test func `the width is the terminal's, and 80 where there is none`() throws {
    let (terminal, pipe) = (try PseudoTerminal(columns: 123), Pipe())
    withExtendedLifetime((terminal, pipe)) {
      #expect(Terminal.width(of: terminal.descriptor) == 123)
      #expect(Terminal.width(of: pipe.fileHandleForWriting.fileDescriptor) == 80)
    }
  }

  @Test(arguments: ["dumb", "xterm"])
  func `a dumb terminal or a job gets plain lines`(term: String) throws {
    let terminal = try PseudoTerminal(columns: 80)
    let log = Log(
      output: terminal.descriptor, errors: terminal.descriptor,
      environment: term == "dumb" ? ["TERM": term] : ["TERM": term, "CI": "1"])
    var now = 0.0
    let progress = Progress(.auto, validation: false, on: log) { now }
    now = 11
    progress.show(state)
    log.fail("plain")
    // The terminal's own line discipline makes \n into \r\n.
    let text = terminal.text().replacingOccurrences(of: "\r\n", with: "\n")
    #expect(text == state.line + "\nerror: plain\n")
  }
}
