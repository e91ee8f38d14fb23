import Reports
import Support
import Testing

/// Texts on screens of any width.
@Suite struct WrappedTextTests {
  @Test func `lines break between words and are indented below the first`() {
    #expect(wrapped("one two three", width: 8, prefix: "- ") == ["- one", "  two", "  three"])
    #expect(wrapped("unbreakable", width: 4) == ["unbreakable"])
    #expect(wrapped("", width: 4) == [""])
  }

  @Test func `what follows a break stands below the second column`() {
    #expect(
      hanging("network    lenet, 61706 parameters", width: 24) == """
        network    lenet, 61706
                   parameters
        """)
    #expect(hanging("  a b c\nshort", width: 5) == "  a b\n  c\nshort")
    #expect(hanging("a line that fits   as it is", width: 27) == "a line that fits   as it is")
  }

  @Test(arguments: [10, 20, 40, 80])
  func `a terminal breaks no number, a file nothing`(width: Int) throws {
    let text = "the loss is 0.123456 at step 123456, above 4 times its best, 0.0123456"
    let terminal = try PseudoTerminal(columns: UInt16(width))
    let log = Log(
      output: terminal.descriptor, errors: terminal.descriptor, environment: ["TERM": "xterm"])
    log.warn(text)
    log.print(text)
    log.print(text, isWrapped: false)
    let lines = screen(terminal.text()).filter { !$0.isEmpty }
    #expect(lines.last == text)
    #expect(lines.dropLast().allSatisfy { $0.count <= width })
    let words = lines.dropLast().flatMap { $0.split(separator: " ") }
    #expect(words == ("warning: " + text + " " + text).split(separator: " "))

    let output = Capture()
    Log(output: output.descriptor, errors: output.descriptor, environment: ["TERM": "xterm"])
      .warn(text)
    #expect(try output.text() == "warning: \(text)\n")
  }

  @Test func `a line at the bottom is cut between words before the edge of the screen`() throws {
    let terminal = try PseudoTerminal(columns: 20)
    let log = Log(
      output: terminal.descriptor, errors: terminal.descriptor, environment: ["TERM": "xterm"])
    log.status("range test 12/100, rate 0.001, loss 2.3")
    #expect(screen(terminal.text())[0] == "range test 12/100,")
    log.status("")
    #expect(screen(terminal.text())[0] == "")
  }
}
