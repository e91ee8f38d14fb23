/// Reads the grammar, and the expressions of Python, by recursive descent, loosest operator first.
///
/// ```
/// sequence    choice ["for" length] ("then" choice ["for" length])*
/// choice      either ["if" either "else" choice]  |  "lambda" variables ":" choice
/// either      both ("or" both)*
/// both        negation ("and" negation)*
/// negation    "not" negation  |  comparison
/// comparison  bits (("<" | "<=" | ">" | ">=" | "==" | "!=" | "in" | "is" | ...) bits)*
/// bits        sum (("|" | "&" | "^" | "<<" | ">>") sum)*
/// sum         product (("+" | "-") product)*
/// product     sign (("*" | "/" | "//" | "%" | "@") sign)*
/// sign        ("-" | "+" | "~") sign  |  power
/// power       operand ["**" sign]
/// operand     number | length | text | list | dictionary | word ("." word)* trailer*
/// trailer     "(" items ")"  |  "[" index "]"  |  "." word
/// ```
/// A line ends an expression unless a bracket is open or the next line begins with `then`, `for`
/// and a length, `*`, `/` or a point.
final class Parser {
  /// How deep a text may nest.
  static let deepest = 64

  private let lexer: Lexer
  let tokens: [Token]
  var position = 0
  private var level = 0

  init(_ source: String, limit: Int = Lexer.longest) throws(SpecError) {
    var lexer = Lexer(source, limit: limit)
    tokens = try lexer.tokens()
    self.lexer = lexer
  }

  /// Specs one after the other, or in brackets: `conv(6, 5) relu maxpool(2)`.
  func several() throws(SpecError) -> [Syntax] {
    var found: [Syntax] = []
    while true {
      while accept(",") || accept(";") {}
      if current.kind == .end { return found }
      if found.isEmpty { _ = assignedPath() }
      let next = try sequence()
      if found.isEmpty, current.kind == .end, case .list(let elements) = next.form {
        return elements
      }
      found.append(next)
    }
  }

  /// Steps over `name =`, `self.name =` or `name: type =` if that is what comes next.
  func assignedPath() -> [String]? {
    var end = position
    var path: [String] = []
    while case .word(let word) = tokens[end].kind, !Self.reserved.contains(word) {
      path.append(word)
      end += 1
      guard tokens[end].kind == .sign(".") else { break }
      end += 1
    }
    guard !path.isEmpty else { return nil }
    if tokens[end].kind == .sign(":") {
      // Python's annotation: `scheduler: LRScheduler = ...`, `rates: list[float] = ...`.
      end += 1
      while tokens[end].kind != .sign("=") {
        guard tokens[end].kind != .end, tokens[end].indent == nil else { return nil }
        end += 1
      }
    }
    guard tokens[end].kind == .sign("=") else { return nil }
    position = end + 1
    return path
  }

  // Tokens

  var current: Token { tokens[position] }
  /// Whether a new line of a script begins here, outside all brackets.
  var beginsLine: Bool { current.indent != nil || current.kind == .end }
  var previousEnd: Int { position > 0 ? tokens[position - 1].characters.upperBound : 0 }

  func accept(_ sign: String) -> Bool {
    guard current.kind == .sign(sign) else { return false }
    position += 1
    return true
  }

  func accept(word: String) -> Bool {
    guard current.kind == .word(word) else { return false }
    position += 1
    return true
  }

  /// Accepts a word that goes on with an expression only in the same line.
  private func continues(word: String) -> Bool { current.indent == nil && accept(word: word) }

  func error(_ message: String, _ characters: Range<Int>) -> SpecError {
    SpecError(message, at: lexer.place(characters))
  }

  func unexpected(_ wanted: String) -> SpecError {
    let found: String
    switch current.kind {
    case .end: found = "the text ends"
    case .sign(let sign): found = "found \(sign)"
    case .word(let word): found = "found \(word)"
    case .number(let value): found = "found \(value.shortest)"
    case .length(let length): found = "found \(length)"
    case .text(let text): found = "found \(quoted(text))"
    case .invalid(let reason): return error(reason, current.characters)
    }
    return error("\(wanted) is expected, but \(found)", current.characters)
  }

  func checked(_ form: Syntax.Form, from start: Int) throws(SpecError) -> Syntax {
    let syntax = Syntax(form, start..<previousEnd)
    guard syntax.depth <= Self.deepest else {
      throw error("this nests deeper than \(Self.deepest) levels", syntax.characters)
    }
    return syntax
  }

  func nested<Value>(_ read: () throws(SpecError) -> Value) throws(SpecError) -> Value {
    level += 1
    defer { level -= 1 }
    guard level <= Self.deepest else {
      throw error("this nests deeper than \(Self.deepest) levels", current.characters)
    }
    return try read()
  }

  // Operators

  func sequence() throws(SpecError) -> Syntax {
    try nested { () throws(SpecError) in
      let start = current.characters.lowerBound
      var segments: [(Syntax, length: Length?)] = []
      repeat {
        let part = try choice()
        var length: Length?
        if current.kind == .word("for"), !beginsClause {
          position += 1
          switch current.kind {
          case .length(let written): length = written
          case .number(let count): length = .ticks(count)
          default: throw unexpected("a length such as 5ep, 500it or 10%")
          }
          position += 1
        }
        segments.append((part, length))
      } while accept(word: "then")
      if segments.count == 1, segments[0].length == nil { return segments[0].0 }
      return try checked(.sequence(segments), from: start)
    }
  }

  /// Whether the word `for` begins a loop of Python, in a line of its own or inside brackets.
  private var beginsClause: Bool {
    if current.indent != nil {
      switch tokens[position + 1].kind {
      case .length, .number: return false
      default: return true
      }
    }
    var end = position + 1
    while true {
      switch tokens[end].kind {
      case .word("in"): return end > position + 1
      case .word("then"): return false
      case .word, .sign(","), .sign("("), .sign(")"), .sign("*"): end += 1
      default: return false
      }
    }
  }

  func choice() throws(SpecError) -> Syntax {
    try nested { () throws(SpecError) in
      let start = current.characters.lowerBound
      if accept(word: "lambda") {
        let variables = try variables(until: ":")
        return try checked(.lambda(variables, choice()), from: start)
      }
      let value = try either()
      guard continues(word: "if") else { return value }
      let condition = try either()
      guard accept(word: "else") else { throw unexpected("else") }
      let otherwise = try choice()
      return try checked(
        .conditional(condition: condition, then: value, otherwise: otherwise), from: start)
    }
  }

  /// The parameters of a lambda or of a function, and the sign behind them.
  func variables(until close: String) throws(SpecError) -> [Syntax.Variable] {
    var variables: [Syntax.Variable] = []
    while !accept(close) {
      if accept("*") || accept("/") || accept("**") {
        // `*args`, `**options`, and the bare signs of Python's signatures.
        if case .word = current.kind { position += 1 }
      } else {
        guard case .word(let name) = current.kind else {
          throw unexpected("the name of a parameter, or \(close)")
        }
        position += 1
        if close == ")", accept(":") { _ = try choice() }
        variables.append(
          Syntax.Variable(name: name, defaultValue: accept("=") ? try choice() : nil))
      }
      if !accept(","), current.kind != .sign(close) { throw unexpected("a comma or \(close)") }
    }
    return variables
  }

  private func either() throws(SpecError) -> Syntax {
    let start = current.characters.lowerBound
    var left = try both()
    while continues(word: "or") {
      left = try checked(.operation(.or, left, both()), from: start)
    }
    return left
  }

  private func both() throws(SpecError) -> Syntax {
    let start = current.characters.lowerBound
    var left = try negation()
    while continues(word: "and") {
      left = try checked(.operation(.and, left, negation()), from: start)
    }
    return left
  }

  private func negation() throws(SpecError) -> Syntax {
    let start = current.characters.lowerBound
    guard accept(word: "not") else { return try comparison() }
    let operand = try nested { () throws(SpecError) in try negation() }
    return try checked(.not(operand), from: start)
  }

  private func comparison() throws(SpecError) -> Syntax {
    let start = current.characters.lowerBound
    let first = try bits()
    if let relation = acceptRelation() {
      return try checked(.relation(relation, first, bits()), from: start)
    }
    var others: [(Function.Comparison, Syntax)] = []
    while case .sign(let sign) = current.kind, let relation = Function.Comparison(rawValue: sign) {
      position += 1
      others.append((relation, try bits()))
    }
    return others.isEmpty ? first : try checked(.comparison(first, others), from: start)
  }

  private func acceptRelation() -> Syntax.Relation? {
    if continues(word: "in") { return .isIn }
    if current.kind == .word("not"), current.indent == nil,
      tokens[position + 1].kind == .word("in")
    {
      position += 2
      return .isNotIn
    }
    guard continues(word: "is") else { return nil }
    return accept(word: "not") ? .isNotSame : .isSame
  }

  private func bits() throws(SpecError) -> Syntax {
    let start = current.characters.lowerBound
    var left = try sum()
    while ["|", "&", "^", "<<", ">>"].contains(where: { accept($0) }) {
      left = try checked(.other([left, sum()]), from: start)
    }
    return left
  }

  private func sum() throws(SpecError) -> Syntax {
    let start = current.characters.lowerBound
    var left = try product()
    while current.indent == nil, let sign = acceptOperator(.add, .subtract) {
      left = try checked(.operation(sign, left, product()), from: start)
    }
    return left
  }

  private func product() throws(SpecError) -> Syntax {
    let start = current.characters.lowerBound
    var left = try sign()
    while true {
      if let sign = acceptOperator(.multiply, .divide, .floorDivide, .remainder) {
        left = try checked(.operation(sign, left, self.sign()), from: start)
      } else if current.indent == nil, accept("@") {
        left = try checked(.other([left, self.sign()]), from: start)
      } else {
        return left
      }
    }
  }

  private func sign() throws(SpecError) -> Syntax {
    let start = current.characters.lowerBound
    let sign = current.kind
    guard accept("-") || accept("+") || accept("~") else { return try power() }
    let operand = try nested { () throws(SpecError) in try self.sign() }
    switch sign {
    case .sign("-"): return try checked(.negated(operand), from: start)
    case .sign("~"): return try checked(.other([operand]), from: start)
    default: return operand
    }
  }

  private func power() throws(SpecError) -> Syntax {
    let start = current.characters.lowerBound
    let base = try operand()
    guard acceptOperator(.power) != nil else { return base }
    let exponent = try nested { () throws(SpecError) in try sign() }
    return try checked(.operation(.power, base, exponent), from: start)
  }

  private func acceptOperator(_ wanted: Function.Operator...) -> Function.Operator? {
    guard case .sign(let sign) = current.kind, let found = Function.Operator(rawValue: sign),
      wanted.contains(found)
    else { return nil }
    position += 1
    return found
  }

  // Operands

  private func operand() throws(SpecError) -> Syntax {
    let token = current
    let start = token.characters.lowerBound
    switch token.kind {
    case .number(let value):
      position += 1
      return Syntax(.number(value), token.characters)
    case .length(let length):
      position += 1
      return Syntax(.length(length), token.characters)
    case .text(var text):
      position += 1
      // Python joins texts that stand side by side.
      while current.indent == nil, case .text(let more) = current.kind {
        text += more
        position += 1
      }
      return try trailers(Syntax(.text(text), start..<previousEnd), from: start)
    case .sign("["):
      position += 1
      let (elements, _, isComprehension) = try items(until: "]", opened: token)
      return try trailers(
        isComprehension ? elements[0] : checked(.list(elements), from: start), from: start)
    case .sign("{"):
      position += 1
      return try trailers(dictionary(from: start, opened: token), from: start)
    case .sign("("):
      position += 1
      let (elements, hasComma, _) = try items(until: ")", opened: token)
      if elements.count == 1, !hasComma { return try trailers(elements[0], from: start) }
      return try trailers(checked(.list(elements), from: start), from: start)
    case .sign("..."):
      position += 1
      guard current.indent == nil, accept("[") else { return Syntax(.other([]), token.characters) }
      // How an expression is printed that has no meaning here.
      let parts = try items(until: "]", opened: token).elements
      return try trailers(checked(.other(parts), from: start), from: start)
    case .sign("*"), .sign("**"):
      position += 1
      let value = try nested { () throws(SpecError) in try either() }
      return try checked(.spread(value), from: start)
    case .word("await"), .word("yield"):
      guard case .word = tokens[position + 1].kind else { return try nameOrCall() }
      position += 1
      return try nested { () throws(SpecError) in try operand() }
    case .word(let word) where !Self.reserved.contains(word):
      return try nameOrCall()
    default:
      throw unexpected("a name, a number, a text or a list")
    }
  }

  /// Words that begin a statement of Python, and so name nothing.
  static let statementWords: Set<String> = [
    "import", "from", "async", "def", "class", "while", "with", "try", "return", "pass", "break",
    "continue", "global", "nonlocal", "raise", "assert", "del",
  ]

  static let reserved: Set<String> = [
    "then", "for", "if", "else", "and", "or", "not", "lambda",
  ]

  private func items(
    until close: String, opened: Token
  ) throws(SpecError) -> (elements: [Syntax], hasComma: Bool, isComprehension: Bool) {
    var elements: [Syntax] = []
    var hasComma = false
    var isComprehension = false
    while !accept(close) {
      let element = try sequence()
      if elements.isEmpty, current.kind == .word("for"), beginsClause {
        elements.append(try comprehension(of: element))
        isComprehension = true
      } else if accept(":=") {
        // `(name := value)` stands for the value.
        elements.append(try sequence())
      } else {
        elements.append(element)
      }
      if accept(",") {
        hasComma = true
      } else if current.kind != .sign(close) {
        throw unclosed(close, opened)
      }
    }
    return (elements, hasComma, isComprehension && !hasComma)
  }

  private func comprehension(of element: Syntax) throws(SpecError) -> Syntax {
    var clauses: [Syntax.Clause] = []
    while accept(word: "for") {
      let variables = loopVariables()
      guard accept(word: "in") else { throw unexpected("in") }
      var clause = Syntax.Clause(variables: variables, source: try either(), conditions: [])
      while accept(word: "if") { clause.conditions.append(try either()) }
      clauses.append(clause)
    }
    return try checked(
      .comprehension(element, over: clauses), from: element.characters.lowerBound)
  }

  /// The names between `for` and `in`.
  func loopVariables() -> [String] {
    var names: [String] = []
    while true {
      switch current.kind {
      case .word("in"): return names
      case .word(let name): names.append(name)
      case .sign(","), .sign("("), .sign(")"), .sign("*"), .sign("."), .sign("["), .sign("]"): break
      default: return names
      }
      position += 1
    }
  }

  private func dictionary(from start: Int, opened: Token) throws(SpecError) -> Syntax {
    var entries: [(key: Syntax, value: Syntax)] = []
    var others: [Syntax] = []
    while !accept("}") {
      let key = try sequence()
      if accept(":") {
        let value = try sequence()
        if current.kind == .word("for") {
          others.append(try comprehension(of: checked(.other([key, value]), from: start)))
        } else {
          entries.append((key, value))
        }
      } else {
        others.append(current.kind == .word("for") ? try comprehension(of: key) : key)
      }
      if !accept(","), current.kind != .sign("}") { throw unclosed("}", opened) }
    }
    // A set, or a dictionary into which others are spread.
    return try checked(
      others.isEmpty
        ? .dictionary(entries) : .other(others + entries.flatMap { [$0.key, $0.value] }),
      from: start)
  }

  private func unclosed(_ close: String, _ opened: Token) -> SpecError {
    current.kind == .end
      ? error("this bracket is never closed: \(close) is missing", opened.characters)
      : unexpected("a comma or \(close)")
  }

  private func nameOrCall() throws(SpecError) -> Syntax {
    let start = current.characters.lowerBound
    var path: [String] = []
    repeat {
      guard case .word(let word) = current.kind else { throw unexpected("a name") }
      path.append(word)
      position += 1
    } while accept(".")
    let nameEnd = previousEnd
    let opened = current
    guard current.indent == nil, accept("(") else {
      let value = path.count == 1 ? Self.value(named: path[0]) : nil
      return try trailers(Syntax(value ?? .name(path), start..<nameEnd), from: start)
    }
    let call = try checked(.call(path, arguments(opened)), from: start)
    return try trailers(call, from: start)
  }

  private func arguments(_ opened: Token) throws(SpecError) -> [Syntax.Item] {
    var items: [Syntax.Item] = []
    while !accept(")") {
      items.append(try item())
      if !accept(","), current.kind != .sign(")") { throw unclosed(")", opened) }
    }
    return items
  }

  private func item() throws(SpecError) -> Syntax.Item {
    if case .word(let label) = current.kind,
      label != "lambda", [.sign("="), .sign(":")].contains(tokens[position + 1].kind)
    {
      let characters = current.characters
      position += 2
      return Syntax.Item(label: label, labelCharacters: characters, value: try sequence())
    }
    let value = try sequence()
    if current.kind == .word("for"), beginsClause {
      return Syntax.Item(value: try comprehension(of: value))
    }
    return Syntax.Item(value: accept(":=") ? try sequence() : value)
  }

  /// What follows a value in the same line: `.name`, `(arguments)`, `[index]`.
  private func trailers(_ value: Syntax, from start: Int) throws(SpecError) -> Syntax {
    var value = value
    while true {
      let opened = current
      if accept(".") {
        guard case .word(let name) = current.kind else { throw unexpected("a name") }
        position += 1
        value = try checked(.member(value, name), from: start)
      } else if opened.indent == nil, accept("(") {
        value = try checked(.application(value, arguments(opened)), from: start)
      } else if opened.indent == nil, accept("[") {
        value = try checked(index(of: value, opened), from: start)
      } else {
        return value
      }
    }
  }

  private func index(of value: Syntax, _ opened: Token) throws(SpecError) -> Syntax.Form {
    var parts: [Syntax] = []
    var isSlice = false
    while !accept("]") {
      if accept(":") || accept(",") {
        isSlice = true
        continue
      }
      if current.kind == .end { throw unclosed("]", opened) }
      parts.append(try sequence())
      if ![.sign(":"), .sign(","), .sign("]")].contains(current.kind) {
        throw unclosed("]", opened)
      }
    }
    return parts.count == 1 && !isSlice ? .element(value, parts[0]) : .other([value] + parts)
  }

  /// What a word stands for that is a value in Python or here.
  static func value(named word: String) -> Syntax.Form? {
    switch word {
    case "True", "true": .boolean(true)
    case "False", "false": .boolean(false)
    case "None", "none", "nil": Syntax.Form.none
    case "inf": .number(.infinity)
    default: nil
    }
  }
}
