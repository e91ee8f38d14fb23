/// What the parser reads, before it is known whether it describes something (a `Spec`) or computes
/// something (the body of a `Function`).
///
/// It holds every expression of Python that a training script is likely to have: what has no
/// meaning here is kept as `other`, so that a line around it can still be read.
package struct Syntax: Sendable {
  package indirect enum Form: Sendable {
    case number(Double)
    case boolean(Bool)
    case none
    case text(String)
    case length(Length)
    /// `torch.optim.SGD`, `momentum`, `relu`.
    case name([String])
    /// `torch.optim.SGD(momentum=0.9)`.
    case call([String], [Item])
    case list([Syntax])
    case dictionary([(key: Syntax, value: Syntax)])
    case negated(Syntax)
    case not(Syntax)
    case operation(Function.Operator, Syntax, Syntax)
    /// `a < b <= c`.
    case comparison(Syntax, [(Function.Comparison, Syntax)])
    /// `a in b`, `a is not b`.
    case relation(Relation, Syntax, Syntax)
    case conditional(condition: Syntax, then: Syntax, otherwise: Syntax)
    case lambda([Variable], Syntax)
    /// `A for 5ep then B`.
    case sequence([(Syntax, length: Length?)])
    /// `value.name`, where the value is no name.
    case member(Syntax, String)
    /// `value[index]`.
    case element(Syntax, Syntax)
    /// `value(arguments)`, where the value is no name.
    case application(Syntax, [Item])
    /// `element for variables in source if conditions`.
    case comprehension(Syntax, over: [Clause])
    /// `*values`, `**options`.
    case spread(Syntax)
    /// An expression that is only stepped over.
    case other([Syntax])
  }

  /// An argument of a call.
  package struct Item: Sendable {
    package var label: String?
    package var labelCharacters: Range<Int>?
    package var value: Syntax
  }

  /// A parameter of a lambda or of a function.
  package struct Variable: Sendable {
    package var name: String
    package var defaultValue: Syntax?
  }

  /// `for variables in source if conditions`.
  package struct Clause: Sendable {
    package var variables: [String]
    package var source: Syntax
    package var conditions: [Syntax]
  }

  /// A comparison that is not one of numbers.
  package enum Relation: String, Sendable {
    case isIn = "in"
    case isNotIn = "not in"
    case isSame = "is"
    case isNotSame = "is not"
  }

  package let form: Form
  package let characters: Range<Int>
  /// How many levels of syntax lie below, itself included.
  let depth: Int
  /// How many nodes it stands for, itself included.
  let size: Int

  package init(_ form: Form, _ characters: Range<Int>) {
    self.form = form
    self.characters = characters
    let parts = Self.parts(of: form)
    depth = 1 + (parts.map(\.depth).max() ?? 0)
    size = 1 + parts.reduce(0) { $0 + $1.size }
  }

  /// The expressions that this one is made of.
  package var parts: [Syntax] { Self.parts(of: form) }

  private static func parts(of form: Form) -> [Syntax] {
    switch form {
    case .number, .boolean, .none, .text, .length, .name: []
    case .call(_, let items): items.map(\.value)
    case .list(let elements), .other(let elements): elements
    case .dictionary(let entries): entries.flatMap { [$0.key, $0.value] }
    case .negated(let operand), .not(let operand), .member(let operand, _), .spread(let operand):
      [operand]
    case .lambda(let variables, let body): variables.compactMap(\.defaultValue) + [body]
    case .operation(_, let left, let right), .relation(_, let left, let right),
      .element(let left, let right):
      [left, right]
    case .comparison(let first, let others): [first] + others.map(\.1)
    case .conditional(let condition, let then, let otherwise): [condition, then, otherwise]
    case .sequence(let segments): segments.map(\.0)
    case .application(let value, let items): [value] + items.map(\.value)
    case .comprehension(let element, let clauses):
      [element] + clauses.flatMap { [$0.source] + $0.conditions }
    }
  }

  /// The same expression with other parts, in the order of ``parts``.
  package func mapping(_ change: (Syntax) throws(SpecError) -> Syntax) throws(SpecError) -> Syntax {
    func changed(_ items: [Item]) throws(SpecError) -> [Item] {
      var copies = items
      for index in copies.indices { copies[index].value = try change(items[index].value) }
      return copies
    }
    func changed(_ elements: [Syntax]) throws(SpecError) -> [Syntax] {
      var copies: [Syntax] = []
      copies.reserveCapacity(elements.count)
      for element in elements { copies.append(try change(element)) }
      return copies
    }
    let form: Form
    switch self.form {
    case .number, .boolean, .none, .text, .length, .name: return self
    case .call(let path, let items): form = .call(path, try changed(items))
    case .list(let elements): form = .list(try changed(elements))
    case .other(let elements): form = .other(try changed(elements))
    case .dictionary(let entries):
      var copies: [(key: Syntax, value: Syntax)] = []
      for (key, value) in entries { copies.append((try change(key), try change(value))) }
      form = .dictionary(copies)
    case .negated(let operand): form = .negated(try change(operand))
    case .not(let operand): form = .not(try change(operand))
    case .member(let value, let name): form = .member(try change(value), name)
    case .spread(let value): form = .spread(try change(value))
    case .lambda(let variables, let body):
      var copies = variables
      for index in copies.indices {
        if let value = copies[index].defaultValue { copies[index].defaultValue = try change(value) }
      }
      form = .lambda(copies, try change(body))
    case .operation(let sign, let a, let b): form = .operation(sign, try change(a), try change(b))
    case .relation(let relation, let a, let b):
      form = .relation(relation, try change(a), try change(b))
    case .element(let value, let index): form = .element(try change(value), try change(index))
    case .comparison(let first, let others):
      var copies: [(Function.Comparison, Syntax)] = []
      let changedFirst = try change(first)
      for (comparison, operand) in others { copies.append((comparison, try change(operand))) }
      form = .comparison(changedFirst, copies)
    case .conditional(let condition, let then, let otherwise):
      form = .conditional(
        condition: try change(condition), then: try change(then),
        otherwise: try change(otherwise))
    case .sequence(let segments):
      var copies: [(Syntax, length: Length?)] = []
      for (part, length) in segments { copies.append((try change(part), length)) }
      form = .sequence(copies)
    case .application(let value, let items):
      form = .application(try change(value), try changed(items))
    case .comprehension(let element, let clauses):
      var copies = clauses
      for index in copies.indices {
        copies[index].source = try change(clauses[index].source)
        copies[index].conditions = try changed(clauses[index].conditions)
      }
      form = .comprehension(try change(element), over: copies)
    }
    return Syntax(form, characters)
  }
}
