internal import Glibc
internal import Synchronization

/// Everything that a command says: results to standard output, the rest to standard error, all of
/// it to `train.log` as well, and one line at the bottom of a terminal that is redrawn in place.
public final class Log: Sendable {
  /// What the screen behind standard output can do.
  public let terminal: Terminal
  private let output: Int32
  private let errors: Int32
  private let errorTerminal: Terminal
  private let state = Mutex(State())

  private struct State: ~Copyable {
    var file: AppendFile?
    /// What was said before there was a file.
    var waiting = ""
    var status = ""
    var failure: DiskError?
  }

  /// A log on the given descriptors, whose screens are judged by `environment`.
  public init(output: Int32 = 1, errors: Int32 = 2, environment: [String: String] = [:]) {
    self.output = output
    self.errors = errors
    terminal = .behind(output, environment: environment)
    errorTerminal = .behind(errors, environment: environment)
  }

  /// Columns of standard output's screen at this moment.
  public var width: Int { Terminal.width(of: output) }

  /// Prints a result.
  ///
  /// A terminal breaks lines between words, and so in no number; `isWrapped` is false for what a
  /// program reads.
  public func print(_ text: String, isWrapped: Bool = true) {
    say(text, to: output, named: "standard output", isWrapped: isWrapped && terminal.isInteractive)
  }

  /// Prints a piece of a result that is too long to be kept, as it stands.
  /// - Throws: `DiskError`, so that nobody goes on computing what cannot be written.
  public func stream(_ text: String) throws(DiskError) {
    state.withLock { send(text, to: output, named: "standard output", &$0) }
    try check()
  }

  /// Prints what is going on, beside the results.
  public func inform(_ text: String) {
    say(text, to: errors, named: "standard error", isWrapped: errorTerminal.isInteractive)
  }

  /// Prints something worth knowing that is no result.
  public func note(_ text: String) { inform(label("note:", colour: 36) + " " + text) }

  /// Prints something that is probably not what the user wants.
  public func warn(_ text: String) { inform(label("warning:", colour: 33) + " " + text) }

  /// Prints why the command ends without doing its work.
  public func fail(_ text: String) { inform(label("error:", colour: 31) + " " + text) }

  /// Shows a line below everything else, where the screen can redraw it; an empty text removes it.
  ///
  /// What does not fit on one line is left out, word by word: a line that the screen breaks could not
  /// be taken back.
  public func status(_ text: String) {
    guard terminal.isInteractive else { return }
    let text = beginning(of: text, width: width - 1)
    state.withLock { state in
      // Blanks wipe the rest of a longer line.
      let blanks = max(0, plainText(state.status).count - plainText(text).count)
      let wipe = String(repeating: " ", count: blanks) + (text.isEmpty ? "\r" : "")
      send("\r" + text + wipe, to: output, named: "standard output", &state)
      state.status = text
    }
  }

  /// Keeps everything said so far and from now on in a file, without escapes.
  ///
  /// The file must exist; its first `length` bytes stay, without a length all of its whole lines.
  /// - Throws: `DiskError`.
  public func record(in path: String, keeping length: Int? = nil) throws(DiskError) {
    let failure: DiskError? = state.withLock { state in
      do throws(DiskError) {
        var file = try AppendFile(continuing: path, keeping: length)
        try file.append(state.waiting)
        state.file = consume file
        state.waiting = ""
        return nil
      } catch {
        return error
      }
    }
    if let failure { throw failure }
  }

  /// Reports the first text that could not be written, if any.
  /// - Throws: `DiskError`.
  public func check() throws(DiskError) {
    if let failure = state.withLock({ $0.failure }) { throw failure }
  }

  private func say(
    _ text: String, to descriptor: Int32, named name: String, isWrapped: Bool
  ) {
    let shown = isWrapped ? hanging(text, width: Terminal.width(of: descriptor)) : text
    state.withLock { state in
      let hidden = state.status
      if !hidden.isEmpty {
        let blanks = String(repeating: " ", count: plainText(hidden).count)
        send("\r\(blanks)\r", to: output, named: "standard output", &state)
      }
      send(shown + "\n", to: descriptor, named: name, &state)
      if !hidden.isEmpty { send(hidden, to: output, named: "standard output", &state) }
      keep(plainText(text) + "\n", &state)
    }
  }

  private func send(
    _ text: String, to descriptor: Int32, named name: String, _ state: inout State
  ) {
    do throws(Errno) {
      try SystemCalls().writeAll(Array(text.utf8), to: descriptor)
    } catch {
      state.failure = state.failure ?? DiskError(.write, name, code: error.code)
    }
  }

  private func keep(_ text: String, _ state: inout State) {
    guard state.file != nil else {
      state.waiting += text
      return
    }
    do throws(DiskError) {
      try state.file?.append(text)
    } catch {
      state.failure = state.failure ?? error
    }
  }

  private func label(_ text: String, colour: Int) -> String {
    errorTerminal.hasColour ? "\u{1B}[\(colour)m\(text)\u{1B}[0m" : text
  }
}
