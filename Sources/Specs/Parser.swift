/// Reads the grammar by recursive descent, loosest operator first.
///
/// ```
/// sequence    choice ["for" length] ("then" choice ["for" length])*
/// choice      either ["if" either "else" choice]  |  "lambda" word ":" choice
/// either      both ("or" both)*
/// both        negation ("and" negation)*
/// negation    "not" negation  |  comparison
/// comparison  sum (("<" | "<=" | ">" | ">=" | "==" | "!=") sum)*
/// sum         product (("+" | "-") product)*
/// product     sign (("*" | "/" | "//" | "%") sign)*
/// sign        ("-" | "+") sign  |  power
/// power       operand ["**" sign]
/// operand     number | length | text | list | word ("." word)* ["(" items ")"]
/// ```
final class Parser {
  /// How deep a text may nest.
  static let deepest = 64

  private let lexer: Lexer
  private let tokens: [Token]
  private var position = 0
  private var level = 0
  /// What `name = value` lines before have named.
  private var named: [String: Syntax] = [:]
  /// How many nodes the names may still stand for: `b = [a, a]` twenty times over is a bomb.
  private var namedBudget = 10_000

  init(_ source: String) throws(SpecError) {
    var lexer = Lexer(source)
    tokens = try lexer.tokens()
    self.lexer = lexer
  }

  // `scheduler = StepLR(optimizer, 10)`; the last line is what the text describes.
  func single() throws(SpecError) -> Syntax {
    let statements = try statements()
    if statements.count > 1 {
      throw error(
        "one spec is expected, but another begins here: join schedules with `then` or `*`",
        statements[1].characters)
    }
    guard let only = statements.first ?? assigned.last?.value else {
      throw error("nothing is written here", 0..<0)
    }
    if statements.isEmpty, let name = assigned.last?.name { used.insert(name) }
    return only
  }

  func several() throws(SpecError) -> [Syntax] {
    let statements = try statements()
    return statements.isEmpty ? assigned.suffix(1).map(\.value) : statements
  }

  /// What lines have named, in their order.
  private var assigned: [(name: String, value: Syntax)] = []
  private var used: Set<String> = []
  /// What the last line says that names an optimizer.
  private(set) var optimizer: Syntax?
  /// What lines have named and nothing after them has used.
  var unused: [Syntax] { assigned.filter { !used.contains($0.name) }.map(\.value) }

  private func statements() throws(SpecError) -> [Syntax] {
    var found: [Syntax] = []
    while true {
      while accept(",") || accept(";") {}
      if current.kind == .end { return found }
      if let name = assignedName() {
        let value = try sequence()
        named[name] = value
        used.remove(name)
        if Lowering.isOptimizer(value, named: name) {
          optimizer = value
          used.insert(name)
          // A schedule's first argument stays a name, whatever the line of the optimizer says.
          if Lowering.namesOptimizer(name) { named[name] = nil }
        }
        assigned.append((name, value))
        continue
      }
      _ = accept(word: "return")
      if current.kind == .sign("["), found.isEmpty {
        // `[conv(6, 5), relu]` is a list of specs as well.
        let list = try sequence()
        if current.kind == .end, case .list(let elements) = list.form, listMeansSeveral {
          return elements
        }
        found.append(list)
      } else {
        found.append(try sequence())
      }
    }
  }

  /// Whether brackets around everything are only brackets: true when several specs are read.
  var listMeansSeveral = false

  /// Steps over `name =` or `self.name =` if that is what comes next.
  private func assignedName() -> String? {
    var end = position
    var last: String?
    while case .word(let word) = tokens[end].kind {
      last = word
      end += 1
      guard tokens[end].kind == .sign(".") else { break }
      end += 1
    }
    guard let last else { return nil }
    if tokens[end].kind == .sign(":") {
      // Python's annotation: `scheduler: LRScheduler = ...`.
      repeat {
        guard case .word = tokens[end + 1].kind else { return nil }
        end += 2
      } while tokens[end].kind == .sign(".")
    }
    guard tokens[end].kind == .sign("=") else { return nil }
    position = end + 1
    return last
  }

  // Tokens

  private var current: Token { tokens[position] }
  private var previousEnd: Int { position > 0 ? tokens[position - 1].characters.upperBound : 0 }

  private func accept(_ sign: String) -> Bool {
    guard current.kind == .sign(sign) else { return false }
    position += 1
    return true
  }

  private func accept(word: String) -> Bool {
    guard current.kind == .word(word) else { return false }
    position += 1
    return true
  }

  private func error(_ message: String, _ characters: Range<Int>) -> SpecError {
    SpecError(message, at: lexer.place(characters))
  }

  private func unexpected(_ wanted: String) -> SpecError {
    let found: String
    switch current.kind {
    case .end: found = "the text ends"
    case .sign(let sign): found = "found \(sign)"
    case .word(let word): found = "found \(word)"
    case .number(let value): found = "found \(value.shortest)"
    case .length(let length): found = "found \(length)"
    case .text(let text): found = "found \(quoted(text))"
    }
    return error("\(wanted) is expected, but \(found)", current.characters)
  }

  private func checked(_ form: Syntax.Form, from start: Int) throws(SpecError) -> Syntax {
    let syntax = Syntax(form, start..<previousEnd)
    guard syntax.depth <= Self.deepest else {
      throw error("this nests deeper than \(Self.deepest) levels", syntax.characters)
    }
    return syntax
  }

  private func nested(
    _ read: () throws(SpecError) -> Syntax
  ) throws(SpecError) -> Syntax {
    level += 1
    defer { level -= 1 }
    guard level <= Self.deepest else {
      throw error("this nests deeper than \(Self.deepest) levels", current.characters)
    }
    return try read()
  }

  // Operators

  private func sequence() throws(SpecError) -> Syntax {
    try nested { () throws(SpecError) in
      let start = current.characters.lowerBound
      var segments: [(Syntax, length: Length?)] = []
      repeat {
        let part = try choice()
        var length: Length?
        if accept(word: "for") {
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

  private func choice() throws(SpecError) -> Syntax {
    try nested { () throws(SpecError) in
      let start = current.characters.lowerBound
      if accept(word: "lambda") {
        guard case .word(let parameter) = current.kind else {
          throw unexpected("the name of the lambda's one parameter")
        }
        position += 1
        guard accept(":") else {
          throw unexpected("a colon after the lambda's one parameter")
        }
        let shadowed = named.removeValue(forKey: parameter)
        let body = try choice()
        named[parameter] = shadowed
        return try checked(.lambda(parameter, body), from: start)
      }
      let value = try either()
      guard accept(word: "if") else { return value }
      let condition = try either()
      guard accept(word: "else") else { throw unexpected("else") }
      let otherwise = try choice()
      return try checked(
        .conditional(condition: condition, then: value, otherwise: otherwise), from: start)
    }
  }

  private func either() throws(SpecError) -> Syntax {
    let start = current.characters.lowerBound
    var left = try both()
    while accept(word: "or") {
      left = try checked(.operation(.or, left, both()), from: start)
    }
    return left
  }

  private func both() throws(SpecError) -> Syntax {
    let start = current.characters.lowerBound
    var left = try negation()
    while accept(word: "and") {
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
    let first = try sum()
    var others: [(Function.Comparison, Syntax)] = []
    while case .sign(let sign) = current.kind, let relation = Function.Comparison(rawValue: sign) {
      position += 1
      others.append((relation, try sum()))
    }
    return others.isEmpty ? first : try checked(.comparison(first, others), from: start)
  }

  private func sum() throws(SpecError) -> Syntax {
    let start = current.characters.lowerBound
    var left = try product()
    while let sign = acceptOperator(.add, .subtract) {
      left = try checked(.operation(sign, left, product()), from: start)
    }
    return left
  }

  private func product() throws(SpecError) -> Syntax {
    let start = current.characters.lowerBound
    var left = try sign()
    while let sign = acceptOperator(.multiply, .divide, .floorDivide, .remainder) {
      left = try checked(.operation(sign, left, self.sign()), from: start)
    }
    return left
  }

  private func sign() throws(SpecError) -> Syntax {
    let start = current.characters.lowerBound
    let isNegated = current.kind == .sign("-")
    guard accept("-") || accept("+") else { return try power() }
    let operand = try nested { () throws(SpecError) in try sign() }
    return isNegated ? try checked(.negated(operand), from: start) : operand
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
    case .text(let text):
      position += 1
      return Syntax(.text(text), token.characters)
    case .sign("["):
      position += 1
      let elements = try items(until: "]", opened: token).elements
      return try checked(.list(elements), from: start)
    case .sign("("):
      position += 1
      let (elements, hasComma) = try items(until: ")", opened: token)
      if elements.count == 1, !hasComma { return elements[0] }
      return try checked(.list(elements), from: start)
    case .word(let word) where !Self.reserved.contains(word):
      return try nameOrCall()
    default:
      throw unexpected("a name, a number, a text or a list")
    }
  }

  private static let reserved: Set<String> = [
    "then", "for", "if", "else", "and", "or", "not", "lambda",
  ]

  private func items(
    until close: String, opened: Token
  ) throws(SpecError) -> (elements: [Syntax], hasComma: Bool) {
    var elements: [Syntax] = []
    var hasComma = false
    while !accept(close) {
      elements.append(try sequence())
      if accept(",") {
        hasComma = true
      } else if current.kind != .sign(close) {
        throw unclosed(close, opened)
      }
    }
    return (elements, hasComma)
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
    guard accept("(") else { return try meaning(of: path, start..<nameEnd) }
    var items: [Syntax.Item] = []
    while !accept(")") {
      items.append(try item())
      if !accept(","), current.kind != .sign(")") { throw unclosed(")", opened) }
    }
    return try checked(.call(path, items), from: start)
  }

  private func item() throws(SpecError) -> Syntax.Item {
    if case .word(let label) = current.kind,
      label != "lambda", [.sign("="), .sign(":")].contains(tokens[position + 1].kind)
    {
      let characters = current.characters
      position += 2
      return Syntax.Item(label: label, labelCharacters: characters, value: try sequence())
    }
    return Syntax.Item(value: try sequence())
  }

  /// What a name without parentheses stands for: a constant, an earlier line, or itself.
  private func meaning(
    of path: [String], _ characters: Range<Int>
  ) throws(SpecError) -> Syntax {
    if path.count == 1, let known = named[path[0]] {
      namedBudget -= known.size
      used.insert(path[0])
      guard namedBudget > 0, level + known.depth <= Self.deepest else {
        throw error("the names of earlier lines stand for too much text", characters)
      }
      return known
    }
    let value = path.count == 1 ? Self.value(named: path[0]) : nil
    return Syntax(value ?? .name(path), characters)
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
