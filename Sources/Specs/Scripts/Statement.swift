/// A statement of a Python script.
package struct Statement: Sendable {
  package indirect enum Form: Sendable {
    /// `a = b = value`; a target that is no plain name, such as `group['lr']`, is an expression.
    case assignment([Syntax], Syntax)
    /// `a += value`.
    case change(Syntax, Function.Operator?, Syntax)
    case expression(Syntax)
    case returned(Syntax?)
    case function(Definition)
    case type(String, [Statement])
    case loop([String], over: Syntax, [Statement])
    case repetition(while: Syntax, [Statement])
    /// The branches of `if`, `elif`, `else`; the last one has no condition.
    case branches([(condition: Syntax?, body: [Statement])])
    /// The body of `with` or `try`.
    case block([Statement])
    /// Other names of imported ones: `from torch.optim import SGD as S`.
    case imported([String: String])
    /// `pass`, `break`, a decorator, a docstring.
    case nothing
    case unread(SpecError)
  }

  /// `def name(variables): body`.
  package struct Definition: Sendable {
    package var name: String
    package var variables: [Syntax.Variable]
    package var body: [Statement]
  }

  package let form: Form
  /// What was written, a body included.
  package let characters: Range<Int>
  /// The end of its own first line or lines: of `for ... :` without the body.
  package let headEnd: Int
}

/// Reads statements; what cannot be read becomes a statement that says why.
extension Parser {
  /// All statements of the text.
  func statements() -> [Statement] { statements(deeperThan: -1) }

  private func statements(deeperThan parent: Int) -> [Statement] {
    var found: [Statement] = []
    while current.kind != .end {
      if let indent = current.indent, indent <= parent { break }
      if accept(";") || accept(",") { continue }
      found.append(statement())
    }
    return found
  }

  private func statement() -> Statement {
    let first = position
    let start = current.characters.lowerBound
    do throws(SpecError) {
      let (form, headEnd) = try nested { () throws(SpecError) -> (Statement.Form, headEnd: Int?) in
        try self.form()
      }
      return Statement(
        form: form, characters: start..<max(start, previousEnd), headEnd: headEnd ?? previousEnd)
    } catch {
      position = max(position, first + 1)
      skipLine()
      return Statement(
        form: .unread(error), characters: start..<max(start, previousEnd), headEnd: previousEnd)
    }
  }

  private func skipLine() { while !beginsLine { position += 1 } }

  private func form() throws(SpecError) -> (Statement.Form, headEnd: Int?) {
    if current.kind == .sign("@") {
      skipLine(after: 1)
      return (.nothing, nil)
    }
    guard case .word(let word) = current.kind, !isNameOfValue else { return (try simple(), nil) }
    let indent = lineIndent
    switch word {
    case "import", "from": return (imported(), nil)
    case "async":
      position += 1
      return try self.form()
    case "def":
      position += 1
      guard case .word(let name) = current.kind else { throw unexpected("a name") }
      position += 1
      guard accept("(") else { throw unexpected("(") }
      let variables = try variables(until: ")")
      if accept("->") { _ = try choice() }
      let (body, headEnd) = try suite(indent)
      return (.function(.init(name: name, variables: variables, body: body)), headEnd)
    case "class":
      position += 1
      guard case .word(let name) = current.kind else { throw unexpected("a name") }
      while !beginsLine, current.kind != .sign(":") { position += 1 }
      let (body, headEnd) = try suite(indent)
      return (.type(name, body), headEnd)
    case "for":
      position += 1
      let variables = loopVariables()
      guard accept(word: "in") else { throw unexpected("in") }
      let source = try tuple()
      let (body, headEnd) = try suite(indent)
      return (.loop(variables, over: source, body + (try alternative(indent))), headEnd)
    case "while":
      position += 1
      let condition = try choice()
      let (body, headEnd) = try suite(indent)
      return (.repetition(while: condition, body + (try alternative(indent))), headEnd)
    case "if": return try branches(indent)
    case "with", "try":
      position += 1
      while !beginsLine, current.kind != .sign(":") { position += 1 }
      var (body, headEnd) = try suite(indent)
      while beginsLine, lineIndent == indent,
        ["except", "finally", "else"].contains(where: { current.kind == .word($0) })
      {
        let handles = current.kind == .word("except")
        while current.kind != .sign(":"), current.kind != .end { position += 1 }
        let (more, _) = try suite(indent)
        // What happens after an error does not happen in a run that goes well.
        if !handles { body += more }
      }
      return (.block(body), headEnd)
    case "return":
      position += 1
      return (.returned(beginsLine || current.kind == .sign(";") ? nil : try tuple()), nil)
    case "pass", "break", "continue", "global", "nonlocal", "raise", "assert", "del":
      skipLine(after: 1)
      return (.nothing, nil)
    default: return (try simple(), nil)
    }
  }

  private func skipLine(after count: Int) {
    position += count
    skipLine()
  }

  /// Whether the word is the target of an assignment or called, rather than a word of Python.
  private var isNameOfValue: Bool {
    switch tokens[position + 1].kind {
    case .sign("="), .sign("."): true
    default: false
    }
  }

  /// The indentation of the line that the current token is in.
  private var lineIndent: Int {
    var start = position
    while start > 0, tokens[start].indent == nil { start -= 1 }
    return tokens[start].indent ?? 0
  }

  private func imported() -> Statement.Form {
    var names: [String: String] = [:]
    var last: String?
    while true {
      position += 1
      if beginsLine || current.kind == .sign(";") { return .imported(names) }
      guard case .word(let word) = current.kind else { continue }
      if word == "as", let name = last, case .word(let alias) = tokens[position + 1].kind {
        names[alias] = name
      }
      last = word
    }
  }

  /// The statements behind a colon, in the same line or further in below it.
  private func suite(_ indent: Int) throws(SpecError) -> ([Statement], headEnd: Int) {
    guard accept(":") else { throw unexpected(":") }
    let headEnd = previousEnd
    if let inner = current.indent {
      return (inner > indent ? statements(deeperThan: indent) : [], headEnd)
    }
    var found: [Statement] = []
    while !beginsLine {
      if accept(";") { continue }
      found.append(statement())
    }
    return (found, headEnd)
  }

  /// `else:` behind a loop.
  private func alternative(_ indent: Int) throws(SpecError) -> [Statement] {
    guard current.indent == indent, accept(word: "else") else { return [] }
    return try suite(indent).0
  }

  private func branches(_ indent: Int) throws(SpecError) -> (Statement.Form, headEnd: Int?) {
    var branches: [(condition: Syntax?, body: [Statement])] = []
    position += 1
    let condition = try choice()
    let (body, headEnd) = try suite(indent)
    branches.append((condition, body))
    while current.indent == indent {
      if accept(word: "elif") {
        let condition = try choice()
        branches.append((condition, try suite(indent).0))
      } else if accept(word: "else") {
        branches.append((nil, try suite(indent).0))
        break
      } else {
        break
      }
    }
    return (.branches(branches), headEnd)
  }

  /// An assignment or an expression.
  private func simple() throws(SpecError) -> Statement.Form {
    if case .text = current.kind,
      tokens[position + 1].indent != nil || tokens[position + 1].kind == .end,
      current.indent != nil, position > 0
    {
      position += 1
      return .nothing
    }
    if let path = assignedPath() {
      let target = Syntax(.name(path), tokens[position - 1].characters)
      return try assignment([target])
    }
    let value = try tuple()
    if case .sign(let sign) = current.kind, current.indent == nil {
      if sign == "=" {
        position += 1
        return try assignment([value])
      }
      if sign.count >= 2, sign.hasSuffix("="), !["==", "!=", "<=", ">=", ":="].contains(sign) {
        position += 1
        return .change(value, Function.Operator(rawValue: String(sign.dropLast())), try tuple())
      }
      if sign == ":", accept(":") {
        // An annotation without a value: `rate: float`.
        skipLine()
        return .nothing
      }
    }
    guard beginsLine || [.sign(";"), .sign(",")].contains(current.kind) else {
      // Something follows in the same line: a statement of its own in the grammar, `A(1) B(2)`.
      switch current.kind {
      case .word, .number: return .expression(value)
      default: throw unexpected("the end of the line")
      }
    }
    return .expression(value)
  }

  private func assignment(_ targets: [Syntax]) throws(SpecError) -> Statement.Form {
    var targets = targets
    while true {
      if let path = assignedPath() {
        targets.append(Syntax(.name(path), tokens[position - 1].characters))
        continue
      }
      let value = try tuple()
      guard current.indent == nil, accept("=") else { return .assignment(targets, value) }
      targets.append(value)
    }
  }

  /// Values with commas between them are a list: `a, b = 24, 3`.
  private func tuple() throws(SpecError) -> Syntax {
    let first = try sequence()
    guard current.indent == nil, current.kind == .sign(",") else { return first }
    var elements = [first]
    while current.indent == nil, accept(",") {
      if beginsLine || [.sign("="), .sign(":")].contains(current.kind) { break }
      elements.append(try sequence())
    }
    return try checked(.list(elements), from: first.characters.lowerBound)
  }
}
