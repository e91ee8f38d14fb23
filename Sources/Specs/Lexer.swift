/// A word of the text: a number, a name, a sign.
struct Token: Hashable {
  enum Kind: Hashable {
    case number(Double)
    case length(Length)
    case word(String)
    case text(String)
    case sign(String)
    /// Something that is no word of the grammar, with the reason.
    case invalid(String)
    case end
  }

  let kind: Kind
  let characters: Range<Int>
  /// How far the line is indented that begins with this word, outside all brackets; nil inside a
  /// line.
  var indent: Int?
}

/// Cuts a text into tokens; blanks and `# comments` only separate.
///
/// What Python's prompt and notebooks write before or between lines (`>>> `, `%matplotlib`) is
/// stepped over.
struct Lexer {
  /// Longer texts are refused, so that work is bounded whatever is passed in.
  static let longest = 65_536

  let source: String
  private let limit: Int
  private let characters: [Character]
  private var position = 0
  private var depth = 0
  /// The indentation of the line that begins at the next token.
  private var indent: Int? = 0

  init(_ source: String, limit: Int = Self.longest) {
    self.source = source
    self.limit = limit
    characters = Array(source.prefix(limit + 1))
  }

  func place(_ range: Range<Int>) -> Place { Place(in: source, range) }

  mutating func tokens() throws(SpecError) -> [Token] {
    guard characters.count <= limit else {
      throw SpecError("the text is longer than \(limit) characters", at: place(limit..<limit))
    }
    var tokens: [Token] = []
    skipLineStart()
    while true {
      skipBlanks()
      var token = next()
      token.indent = depth == 0 || token.kind == .end ? indent : nil
      indent = nil
      switch token.kind {
      case .sign("("), .sign("["), .sign("{"): depth += 1
      case .sign(")"), .sign("]"), .sign("}"): depth = max(0, depth - 1)
      default: break
      }
      tokens.append(token)
      if token.kind == .end { return tokens }
    }
  }

  private func peek(_ offset: Int = 0) -> Character? {
    position + offset < characters.count ? characters[position + offset] : nil
  }

  private mutating func take(while isWanted: (Character) -> Bool) -> String {
    let start = position
    while let character = peek(), isWanted(character) { position += 1 }
    return String(characters[start..<position])
  }

  private mutating func skipBlanks() {
    while let character = peek() {
      if character.isNewline {
        position += 1
        skipLineStart()
      } else if character.isWhitespace {
        position += 1
      } else if character == "#" {
        skipLine()
      } else if character == "\\", peek(1)?.isNewline == true {
        position += 2  // Python's line continuation.
      } else {
        return
      }
    }
  }

  private mutating func skipLine() { _ = take { !$0.isNewline } }

  /// Steps over the indentation and the prompt of a line, and over lines for the notebook.
  private mutating func skipLineStart() {
    var width = 0
    while let character = peek(), character.isWhitespace, !character.isNewline {
      width += character == "\t" ? 8 - width % 8 : 1
      position += 1
    }
    if isPrompt {
      position += 3
      width = 0
      if peek() == " " { position += 1 }
      while peek() == " " {
        width += 1
        position += 1
      }
    }
    guard depth == 0 else { return }
    if let mark = peek(), mark == "!" || mark == "%",
      peek(1).map({ $0.isLetter || $0 == mark }) == true
    {
      skipLine()
    }
    indent = width
  }

  private var isPrompt: Bool {
    guard let mark = peek(), mark == ">" || mark == ".", peek(1) == mark, peek(2) == mark else {
      return false
    }
    return peek(3).map(\.isWhitespace) ?? true
  }

  private static let signs = [
    "**=", "//=", "<<=", ">>=", "...", "**", "//", "<=", ">=", "==", "!=", "+=", "-=", "*=", "/=",
    "%=", "|=", "&=", "^=", "->", ":=", "<<", ">>", "@=",
  ].map(Array.init)

  private mutating func next() -> Token {
    let start = position
    guard let character = peek() else { return Token(kind: .end, characters: start..<start) }
    if isDigit(character) || (character == "." && peek(1).map(isDigit) == true) {
      return number()
    }
    if isWordStart(character) {
      let word = take(while: isWordPart)
      if let quote = peek(), quote == "'" || quote == "\"",
        Self.prefixes.contains(word.lowercased())
      {
        return text(quote: quote, from: start, isRaw: word.lowercased().contains("r"))
      }
      return Token(kind: .word(word), characters: start..<position)
    }
    if character == "'" || character == "\"" { return text(quote: character, from: start) }
    for sign in Self.signs where sign[0] == character && characters[start...].starts(with: sign) {
      // The `%=` of `x(10%=...)` does not exist, that of `10%` before an equals sign neither.
      position += sign.count
      return Token(kind: .sign(String(sign)), characters: start..<position)
    }
    position += 1
    guard "()[]{},=:;+-*/%<>.|&^~@".contains(character) else {
      let hint =
        "“”‘’„«»".contains(character)
        ? ": write plain quotes, ' or \""
        : "–—−".contains(character) ? ": write a plain minus, -" : ""
      return Token(
        kind: .invalid("unexpected character \(character)\(hint)"), characters: start..<position)
    }
    return Token(kind: .sign(String(character)), characters: start..<position)
  }

  /// Letters that Python allows before a text in quotes.
  private static let prefixes: Set<String> = ["r", "b", "f", "u", "rb", "br", "fr", "rf"]

  /// Reads `1`, `1_000`, `.5`, `1.`, `1e-3` and the lengths `5ep`, `500it`, `10%`.
  private mutating func number() -> Token {
    let start = position
    func invalid(_ reason: String, _ characters: Range<Int>) -> Token {
      Token(kind: .invalid(reason), characters: characters)
    }
    var digits = take(while: isDigitOrUnderscore)
    if peek() == "." {
      position += 1
      digits += "." + take(while: isDigitOrUnderscore)
    }
    if peek() == "e" || peek() == "E" {
      let signed = peek(1) == "+" || peek(1) == "-"
      if peek(signed ? 2 : 1).map(isDigit) == true {
        digits += "e"
        position += 1
        if signed {
          digits.append(characters[position])
          position += 1
        }
        digits += take(while: isDigitOrUnderscore)
      }
    }
    digits.removeAll { $0 == "_" }
    guard let value = Double(digits) else {
      return invalid("\(digits) is not a number", start..<position)
    }
    guard value.isFinite else {
      return invalid(
        "\(digits) is too large: the largest number is \(Double.greatestFiniteMagnitude.shortest)",
        start..<position)
    }
    if peek() == "%", percentSignEndsOperand() {
      position += 1
      return Token(kind: .length(.percent(value)), characters: start..<position)
    }
    guard let character = peek(), isWordStart(character) else {
      return Token(kind: .number(value), characters: start..<position)
    }
    let suffixStart = position
    let suffix = take(while: isWordPart)
    guard let length = Length(value, suffix: suffix) else {
      return invalid(
        "\(suffix) is no unit: lengths are written 5ep (epochs), 500it (updates) or 10% (of the run)",
        suffixStart..<position)
    }
    return Token(kind: .length(length), characters: start..<position)
  }

  /// Whether `%` stands for per cent: `10% then`, `10%)`, but not `10 % 3`, `10%e`.
  private func percentSignEndsOperand() -> Bool {
    var after = position + 1
    while after < characters.count, characters[after].isWhitespace { after += 1 }
    guard after < characters.count else { return true }
    if isWordStart(characters[after]) {
      let word = String(characters[after...].prefix(8).prefix(while: isWordPart))
      return ["then", "for"].contains(word)
    }
    return !(isDigit(characters[after]) || "(.+-".contains(characters[after]))
  }

  /// Reads a text in quotes; one in three quotes goes over lines.
  private mutating func text(quote: Character, from start: Int, isRaw: Bool = false) -> Token {
    let isLong = peek(1) == quote && peek(2) == quote
    let opening = position
    position += isLong ? 3 : 1
    func isClosed(_ lexer: Lexer) -> Bool {
      lexer.peek() == quote && (!isLong || (lexer.peek(1) == quote && lexer.peek(2) == quote))
    }
    var text = ""
    while let character = peek(), !isClosed(self), isLong || !character.isNewline {
      position += 1
      guard character == "\\", !isRaw, let escaped = peek() else {
        text.append(character)
        continue
      }
      position += 1
      switch escaped {
      case "n": text.append("\n")
      case "t": text.append("\t")
      case "\\", "'", "\"": text.append(escaped)
      default: text += "\\" + String(escaped)
      }
    }
    guard isClosed(self) else {
      return Token(
        kind: .invalid("the quote \(quote) is never closed"), characters: opening..<opening + 1)
    }
    position += isLong ? 3 : 1
    return Token(kind: .text(text), characters: start..<position)
  }
}

private func isDigit(_ character: Character) -> Bool { ("0"..."9").contains(character) }

private func isDigitOrUnderscore(_ character: Character) -> Bool {
  isDigit(character) || character == "_"
}

private func isWordStart(_ character: Character) -> Bool { character.isLetter || character == "_" }

private func isWordPart(_ character: Character) -> Bool {
  isWordStart(character) || isDigit(character)
}
