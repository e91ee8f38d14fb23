public import Specs

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// An update rule as its user describes it; ``Updater`` carries it out on the device.
///
/// The arithmetic of each rule is a function of `rules.cl`. What depends on nothing but the number
/// of the update and the schedules is computed here, in double precision.
public protocol Optimizer: Sendable, Hashable {
  /// The parameters as the grammar reads them, with PyTorch's names, order and defaults.
  static var signature: Signature { get }

  /// The learning rate when none is given.
  static var defaultLearningRate: Double { get }

  /// Where the rule comes from.
  static var source: String { get }

  /// Makes the optimizer that bound arguments describe; `lr` is none of its business.
  ///
  /// - Throws: ``OptimizerError`` where parameters do not fit together.
  init(_ arguments: Arguments) throws(OptimizerError)

  /// The value of every parameter but the learning rate, by name.
  var settings: KeyValuePairs<String, Spec> { get }

  /// The momentum at the start, for schedules that drive it (Adam's first beta); 0 for none.
  var momentum: Double { get }

  /// The weight decay at the start, for schedules that drive it and groups that differ.
  var weightDecay: Double { get }

  /// The function of `rules.cl` and its macros.
  var rule: Rule { get }

  /// What one update needs that does not depend on gradients.
  ///
  /// - Parameters:
  ///   - update: The number of the update, from 0.
  ///   - values: What schedules and groups say.
  ///   - course: What the updates before left behind, and what this one leaves.
  /// - Returns: The row of the table of rates.
  func coefficients(
    update: Int, _ values: HyperParameters, _ course: inout Course
  ) -> Coefficients
}

extension Optimizer {
  /// The optimizer as the grammar writes it, for example `SGD(momentum=0.9)`.
  public var text: String {
    let defaults = Dictionary(
      uniqueKeysWithValues: Self.signature.parameters.map { ($0.name, $0.defaultValue) })
    let changed = settings.filter { name, value in defaults[name] != .some(value) }
    return "\(Spec.Call(Self.signature.name, changed.map { .init($0.key, $0.value) }))"
  }

  /// The learning rate when none is given.
  public var defaultLearningRate: Double { Self.defaultLearningRate }

  /// Whether the rule averages the weights itself, by its momentum.
  package var averagesItself: Bool { rule.averageShare != nil }

  /// Whether all weights must have one learning rate, or 0.
  package var sharesRate: Bool { rule.layerwise?.sharesRate ?? false }

  /// Whether the rule estimates its step size, so that the learning rate is a factor that stays 1.
  package var estimatesItsRate: Bool { rule.layerwise?.span == .network }

  /// Whether the steps of the rule are as long as its gradients, rather than made alike by their size.
  package var followsGradientLength: Bool { self is SGD || self is ASGD || self is ScheduleFreeSGD }

  /// Floats of state that the rule keeps for each weight.
  public var statesPerWeight: Int { rule.states.count }

  /// What an update keeps and launches, in words.
  public var cost: String {
    let floats = "\(statesPerWeight) float\(statesPerWeight == 1 ? "" : "s") of state a weight"
    let launches = rule.launches == 1 ? "1 launch" : "\(rule.launches) launches"
    return "\(floats)\(rule.ownState.map { " and \($0)" } ?? ""), \(launches)"
  }

  /// The row of an update before which all others had the same values.
  public func coefficients(update: Int, _ values: HyperParameters) -> Coefficients {
    var course = Course()
    for earlier in 0..<update { _ = coefficients(update: earlier, values, &course) }
    return coefficients(update: update, values, &course)
  }

  /// Holds the settings against the limits of the signature, and refuses infinity.
  func validate() throws(OptimizerError) {
    let call = Spec.Call(Self.signature.name, settings.map { .init($0.key, $0.value) })
    do throws(SpecError) {
      _ = try Self.signature.bind(call)
    } catch {
      throw OptimizerError(
        "\(Self.signature.name): \(error.issues.map(\.message).joined(separator: "; "))")
    }
    // A limit may be infinite where that is its default: no limit.
    let defaults = Dictionary(
      uniqueKeysWithValues: Self.signature.parameters.map { ($0.name, $0.defaultValue) })
    for (name, value) in settings
    where Double(value)?.isInfinite ?? false && defaults[name] != .some(value) {
      throw OptimizerError("\(Self.signature.name): \(name) is \(value); it must be finite")
    }
  }
}

/// The betas of the running averages of a gradient and of its square.
public struct Betas: Sendable, Hashable {
  /// Of the gradient.
  public let first: Double
  /// Of its square.
  public let second: Double

  /// Makes a pair of betas.
  public init(_ first: Double, _ second: Double) {
    self.first = first
    self.second = second
  }

  init(_ values: [Double]) { self.init(values[0], values[1]) }

  var spec: Spec { Spec(.list([Spec(.number(first)), Spec(.number(second))])) }
}

/// A parameter of an optimizer that cannot be.
public struct OptimizerError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What is wrong, with its numbers.
  public let description: String

  init(_ description: String) { self.description = description }
}

/// base^exponent.
func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }

/// 1 - beta^t, the share of a running average that `t` values fill.
func filled(_ beta: Double, _ t: Int) -> Double { 1 - pow(beta, Double(t)) }

extension Spec {
  init(_ value: Double) { self.init(.number(value)) }
  init(_ value: Bool) { self.init(.boolean(value)) }
}

extension Parameter {
  /// `lr`, which every optimizer's constructor begins with.
  static let learningRate = Parameter(
    "lr", .optional(.number(.atLeast(0))), default: .nothing, "learning rate; as --lr")
  static let betas = Parameter(
    "betas", .tuple(.number(.atLeast(0, below: 1)), count: 2), default: [0.9, 0.999],
    "of the running averages of the gradient and of its square")
  static let maximize = Parameter("maximize", .boolean, default: false, "climb, not descend")

  static func eps(_ value: Spec) -> Parameter {
    Parameter("eps", .number(.atLeast(0)), default: value, "added to the denominator")
  }

  static func weightDecay(_ value: Spec = 0) -> Parameter {
    Parameter("weight_decay", .number(.atLeast(0)), default: value, "L2 penalty")
  }

  static let decoupled = Parameter(
    "decoupled_weight_decay", .boolean, default: false,
    "take the decay from the weight, not from the gradient, as AdamW")
}

extension Signature {
  /// The declaration of an optimizer.
  ///
  /// What PyTorch's constructors take to choose an implementation is accepted and has no effect. From
  /// `maximize` on all have to be named, as there.
  init(optimizer name: String, _ summary: String, _ parameters: Parameter...) {
    let ignored = ["foreach", "capturable", "differentiable", "fused"].map {
      Parameter.ignored($0, .optional(.boolean))
    }
    let named = parameters.firstIndex { $0.name == "maximize" } ?? parameters.count
    self.init(
      name, summary, parameters: [.learningRate] + parameters + ignored, positional: 1 + named,
      leading: "params")
  }
}
