/// A word of the text: a number, a name, a sign.
struct Token: Hashable {
  enum Kind: Hashable {
    case number(Double)
    case length(Length)
    case word(String)
    case text(String)
    case sign(String)
    case end
  }

  let kind: Kind
  let characters: Range<Int>
}

/// Cuts a text into tokens; blanks, line ends and `# comments` only separate.
struct Lexer {
  /// Longer texts are refused, so that work is bounded whatever is passed in.
  static let longest = 65_536

  let source: String
  private let characters: [Character]
  private var position = 0

  init(_ source: String) {
    self.source = source
    characters = Array(source.prefix(Self.longest + 1))
  }

  func place(_ range: Range<Int>) -> Place { Place(in: source, range) }

  mutating func tokens() throws(SpecError) -> [Token] {
    guard characters.count <= Self.longest else {
      throw SpecError(
        "the text is longer than \(Self.longest) characters",
        at: place(Self.longest..<Self.longest))
    }
    var tokens: [Token] = []
    while true {
      skipBlanks()
      let token = try next()
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
      if character.isWhitespace {
        position += 1
      } else if character == "#" || isImport {
        _ = take { !$0.isNewline }
      } else if isLoop {
        // What is indented below belongs to it.
        repeat {
          _ = take { !$0.isNewline }
          position += 1
        } while peek().map { $0.isWhitespace } ?? false
        position = min(position, characters.count)
      } else if character == "\\", peek(1)?.isNewline == true {
        position += 2  // Python's line continuation.
      } else {
        return
      }
    }
  }

  /// Whether a line of Python begins here that imports something: nothing to read.
  private var isImport: Bool {
    line.starts(with: "import ") || (line.starts(with: "from ") && line.contains("import"))
  }

  /// Whether a loop of a script begins here, in which schedulers step: nothing to read.
  private var isLoop: Bool {
    line.starts(with: "for ") && line.firstMatch(of: #/^for \w+(, *\w+)* in /#) != nil
  }

  /// The line that begins here, or nothing inside a line.
  private var line: Substring {
    guard let first = peek(), first == "i" || first == "f",
      position == 0 || characters[position - 1].isNewline
    else { return "" }
    return Substring(characters[position...].prefix { !$0.isNewline })
  }

  private mutating func next() throws(SpecError) -> Token {
    let start = position
    guard let character = peek() else { return Token(kind: .end, characters: start..<start) }
    if isDigit(character) || (character == "." && peek(1).map(isDigit) == true) {
      return try number()
    }
    if isWordStart(character) {
      return Token(kind: .word(take(while: isWordPart)), characters: start..<position)
    }
    if character == "'" || character == "\"" { return try text(quote: character) }
    for sign in ["**", "//", "<=", ">=", "==", "!="] where peek(1) == sign.last {
      if sign.first == character {
        position += 2
        return Token(kind: .sign(sign), characters: start..<position)
      }
    }
    guard "()[],=:;+-*/%<>.".contains(character) else {
      let hint =
        "“”‘’„«»".contains(character)
        ? ": write plain quotes, ' or \""
        : "–—−".contains(character) ? ": write a plain minus, -" : ""
      throw SpecError("unexpected character \(character)\(hint)", at: place(start..<start + 1))
    }
    position += 1
    return Token(kind: .sign(String(character)), characters: start..<position)
  }

  /// Reads `1`, `1_000`, `.5`, `1.`, `1e-3` and the lengths `5ep`, `500it`, `10%`.
  private mutating func number() throws(SpecError) -> Token {
    let start = position
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
      throw SpecError("\(digits) is not a number", at: place(start..<position))
    }
    guard value.isFinite else {
      throw SpecError(
        "\(digits) is too large: the largest number is \(Double.greatestFiniteMagnitude.shortest)",
        at: place(start..<position))
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
      throw SpecError(
        "\(suffix) is no unit: lengths are written 5ep (epochs), 500it (updates) or 10% (of the run)",
        at: place(suffixStart..<position))
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

  private mutating func text(quote: Character) throws(SpecError) -> Token {
    let start = position
    position += 1
    var text = ""
    while let character = peek(), character != quote {
      position += 1
      guard character == "\\", let escaped = peek() else {
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
    guard peek() == quote else {
      throw SpecError("the quote \(quote) is never closed", at: place(start..<start + 1))
    }
    position += 1
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
