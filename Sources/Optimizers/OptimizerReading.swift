package import Specs

/// The optimizer that lines of a script make, as far as the optimizers' room can tell.
package struct OptimizerReading: Sendable {
  /// A part of the network with values of its own, such as `conv1*` with `lr=0.01`.
  package struct Group: Sendable, Hashable {
    package let pattern: String
    package let values: [Spec.Argument]

    /// Everything that no group before it names, which stays as it is.
    fileprivate static let rest = Group(pattern: "*", values: [.init("lr", 0)])

    /// The group as `--group` writes it.
    package var text: String {
      "\(pattern): " + values.map { "\($0.label ?? "")=\($0.value)" }.joined(separator: ", ")
    }
  }

  /// The optimizer as the grammar writes it, with its rate.
  package let spec: Spec
  package let groups: [Group]
  package let made: Made
  /// The names without a value.
  package let unset: [UnsetName]

  /// The optimizers of a script, in the order of the text.
  ///
  /// - Throws: `SpecError` for one that is not known here, and for parameter groups whose parameters
  ///   have no names here.
  package static func all(in script: Script) throws(SpecError) -> [OptimizerReading] {
    try requireKnown(script)
    var found = script.calls(of: OptimizerSpec.catalog)
    if found.isEmpty, script.isOneExpression, let act = script.acts.first {
      let path = act.value.calledPath ?? []
      if OptimizerSpec.catalog.signature(named: path.last ?? "") != nil {
        found = [Made(syntax: act.value, act: act)]
      }
    }
    var readings: [OptimizerReading] = []
    for made in found { readings.append(try OptimizerReading(made, script)) }
    return readings
  }

  /// Reads the call that makes an optimizer.
  ///
  /// - Throws: `SpecError` for another library's, and for parameter groups whose parameters have no names
  ///   here.
  package init(_ made: Made, _ script: Script) throws(SpecError) {
    let catalog = OptimizerSpec.catalog
    if let library = Self.library(made.syntax.calledPath ?? []) {
      throw SpecError(
        "this is \(library)'s optimizer, whose parameters and defaults are others than PyTorch's",
        at: script.place(made.syntax.characters),
        help: "write PyTorch's, with its values: \(made.syntax.calledPath?.last ?? "SGD")(lr=...)")
    }
    let (spec, unset) = try script.lowered(made.syntax, isKnown: { _ in false })
    self.made = made
    self.unset = unset + catalog.unsetNames(in: spec)
    self.spec = catalog.stripped(spec)
    groups = try Self.groups(made, script)
  }

  // Parameter groups

  private static func groups(_ made: Made, _ script: Script) throws(SpecError) -> [Group] {
    let items = made.syntax.items
    let roots = models(of: script)
    let first = items.first { $0.label == "params" } ?? items.first { $0.label == nil }
    guard let first else { return [] }
    guard case .list(let elements) = first.value.form else {
      // An optimizer of one part trains nothing else.
      guard let path = first.value.calledPath, path.count > 2,
        path.dropLast(2).contains(where: roots.contains),
        let pattern = pattern(first.value, roots), pattern != "*"
      else { return [] }
      return [Group(pattern: pattern, values: [.init("scale", 1)]), .rest]
    }
    var groups: [Group] = []
    for element in elements {
      guard case .dictionary(let entries) = element.form else { continue }
      let values = try values(of: entries, script)
      guard !values.isEmpty else { continue }
      let parameters = entries.first { $0.key.text == "params" }?.value
      guard let pattern = parameters.flatMap({ pattern($0, roots) }) else {
        throw SpecError(
          "these parameters have values of their own, and no name that is known here",
          at: script.place(element.characters),
          help: "leave the group out and say it by name, as in --group 'conv*:"
            + " \(values.map { "\($0.label ?? "")=\($0.value)" }.joined(separator: ", "))';"
            + " --decay-biases false spares biases from weight decay")
      }
      groups.append(Group(pattern: pattern, values: values))
    }
    return groups
  }

  /// The values that a group has of its own.
  private static func values(
    of entries: [(key: Syntax, value: Syntax)], _ script: Script
  ) throws(SpecError) -> [Spec.Argument] {
    var values: [Spec.Argument] = []
    for (key, value) in entries {
      guard let name = key.text, name != "params", name != "name" else { continue }
      guard ["lr", "weight_decay", "momentum"].contains(name) else {
        throw SpecError(
          "groups have no \(name) of their own here, only lr, momentum and weight_decay",
          at: script.place(key.characters))
      }
      let (spec, unset) = try script.lowered(value, isKnown: { _ in false })
      guard unset.isEmpty, case .number = spec.form else {
        throw SpecError(unset: unset.isEmpty ? [UnsetName("\(value)", at: spec.place)] : unset)
      }
      values.append(.init(name, spec))
    }
    return values
  }

  /// What scripts call a network, and what this one does.
  private static func models(of script: Script) -> Set<String> {
    var names: Set<String> = ["model", "net", "network", "module", "cnn", "m"]
    let types = Set(
      script.statements.compactMap { statement -> String? in
        if case .type(let name, _) = statement.form { return name }
        return nil
      })
    for act in script.acts {
      guard let made = act.value.calledPath?.last, made == "Sequential" || types.contains(made)
      else { continue }
      for case .name(let path) in act.targets.map(\.form) { names.insert(path[path.count - 1]) }
    }
    return names
  }

  /// The pattern of `model.conv1.parameters()`: `conv1*`; nil for what names no part of a network.
  private static func pattern(_ syntax: Syntax, _ roots: Set<String>) -> String? {
    if case .call(let wrapper, let items) = syntax.form, items.count == 1,
      wrapper == ["list"] || wrapper == ["iter"]
    {
      return pattern(items[0].value, roots)
    }
    guard var path = syntax.calledPath, path.last == "parameters", syntax.items.isEmpty else {
      return nil
    }
    path.removeLast()
    if path.first == "self", path.count > 1 { path.removeFirst() }
    let isOfModel = path.first.map(roots.contains) ?? false
    if isOfModel { path.removeFirst() }
    // `backbone.parameters()` in a group of its own is a part; alone it is the network.
    return path.isEmpty ? "*" : path.joined(separator: ".") + "*"
  }

  // What is not understood

  private static func requireKnown(_ script: Script) throws(SpecError) {
    func visit(_ syntax: Syntax) throws(SpecError) {
      if let path = syntax.calledPath, let name = path.last, name.first?.isUppercase == true,
        OptimizerSpec.catalog.signature(named: name) == nil, isOptimizer(path, syntax.items)
      {
        let (spec, _) = try script.lowered(
          Syntax(.call(path, []), syntax.characters), isKnown: nil)
        _ = try OptimizerSpec.catalog.bind(spec)
      }
      for part in syntax.parts { try visit(part) }
    }
    for act in script.acts { try visit(act.value) }
  }

  /// Whether a call makes an optimizer by where it comes from or what it is made of.
  private static func isOptimizer(_ path: [String], _ items: [Syntax.Item]) -> Bool {
    let name = path.last ?? ""
    let keepsWeights = ["Averag", "EMA", "Ema", "Parallel", "SWA"].contains { name.contains($0) }
    if keepsWeights { return false }
    let modules = path.dropLast()
    if modules.last == "optim" || modules.last == "optimizers" { return true }
    if ["Lookahead", "SAM", "LARC"].contains(name) { return true }
    guard let first = items.first?.value.calledPath else { return false }
    return first.count > 1 && first.last == "parameters" && !modules.contains("nn")
  }

  /// The library whose optimizer a path names, where it is none that PyTorch's values hold for.
  static func library(_ path: [String]) -> String? {
    let modules = path.dropLast()
    if modules.contains("keras") || modules.first == "tf" { return "Keras" }
    if modules.first == "optax" { return "optax" }
    if modules.first == "paddle" { return "Paddle" }
    if modules.first == "mx" || modules.first == "gluon" { return "MXNet" }
    return nil
  }
}
