package import Kernels
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

/// The function of `rules.cl` that an optimizer runs.
public struct Rule: Sendable, Hashable {
  /// The function's name.
  public let name: String
  /// The value that each float of state starts with.
  public let states: [Float]
  /// Switches of the function that are on.
  public let switches: [String]
  /// Where the rule averages itself: the averaged weight is `w + averageShare x state 0`.
  public let averageShare: Double?
  /// The average of the weights that is kept where the user asks for no other.
  public let average: WeightAverage?
  /// The norm that the whole gradient is clipped to, whatever the user asks for.
  public let normLimit: Double?
  /// What a rule needs that looks at more than one weight; its function is one of `layerwise.cl`.
  let layerwise: Layerwise?

  /// Launches that follow the gradient's sum: the update, and what it needs to know before.
  public var launches: Int { 1 + (layerwise?.launches ?? 0) }

  /// State besides `states`, in words; nil where there is none.
  public var ownState: String? { layerwise?.preparation.ownState }

  init(
    _ name: String, states: [Float], switches: [String: Bool] = [:], averageShare: Double? = nil,
    average: WeightAverage? = nil, normLimit: Double? = nil, _ layerwise: Layerwise? = nil
  ) {
    self.name = name
    self.states = states
    self.switches = switches.filter(\.value).keys.sorted()
    self.averageShare = averageShare
    self.average = average
    self.normLimit = normLimit
    self.layerwise = layerwise
  }

  /// A rule whose state is 0 at first.
  init(
    _ name: String, states: Int, switches: [String: Bool] = [:], averageShare: Double? = nil,
    average: WeightAverage? = nil, normLimit: Double? = nil, _ layerwise: Layerwise? = nil
  ) {
    self.init(
      name, states: [Float](repeating: 0, count: states), switches: switches,
      averageShare: averageShare, average: average, normLimit: normLimit, layerwise)
  }
}

/// The values of one update that schedules and groups may set.
public struct HyperParameters: Sendable, Hashable {
  /// The learning rate.
  public var learningRate: Double
  /// The momentum; Adam's first beta.
  public var momentum: Double
  /// The weight decay.
  public var weightDecay: Double
  /// The L1 penalty: the factor of each weight's sign that is added to its gradient.
  public var l1: Double

  /// Makes the values of one update.
  public init(learningRate: Double, momentum: Double, weightDecay: Double, l1: Double = 0) {
    self.learningRate = learningRate
    self.momentum = momentum
    self.weightDecay = weightDecay
    self.l1 = l1
  }
}

/// What a rule carries from one update to the next for all weights together.
///
/// A part of the optimizer's state, as its moments are: rules that need none leave it alone.
public struct Course: Sendable, Hashable {
  /// The product of the momenta so far; NAdam's.
  public var product = 1.0
  /// The sum of the updates' weights in an average; Schedule-Free's.
  public var weight = 0.0
  /// The highest learning rate so far; Schedule-Free's.
  public var peak = 0.0
  /// The learning rate of the update before; ASGD's.
  public var rate = 0.0

  /// The start of training.
  public init() {}
}

/// The row of one update in the table of rates on the device; see `Rates` in `shapes.h`.
public struct Coefficients: Sendable, Hashable {
  /// What schedules and groups said.
  public let values: HyperParameters
  /// Whether the update climbs.
  var maximize: Bool
  /// Factor of the weight that is added to its gradient.
  var decay: Double
  /// The share of the weight that is taken away before the update.
  var shrink: Double
  /// Factor of the step.
  var rate: Double
  /// Factor of the gradient in the step or in the velocity.
  var gradient = 0.0
  /// Factor of the velocity.
  var velocity: Double
  /// What running averages take of the new value, 1 - beta.
  var gain1 = 0.0
  var gain2 = 0.0
  var gain3 = 0.0
  /// Added to a denominator.
  var eps: Double
  /// Factor of the root of the second moment.
  var root = 0.0
  /// What the rule says.
  var extra = 0.0
  /// Factors of a step's length.
  var shorter = 0.0
  var longer = 0.0
  /// Limits of a step's length.
  var least = 0.0
  var most = 0.0
  /// Decay that a rule of `layerwise.cl` adds to the gradient, or takes from the weight, itself.
  var coupled = 0.0
  var decoupled = 0.0
  /// Whether this is the first update.
  var isFirst = false
  /// The distance's first value, and its largest growth less 1.
  var start = 0.0
  var growth = 0.0

  /// A row that begins as every row does.
  init(
    _ values: HyperParameters, maximize: Bool, rate: Double? = nil, decoupled: Bool = false,
    eps: Double = 0
  ) {
    self.values = values
    self.maximize = maximize
    self.rate = rate ?? values.learningRate
    decay = decoupled ? 0 : values.weightDecay
    shrink = decoupled ? values.learningRate * values.weightDecay : 0
    velocity = values.momentum
    self.eps = eps
  }

  /// The learning rate as logs show it.
  public var learningRate: Double { values.learningRate }
  /// The momentum that schedules and groups set.
  public var momentum: Double { values.momentum }
  /// The weight decay that schedules and groups set.
  public var weightDecay: Double { values.weightDecay }

  package func rates(average: Double) -> Rates {
    Rates(
      learning_rate: Float(learningRate), direction: maximize ? -1 : 1, decay: Float(decay),
      l1: Float(values.l1), shrink: Float(shrink), rate: Float(rate), gradient: Float(gradient),
      momentum: Float(velocity), gain1: Float(gain1), gain2: Float(gain2), gain3: Float(gain3),
      eps: Float(eps), root: Float(root), extra: Float(extra), shorter: Float(shorter),
      longer: Float(longer), least: Float(least), most: Float(most), average: Float(average),
      coupled: Float(coupled),
      decoupled: Float(decoupled), first: isFirst ? 1 : 0, start: Float(start),
      growth: Float(growth))
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
      name, summary, parameters: [.learningRate] + parameters + ignored, positional: 1 + named)
  }
}
