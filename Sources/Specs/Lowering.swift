/// Turns syntax into what it means: a spec, or the body of a function.
struct Lowering {
  let source: String

  private func error(_ message: String, _ characters: Range<Int>) -> SpecError {
    SpecError(message, at: Place(in: source, characters))
  }

  // Specs

  func spec(_ syntax: Syntax) throws(SpecError) -> Spec {
    Spec(try form(syntax), at: Place(in: source, syntax.characters))
  }

  private func specs(_ elements: [Syntax]) throws(SpecError) -> [Spec] {
    var specs: [Spec] = []
    for element in elements { specs.append(try spec(element)) }
    return specs
  }

  private func form(_ syntax: Syntax) throws(SpecError) -> Spec.Form {
    switch syntax.form {
    case .number(let value): return .number(value)
    case .boolean(let value): return .boolean(value)
    case .none: return .none
    case .text(let text): return .text(text)
    case .length(let length): return .length(length)
    case .list(let elements): return .list(try specs(elements))
    case .lambda(let parameter, let body):
      return .function(Function(parameter: parameter, body: try self.body(body, parameter)))
    case .name(let path):
      if path.count > 1, let value = constant(path) { return .number(value) }
      return .call(Spec.Call(try name(path, syntax)))
    case .call(["len"], _) where loader(syntax) != nil: return .length(.epochs(1))
    case .operation(.multiply, let a, let b) where loader(a) != nil || loader(b) != nil:
      guard let epochs = loader(syntax) else {
        throw error("epochs are expected beside len(...), as a number", syntax.characters)
      }
      return .length(.epochs(epochs))
    case .call(let path, let items):
      let isMath = ["math", "np", "numpy"].contains(path.first) && path.count > 1
      let isConversion = path.count == 1 && ["float", "int", "round"].contains(path[0])
      if isMath || isConversion { return .number(try number(syntax)) }
      return .call(Spec.Call(try name(path, syntax), try arguments(items)))
    case .sequence(let segments):
      var parts: [Spec.Segment] = []
      for (part, length) in segments {
        parts.append(Spec.Segment(try spec(part), for: length))
      }
      return .sequence(parts)
    case .operation(.multiply, let a, let b) where describes(a) || describes(b):
      return .product(try spec(a), try spec(b))
    case .negated, .not, .operation, .comparison, .conditional:
      return .number(try number(syntax))
    }
  }

  /// The last word of a path, which is no value such as None.
  private func name(_ path: [String], _ syntax: Syntax) throws(SpecError) -> String {
    let name = path.last ?? ""
    guard Parser.value(named: name) == nil else {
      throw error("\(name) is a value, not a name", syntax.characters)
    }
    return name
  }

  /// Whether the syntax names something to build, rather than a number to compute.
  private func describes(_ syntax: Syntax) -> Bool {
    switch syntax.form {
    case .name(let path): return path.count == 1 || constant(path) == nil
    case .call(let path, _):
      return path.count == 1
        ? !["len", "float", "int", "round", "min", "max", "abs", "pow"].contains(path[0])
        : !["math", "np", "numpy"].contains(path[0])
    case .sequence: return true
    case .operation(.multiply, let a, let b): return describes(a) || describes(b)
    default: return false
    }
  }

  /// What is meant by the length of a loader, which is that of an epoch: `len(loader) * 30`.
  private func loader(_ syntax: Syntax) -> Double? {
    switch syntax.form {
    case .call(["len"], let items):
      guard items.count == 1, case .name(let path) = items[0].value.form else { return nil }
      let name = path.last?.lowercased() ?? ""
      return name.contains("load") || name.contains("iter") || name.hasSuffix("dl") ? 1 : nil
    case .operation(.multiply, let a, let b):
      if let epochs = loader(a) { return (try? number(b)).map { epochs * $0 } }
      if let epochs = loader(b) { return (try? number(a)).map { epochs * $0 } }
      return nil
    default: return nil
    }
  }

  private func number(_ syntax: Syntax) throws(SpecError) -> Double {
    let body = try self.body(syntax, nil)
    guard let value = body.constant else {
      throw error("this is not a number", syntax.characters)
    }
    guard !value.isNaN else {
      throw error("this has no value: it divides 0 by 0 or the like", syntax.characters)
    }
    return value
  }

  /// The arguments but for the optimizer or the parameters that PyTorch's constructors begin with.
  private func arguments(_ items: [Syntax.Item]) throws(SpecError) -> [Spec.Argument] {
    var arguments: [Spec.Argument] = []
    for item in items {
      let label = item.label
      if label == nil, arguments.isEmpty, Self.standsForOptimizer(item.value) { continue }
      if label == "optimizer" || (label == "params" && Self.standsForOptimizer(item.value)) {
        continue
      }
      arguments.append(
        Spec.Argument(
          label, try spec(item.value),
          labelPlace: item.labelCharacters.map { Place(in: source, $0) }))
    }
    return arguments
  }

  private static func standsForOptimizer(_ syntax: Syntax) -> Bool {
    switch syntax.form {
    case .name(let path):
      let name = path.last ?? ""
      return name == "params" || namesOptimizer(name)
    case .call(let path, let items):
      return path.last == "parameters" || isOptimizer(syntax)
        || (items.isEmpty && namesOptimizer(path.last ?? ""))
    default: return false
    }
  }

  /// Whether scripts call an optimizer so.
  static func namesOptimizer(_ name: String) -> Bool {
    let name = name.lowercased()
    return ["o", "trainer"].contains(name) || name.hasPrefix("opt") || name.hasSuffix("opt")
      || name.hasSuffix("optimizer")
  }

  /// Whether a line makes an optimizer under a name; a schedule may be called `opt_sched`.
  static func isOptimizer(_ syntax: Syntax, named name: String) -> Bool {
    guard case .call(_, let items) = syntax.form else { return false }
    let takesOptimizer = items.first.map { namesAnOptimizer($0.value) } ?? false
    return isOptimizer(syntax) || (namesOptimizer(name) && !takesOptimizer)
  }

  private static func namesAnOptimizer(_ syntax: Syntax) -> Bool {
    guard case .name(let path) = syntax.form else { return false }
    return namesOptimizer(path.last ?? "")
  }

  /// Whether the syntax makes an optimizer: `optim.SGD(...)`, or anything of a model's parameters.
  static func isOptimizer(_ syntax: Syntax) -> Bool {
    guard case .call(let path, let items) = syntax.form else { return false }
    if path.dropLast().contains("optim") { return true }
    guard let first = items.first?.value else { return false }
    switch first.form {
    case .call(let path, _): return path.last == "parameters"
    case .name(let path): return path.last == "params" || path.last == "parameters"
    default: return false
    }
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
    case .call(let path, let items): return try call(path, items, syntax.characters, parameter)
    case .none, .text, .list, .length, .lambda, .sequence:
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
