import Foundation
import Reports
import Testing

@Suite struct LogTests {
  @Test func `results go to output, the rest to errors, all of it to the file in order`() throws {
    let scratch = try Scratch()
    let (output, errors) = (Capture(), Capture())
    let log = Log(output: output.descriptor, errors: errors.descriptor)
    log.warn("before the folder exists")
    let folder = try RunFolder(at: scratch.path + "/run")
    try log.record(in: folder.logPath)
    log.print("epoch 1")
    log.fail("no more")
    try log.check()
    #expect(try output.text() == "epoch 1\n")
    #expect(try errors.text() == "warning: before the folder exists\nerror: no more\n")
    #expect(
      try scratch.text(of: "run/train.log")
        == "warning: before the folder exists\nepoch 1\nerror: no more\n")
  }

  @Test func `the file has no escapes and no carriage returns`() throws {
    let scratch = try Scratch()
    let output = Capture()
    let log = Log(output: output.descriptor, errors: output.descriptor)
    try log.record(in: try RunFolder(at: scratch.path + "/run").logPath)
    log.print("\u{1B}[1;32mgreen\u{1B}[0m\r plain \u{1B}[2K✓")
    #expect(try scratch.text(of: "run/train.log") == "green plain ✓\n")
  }

  @Test func `a log that goes on keeps what its checkpoint knew, or else whole lines`() throws {
    let scratch = try Scratch()
    let path = scratch.file("train.log")
    let output = Capture()
    for (length, kept) in [(nil, "one\ntwo\n"), (4, "one\n"), (0, "")] as [(Int?, String)] {
      try DurableFile.write("one\ntwo\nto", to: path)
      let log = Log(output: output.descriptor, errors: output.descriptor)
      try log.record(in: path, keeping: length)
      log.print("more")
      #expect(try scratch.text(of: "train.log") == kept + "more\n")
    }
  }

  @Test func `a status line needs a screen that can redraw it`() throws {
    let output = Capture()
    let log = Log(output: output.descriptor, errors: output.descriptor)
    log.status("50%")
    log.print("done")
    #expect(try output.text() == "done\n")
  }

  @Test func `output that cannot be written is reported when asked`() throws {
    let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
    let log = Log(output: full.fileDescriptor, errors: full.fileDescriptor)
    log.print("lost")
    #expect(throws: DiskError(.write, "standard output", code: ENOSPC)) { try log.check() }
  }

  @Test func `a quick piece of work passes without remark`() async throws {
    let errors = Capture()
    let log = Log(output: errors.descriptor, errors: errors.descriptor)
    let notice = DelayedNotice("compiling kernels", after: 0.05, on: log)
    notice.progress(1, of: 2)
    notice.stop()
    try await Task.sleep(for: .milliseconds(150))
    #expect(try errors.text() == "")
  }

  @Test func `a long piece of work is announced once and its time told`() async throws {
    let errors = Capture()
    let log = Log(output: errors.descriptor, errors: errors.descriptor)
    let notice = DelayedNotice("compiling kernels", after: 0.01, on: log)
    try await Task.sleep(for: .milliseconds(300))
    notice.progress(1, of: 2)
    notice.stop()
    let lines = try errors.text().split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines.first == "compiling kernels ...")
    #expect(lines.last?.hasSuffix(" s") == true)
  }

  @Test(arguments: [
    (["TERM": "xterm"], true, true), (["TERM": "xterm", "NO_COLOR": "1"], true, false),
    (["TERM": "xterm", "NO_COLOR": ""], true, true), (["TERM": "dumb"], false, false),
    (["TERM": "xterm", "CI": "true"], false, false),
    (["TERM": "xterm", "CI": "false"], true, true),
    ([:], false, false),
  ])
  func `the environment decides what a terminal is sent`(
    environment: [String: String], redraws: Bool, colours: Bool
  ) {
    let terminal = Terminal(isTerminal: true, environment: environment)
    #expect(terminal.isInteractive == redraws)
    #expect(terminal.hasColour == colours)
    let pipe = Terminal(isTerminal: false, environment: environment)
    #expect(!pipe.isInteractive && !pipe.hasColour)
  }

  @Test(arguments: [
    (["LC_ALL": "C", "LANG": "en_US.UTF-8"], false), (["LANG": "C.utf8"], true),
    (["LC_ALL": "", "LC_CTYPE": "de_DE.UTF-8", "LANG": "C"], true), ([:], false),
  ])
  func `box drawing needs a UTF-8 locale`(environment: [String: String], unicode: Bool) {
    #expect(Terminal(isTerminal: true, environment: environment).hasUnicode == unicode)
  }
}
