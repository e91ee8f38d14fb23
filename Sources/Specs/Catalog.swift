/// The names that may stand in one place: every schedule, every layer, every optimizer.
public struct Catalog: Hashable, Sendable {
  /// What the names are names of, for messages: `schedule`.
  public let subject: String
  /// The declarations.
  public let signatures: [Signature]
  /// What to write for names of other libraries that mean something known here; a name that only
  /// one of `modules` means so begins with it, as in `paddle.ExponentialDecay`.
  public let elsewhere: [String: String]
  /// Modules of other libraries, none of whose names are known here whatever they are called, with
  /// the library's own name: `optax`, `tf.train`.
  public let modules: [String: String]

  /// A catalog of these declarations.
  public init(
    of subject: String, _ signatures: [Signature], elsewhere: [String: String] = [:],
    modules: [String: String] = [:]
  ) {
    self.subject = subject
    self.signatures = signatures
    self.elsewhere = elsewhere
    self.modules = modules
  }

  /// Every name, aliases not included.
  public var names: [String] { signatures.map(\.name) }

  /// The declaration of a name: exactly this one, or the only one that differs in case, `_` and `-`
  /// and is no name of another library.
  public func signature(named name: String) -> Signature? {
    if let exact = signatures.first(where: { $0.name == name || $0.aliases.contains(name) }) {
      return exact
    }
    if elsewhere[name] != nil { return nil }
    let similar = signatures.filter { signature in
      ([signature.name] + signature.aliases).contains { letters($0) == letters(name) }
    }
    return similar.count == 1 ? similar.first : nil
  }

  /// Finds the declaration that a spec names and binds its arguments.
  ///
  /// - Throws: `SpecError` if the name is unknown, with the nearest one, or if arguments do not fit.
  public func bind(_ spec: Spec) throws(SpecError) -> Arguments {
    guard case .call(let call) = spec.form else {
      throw SpecError("a \(subject) is expected, not \(spec)", at: spec.place, help: help)
    }
    let module = modules.first { module, _ in call.fullName.hasPrefix(module + ".") }
    guard module == nil, let signature = signature(named: call.name) else {
      let of = module.map { " of \($0.value)" } ?? ""
      throw SpecError(
        "there is no \(subject) \(call.name)\(of)\(hint(call.name, in: module?.key))",
        at: name(of: spec), help: help)
    }
    return try signature.bind(call, at: spec.place)
  }

  /// The declaration of a name that stands alone.
  ///
  /// - Throws: `SpecError` if the name is unknown, with the nearest one.
  public func find(_ name: String) throws(SpecError) -> Signature {
    if let signature = signature(named: name) { return signature }
    throw SpecError("there is no \(subject) \(name)\(hint(name, in: nil))", at: nil, help: help)
  }

  /// What to write instead of a name that is unknown, or that a module of another library has.
  private func hint(_ name: String, in module: String?) -> String {
    if let hint = module.flatMap({ elsewhere["\($0).\(name)"] }) ?? elsewhere[name] {
      return ": write \(hint)"
    }
    if module != nil { return signature(named: name).map { ": here it is \($0.usage)" } ?? "" }
    let known = signatures.flatMap { [$0.name] + $0.aliases }
    return nearest(name, in: known).map { ": did you mean \($0)?" } ?? ""
  }

  /// Where the name of a call was written, with the modules before it.
  private func name(of spec: Spec) -> Place? {
    spec.place.map { place in
      let start = place.characters.lowerBound
      let written = place.source.dropFirst(start).prefix(place.characters.count)
      return Place(in: place.source, start..<start + written.prefix { $0 != "(" }.count)
    }
  }

  /// The known names, in lines of at most 80 characters.
  public var help: String {
    var lines = ["known: "]
    for (index, name) in names.enumerated() {
      let item = name + (index + 1 < names.count ? ", " : "")
      if lines[lines.count - 1].count + item.count > 80 { lines.append("  ") }
      lines[lines.count - 1] += item
    }
    return lines.map { $0.hasSuffix(" ") ? String($0.dropLast()) : $0 }.joined(separator: "\n")
  }
}
