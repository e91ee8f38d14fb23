internal import Glibc

/// What the screen behind a file descriptor can do.
public struct Terminal: Sendable, Equatable {
  /// A line may be redrawn in place: a terminal that can, and no job that records its output.
  public var isInteractive: Bool
  /// Colours are welcome.
  public var hasColour: Bool
  /// Box-drawing characters can be shown.
  public var hasUnicode: Bool

  /// A screen with these abilities.
  public init(isInteractive: Bool, hasColour: Bool, hasUnicode: Bool) {
    self.isInteractive = isInteractive
    self.hasColour = hasColour
    self.hasUnicode = hasUnicode
  }

  /// Judges by the environment: `TERM=dumb` and `CI` ask for plain lines, `NO_COLOR`
  /// (no-color.org: any text that is not empty) for no colours, the locale for ASCII or more.
  public init(isTerminal: Bool, environment: [String: String]) {
    func given(_ name: String) -> String? {
      environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
    let isDumb = given("TERM") == nil || given("TERM") == "dumb"
    let isJob = given("CI").map { $0 != "false" && $0 != "0" } ?? false
    isInteractive = isTerminal && !isDumb && !isJob
    hasColour = isInteractive && given("NO_COLOR") == nil
    let locale = given("LC_ALL") ?? given("LC_CTYPE") ?? given("LANG") ?? ""
    hasUnicode = locale.lowercased().contains("utf-8") || locale.lowercased().contains("utf8")
  }

  /// The screen behind standard output (1) or standard error (2).
  public static func behind(_ descriptor: Int32, environment: [String: String]) -> Terminal {
    Terminal(isTerminal: isatty(descriptor) == 1, environment: environment)
  }

  /// The columns of the screen behind a descriptor, 80 where it does not say.
  public static func width(of descriptor: Int32) -> Int {
    var size = winsize()
    let known = ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    return known ? Int(size.ws_col) : 80
  }
}

/// A text without escape sequences and carriage returns: what of it can be read.
public func plainText(_ text: String) -> String {
  var result = String.UnicodeScalarView()
  var scalars = text.unicodeScalars[...]
  while let scalar = scalars.popFirst() {
    switch scalar {
    case "\r": continue
    case "\u{1B}":
      // A control sequence is ESC [ parameters letter; other escapes are ESC and one character.
      if scalars.popFirst() == "[" {
        while let next = scalars.popFirst(), !(0x40...0x7E).contains(next.value) {}
      }
    default: result.append(scalar)
    }
  }
  return String(result)
}
