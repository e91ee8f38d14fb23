import Foundation
import Reports
import Support
import Testing

@Suite struct ProgressTests {
  private let plain = Terminal(isInteractive: true, hasColour: false, hasUnicode: false)
  private let state = ProgressState(
    epoch: 3, epochs: 30, step: 127, steps: 235, learningRate: 0.08125, loss: 1.23456,
    accuracy: 0.5612, imagesPerSecond: 14_563.4, secondsLeft: 41)

  @Test(arguments: [
    (
      200,
      "epoch 3/30  54%  ################--------------  loss 1.235  acc 56.1%  lr 0.0813  "
        + "14563 images/s  ETA 0:41"
    ),
    (
      120,
      "epoch 3/30  54%  ################--------------  loss 1.235  acc 56.1%  lr 0.0813  "
        + "14563 images/s  ETA 0:41"
    ),
    (80, "epoch 3/30  54%  ##########---------  loss 1.235  acc 56.1%  lr 0.0813  ETA 0:41"),
    (60, "epoch 3/30  54%  loss 1.235  acc 56.1%  lr 0.0813  ETA 0:41"),
    (40, "epoch 3/30  54%  loss 1.235  lr 0.0813"),
    (20, "epoch 3/30  54%"),
  ])
  func `a narrow screen keeps the figures that matter most`(width: Int, text: String) {
    #expect(state.bar(width: width, on: plain) == text)
  }

  @Test func `no width is overrun, and a wide bar fills up with the epoch`() {
    let colour = Terminal(isInteractive: true, hasColour: true, hasUnicode: true)
    for width in 1...250 {
      for step in [0, 1, 117, 235] {
        var state = state
        state.step = step
        #expect(plainText(state.bar(width: width, on: colour)).count <= width)
      }
    }
    let filled = [0, 117, 235].map { step in
      var state = state
      state.step = step
      return state.bar(width: 200, on: colour).filter { $0 == "━" }.count
    }
    #expect(filled == [0, 14, 30])
  }

  @Test(arguments: [
    (40, false, "epoch         lr  train loss  test acc"),
    (40, true, "epoch  train loss  test acc   val acc"),
    (60, false, "epoch         lr  train loss  train acc  test acc   seconds"),
    (60, true, "epoch         lr  train loss  train acc  test acc   val acc"),
    (80, false, "epoch         lr  train loss  train acc  test loss  test acc   seconds"),
    (
      120, true,
      "epoch         lr  train loss  train acc  test loss  test acc   val loss   val acc   seconds"
        + "   images/s"
    ),
  ])
  func `a narrow screen keeps the test accuracy`(width: Int, validation: Bool, header: String)
    throws
  {
    let terminal = try PseudoTerminal(columns: UInt16(width))
    let log = Log(
      output: terminal.descriptor, errors: terminal.descriptor, environment: ["TERM": "xterm"])
    let progress = Progress(.auto, validation: validation, on: log)
    var row = row(1)
    if validation { row.validation = Score(loss: 0.5, accuracy: 0.987) }
    progress.report(row)
    let lines = screen(terminal.text())
    #expect(lines[0] == header)
    #expect(lines[1].count <= width && lines[1].contains("10.00%"))
    #expect(lines[1].contains("98.70%") == validation)
  }

  @Test(arguments: [20, 40, 60, 80])
  func `whose figures they are gives way to the figures`(width: Int) throws {
    let terminal = try PseudoTerminal(columns: UInt16(width))
    let log = Log(
      output: terminal.descriptor, errors: terminal.descriptor, environment: ["TERM": "xterm"])
    var now = 0.0
    let progress = Progress(.auto, validation: false, on: log) { now }
    progress.prefix = "12/15  SGD(momentum=0.9, nesterov=True), lr 0.05, seed 4  "
    now = 1
    progress.show(state)
    let shown = screen(terminal.text())[0]
    #expect(shown.count < width && shown.contains("epoch 3/30"))
    #expect(width < 40 || shown.contains("54%"))
  }

  @Test func `what is not known yet is not shown`() {
    let start = ProgressState(epoch: 1, epochs: 2, step: 0, steps: 0, learningRate: 0)
    #expect(start.line == "epoch 1/2  0%  lr 0")
  }

  @Test func `a pipe gets plain lines, one per epoch under one header`() throws {
    let output = Capture()
    let log = Log(
      output: output.descriptor, errors: output.descriptor, environment: ["TERM": "xterm"])
    var now = 0.0
    let progress = Progress(.auto, validation: false, on: log) { now }
    for epoch in 1...2 {
      for step in 1...50 {
        now += 0.25
        var state = state
        (state.epoch, state.step) = (epoch, step)
        progress.show(state)
      }
      progress.report(row(epoch))
    }
    progress.end()
    let text = try output.text()
    #expect(!text.contains("\r") && !text.contains("\u{1B}"))
    let lines = text.split(separator: "\n")
    #expect(
      lines.count == 5, "header, then per epoch one line after ten seconds and one at its end")
    #expect(
      lines[1]
        == "epoch         lr  train loss  train acc  test loss  test acc   seconds   images/s")
    #expect(lines[0].hasPrefix("epoch 1/30  17%  loss"))
    #expect(
      lines[2]
        == "    1       0.05      0.7500     81.25%        nan    10.00%       4.5      13334")
  }

  @Test func `a bar asked for without a screen becomes lines`() throws {
    let output = Capture()
    let log = Log(output: output.descriptor, errors: output.descriptor)
    let progress = Progress(.bar, validation: false, on: log)
    progress.show(state)
    progress.report(row(1))
    #expect(!(try output.text().contains("\r")))
  }

  @Test func `json is one object per line, with null for what is not a number`() throws {
    let output = Capture()
    let log = Log(output: output.descriptor, errors: output.descriptor)
    let progress = Progress(.json, validation: false, on: log)
    progress.show(state)
    progress.report(StepRow(step: 50, epoch: 1, learningRate: 0.05, loss: 2.5, gradientNorm: .nan))
    progress.report(row(1))
    let lines = try output.text().split(separator: "\n")
    #expect(
      lines.first
        == #"{"event": "step", "step": 50, "epoch": 1, "learning_rate": 0.05, "loss": 2.5, "gradient_norm": null}"#
    )
    let last = try #require(lines.last)
    let value = try JSONSerialization.jsonObject(with: Data(last.utf8))
    let epoch = try #require(value as? [String: Any])
    #expect(lines.count == 2)
    #expect(epoch["train_accuracy"] as? Double == 0.8125)
    #expect(epoch["test_loss"] is NSNull)
    #expect(Set(epoch.keys) == Set(["event"] + EpochRow.columns(validation: false)))
  }

  @Test func `none is silent`() throws {
    let output = Capture()
    let log = Log(output: output.descriptor, errors: output.descriptor)
    let progress = Progress(.none, validation: true, on: log)
    progress.show(state)
    progress.report(row(1))
    progress.end()
    #expect(try output.text() == "")
  }

  @Test func `the time left ignores the first step`() {
    var pace = Pace(total: 101)
    #expect(pace.secondsLeft == nil)
    pace.note(step: 1, at: 30)
    #expect(pace.secondsLeft == nil)
    pace.note(step: 11, at: 32)
    #expect(pace.stepsPerSecond == 5)
    #expect(pace.secondsLeft == 18)
    pace.note(step: 101, at: 50)
    #expect(pace.secondsLeft == 0)
  }

  @Test func `the time left of a resumed run counts its own steps only`() {
    var pace = Pace(total: 1000)
    pace.note(step: 901, at: 5)
    pace.note(step: 911, at: 6)
    #expect(pace.secondsLeft == 8.9)
  }

  private func row(_ epoch: Int) -> EpochRow {
    EpochRow(
      epoch: epoch, step: 235 * epoch, learningRate: 0.05,
      train: Score(loss: 0.75, accuracy: 0.8125), test: Score(loss: .nan, accuracy: 0.1),
      seconds: 4.5, imagesPerSecond: 13_333.5)
  }
}
