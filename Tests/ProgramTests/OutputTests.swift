import Foundation
import Support
import Testing

/// What a run prints where nobody, a program, or a person reads it.
@Suite struct OutputTests {
  private let folder: Scratch

  init() throws { folder = try Scratch() }

  private func onTerminal(_ arguments: [String], columns: UInt16 = 60) throws -> String {
    let terminal = try PseudoTerminal(columns: columns)
    let run = try Binary(
      arguments, in: folder,
      environment: ["TERM": "xterm", "LC_ALL": "C.UTF-8", "CI": "", "NO_COLOR": ""],
      terminal: terminal)
    return terminal.text { !run.process.isRunning }
  }

  @Test(arguments: ["auto", "bar", "line"])
  func `a pipe gets lines and nothing that moves a cursor`(mode: String) throws {
    let run = try Binary.run(
      "--dataset", "synthetic:2000", "--model", "maxpool(4) dense(10)", "--batch-size", "32",
      "--epochs", "20", "--progress", mode, in: folder,
      environment: ["TERM": "xterm", "CI": ""])
    #expect(run.status == 0)
    let text = run.output + run.errors
    #expect(!text.contains("\r") && !text.contains("\u{1B}"))
    let lines = run.output.split(separator: "\n")
    #expect(lines.count { $0.hasPrefix("epoch ") } == 1, "one header")
    // Epochs stand in the first five columns.
    #expect(lines.compactMap { Int($0.prefix(5).filter { $0 != " " }) } == Array(1...20))
    #expect(run.output.hasSuffix("; runs/network-1\n"))
  }

  @Test func `a narrow terminal has one bar, which never wraps, and keeps the lines above`() throws
  {
    let shown = try onTerminal([
      "--dataset", "synthetic:10000", "--model", "maxpool(4) dense(10)", "--batch-size", "1",
      "--epochs", "3",
    ])
    let drawings = shown.split(whereSeparator: { $0 == "\r" || $0 == "\r\n" || $0 == "\n" })
      .filter { $0.hasPrefix("epoch ") && $0.contains("%") }
    #expect(drawings.count > 1, "\(shown.suffix(500))")
    #expect(drawings.allSatisfy { screen(String($0))[0].count < 60 })
    let lines = screen(shown)
    let header = try #require(lines.firstIndex { $0.hasPrefix("epoch         lr") })
    let table = lines[header...(header + 3)]
    #expect(table.allSatisfy { $0.count < 60 })
    #expect(table.dropFirst().map { Int($0.prefix(5).filter { $0 != " " }) } == Array(1...3))
    #expect(lines[header + 4].hasPrefix("best test accuracy"))
    #expect(lines[(header + 5)...].allSatisfy { $0.isEmpty })
    // What is kept is what a screen would show in the end, without the bar.
    let log = try text(of: folder.file("runs/network-1/train.log"))
    #expect(!log.contains("\r") && !log.contains("\u{1B}") && !log.contains("━"))
    // The screen breaks lines between words.
    #expect(
      log.split { " \n".contains($0) } == lines.joined(separator: "\n").split { " \n".contains($0) }
    )
  }

  @Test(arguments: [40, 60, 80, 120, 200] as [UInt16])
  func `no line is broken by the edge of the screen`(columns: UInt16) throws {
    let network = ["--dataset", "synthetic:400", "--model", "maxpool(4) dense(10)"]
    let runs: [[String]] = [
      network + [
        "--epochs", "2", "--validation", "0.1", "--warmup", "1ep", "--ema", "0.99",
        "--schedule", "MultiStepLR(milestones=[1, 2], gamma=0.123456)",
      ],
      ["compare"] + network + [
        "--epochs", "1", "--seeds", "3", "--optimizer", "SGD(momentum=0.9, nesterov=True)",
        "--optimizer", "Adam(betas=(0.9, 0.99))", "--lr", "0.123456", "--lr", "0.00123456",
      ],
      ["find-lr"] + network, ["devices"], ["optimizers"], ["optimizers", "Adam"],
      ["schedule", "MultiStepLR([10, 20, 30], 0.123)", "--epochs", "40"],
    ]
    for arguments in runs {
      let lines = screen(try onTerminal(arguments, columns: columns))
      #expect(lines.count > 1)
      for line in lines {
        // One word may be longer than the screen.
        #expect(line.count <= Int(columns) || !line.contains(" "), "\(line)")
      }
    }
  }

  @Test func `json is one object a line, whatever happens`() throws {
    let run = try Binary.run(
      "--dataset", "synthetic:100", "--model", "maxpool(4) dense(10)", "--batch-size", "32",
      "--epochs", "4", "--log-every", "3", "--progress", "json", "--validation", "0.1",
      "--schedule", "ReduceLROnPlateau(patience=0, threshold=1)", "--target-accuracy", "1",
      in: folder)
    #expect(run.status == 8)
    let objects = try run.output.split(separator: "\n").map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
    let events = objects.compactMap { $0["event"] as? String }
    #expect(
      events == [
        "start", "step", "epoch", "step", "epoch", "schedule", "step", "epoch", "schedule",
        "step", "epoch", "schedule", "end",
      ])
    let change = try #require(objects.first { $0["event"] as? String == "schedule" })
    #expect(change["epoch"] as? Int == 2 && change["before"] as? Double == 0.05)
    #expect(objects.last?["best_test_accuracy"] is Double)
    #expect(objects[2]["validation_loss"] is Double)
  }

  @Test func `what a schedule did is told where it happened`() throws {
    let run = try Binary.run(
      "--dataset", "synthetic:100", "--model", "maxpool(4) dense(10)", "--batch-size", "32",
      "--epochs", "3", "--schedule", "ReduceLROnPlateau(patience=0, threshold=1)", in: folder)
    let lines = run.output.split(separator: "\n")
    let change = try #require(lines.firstIndex { $0.hasPrefix("after epoch 2: reduced from 0.05") })
    #expect(lines[change - 1].hasPrefix("    2 ") && lines[change + 1].hasPrefix("    3 "))
  }
}
