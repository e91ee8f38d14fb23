/// Follows a script from line to line without running it: what names stand for, and what is made
/// and called in which loops.
///
/// Only values that the text itself fixes are known: constants, arithmetic, tuples, dictionaries,
/// defaults of functions and of `add_argument`. Functions are followed where they are called; those
/// that nobody calls, such as Lightning's `configure_optimizers`, at the end.
final class Interpreter {
  /// What a name stands for.
  enum Meaning {
    case value(Syntax)
    case function(Statement.Definition)
  }

  let source: String
  private(set) var acts: [Act] = []
  /// What lines define that is not followed: functions, classes.
  private(set) var unread: [(statement: Statement, error: SpecError)] = []
  var names: [String: Meaning] = [:]
  /// Values that the caller gives, by the text of the expression.
  let given: [String: Syntax]
  /// The values of `add_argument` by the name of the argument.
  private var options: [String: Syntax] = [:]
  private var aliases: [String: String] = [:]
  private var loops: [Act.Loop] = []
  private var conditions: [Syntax] = []
  private var called: Set<String> = []
  private var returned: [Syntax] = []
  private var depth = 0
  /// How many nodes may still be written out: `b = [a, a]` twenty times over is a bomb.
  var budget = 200_000
  private var statementBudget = 20_000
  /// How many expressions are being resolved, one inside the other.
  var level = 0
  /// A function that calls itself has no end.
  static let deepest = 4 * Parser.deepest

  init(_ source: String, given: [String: Syntax]) {
    self.source = source
    self.given = given
  }

  func error(_ message: String, _ characters: Range<Int>) -> SpecError {
    SpecError(message, at: Place(in: source, characters))
  }

  /// Follows all statements, then the functions that none of them calls.
  func follow(_ statements: [Statement]) throws(SpecError) {
    for statement in statements {
      // Functions may be called by others above them.
      if case .function(let definition) = statement.form {
        names[definition.name] = .function(definition)
      }
    }
    try execute(statements)
    try executeUncalled(statements)
  }

  private func executeUncalled(_ statements: [Statement]) throws(SpecError) {
    for statement in statements {
      switch statement.form {
      case .function(let definition) where !called.contains(definition.name):
        called.insert(definition.name)
        try enter(definition, arguments: [:], isCalled: false)
      case .type(let name, let body):
        let kept = names
        for case .function(let definition) in body.map(\.form) where definition.name == "__init__" {
          called.insert("\(name).__init__")
          try enter(definition, arguments: [:], isCalled: false, keeps: true)
        }
        for case .function(let definition) in body.map(\.form) where definition.name != "__init__" {
          try enter(definition, arguments: [:], isCalled: false)
        }
        names = kept
      case .branches(let branches): for branch in branches { try executeUncalled(branch.body) }
      case .block(let body): try executeUncalled(body)
      default: break
      }
    }
  }

  // Statements

  private func execute(_ statements: [Statement]) throws(SpecError) {
    for statement in statements { try execute(statement) }
  }

  private func execute(_ statement: Statement) throws(SpecError) {
    statementBudget -= 1
    guard statementBudget > 0 else {
      throw error(
        "the script calls its own functions too often to be followed", statement.characters)
    }
    switch statement.form {
    case .assignment(let targets, let value):
      let resolved = try resolve(value)
      record(statement, targets: targets, value: resolved, written: value)
      for target in targets { assign(resolved, to: target, written: value) }
    case .change(let target, let sign, let value):
      guard case .name(let path) = target.form else {
        record(
          statement, targets: [target], value: try resolve(value), written: value, changes: true)
        return
      }
      let key = path.joined(separator: ".")
      let resolved = try resolve(value)
      let old = try resolve(target)
      record(statement, targets: [target], value: resolved, written: value, changes: true)
      if let sign, loops.isEmpty, number(old) != nil, number(resolved) != nil {
        names[key] = .value(Syntax(.operation(sign, old, resolved), value.characters))
      } else if let sign, sign == .add, case .list(let a) = old.form,
        case .list(let b) = resolved.form
      {
        names[key] = .value(Syntax(.list(a + b), value.characters))
      } else {
        forget(key)
      }
    case .expression(let value):
      try readOption(value)
      let resolved = try resolve(value)
      record(statement, targets: [], value: resolved, written: value)
      appended(value, resolved)
    case .returned(let value):
      guard let value else { return }
      let resolved = try resolve(value)
      returned.append(resolved)
      record(statement, targets: [], value: resolved, written: value, isReturned: true)
    case .function(let definition):
      names[definition.name] = .function(definition)
    case .type(let name, let body): try execute(type: name, body)
    case .loop(let variables, let source, let body):
      try execute(loop: variables, over: try resolve(source), body, in: statement)
    case .repetition(_, let body):
      try execute(loop: [], over: nil, body, in: statement)
    case .branches(let branches): try execute(branches)
    case .block(let body): try execute(body)
    case .imported(let names): aliases.merge(names) { _, new in new }
    case .nothing: break
    case .unread(let error): unread.append((statement, error))
    }
  }

  private func record(
    _ statement: Statement, targets: [Syntax], value: Syntax, written: Syntax,
    isReturned: Bool = false, changes: Bool = false
  ) {
    acts.append(
      Act(
        characters: statement.characters, targets: targets, value: value, written: written,
        isReturned: isReturned, changesTarget: changes, loops: loops, conditions: conditions))
  }

  private func assign(_ value: Syntax, to target: Syntax, written: Syntax) {
    switch target.form {
    case .name(let path):
      let key = path.joined(separator: ".")
      // In a loop a name that is made from itself has another value each time.
      if !loops.isEmpty, mentions(written, key) || loops.contains(where: { $0.binds(value) }) {
        forget(key)
        return
      }
      forget(key)
      names[key] = .value(value)
    case .list(let targets):
      guard case .list(let values) = value.form, values.count == targets.count else {
        for target in targets { if case .name(let path) = target.form { forget(path[0]) } }
        return
      }
      for (target, value) in zip(targets, values) { assign(value, to: target, written: written) }
    case .element(let base, let index):
      // `config['lr'] = 0.1`
      guard case .name(let path) = base.form, case .text(let key)? = (try? resolve(index))?.form,
        case .value(let known)? = names[path.joined(separator: ".")],
        case .dictionary(var entries) = known.form
      else { return }
      entries.removeAll { $0.key.text == key }
      entries.append((Syntax(.text(key), index.characters), value))
      names[path.joined(separator: ".")] = .value(
        Syntax(.dictionary(entries), known.characters))
    default: break
    }
  }

  /// `milestones.append(30)`: a list that grows is known as long as it grows outside loops.
  private func appended(_ written: Syntax, _ resolved: Syntax) {
    guard case .call(let path, let items) = resolved.form, path.count > 1, path.last == "append",
      items.count == 1
    else { return }
    let key = path.dropLast().joined(separator: ".")
    guard case .value(let list)? = names[key], case .list(let elements) = list.form else { return }
    if loops.isEmpty, conditions.isEmpty {
      names[key] = .value(Syntax(.list(elements + [items[0].value]), list.characters))
    } else {
      forget(key)
    }
  }

  /// Forgets a name and what belongs to it.
  private func forget(_ key: String) {
    names[key] = nil
    for name in names.keys where name.hasPrefix(key + ".") { names[name] = nil }
  }

  private func mentions(_ syntax: Syntax, _ key: String) -> Bool {
    if case .name(let path) = syntax.form, path.joined(separator: ".") == key { return true }
    return syntax.parts.contains { mentions($0, key) }
  }

  private func execute(type name: String, _ body: [Statement]) throws(SpecError) {
    let outer = names
    var own: [String: Meaning] = [:]
    for statement in body {
      guard case .assignment(let targets, let value) = statement.form else { continue }
      let resolved = try resolve(value)
      for case .name(let path) in targets.map(\.form) where path.count == 1 {
        own[path[0]] = .value(resolved)
        names[path[0]] = .value(resolved)
      }
    }
    names = outer
    for (key, meaning) in own { names["\(name).\(key)"] = meaning }
    fields[name] = own
  }

  /// The constants of classes, by the class.
  private var fields: [String: [String: Meaning]] = [:]

  private func execute(
    loop variables: [String], over source: Syntax?, _ body: [Statement], in statement: Statement
  ) throws(SpecError) {
    let loop = Act.Loop(
      variables: variables, source: source,
      characters: statement.characters.lowerBound..<statement.headEnd,
      isOverBatches: source.map { isOverBatches($0, variables) } ?? false)
    for variable in variables { forget(variable) }
    loops.append(loop)
    defer { loops.removeLast() }
    try execute(body)
  }

  /// Whether a loop's source is a loader: `enumerate(loader)`, `tqdm(train_dl)`, `range(len(loader))`.
  private func isOverBatches(_ source: Syntax, _ variables: [String]) -> Bool {
    switch source.form {
    case .name(let path): return Loader.isNamed(path)
    case .call(let path, let items):
      if path.last == "DataLoader" { return true }
      if path.last == "range" {
        return items.contains { Loader.isMentioned(in: $0.value) }
          || ["step", "iteration", "iter", "it", "batch", "update", "i_iter"].contains(
            variables.first?.lowercased() ?? "")
      }
      if path.last == "islice" || path.last == "zip" || path.last == "cycle" { return true }
      return items.contains { isOverBatches($0.value, variables) }
        || (path.last == "enumerate" && !items.contains { $0.value.isRange })
    case .element(let value, _), .member(let value, _), .application(let value, _):
      return isOverBatches(value, variables)
    case .other(let parts): return parts.contains { isOverBatches($0, variables) }
    default: return false
    }
  }

  private func execute(_ branches: [(condition: Syntax?, body: [Statement])]) throws(SpecError) {
    var outcomes: [[String: Meaning]] = []
    let before = names
    var isExhaustive = false
    for (condition, body) in branches {
      names = before
      let resolved = try condition.map { condition throws(SpecError) in try resolve(condition) }
      let truth = resolved.map { self.truth($0) } ?? true
      if truth == false { continue }
      if truth == nil, let resolved { conditions.append(resolved) }
      // The last branch is taken where the others are not.
      let isOther = condition == nil && !outcomes.isEmpty
      if isOther, let first = branches[0].condition {
        conditions.append(Syntax(.not(first), first.characters))
      }
      try execute(body)
      if truth == nil || isOther { conditions.removeLast() }
      outcomes.append(names)
      if truth == true {
        isExhaustive = true
        break
      }
    }
    if !isExhaustive { outcomes.append(before) }
    names = outcomes[0]
    for other in outcomes.dropFirst() {
      for (key, meaning) in names {
        // What the branches make different depends on a condition that nobody knows here.
        if let otherMeaning = other[key], isSame(meaning, otherMeaning) { continue }
        if other[key] == nil, before[key] == nil, case .value(let value) = meaning,
          number(value) == nil
        {
          continue
        }
        names[key] = nil
      }
      for (key, meaning) in other where names[key] == nil && before[key] == nil {
        if case .value(let value) = meaning, number(value) == nil, outcomes[0][key] == nil {
          names[key] = meaning
        }
      }
    }
  }

  private func isSame(_ a: Meaning, _ b: Meaning) -> Bool {
    switch (a, b) {
    case (.value(let a), .value(let b)):
      a.characters == b.characters
        || (number(a) != nil && number(a) == number(b))
        || (a.text != nil && a.text == b.text)
    case (.function(let a), .function(let b)): a.name == b.name
    default: false
    }
  }

  // Functions

  /// Follows the body of a function with the arguments that are known.
  ///
  /// - Returns: What it returns where that is one expression.
  @discardableResult private func enter(
    _ definition: Statement.Definition, arguments: [String: Syntax], isCalled: Bool,
    keeps: Bool = false
  ) throws(SpecError) -> Syntax? {
    guard depth < 8 else { return nil }
    depth += 1
    let (outer, outerReturned) = (names, returned)
    let (outerLoops, outerConditions) = (loops, conditions)
    // A function that nobody calls stands in no loop.
    if !isCalled { (loops, conditions) = ([], []) }
    returned = []
    for variable in definition.variables where variable.name != "self" {
      names[variable.name] = nil
      if let value = arguments[variable.name] {
        names[variable.name] = .value(value)
      } else if let value = variable.defaultValue {
        names[variable.name] = .value(try resolve(value))
      }
    }
    for case .function(let inner) in definition.body.map(\.form) {
      names[inner.name] = .function(inner)
    }
    try execute(definition.body)
    let result = returned.count == 1 ? returned[0] : nil
    let own = names
    names = outer
    // What a method writes into its object stays.
    for (key, meaning) in own where key.hasPrefix("self.") && keeps { names[key] = meaning }
    (loops, conditions, returned) = (outerLoops, outerConditions, outerReturned)
    depth -= 1
    return result
  }

  /// Arguments by the names of a function's parameters.
  func bound(
    _ items: [Syntax.Item], to variables: [Syntax.Variable]
  ) -> [String: Syntax] {
    var arguments: [String: Syntax] = [:]
    let variables = variables.filter { $0.name != "self" }
    for (index, item) in items.enumerated() {
      if let label = item.label {
        arguments[label] = item.value
      } else if index < variables.count {
        arguments[variables[index].name] = item.value
      }
    }
    return arguments
  }

  // Options of argparse

  /// `parser.add_argument('--epochs', type=int, default=30)`.
  private func readOption(_ syntax: Syntax) throws(SpecError) {
    guard case .call(let path, let items) = syntax.form, path.last == "add_argument" else { return }
    let flags = items.filter { $0.label == nil }.compactMap { $0.value.text }
    let long = flags.first { $0.hasPrefix("--") } ?? flags.first
    guard
      let name = items.first(where: { $0.label == "dest" })?.value.text
        ?? long.map({ String($0.drop { $0 == "-" }).replacing("-", with: "_") })
    else { return }
    if let value = items.first(where: { $0.label == "default" })?.value {
      var resolved = try resolve(value)
      // argparse applies the type to a default that is a text.
      if case .text(let text) = resolved.form, let number = Double(text),
        items.contains(where: { $0.label == "type" })
      {
        resolved = Syntax(.number(number), value.characters)
      }
      options[name] = resolved
    } else if let action = items.first(where: { $0.label == "action" })?.value.text,
      action == "store_true" || action == "store_false"
    {
      options[name] = Syntax(.boolean(action == "store_false"), syntax.characters)
    }
  }

  // Names

  /// What a name stands for; nil if nobody knows.
  func meaning(of path: [String], _ characters: Range<Int>) -> Syntax? {
    let key = path.joined(separator: ".")
    if let value = given[key] { return value }
    if case .value(let value)? = names[key] { return value }
    if path.count == 1 {
      if let original = aliases[key], names[key] == nil, original != key {
        return Syntax(.name([original]), characters)
      }
      return nil
    }
    if case .value(let base)? = names[path.dropLast().joined(separator: ".")] {
      return member(path[path.count - 1], of: base)
    }
    return nil
  }

  /// A member of a value: of the parsed options, of a class's constants, of a dictionary.
  func member(_ name: String, of base: Syntax) -> Syntax? {
    switch base.form {
    case .call(let path, let items):
      switch path.last {
      case "parse_args", "parse_known_args", "SimpleNamespace", "Namespace", "EasyDict",
        "DictConfig":
        if let item = items.first(where: { $0.label == name }) { return item.value }
        return options[name]
      case .some(let type):
        if let item = items.first(where: { $0.label == name }), fields[type] != nil {
          return item.value
        }
        if case .value(let value)? = fields[type]?[name] { return value }
        return nil
      case nil: return nil
      }
    case .name(let path):
      if case .value(let value)? = fields[path[path.count - 1]]?[name] { return value }
      return nil
    case .dictionary(let entries): return entries.last { $0.key.text == name }?.value
    default: return nil
    }
  }

  /// The value of `args.name` where some parser defines the option and nothing else is known.
  func option(_ path: [String]) -> Syntax? {
    guard path.count == 2,
      ["args", "opt", "flags", "config", "hparams", "cfg", "params"].contains(
        path[0].lowercased()), names[path[0]] == nil || options[path[1]] != nil
    else { return nil }
    return options[path[1]]
  }

  /// The function of a name, which then counts as called.
  func function(_ path: [String]) -> Statement.Definition? {
    let key = path.last ?? ""
    guard path.count == 1 || path.first == "self", case .function(let found)? = names[key] else {
      return nil
    }
    return found
  }

  /// Follows a call of a function of the script.
  ///
  /// - Returns: What it returns; nil if that is not one expression.
  func call(_ definition: Statement.Definition, _ items: [Syntax.Item]) throws(SpecError) -> Syntax?
  {
    called.insert(definition.name)
    return try enter(
      definition, arguments: bound(items, to: definition.variables), isCalled: true)
  }

  /// Marks a function as read, where it is taken as a lambda.
  func use(_ definition: Statement.Definition) { called.insert(definition.name) }
}

/// What a script does in one statement, with every name replaced that has a value.
package struct Act: Sendable {
  /// A loop that the statement stands in.
  package struct Loop: Sendable {
    package let variables: [String]
    /// What it goes over; nil for `while`.
    package let source: Syntax?
    package let characters: Range<Int>
    /// Whether it goes over the batches of a loader.
    package let isOverBatches: Bool

    func binds(_ syntax: Syntax) -> Bool {
      if case .name(let path) = syntax.form, variables.contains(path[0]) { return true }
      return syntax.parts.contains(where: binds)
    }
  }

  package let characters: Range<Int>
  package let targets: [Syntax]
  package let value: Syntax
  package let written: Syntax
  package let isReturned: Bool
  /// `+=` and the like.
  package let changesTarget: Bool
  package let loops: [Loop]
  /// Conditions around it that nobody knows here.
  package let conditions: [Syntax]
}

/// What scripts call the object that yields the batches of an epoch.
package enum Loader {
  /// Names that stand for the updates of an epoch where a script gives them no value.
  static let counts: Set<String> = [
    "steps_per_epoch", "num_batches", "n_batches", "iters_per_epoch", "batches_per_epoch",
    "updates_per_epoch", "num_training_batches", "niter_per_epoch", "num_steps_per_epoch",
  ]

  /// Whether a name is that of a loader of training data.
  static func isNamed(_ path: [String]) -> Bool {
    let name = (path.last ?? "").lowercased()
    let isOther = ["val", "test", "eval", "dev"].contains {
      name.hasPrefix($0) || name.contains("_" + $0)
    }
    return !isOther && looksLikeLoader(name)
  }

  static func looksLikeLoader(_ name: String) -> Bool {
    name.contains("load") || name.contains("iter") || name.hasSuffix("dl")
      || name.contains("batches")
      || name == "train_ds" || name == "batch" || name == "trainset_batches"
  }

  /// Whether an expression takes the length of a loader.
  static func isMentioned(in syntax: Syntax) -> Bool {
    if case .call(["len"], let items) = syntax.form, items.count == 1 {
      switch items[0].value.form {
      case .name(let path): return isNamed(path)
      case .call(let path, _): return path.last == "DataLoader"
      default: return false
      }
    }
    return syntax.parts.contains(where: isMentioned)
  }
}

extension Syntax {
  /// The text in quotes, if that is what it is.
  package var text: String? {
    if case .text(let text) = form { return text }
    return nil
  }

  /// Whether it is a text that could be a name.
  var isName: Bool {
    guard let text, let first = text.first, first.isLetter || first == "_" else { return false }
    return !Parser.reserved.contains(text)
      && text.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
  }

  var isRange: Bool {
    if case .call(let path, _) = form { return path.last == "range" }
    return false
  }
}
