/// A training script, or a few lines of one, as far as it can be read without running it.
///
/// ```
/// optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
/// warm = LinearLR(optimizer, 0.01, total_iters=5 * len(loader))
/// scheduler = SequentialLR(optimizer, [warm, CosineAnnealingLR(optimizer, total)], milestones=[...])
/// ```
/// What a line makes is decided by those who know the names: the rooms of schedules, optimizers and
/// layers look for their own in ``calls(of:)``.
public struct Script: Sendable {
  /// The text.
  public let source: String
  /// The values that the caller gave to names.
  let given: [String: Syntax]
  package let statements: [Statement]
  /// What the script does, statement by statement.
  package let acts: [Act]
  /// What could not be read, with the reasons.
  package let unread: [(statement: Statement, error: SpecError)]
  private let loaders: Set<String>

  /// Reads a script.
  ///
  /// - Parameters:
  ///   - text: Lines of Python, or a spec of the grammar.
  ///   - values: What names stand for that the text leaves open, by their text: `args.epochs`.
  ///   - limit: The most characters that are read.
  /// - Throws: `SpecError` if it is too long, or if a given value cannot be read.
  public init(
    _ text: String, setting values: [String: String] = [:], limit: Int = 65_536
  ) throws(SpecError) {
    source = text
    var given: [String: Syntax] = [:]
    for (name, value) in values {
      given["\(try Self.expression(name))"] = try Self.expression(value)
    }
    self.given = given
    let parser = try Parser(text, limit: limit)
    statements = parser.statements()
    loaders = Self.loaders(in: statements)
    let interpreter = Interpreter(text, given: given)
    try interpreter.follow(statements)
    acts = interpreter.acts
    unread = interpreter.unread
  }

  private static func expression(_ text: String) throws(SpecError) -> Syntax {
    let parser = try Parser(text)
    let syntax = try parser.sequence()
    guard parser.current.kind == .end else { throw parser.unexpected("the end") }
    return syntax
  }

  /// The names that loops go over and that `DataLoader`s are assigned to.
  private static func loaders(in statements: [Statement]) -> Set<String> {
    var found: Set<String> = []
    func visit(_ statements: [Statement]) {
      for statement in statements {
        switch statement.form {
        case .assignment(let targets, let value):
          guard case .call(let path, _) = value.form, path.last == "DataLoader" else { continue }
          for case .name(let path) in targets.map(\.form) {
            found.insert(path.joined(separator: "."))
          }
        case .loop(_, over: let source, let body):
          if case .call(let path, let items) = source.form,
            path.last == "enumerate" || path.last == "tqdm",
            case .name(let path)? = items.first?.value.form
          {
            found.insert(path.joined(separator: "."))
          }
          visit(body)
        case .function(let definition): visit(definition.body)
        case .type(_, let body), .block(let body), .repetition(while: _, let body): visit(body)
        case .branches(let branches): for branch in branches { visit(branch.body) }
        default: break
        }
      }
    }
    visit(statements)
    let others = ["val", "test", "eval", "dev"]
    return found.filter { name in !others.contains { name.lowercased().contains($0) } }
  }

  /// The line of a character, counted from 1.
  package func line(of character: Int) -> Int {
    1 + source.prefix(character).count { $0.isNewline }
  }

  package func place(_ characters: Range<Int>) -> Place { Place(in: source, characters) }

  /// A spec with the names in it that have no value.
  package func lowered(
    _ syntax: Syntax, isKnown: ((String) -> Bool)?
  ) throws(SpecError) -> (spec: Spec, unset: [UnsetName]) {
    let lowering = Lowering(
      source: source, loaders: loaders, isKnown: isKnown, notesUnset: true)
    let spec = try lowering.spec(syntax)
    return (spec, lowering.unset)
  }

  /// The one spec that a text of the grammar describes, with names of earlier lines in it.
  func onlySpec() throws(SpecError) -> Spec {
    if let error = unread.first?.error { throw error }
    let expressions = acts.filter { $0.targets.isEmpty && $0.loops.isEmpty }
    if expressions.count > 1 {
      throw SpecError(
        "one spec is expected, but another begins here: join schedules with `then` or `*`",
        at: place(expressions[1].characters))
    }
    guard let only = expressions.first ?? acts.last else {
      throw SpecError("nothing is written here", at: place(0..<0))
    }
    return try Lowering(source: source, loaders: loaders).spec(only.value)
  }
}
