extension Catalog {
  /// A spec as this catalog reads it: without the optimizer or the parameters that constructors of
  /// Python begin with, in nested calls too.
  public func stripped(_ spec: Spec) -> Spec {
    var result = spec
    switch spec.form {
    case .call(var call):
      if let signature = signature(named: call.name) {
        call.arguments = signature.withoutLeading(call.arguments)
      }
      for index in call.arguments.indices {
        call.arguments[index].value = stripped(call.arguments[index].value)
      }
      result.form = .call(call)
    case .list(let elements): result.form = .list(elements.map(stripped))
    case .product(let a, let b): result.form = .product(stripped(a), stripped(b))
    case .sequence(let segments):
      result.form = .sequence(segments.map { .init(stripped($0.spec), for: $0.length) })
    default: break
    }
    return result
  }

  /// The names in a spec that stand where a value must, and have none.
  public func unsetNames(in spec: Spec) -> [UnsetName] {
    switch spec.form {
    case .call(let call):
      guard let signature = signature(named: call.name) else { return [] }
      return signature.withoutLeading(call.arguments).enumerated().flatMap { index, argument in
        guard let parameter = signature.parameter(of: argument, at: index) else {
          return [UnsetName]()
        }
        return unsetNames(in: argument.value, for: parameter.kind)
      }
    case .list(let elements): return elements.flatMap(unsetNames)
    case .product(let a, let b): return unsetNames(in: a) + unsetNames(in: b)
    case .sequence(let segments): return segments.flatMap { unsetNames(in: $0.spec) }
    default: return []
    }
  }

  private func unsetNames(in spec: Spec, for kind: Parameter.Kind) -> [UnsetName] {
    switch spec.form {
    case .call(let call) where kind.fault(in: spec) != nil || (!call.path.isEmpty && kind.isWord):
      // A nested schedule keeps its own values; a call of a function that nobody knows has none.
      if signature(named: call.name) != nil, !call.arguments.isEmpty { return unsetNames(in: spec) }
      let text = call.arguments.isEmpty ? call.fullName : "\(call.fullName)(...)"
      return call.arguments.isEmpty ? [UnsetName(text, at: spec.place)] : []
    case .call: return unsetNames(in: spec)
    case .other(let text) where kind.fault(in: spec) != nil && kind.isValue:
      return [UnsetName(text, at: spec.place)]
    case .list(let elements):
      guard let inner = kind.element else { return elements.flatMap(unsetNames) }
      return elements.flatMap { unsetNames(in: $0, for: inner) }
    case .product, .sequence: return unsetNames(in: spec)
    default: return []
    }
  }
}

extension Parameter.Kind {
  /// What the elements of a list of this kind are.
  fileprivate var element: Parameter.Kind? {
    switch self {
    case .list(let kind), .tuple(let kind, _): kind
    case .either(let a, let b): a.element ?? b.element
    case .optional(let kind): kind.element
    default: nil
    }
  }

  /// Whether it is a word or a text.
  fileprivate var isWord: Bool {
    switch self {
    case .text, .choice: true
    case .either(let a, let b): a.isWord || b.isWord
    case .optional(let kind): kind.isWord
    default: false
    }
  }

  /// Whether it is a number, a length or the like.
  fileprivate var isValue: Bool {
    switch self {
    case .integer, .number, .length, .boolean, .text, .choice, .function: true
    case .spec: false
    case .list(let kind), .tuple(let kind, _), .optional(let kind): kind.isValue
    case .either(let a, let b): a.isValue && b.isValue
    }
  }
}

extension SpecError {
  /// An error that names everything which has no value, and how to give it.
  public init(unset names: [UnsetName]) {
    let unique = names.reduce(into: [UnsetName]()) { all, name in
      if !all.contains(where: { $0.text == name.text }) { all.append(name) }
    }
    let flags = unique.map { name in
      let setting = "\(name.text)=..."
      return setting.contains { " '\"()[]*".contains($0) }
        ? "--set \"\(setting.replacing("\"", with: "\\\""))\"" : "--set \(setting)"
    }
    self.init(
      unique.map { Issue("\($0.text) has no value here", at: $0.place) },
      help: "give values in place of the dots: \(flags.joined(separator: " "))")
  }
}
