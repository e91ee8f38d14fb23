/// A number that depends on the updates of an epoch, written with the length of a loader:
/// `len(loader) * 30 - 500`.
///
/// What is made of it counts updates, as in PyTorch, where `len(loader)` is a number of batches.
public struct Formula: Hashable, Sendable, CustomStringConvertible {
  let body: Function.Body

  /// The number for so many updates an epoch.
  public func value(stepsPerEpoch: Int) -> Double {
    body.settingStepsPerEpoch(Double(stepsPerEpoch)).value(0)
  }

  /// The number for an epoch of usual length, where nothing but its kind matters.
  var nominal: Double { value(stepsPerEpoch: 1000) }

  /// The formula as the grammar writes it.
  public var description: String { body.text("").text }
}

extension Spec {
  /// Whether a number in it depends on the updates of an epoch.
  public var countsLoader: Bool {
    switch form {
    case .computed: true
    case .function(let function): function.body.holds(.stepsPerEpoch)
    case .call(let call): call.arguments.contains { $0.value.countsLoader }
    case .list(let elements): elements.contains(where: \.countsLoader)
    case .product(let a, let b): a.countsLoader || b.countsLoader
    case .sequence(let segments): segments.contains { $0.spec.countsLoader }
    case .number, .boolean, .none, .text, .length, .other: false
    }
  }

  /// The same spec with the updates of an epoch settled.
  public func settingStepsPerEpoch(_ steps: Int) -> Spec {
    func set(_ spec: Spec) -> Spec { spec.settingStepsPerEpoch(steps) }
    var result = self
    switch form {
    case .computed(let formula): result.form = .number(formula.value(stepsPerEpoch: steps))
    case .function(let function):
      result.form = .function(
        Function(
          parameter: function.parameter, body: function.body.settingStepsPerEpoch(Double(steps))))
    case .call(var call):
      for index in call.arguments.indices {
        call.arguments[index].value = set(call.arguments[index].value)
      }
      result.form = .call(call)
    case .list(let elements): result.form = .list(elements.map(set))
    case .product(let a, let b): result.form = .product(set(a), set(b))
    case .sequence(let segments):
      result.form = .sequence(segments.map { Segment(set($0.spec), for: $0.length) })
    case .number, .boolean, .none, .text, .length, .other: break
    }
    return result
  }
}
