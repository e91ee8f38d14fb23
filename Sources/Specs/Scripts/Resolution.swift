/// Replaces names by what they stand for.
extension Interpreter {
  /// An expression with every name replaced that has a value.
  func resolve(_ syntax: Syntax) throws(SpecError) -> Syntax {
    try spend(1, at: syntax)
    level += 1
    defer { level -= 1 }
    guard level < Self.deepest else {
      throw error("names and functions of the script lead into each other", syntax.characters)
    }
    switch syntax.form {
    case .number, .boolean, .none, .text, .length: return syntax
    case .name(let path):
      if let value = meaning(of: path, syntax.characters) ?? option(path) {
        return try used(value, at: syntax)
      }
      if let definition = function(path), let lambda = try lambda(definition) { return lambda }
      return syntax
    case .call(let path, let items): return try resolveCall(path, items, syntax)
    case .lambda(let variables, let body):
      return try scoped(variables) { () throws(SpecError) in
        Syntax(.lambda(variables, try resolve(body)), syntax.characters)
      }
    case .comprehension(let element, let clauses):
      return try resolveComprehension(element, clauses[...], syntax)
    case .conditional(let condition, let then, let otherwise):
      let resolved = try resolve(condition)
      if let truth = truth(resolved) { return try resolve(truth ? then : otherwise) }
      return try checked(
        Syntax(
          .conditional(
            condition: resolved, then: try resolve(then), otherwise: try resolve(otherwise)),
          syntax.characters))
    case .element(let base, let index):
      if let value = givenValue(syntax) { return value }
      let (base, index) = (try resolve(base), try resolve(index))
      if let value = element(of: base, index) { return try used(value, at: syntax) }
      return try checked(Syntax(.element(base, index), syntax.characters))
    case .member(let base, let name):
      if let value = givenValue(syntax) { return value }
      let base = try resolve(base)
      if let value = member(name, of: base) { return try used(value, at: syntax) }
      return try checked(Syntax(.member(base, name), syntax.characters))
    case .application(let base, let items):
      if let value = givenValue(syntax) { return value }
      return try resolveApplication(try resolve(base), items, syntax)
    default: return try checked(syntax.mapping { value throws(SpecError) in try resolve(value) })
    }
  }

  private func spend(_ count: Int, at syntax: Syntax) throws(SpecError) {
    budget -= count
    guard budget > 0 else {
      throw error("the names of earlier lines stand for too much text", syntax.characters)
    }
  }

  private func used(_ value: Syntax, at syntax: Syntax) throws(SpecError) -> Syntax {
    try spend(value.size, at: syntax)
    return try checked(value)
  }

  private func checked(_ syntax: Syntax) throws(SpecError) -> Syntax {
    guard syntax.depth <= Parser.deepest else {
      throw error("the names of earlier lines stand for too much text", syntax.characters)
    }
    return syntax
  }

  private func givenValue(_ syntax: Syntax) -> Syntax? { given["\(syntax)"] }

  /// Reads with the parameters of a function standing for nothing else.
  private func scoped(
    _ variables: [Syntax.Variable], _ read: () throws(SpecError) -> Syntax
  ) throws(SpecError) -> Syntax {
    let outer = names
    defer { names = outer }
    for variable in variables {
      names[variable.name] = nil
      if let value = variable.defaultValue { names[variable.name] = .value(try resolve(value)) }
    }
    // The first parameter is what the function is called with, default or not.
    if let first = variables.first { names[first.name] = nil }
    return try read()
  }

  // Calls

  private func resolved(_ items: [Syntax.Item]) throws(SpecError) -> [Syntax.Item] {
    var resolved: [Syntax.Item] = []
    for item in items {
      let value = try resolve(item.value)
      // `**options` of a known dictionary are named arguments, `*values` of a list are values.
      if case .spread(let spread) = value.form, item.label == nil {
        if case .dictionary(let entries) = spread.form, entries.allSatisfy({ $0.key.text != nil }) {
          resolved += entries.map { Syntax.Item(label: $0.key.text, value: $0.value) }
          continue
        }
        if case .list(let elements) = spread.form {
          resolved += elements.map { Syntax.Item(value: $0) }
          continue
        }
      }
      resolved.append(
        Syntax.Item(label: item.label, labelCharacters: item.labelCharacters, value: value))
    }
    return resolved
  }

  private func resolveCall(
    _ path: [String], _ items: [Syntax.Item], _ syntax: Syntax
  ) throws(SpecError) -> Syntax {
    if let value = givenValue(syntax) { return value }
    if let definition = function(path) {
      let arguments = try resolved(items)
      if let value = try call(definition, arguments) { return try used(value, at: syntax) }
      return try checked(Syntax(.call(path, arguments), syntax.characters))
    }
    if path.count == 1, let value = meaning(of: path, syntax.characters) {
      switch value.form {
      case .name, .lambda, .call:
        let applied = try resolveApplication(value, items, syntax)
        if case .application = applied.form { break }
        return applied
      default: break
      }
    }
    if path.count > 1, path.last == "get", let key = items.first.map(\.value),
      let base = meaning(of: Array(path.dropLast()), syntax.characters),
      case .dictionary(let entries) = base.form, let text = try resolve(key).text
    {
      if let entry = entries.last(where: { $0.key.text == text }) { return entry.value }
      if items.count > 1 { return try resolve(items[1].value) }
    }
    let arguments = try resolved(items)
    let call = try checked(Syntax(.call(path, arguments), syntax.characters))
    return builtin(path, arguments, syntax) ?? partial(path, arguments, syntax) ?? call
  }

  /// What Python's own functions give for values that are known.
  private func builtin(
    _ path: [String], _ items: [Syntax.Item], _ syntax: Syntax
  ) -> Syntax? {
    guard path.count == 1 else { return nil }
    let first = items.first?.value
    func made(_ form: Syntax.Form) -> Syntax { Syntax(form, syntax.characters) }
    switch path[0] {
    case "list", "tuple", "sorted":
      guard items.count == 1, let elements = first.flatMap(elements) else { return nil }
      if path[0] == "sorted" {
        let numbers = elements.compactMap(number)
        guard numbers.count == elements.count else { return nil }
        return made(.list(numbers.sorted().map { made(.number($0)) }))
      }
      return made(.list(elements))
    case "len":
      guard items.count == 1, let elements = first.flatMap(elements) else { return nil }
      return made(.number(Double(elements.count)))
    case "sum", "min", "max":
      guard items.count == 1, let elements = first.flatMap(elements) else { return nil }
      let numbers = elements.compactMap(number)
      guard numbers.count == elements.count, let least = numbers.min(), let most = numbers.max()
      else { return nil }
      let value =
        path[0] == "sum" ? numbers.reduce(0, +) : path[0] == "min" ? least : most
      return made(.number(value))
    case "dict":
      guard items.allSatisfy({ $0.label != nil }) else { return nil }
      return made(
        .dictionary(
          items.map { (made(.text($0.label ?? "")), $0.value) }))
    case "str":
      return first?.text.map { made(.text($0)) }
    default: return nil
    }
  }

  /// The elements of a list, of a range of known numbers, or of a text's or dictionary's keys.
  func elements(_ syntax: Syntax) -> [Syntax]? {
    switch syntax.form {
    case .list(let elements):
      return elements.contains { if case .spread = $0.form { true } else { false } }
        ? nil : elements
    case .dictionary(let entries): return entries.map(\.key)
    case .call(["range"], let items):
      let bounds = items.compactMap { number($0.value) }
      guard bounds.count == items.count, (1...3).contains(bounds.count) else { return nil }
      let (start, end) = bounds.count == 1 ? (0, bounds[0]) : (bounds[0], bounds[1])
      let step = bounds.count == 3 ? bounds[2] : 1
      guard step != 0, abs((end - start) / step) <= 10_000 else { return nil }
      return Array(stride(from: start, to: end, by: step)).map {
        Syntax(.number($0), syntax.characters)
      }
    default: return nil
    }
  }

  /// `partial(function, warmup=5)`: the function with some of its parameters given.
  private func partial(
    _ path: [String], _ items: [Syntax.Item], _ syntax: Syntax
  ) -> Syntax? {
    guard path.last == "partial", let function = items.first?.value,
      case .lambda(let variables, let body) = function.form
    else { return nil }
    let arguments = bound(Array(items.dropFirst()), to: variables)
    let outer = names
    defer { names = outer }
    for (name, value) in arguments { names[name] = .value(value) }
    for variable in variables where arguments[variable.name] == nil { names[variable.name] = nil }
    guard let body = try? resolve(body) else { return nil }
    return Syntax(
      .lambda(variables.filter { arguments[$0.name] == nil }, body), syntax.characters)
  }

  /// A call of a value: of a class in a variable, of a lambda, of `getattr(module, 'Name')`.
  private func resolveApplication(
    _ base: Syntax, _ items: [Syntax.Item], _ syntax: Syntax
  ) throws(SpecError) -> Syntax {
    let arguments = try resolved(items)
    switch base.form {
    case .name(let path):
      return try checked(Syntax(.call(path, arguments), syntax.characters))
    case .call(let path, let inner) where path.last == "getattr" && inner.count >= 2:
      guard let name = inner[1].value.text else { break }
      return try checked(Syntax(.call([name], arguments), syntax.characters))
    case .call(let path, let inner) where path.last == "partial":
      guard case .name(let name)? = inner.first?.value.form else { break }
      return try checked(
        Syntax(.call(name, arguments + inner.dropFirst()), syntax.characters))
    case .lambda(let variables, let body):
      let values = bound(arguments, to: variables)
      let outer = names
      defer { names = outer }
      for variable in variables {
        names[variable.name] = (values[variable.name] ?? variable.defaultValue).map(Meaning.value)
      }
      return try resolve(body)
    default: break
    }
    return try checked(Syntax(.application(base, arguments), syntax.characters))
  }

  // Lists and dictionaries

  private func element(of base: Syntax, _ index: Syntax) -> Syntax? {
    switch base.form {
    case .dictionary(let entries):
      return entries.last {
        ($0.key.text != nil && $0.key.text == index.text)
          || (number($0.key) != nil && number($0.key) == number(index))
      }?.value
    case .list(let elements):
      guard let place = number(index).flatMap(Int.init(exactly:)) else { return nil }
      let position = place < 0 ? elements.count + place : place
      return elements.indices.contains(position) ? elements[position] : nil
    case .call(let path, _) where path.last == "vars" || path.last == "parse_args":
      return index.text.flatMap { member($0, of: base) }
    default: return nil
    }
  }

  private func resolveComprehension(
    _ element: Syntax, _ clauses: ArraySlice<Syntax.Clause>, _ syntax: Syntax
  ) throws(SpecError) -> Syntax {
    let outer = names
    defer { names = outer }
    if clauses.count == 1, let clause = clauses.first, clause.variables.count == 1,
      let values = elements(try resolve(clause.source)), values.count <= 10_000
    {
      var results: [Syntax] = []
      var isKnown = true
      for value in values {
        names[clause.variables[0]] = .value(value)
        var holds = true
        for condition in clause.conditions {
          guard let truth = truth(try resolve(condition)) else {
            isKnown = false
            break
          }
          holds = holds && truth
        }
        if holds { results.append(try resolve(element)) }
      }
      if isKnown { return try checked(Syntax(.list(results), syntax.characters)) }
    }
    // The variables hide what lines before call by the same names.
    for variable in clauses.flatMap(\.variables) { names[variable] = nil }
    return try checked(syntax.mapping { value throws(SpecError) in try resolve(value) })
  }

  // Values

  /// The number that an expression is; nil if it is none, or not known.
  func number(_ syntax: Syntax) -> Double? {
    switch syntax.form {
    case .number(let value): return value
    case .boolean, .none, .text, .list, .dictionary, .lambda: return nil
    default: return Lowering(source: source).value(syntax)
    }
  }

  /// Whether a condition holds; nil if nobody knows.
  func truth(_ syntax: Syntax) -> Bool? {
    switch syntax.form {
    case .boolean(let value): return value
    case .none: return false
    case .text(let text): return !text.isEmpty
    case .list(let elements): return !elements.isEmpty
    case .not(let operand): return truth(operand).map { !$0 }
    case .operation(.and, let a, let b):
      let (a, b) = (truth(a), truth(b))
      return a == false || b == false ? false : a == true && b == true ? true : nil
    case .operation(.or, let a, let b):
      let (a, b) = (truth(a), truth(b))
      return a == true || b == true ? true : a == false && b == false ? false : nil
    case .comparison(let first, let others) where others.count == 1:
      if let a = first.text, let b = others[0].1.text {
        return others[0].0 == .equal ? a == b : others[0].0 == .different ? a != b : nil
      }
      if case .name(["__name__"]) = first.form { return true }
      return Lowering(source: source).value(syntax).map { $0 != 0 }
    case .relation(let relation, let a, let b):
      switch relation {
      case .isSame, .isNotSame:
        guard case .none = b.form else { return nil }
        switch a.form {
        case .none: return relation == .isSame
        case .number, .text, .boolean, .list, .dictionary, .lambda: return relation == .isNotSame
        default: return nil
        }
      case .isIn, .isNotIn:
        guard let elements = elements(b) else { return nil }
        let isFound: Bool
        if let text = a.text, elements.allSatisfy({ $0.text != nil }) {
          isFound = elements.contains { $0.text == text }
        } else if let value = number(a) {
          let numbers = elements.compactMap(number)
          guard numbers.count == elements.count else { return nil }
          isFound = numbers.contains(value)
        } else {
          return nil
        }
        return isFound == (relation == .isIn)
      }
    default: return number(syntax).map { $0 != 0 }
    }
  }

  // Functions as lambdas

  /// A function of the script as a lambda: `def f(e): if e < 5: return e / 5 ...` is one expression.
  func lambda(_ definition: Statement.Definition) throws(SpecError) -> Syntax? {
    let variables = definition.variables.filter { $0.name != "self" }
    guard !variables.isEmpty, let characters = definition.body.first?.characters else { return nil }
    let body = try scopedBody(variables, definition)
    guard let body else { return nil }
    use(definition)
    return try checked(Syntax(.lambda(variables, body), characters))
  }

  private func scopedBody(
    _ variables: [Syntax.Variable], _ definition: Statement.Definition
  ) throws(SpecError) -> Syntax? {
    let outer = names
    defer { names = outer }
    for variable in variables {
      names[variable.name] = nil
      if let value = variable.defaultValue, variable.name != variables[0].name {
        names[variable.name] = .value(try resolve(value))
      }
    }
    return try reduced(definition.body[...])
  }

  /// The value that statements return, as one expression; nil if they do anything else.
  private func reduced(_ statements: ArraySlice<Statement>) throws(SpecError) -> Syntax? {
    guard let statement = statements.first else { return nil }
    let rest = statements.dropFirst()
    switch statement.form {
    case .returned(let value):
      return try value.map { value throws(SpecError) in try resolve(value) }
    case .assignment(let targets, let value):
      guard targets.count == 1 else { return nil }
      let resolved = try resolve(value)
      switch (targets[0].form, resolved.form) {
      case (.name(let path), _) where path.count == 1: names[path[0]] = .value(resolved)
      case (.list(let targets), .list(let values)) where targets.count == values.count:
        for (target, value) in zip(targets, values) {
          guard case .name(let path) = target.form, path.count == 1 else { return nil }
          names[path[0]] = .value(value)
        }
      default: return nil
      }
      return try reduced(rest)
    case .change(let target, let sign?, let value):
      guard case .name(let path) = target.form, path.count == 1 else { return nil }
      let changed = Syntax(
        .operation(sign, try resolve(target), try resolve(value)), value.characters)
      names[path[0]] = .value(try checked(changed))
      return try reduced(rest)
    case .branches(let branches): return try reduced(branches[...], rest)
    case .loop(let variables, let source, let body):
      guard variables.count == 1, let values = elements(try resolve(source)), values.count <= 32
      else { return nil }
      var unrolled: [Statement] = []
      for value in values {
        let target = Syntax(.name(variables), statement.characters)
        unrolled.append(
          Statement(
            form: .assignment([target], value), characters: statement.characters,
            headEnd: statement.headEnd))
        unrolled += body
      }
      return try reduced((unrolled + rest)[...])
    case .nothing, .imported: return try reduced(rest)
    case .expression(let value):
      // A docstring, or something said.
      if value.text != nil { return try reduced(rest) }
      if case .call(let path, _) = value.form, path.last == "print" { return try reduced(rest) }
      return nil
    default: return nil
    }
  }

  private func reduced(
    _ branches: ArraySlice<(condition: Syntax?, body: [Statement])>, _ rest: ArraySlice<Statement>
  ) throws(SpecError) -> Syntax? {
    guard let branch = branches.first else { return try reduced(rest) }
    guard let condition = branch.condition else {
      return try reduced((branch.body + rest)[...])
    }
    let resolved = try resolve(condition)
    let before = names
    if let truth = truth(resolved) {
      return truth
        ? try reduced((branch.body + rest)[...]) : try reduced(branches.dropFirst(), rest)
    }
    let then = try reduced((branch.body + rest)[...])
    names = before
    let otherwise = try reduced(branches.dropFirst(), rest)
    names = before
    guard let then, let otherwise else { return nil }
    return try checked(
      Syntax(
        .conditional(condition: resolved, then: then, otherwise: otherwise), condition.characters))
  }
}
