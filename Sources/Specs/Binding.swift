/// The arguments of a call after binding: one value of the declared kind for every parameter.
public struct Arguments: Hashable, Sendable {
  /// The declaration that they are bound to.
  public let signature: Signature
  private let values: [String: Spec]
  private let given: [String: Spec]
  private let place: Place?

  init(_ signature: Signature, _ given: [String: Spec], at place: Place?) {
    self.signature = signature
    self.given = given
    self.place = place
    var values = given
    for parameter in signature.parameters where values[parameter.name] == nil {
      values[parameter.name] = parameter.defaultValue
    }
    self.values = values
  }

  /// The value of a parameter, as the type that the caller asks for.
  ///
  /// - Precondition: The signature declares the parameter, with a kind that this type can hold.
  public subscript<Value: SpecValue>(name: String) -> Value {
    guard let spec = values[name] else {
      preconditionFailure("\(signature.name) declares no parameter \(name)")
    }
    guard let value = Value(spec) else {
      preconditionFailure("\(name) of \(signature.name) is \(spec), which is no \(Value.self)")
    }
    return value
  }

  /// Whether the call gave a value, rather than leaving the default.
  public func isGiven(_ name: String) -> Bool { given[name] != nil }

  /// An error that points at the value given for a parameter, or at the call.
  public func error(_ message: String, at name: String? = nil) -> SpecError {
    SpecError(message, at: name.flatMap { given[$0]?.place } ?? place, help: signature.help)
  }
}

extension Signature {
  /// Binds a call's arguments to the parameters, as Python would.
  ///
  /// - Throws: `SpecError` with everything that is wrong: names that do not exist, too many values,
  ///   missing ones, values of the wrong kind or out of their limits.
  public func bind(_ spec: Spec) throws(SpecError) -> Arguments {
    guard case .call(let call) = spec.form else {
      throw SpecError("\(name) is expected, not \(spec)", at: spec.place, help: help)
    }
    return try bind(call, at: spec.place)
  }

  /// Binds a call's arguments to the parameters, as Python would.
  ///
  /// - Throws: `SpecError` with everything that is wrong.
  public func bind(_ call: Spec.Call, at place: Place? = nil) throws(SpecError) -> Arguments {
    var issues: [SpecError.Issue] = []
    var given: [String: Spec] = [:]
    let shown = parameters.filter { !$0.isIgnored }
    let arguments = withoutLeading(call.arguments)
    for (index, argument) in arguments.enumerated() {
      let parameter: Parameter
      if let label = argument.label {
        guard let found = self.parameter(named: label) else {
          let hint =
            nearest(label, in: shown.map(\.name)).map { ": did you mean \($0)?" }
            ?? (shown.isEmpty ? ": it takes none" : "")
          issues.append(
            .init("\(name) has no parameter \(label)\(hint)", at: argument.labelPlace ?? place))
          continue
        }
        parameter = found
      } else if index > 0, arguments[index - 1].label != nil {
        issues.append(
          .init("a value without a name cannot follow one with a name", at: argument.value.place))
        continue
      } else if index < positional {
        parameter = parameters[index]
      } else if positional < parameters.count {
        issues.append(
          .init(
            "\(name) takes at most \(positional) values without a name, this is number \(index + 1): "
              + "write its name", at: argument.value.place))
        continue
      } else {
        issues.append(
          .init(
            "\(name) takes \(shown.isEmpty ? "no arguments" : "at most \(shown.count)"), "
              + "this is number \(index + 1)", at: argument.value.place))
        continue
      }
      if given[parameter.name] != nil {
        issues.append(
          .init("\(parameter.name) is given twice", at: argument.labelPlace ?? argument.value.place)
        )
      } else if let fault = parameter.kind.fault(in: argument.value) {
        issues.append(.init("\(parameter.name) \(fault)", at: argument.value.place))
      }
      given[parameter.name] = argument.value
    }
    for parameter in parameters where parameter.defaultValue == nil && given[parameter.name] == nil
    {
      issues.append(.init("\(name) needs \(parameter.name): \(parameter.summary)", at: place))
    }
    guard issues.isEmpty else { throw SpecError(issues, help: help) }
    return Arguments(self, given, at: place)
  }

  /// The arguments without the optimizer or the parameters that constructors of Python begin with.
  ///
  /// The first value is one of these if it is no value for the first parameter, and is a name, a call
  /// or an expression of Python.
  func withoutLeading(_ arguments: [Spec.Argument]) -> [Spec.Argument] {
    guard let leading else { return arguments }
    var rest = arguments.filter { $0.label != leading }
    if rest.count == arguments.count, let first = rest.first, first.label == nil,
      first.value.isObject, parameters.first.map({ $0.kind.fault(in: first.value) != nil }) ?? true
    {
      rest.removeFirst()
    }
    return rest
  }

  /// The parameter that an argument of a call goes to, without those of Python before it.
  func parameter(of argument: Spec.Argument, at index: Int) -> Parameter? {
    guard let label = argument.label else {
      return index < parameters.count ? parameters[index] : nil
    }
    return parameter(named: label)
  }

  private func parameter(named label: String) -> Parameter? {
    if let exact = parameters.first(where: { $0.name == label || $0.aliases.contains(label) }) {
      return exact
    }
    let similar = parameters.filter { parameter in
      ([parameter.name] + parameter.aliases).contains { letters($0) == letters(label) }
    }
    return similar.count == 1 ? similar.first : nil
  }
}

extension Parameter.Kind {
  /// What is wrong with a value of this kind, as the end of a sentence that begins with the
  /// parameter's name; nil if nothing is.
  func fault(in spec: Spec) -> String? {
    switch (self, spec.form) {
    case (.integer(let limits), .number(let value)):
      guard value == value.rounded(), abs(value) <= 0x1p53 else {
        return "must be a whole number, not \(spec)"
      }
      return limits.fault(value)
    case (.number(let limits), .number(let value)): return limits.fault(value)
    case (.length(let limits), .number(let value)):
      return value.isFinite ? limits.fault(value) : "must be finite, not \(spec)"
    case (.length(let limits), .length(let length)): return limits.fault(length.amount)
    case (.boolean, .boolean), (.function, .function), (.text, .text): return nil
    case (.text, .call(let call)) where call.arguments.isEmpty: return nil
    case (.choice(let words), _):
      guard let word = String(spec) else {
        return "must be \(self), not \(spec)"
      }
      if words.contains(word) { return nil }
      let hint = nearest(word, in: words).map { ": did you mean \($0)?" } ?? ""
      return "must be \(self), not \(spec)\(hint)"
    case (.spec, .call), (.spec, .product), (.spec, .sequence): return nil
    case (.list(let kind), .list(let elements)):
      return elements.lazy.compactMap { element in
        kind.fault(in: element).map { "holds \(element): each \($0)" }
      }.first
    case (.tuple(let kind, let count), .list(let elements)):
      guard elements.count == count else {
        return "must have \(count) values, not \(elements.count)"
      }
      return elements.lazy.compactMap { element in
        kind.fault(in: element).map { "holds \(element): each \($0)" }
      }.first
    case (.integer, .computed), (.number, .computed), (.length, .computed): return nil
    case (.either(let a, let b), _):
      guard let fault = a.fault(in: spec), let other = b.fault(in: spec) else { return nil }
      return a.resembles(spec) ? fault : b.resembles(spec) ? other : "must be \(self), not \(spec)"
    case (.optional, .none): return nil
    case (.optional(let kind), _):
      return kind.resembles(spec) ? kind.fault(in: spec) : "must be \(self), not \(spec)"
    case (_, .call(let call)) where call.arguments.isEmpty:
      return "must be a \(self), not \(call.fullName): write its value"
    case (_, .call), (_, .product), (_, .other):
      return "must be a \(self), not \(spec): write its value"
    default: return "must be a \(self), not \(spec)"
    }
  }

  /// Whether a value has the form of this kind, if perhaps not its limits.
  private func resembles(_ spec: Spec) -> Bool {
    switch (self, spec.form) {
    case (.integer, .number), (.number, .number), (.length, .number), (.length, .length),
      (.boolean, .boolean), (.function, .function), (.text, .text), (.choice, .text),
      (.list, .list), (.tuple, .list), (.spec, .call), (.choice, .call), (.text, .call),
      (.integer, .computed), (.number, .computed), (.length, .computed):
      true
    case (.either(let a, let b), _): a.resembles(spec) || b.resembles(spec)
    case (.optional(let kind), _): kind.resembles(spec)
    default: false
    }
  }
}

extension Spec {
  /// Whether it stands for an object of a script, rather than for a number or a text.
  fileprivate var isObject: Bool {
    switch form {
    case .call, .other: true
    case .list(let elements): elements.isEmpty || elements.contains(where: \.isObject)
    default: false
    }
  }
}

extension Limits {
  fileprivate func fault(_ value: Double) -> String? {
    if value.isNaN { return "must be a number, not nan" }
    return contains(value) ? nil : "must be \(self), not \(value.shortest)"
  }
}

/// A Swift type that the value of a spec can be read as.
public protocol SpecValue {
  /// Reads the value, or gives nil if the spec says something else.
  init?(_ spec: Spec)
}

extension Double: SpecValue {
  /// Reads a number.
  public init?(_ spec: Spec) {
    switch spec.form {
    case .number(let value): self = value
    case .computed(let formula): self = formula.nominal
    default: return nil
    }
  }
}

extension Int: SpecValue {
  /// Reads a whole number.
  public init?(_ spec: Spec) {
    switch spec.form {
    case .number(let value): self.init(exactly: value)
    case .computed(let formula): self.init(exactly: formula.nominal.rounded())
    default: return nil
    }
  }
}

extension Bool: SpecValue {
  /// Reads `true` or `false`.
  public init?(_ spec: Spec) {
    guard case .boolean(let value) = spec.form else { return nil }
    self = value
  }
}

extension String: SpecValue {
  /// Reads a text in quotes or a bare word.
  public init?(_ spec: Spec) {
    switch spec.form {
    case .text(let text): self = text
    case .call(let call) where call.arguments.isEmpty: self = call.name
    default: return nil
    }
  }
}

extension Length: SpecValue {
  /// Reads a length; a bare number counts ticks.
  public init?(_ spec: Spec) {
    switch spec.form {
    case .length(let length): self = length
    case .number(let value): self = .ticks(value)
    case .computed(let formula): self = Length(formula.nominal, .steps)
    default: return nil
    }
  }
}

extension Function: SpecValue {
  /// Reads a lambda.
  public init?(_ spec: Spec) {
    guard case .function(let function) = spec.form else { return nil }
    self = function
  }
}

extension Spec: SpecValue {
  /// The spec itself.
  public init?(_ spec: Spec) { self = spec }
}

extension Optional: SpecValue where Wrapped: SpecValue {
  /// Reads a value, or `none` as nil.
  public init?(_ spec: Spec) {
    if case .none = spec.form {
      self = Wrapped?.none
    } else if let value = Wrapped(spec) {
      self = value
    } else {
      return nil
    }
  }
}

extension Array: SpecValue where Element: SpecValue {
  /// Reads a list; a single value is a list of one.
  public init?(_ spec: Spec) {
    guard case .list(let elements) = spec.form else {
      guard let only = Element(spec) else { return nil }
      self = [only]
      return
    }
    self = []
    for element in elements {
      guard let value = Element(element) else { return nil }
      append(value)
    }
  }
}
