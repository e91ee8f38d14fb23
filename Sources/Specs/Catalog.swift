/// The names that may stand in one place: every schedule, every layer, every optimizer.
public struct Catalog: Hashable, Sendable {
  /// What the names are names of, for messages: `schedule`.
  public let subject: String
  /// The declarations.
  public let signatures: [Signature]
  /// What to write for names of other libraries that mean something known here.
  public let elsewhere: [String: String]

  /// A catalog of these declarations.
  public init(
    of subject: String, _ signatures: [Signature], elsewhere: [String: String] = [:]
  ) {
    self.subject = subject
    self.signatures = signatures
    self.elsewhere = elsewhere
  }

  /// Every name, aliases not included.
  public var names: [String] { signatures.map(\.name) }

  /// The declaration of a name: exactly this one, or the only one that differs in case, `_` and `-`.
  public func signature(named name: String) -> Signature? {
    if let exact = signatures.first(where: { $0.name == name || $0.aliases.contains(name) }) {
      return exact
    }
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
    guard let signature = signature(named: call.name) else {
      let known = signatures.flatMap { [$0.name] + $0.aliases }
      let hint =
        elsewhere[call.name].map { ": write \($0)" }
        ?? nearest(call.name, in: known).map { ": did you mean \($0)?" } ?? ""
      let place = spec.place.map { place in
        let start = place.characters.lowerBound
        // The name, without its arguments; a module before it is part of what was written.
        let written = place.source.dropFirst(start).prefix(place.characters.count)
        return Place(in: place.source, start..<start + written.prefix { $0 != "(" }.count)
      }
      throw SpecError("there is no \(subject) \(call.name)\(hint)", at: place, help: help)
    }
    return try signature.bind(call, at: spec.place)
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
