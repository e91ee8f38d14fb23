extension Syntax: CustomStringConvertible {
  /// The expression in one spelling, whatever blanks, quotes and brackets it was written with.
  package var description: String {
    switch form {
    case .number(let value): value.shortest
    case .boolean(let value): value ? "True" : "False"
    case .none: "None"
    case .text(let text): quoted(text)
    case .length(let length): length.description
    case .name(let path): path.joined(separator: ".")
    case .call(let path, let items): "\(path.joined(separator: "."))(\(Self.text(items)))"
    case .list(let elements): "[\(Self.text(elements))]"
    case .dictionary(let entries):
      "{\(entries.map { "\($0.key): \($0.value)" }.joined(separator: ", "))}"
    case .negated(let operand): "-\(operand.operand)"
    case .not(let operand): "not \(operand.operand)"
    case .operation(let sign, let a, let b): "\(a.operand) \(sign.rawValue) \(b.operand)"
    case .comparison(let first, let others):
      first.operand + others.map { " \($0.0.rawValue) \($0.1.operand)" }.joined()
    case .relation(let relation, let a, let b): "\(a.operand) \(relation.rawValue) \(b.operand)"
    case .conditional(let condition, let then, let otherwise):
      "\(then.operand) if \(condition.operand) else \(otherwise.operand)"
    case .lambda(let variables, let body):
      "lambda \(variables.map(\.text).joined(separator: ", ")): \(body.operand)"
    case .sequence(let segments):
      segments.map { part, length in
        length.map { "\(part.operand) for \($0)" } ?? part.operand
      }.joined(separator: " then ")
    case .member(let value, let name): "\(value.operand).\(name)"
    case .element(let value, let index): "\(value.operand)[\(index)]"
    case .application(let value, let items): "\(value.operand)(\(Self.text(items)))"
    case .comprehension(let element, let clauses):
      "[\(element)\(clauses.map { " " + $0.text }.joined())]"
    case .spread(let value): "*\(value.operand)"
    case .other(let parts): "...[\(Self.text(parts))]"
    }
  }

  private var operand: String {
    switch form {
    case .negated, .not, .operation, .comparison, .relation, .conditional, .lambda, .sequence,
      .spread:
      "(\(self))"
    default: description
    }
  }

  private static func text(_ items: [Item]) -> String {
    items.map { item in item.label.map { "\($0)=\(item.value)" } ?? "\(item.value)" }
      .joined(separator: ", ")
  }

  private static func text(_ elements: [Syntax]) -> String {
    elements.map(\.description).joined(separator: ", ")
  }
}

extension Syntax.Variable {
  fileprivate var text: String { defaultValue.map { "\(name)=\($0)" } ?? name }
}

extension Syntax.Clause {
  fileprivate var text: String {
    "for \(variables.joined(separator: ", ")) in \(source)"
      + conditions.map { " if \($0)" }.joined()
  }
}
