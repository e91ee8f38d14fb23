/// A call in a script that makes something that somebody knows.
package struct Made: Sendable {
  /// The call, with the values of names in it; or the expression in which it stands, of schedules
  /// that are joined by the grammar.
  package let syntax: Syntax
  package let act: Act

  package init(syntax: Syntax, act: Act) {
    self.syntax = syntax
    self.act = act
  }
}

extension Script {
  /// The outermost calls of names that a catalog knows, in the order of the text; those that stand
  /// in others of them are parts of these.
  ///
  /// Names of the grammar that Python's scripts use for other things too, those in small letters, count
  /// only where the whole statement is their call.
  package func calls(of catalog: Catalog) -> [Made] {
    let known = Set(catalog.signatures.flatMap { [$0.name] + $0.aliases })
    func isKnown(_ path: [String]) -> Bool {
      guard let name = path.last else { return false }
      let isOfPython = name.first?.isUppercase == true || name.hasPrefix("get_")
      return isOfPython && known.contains(name)
    }
    func isOwn(_ syntax: Syntax) -> Bool {
      switch syntax.form {
      case .name(let path):
        path.count == 1 && known.contains(path[0])
          && (path[0].first?.isLowercase == true || isOneExpression)
      case .call(let path, _): path.count == 1 && known.contains(path[0])
      case .sequence(let segments): segments.contains { isOwn($0.0) || isJoined($0.0) }
      case .operation(.multiply, let a, let b): isOwn(a) || isOwn(b) || isJoined(a) || isJoined(b)
      default: false
      }
    }
    func isJoined(_ syntax: Syntax) -> Bool {
      switch syntax.form {
      case .call(let path, _): isKnown(path)
      case .operation(.multiply, let a, let b): isJoined(a) || isJoined(b)
      default: false
      }
    }
    func outermost(_ syntax: Syntax, _ found: inout [Syntax]) {
      switch syntax.form {
      case .call(let path, _) where isKnown(path): found.append(syntax)
      case .sequence where isOwn(syntax): found.append(syntax)
      case .operation(.multiply, let a, let b) where isJoined(a) || isJoined(b):
        found.append(syntax)
      default: for part in syntax.parts { outermost(part, &found) }
      }
    }
    var made: [Made] = []
    for act in acts {
      var found: [Syntax] = []
      if isOwn(act.value) { found = [act.value] } else { outermost(act.value, &found) }
      made += found.map { Made(syntax: $0, act: act) }
    }
    // A name that stands for a call brings it along: what is meant is one call of the text.
    var unique: [Made] = []
    for one in made {
      guard let known = unique.firstIndex(where: { $0.syntax.characters == one.syntax.characters })
      else {
        unique.append(one)
        continue
      }
      // A function that is followed where it is called knows more than where it is defined.
      if one.act.characters == unique[known].act.characters { unique[known] = one }
    }
    let parts = unique.map { Self.inner($0.syntax) }
    return unique.enumerated().filter { index, one in
      !parts.enumerated().contains { other, ranges in
        other != index && ranges.contains(one.syntax.characters)
      }
    }.map(\.element)
  }

  /// Where the calls below an expression were written.
  private static func inner(_ syntax: Syntax) -> Set<Range<Int>> {
    syntax.parts.reduce(into: []) { ranges, part in
      ranges.insert(part.characters)
      ranges.formUnion(inner(part))
    }
  }

  /// Whether the text is one expression, as the grammar writes a spec, and no script.
  package var isOneExpression: Bool {
    statements.count == 1 && acts.count == 1 && unread.isEmpty && acts[0].loops.isEmpty
  }
}

extension Syntax {
  /// Whether an expression was written in these characters, or holds one that was.
  package func contains(_ characters: Range<Int>) -> Bool {
    self.characters == characters || parts.contains { $0.contains(characters) }
  }

  /// The path of a call: `torch`, `optim`, `SGD`.
  package var calledPath: [String]? {
    if case .call(let path, _) = form { return path }
    return nil
  }

  /// The arguments of a call.
  package var items: [Item] {
    switch form {
    case .call(_, let items), .application(_, let items): items
    default: []
    }
  }
}
