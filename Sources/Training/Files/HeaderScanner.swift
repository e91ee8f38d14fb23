/// A strict reader of JSON (RFC 8259) from front to back, for headers that may be hostile.
///
/// It builds no tree: the caller says what it expects. Duplicate keys, deep nesting, numbers that
/// are not whole and damaged UTF-8 are refused.
struct HeaderScanner {
  /// What is wrong.
  struct Failure: Error {
    let reason: String
  }

  private static let deepest = 64
  private let text: [UInt8]
  private var position = 0
  private var depth = 0

  /// Takes the text, which must be UTF-8 as a whole.
  init(_ text: [UInt8]) throws(Failure) {
    guard String(validating: text, as: UTF8.self) != nil else {
      throw Failure(reason: "the header is not UTF-8")
    }
    self.text = text
  }

  /// Reads `{"key": value, ...}`; `member` must read the value of its key.
  mutating func object(
    _ member: (inout HeaderScanner, String) throws(Failure) -> Void
  ) throws(Failure) {
    var keys: Set<String> = []
    try list(from: "{", to: "}") { scanner throws(Failure) in
      let start = scanner.position
      let key = try scanner.string()
      guard keys.insert(key).inserted else {
        throw scanner.failure("'\(key)' stands there twice", at: start)
      }
      try scanner.expect(":")
      try member(&scanner, key)
    }
  }

  /// Reads `[element, ...]`; `element` must read one.
  mutating func array(_ element: (inout HeaderScanner) throws(Failure) -> Void) throws(Failure) {
    try list(from: "[", to: "]", element)
  }

  /// Reads a whole number from 0 to `Int.max`, written without fraction or exponent.
  mutating func integer() throws(Failure) -> Int {
    skipSpace()
    let start = position
    try number()
    guard let digits = String(validating: text[start..<position], as: UTF8.self),
      digits.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }),
      let value = Int(digits)
    else { throw failure("no whole number from 0 to 2^63 - 1", at: start) }
    return value
  }

  /// Reads a string and resolves its escapes.
  mutating func string() throws(Failure) -> String {
    try expect("\"")
    var result: [UInt8] = []
    while true {
      let byte = try next()
      switch byte {
      case UInt8(ascii: "\""):
        return String(decoding: result, as: UTF8.self)
      case UInt8(ascii: "\\"):
        result.append(contentsOf: Array(String(try escape()).utf8))
      case 0..<0x20:
        throw failure("a control character in a string")
      default:
        result.append(byte)
      }
    }
  }

  /// Reads any value and forgets it.
  mutating func skipValue() throws(Failure) {
    skipSpace()
    switch position < text.count ? text[position] : 0 {
    case UInt8(ascii: "{"):
      try object { scanner, _ throws(Failure) in try scanner.skipValue() }
    case UInt8(ascii: "["):
      try array { scanner throws(Failure) in try scanner.skipValue() }
    case UInt8(ascii: "\""): _ = try string()
    case UInt8(ascii: "t"): try word("true")
    case UInt8(ascii: "f"): try word("false")
    case UInt8(ascii: "n"): try word("null")
    default: try number()
    }
  }

  /// Only space may follow.
  mutating func end() throws(Failure) {
    skipSpace()
    guard position == text.count else { throw failure("something follows the end") }
  }

  private mutating func list(
    from open: Unicode.Scalar, to close: Unicode.Scalar,
    _ element: (inout HeaderScanner) throws(Failure) -> Void
  ) throws(Failure) {
    try expect(open)
    depth += 1
    guard depth <= Self.deepest else { throw failure("nested deeper than \(Self.deepest)") }
    if take(close) {
      depth -= 1
      return
    }
    repeat { try element(&self) } while take(",")
    try expect(close)
    depth -= 1
  }

  private mutating func number() throws(Failure) {
    func digits() throws(Failure) {
      let start = position
      while position < text.count, UInt8(ascii: "0")...UInt8(ascii: "9") ~= text[position] {
        position += 1
      }
      if start == position { throw failure("no number") }
    }
    func follows(_ bytes: String) -> Bool {
      guard position < text.count, bytes.utf8.contains(text[position]) else { return false }
      position += 1
      return true
    }
    _ = follows("-")
    let start = position
    try digits()
    if text[start] == UInt8(ascii: "0"), position > start + 1 {
      throw failure("a number starts with 0")
    }
    if follows(".") { try digits() }
    if follows("eE") {
      _ = follows("+-")
      try digits()
    }
  }

  private mutating func escape() throws(Failure) -> Unicode.Scalar {
    switch try next() {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      var code = try hexadecimal()
      if 0xd800..<0xdc00 ~= code {
        // Characters beyond 16 bits are written as two halves.
        try word("\\u")
        let low = try hexadecimal()
        guard 0xdc00..<0xe000 ~= low else { throw failure("half a character") }
        code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw failure("half a character") }
      return scalar
    default: throw failure("an unknown escape")
    }
  }

  private mutating func hexadecimal() throws(Failure) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = Character(Unicode.Scalar(try next())).hexDigitValue else {
        throw failure("no hexadecimal digit")
      }
      code = code << 4 | UInt32(digit)
    }
    return code
  }

  private mutating func word(_ word: StaticString) throws(Failure) {
    for index in 0..<word.utf8CodeUnitCount where try next() != word.utf8Start[index] {
      throw failure("'\(word)' expected")
    }
  }

  private mutating func skipSpace() {
    while position < text.count, [0x20, 0x0a, 0x0d, 0x09].contains(text[position]) { position += 1 }
  }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    skipSpace()
    guard position < text.count, text[position] == UInt8(ascii: scalar) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ scalar: Unicode.Scalar) throws(Failure) {
    guard take(scalar) else { throw failure("'\(scalar)' expected") }
  }

  private mutating func next() throws(Failure) -> UInt8 {
    guard position < text.count else { throw failure("it ends too early") }
    position += 1
    return text[position - 1]
  }

  /// A failure at a byte of the text, or where the scanner stands.
  private func failure(_ reason: String, at position: Int? = nil) -> Failure {
    Failure(reason: "byte \(position ?? self.position) of the header: \(reason)")
  }
}
