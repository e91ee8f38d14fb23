/// A name of a script that has no value in its text.
public struct UnsetName: Hashable, Sendable {
  /// What was written: `args.epochs`, `cfg['lr']`.
  public let text: String
  /// Where it was written.
  public let place: Place?

  /// A name at a place.
  public init(_ text: String, at place: Place?) {
    self.text = text
    self.place = place
  }
}

/// Turns syntax into what it means: a spec, or the body of a function.
final class Lowering {
  let source: String
  /// What the script calls its loaders, besides what is called so everywhere.
  private let loaders: Set<String>
  /// Whether a word is one of the grammar's; nil where every word may be.
  private let isKnown: ((String) -> Bool)?
  /// Whether names without a value are noted and taken for 1, rather than refused one by one.
  private let notesUnset: Bool
  private(set) var unset: [UnsetName] = []

  init(
    source: String, loaders: Set<String> = [], isKnown: ((String) -> Bool)? = nil,
    notesUnset: Bool = false
  ) {
    self.source = source
    self.loaders = loaders
    self.isKnown = isKnown
    self.notesUnset = notesUnset
  }

  private func error(_ message: String, _ characters: Range<Int>) -> SpecError {
    SpecError(message, at: Place(in: source, characters))
  }

  // Specs

  func spec(_ syntax: Syntax) throws(SpecError) -> Spec {
    Spec(try form(syntax, isArgument: false), at: Place(in: source, syntax.characters))
  }

  private func argument(_ syntax: Syntax) throws(SpecError) -> Spec {
    Spec(try form(syntax, isArgument: true), at: Place(in: source, syntax.characters))
  }

  private func arguments(_ elements: [Syntax]) throws(SpecError) -> [Spec] {
    var specs: [Spec] = []
    for element in elements { specs.append(try argument(element)) }
    return specs
  }

  private func form(_ syntax: Syntax, isArgument: Bool) throws(SpecError) -> Spec.Form {
    switch syntax.form {
    case .number(let value): return .number(value)
    case .boolean(let value): return .boolean(value)
    case .none: return .none
    case .text(let text): return .text(text)
    case .length(let length): return .length(length)
    case .list(let elements): return .list(try arguments(elements))
    case .lambda(let variables, let body):
      let open = variables.dropFirst().filter { $0.defaultValue == nil }
      guard let parameter = variables.first?.name, open.isEmpty else {
        throw error(
          "a lambda of one number is wanted, and this one has \(1 + open.count) parameters"
            .replacing("has 1 parameters", with: variables.isEmpty ? "has none" : "has one"),
          syntax.characters)
      }
      return .function(Function(parameter: parameter, body: try self.body(body, parameter)))
    case .name(let path):
      if path.count > 1, let value = constant(path) { return .number(value) }
      if isEpochLength(syntax) { return .computed(Formula(body: .stepsPerEpoch)) }
      return .call(
        Spec.Call(try name(path, syntax), path: Array(path.dropLast())))
    case .call(let path, let items):
      if isEpochLength(syntax) { return .computed(Formula(body: .stepsPerEpoch)) }
      let isMath = ["math", "np", "numpy"].contains(path.first) && path.count > 1
      let isConversion = path.count == 1 && Self.conversions.contains(path[0])
      if isMath || (isConversion && isKnown?(path[0]) != true) { return try computed(syntax) }
      if path == ["len"], notesUnset {
        note(syntax)
        return .number(1)
      }
      return .call(
        Spec.Call(
          try name(path, syntax), try labelled(items), path: Array(path.dropLast())))
    case .sequence(let segments):
      var parts: [Spec.Segment] = []
      for (part, length) in segments {
        parts.append(
          Spec.Segment(isArgument ? try argument(part) : try spec(part), for: length))
      }
      return .sequence(parts)
    case .operation(.multiply, let a, let b)
    where describes(a, isArgument) || describes(b, isArgument):
      return .product(
        isArgument ? try argument(a) : try spec(a), isArgument ? try argument(b) : try spec(b))
    case .negated, .not, .operation, .comparison, .conditional: return try computed(syntax)
    case .dictionary(let entries) where entries.allSatisfy { $0.key.isName }:
      // `{'a': 1}` says what `dict(a=1)` says.
      var values: [Spec.Argument] = []
      for (key, value) in entries { values.append(.init(key.text, try argument(value))) }
      return .call(Spec.Call("dict", values))
    case .dictionary, .relation, .member, .element, .application, .comprehension, .spread, .other:
      return .other("\(syntax)")
    }
  }

  private static let conversions: Set<String> = [
    "float", "int", "round", "min", "max", "abs", "pow",
  ]

  /// The last word of a path, which is no value such as None.
  private func name(_ path: [String], _ syntax: Syntax) throws(SpecError) -> String {
    let name = path.last ?? ""
    guard Parser.value(named: name) == nil, !Parser.reserved.contains(name),
      !Parser.statementWords.contains(name)
    else {
      throw error("\(name) is a word of the grammar, not a name", syntax.characters)
    }
    return name
  }

  /// Whether the syntax names something to build, rather than a number to compute.
  private func describes(_ syntax: Syntax, _ isArgument: Bool) -> Bool {
    func isBuilt(_ name: String) -> Bool { !isArgument || isKnown?(name) ?? true }
    switch syntax.form {
    case .name(let path):
      return path.count == 1
        ? isBuilt(path[0]) && !isEpochLength(syntax) : constant(path) == nil && !notesUnset
    case .call(let path, _):
      return path.count == 1
        ? path[0] != "len" && !Self.conversions.contains(path[0]) && isBuilt(path[0])
        : !["math", "np", "numpy"].contains(path[0]) && isBuilt(path[path.count - 1])
    case .sequence: return true
    case .operation(.multiply, let a, let b):
      return describes(a, isArgument) || describes(b, isArgument)
    default: return false
    }
  }

  /// Whether the syntax is the length of a loader of training data, or a name for it.
  private func isEpochLength(_ syntax: Syntax) -> Bool {
    switch syntax.form {
    case .call(["len"], let items):
      guard items.count == 1 else { return false }
      switch items[0].value.form {
      case .name(let path):
        return Loader.isNamed(path) || loaders.contains(path.joined(separator: "."))
      case .call(let path, _): return path.last == "DataLoader"
      default: return false
      }
    case .name(let path): return notesUnset && Loader.counts.contains(path[path.count - 1])
    default: return false
    }
  }

  private func computed(_ syntax: Syntax) throws(SpecError) -> Spec.Form {
    let body = try self.body(syntax, nil)
    if body.holds(.stepsPerEpoch) { return .computed(Formula(body: body)) }
    guard let value = body.constant else {
      throw error("this is not a number", syntax.characters)
    }
    guard !value.isNaN || !unset.isEmpty else {
      throw error("this has no value: it divides 0 by 0 or the like", syntax.characters)
    }
    return .number(value)
  }

  /// The number that an expression is; nil if it is none, or not known.
  func value(_ syntax: Syntax) -> Double? {
    guard let value = (try? body(syntax, nil))?.constant, !value.isNaN else { return nil }
    return value
  }

  private func labelled(_ items: [Syntax.Item]) throws(SpecError) -> [Spec.Argument] {
    var arguments: [Spec.Argument] = []
    for item in items {
      arguments.append(
        Spec.Argument(
          item.label, try argument(item.value),
          labelPlace: item.labelCharacters.map { Place(in: source, $0) }))
    }
    return arguments
  }

  private func note(_ syntax: Syntax) {
    let name = UnsetName("\(syntax)", at: Place(in: source, syntax.characters))
    if !unset.contains(where: { $0.text == name.text }) { unset.append(name) }
  }

  // Functions

  private func constant(_ path: [String]) -> Double? {
    guard path.count == 2, ["math", "np", "numpy", "torch"].contains(path[0]) else { return nil }
    return Function.constants[path[1]]
  }

  private func body(_ syntax: Syntax, _ parameter: String?) throws(SpecError) -> Function.Body {
    switch syntax.form {
    case .number(let value): return .number(value)
    case .boolean(let value): return .number(value ? 1 : 0)
    case .name(let path):
      if path == [parameter] { return .parameter }
      if let value = constant(path) ?? (path == ["pi"] ? .pi : nil) { return .number(value) }
      if isEpochLength(syntax) { return .stepsPerEpoch }
      if notesUnset {
        note(syntax)
        return .number(1)
      }
      let name = path.joined(separator: ".")
      guard let parameter else {
        throw error(
          "\(name) cannot be computed with: numbers, math.pi and math functions can",
          syntax.characters)
      }
      throw error(
        "\(name) is not known in a lambda: it sees its parameter \(parameter), numbers, math.pi and"
          + " math functions", syntax.characters)
    case .negated(let operand): return .negated(try body(operand, parameter))
    case .not(let operand): return .not(try body(operand, parameter))
    case .operation(let sign, let a, let b):
      return .operation(sign, try body(a, parameter), try body(b, parameter))
    case .comparison(let first, let others):
      var relations: [Function.Relation] = []
      for (comparison, operand) in others {
        relations.append(
          Function.Relation(comparison: comparison, operand: try body(operand, parameter)))
      }
      return .comparison(try body(first, parameter), relations)
    case .conditional(let condition, let then, let otherwise):
      return .conditional(
        condition: try body(condition, parameter), then: try body(then, parameter),
        otherwise: try body(otherwise, parameter))
    case .call(let path, let items):
      if isEpochLength(syntax) { return .stepsPerEpoch }
      let isComputable =
        path.count == 1
        ? path[0] != "len" : ["math", "np", "numpy", "torch", "cmath"].contains(path[0])
      if notesUnset, !isComputable {
        note(syntax)
        return .number(1)
      }
      return try call(path, items, syntax.characters, parameter)
    case .member, .element, .application:
      guard notesUnset else {
        throw error("\(syntax) cannot be computed with", syntax.characters)
      }
      note(syntax)
      return .number(1)
    case .none, .text, .list, .length, .lambda, .sequence, .dictionary, .relation, .comprehension,
      .spread, .other:
      throw error("only numbers can be computed with", syntax.characters)
    }
  }

  private func call(
    _ path: [String], _ items: [Syntax.Item], _ characters: Range<Int>, _ parameter: String?
  ) throws(SpecError) -> Function.Body {
    let name = path.last ?? ""
    if name == "float", items.count == 1, case .text(let text) = items[0].value.form {
      guard let value = Double(text.filter { $0 != "_" }), !value.isNaN else {
        throw error("\(quoted(text)) is not a number", items[0].value.characters)
      }
      return .number(value)
    }
    let unary = Function.Unary(rawValue: name)
    let binary = Function.Binary(rawValue: name)
    guard unary != nil || binary != nil else {
      let names = Function.Unary.allCases.map(\.rawValue) + Function.Binary.allCases.map(\.rawValue)
      let hint = nearest(name, in: names).map { ": did you mean \($0)?" } ?? ""
      if notesUnset, parameter == nil, hint.isEmpty {
        note(Syntax(.call(path, items), characters))
        return .number(1)
      }
      throw error(
        "\(name) cannot be computed here, only Python's math functions, min, max, abs, round, int,"
          + " float and pow\(hint.isEmpty ? ": write its value" : hint)", characters)
    }
    var operands: [Function.Body] = []
    for item in items {
      guard item.label == nil else {
        throw error("\(name) takes no named arguments", item.labelCharacters ?? characters)
      }
      operands.append(try body(item.value, parameter))
    }
    if operands.count == 1, let unary { return .unary(unary, operands[0]) }
    if operands.count == 2, let binary { return .binary(binary, operands[0], operands[1]) }
    if operands.count > 2, let binary, binary == .min || binary == .max {
      guard operands.count <= Parser.deepest else {
        throw error("\(name) takes at most \(Parser.deepest) arguments", characters)
      }
      return operands.dropFirst().reduce(operands[0]) { .binary(binary, $0, $1) }
    }
    let wanted = unary == nil ? "2 arguments" : binary == nil ? "1 argument" : "1 or 2 arguments"
    throw error("\(name) takes \(wanted), not \(operands.count)", characters)
  }
}
