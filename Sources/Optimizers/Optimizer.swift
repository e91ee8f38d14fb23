package import Kernels

/// An update rule as its user describes it; ``Updater`` carries it out on the device.
public protocol Optimizer: Sendable, Hashable {
  /// The optimizer as the grammar writes it, for example `SGD(momentum=0.9)`.
  var text: String { get }

  /// The learning rate when none is given.
  var defaultLearningRate: Double { get }

  /// The momentum at the start, for schedules that drive it; nil where the rule has none.
  var momentum: Double { get }

  /// Floats of state that the rule keeps for each weight.
  var statesPerWeight: Int { get }

  /// What the rule sets in `update.cl`.
  var macros: [String: Int] { get }

  /// The weight decay at the start, for schedules that drive it and groups that differ.
  var weightDecay: Double { get }

  /// Everything that update number `update` (from 0) needs and that does not depend on gradients.
  func coefficients(update: Int, _ values: HyperParameters) -> Coefficients
}

/// The values of one update that schedules and groups may set.
public struct HyperParameters: Sendable, Hashable {
  /// The learning rate.
  public var learningRate: Double
  /// The momentum; Adam's first beta.
  public var momentum: Double
  /// The weight decay.
  public var weightDecay: Double

  /// Makes the values of one update.
  public init(learningRate: Double, momentum: Double, weightDecay: Double) {
    self.learningRate = learningRate
    self.momentum = momentum
    self.weightDecay = weightDecay
  }
}

/// The row of one update in the table of rates on the device.
public struct Coefficients: Sendable, Hashable {
  /// Factor of the whole step.
  public var learningRate: Double
  /// Factor of the velocity.
  public var momentum: Double
  /// Factor of the gradient that enters the velocity.
  public var gradientScale: Double
  /// Factor of the weight that is added to its gradient.
  public var weightDecay: Double

  package var rates: Rates {
    Rates(
      learning_rate: Float(learningRate), momentum: Float(momentum),
      gradient_scale: Float(gradientScale), weight_decay: Float(weightDecay))
  }
}

/// Stochastic gradient descent as PyTorch's `torch.optim.SGD`.
///
/// With `g = dw + weight_decay w`: `m = momentum m + (1 - dampening) g` (`m = g` at first) and
/// `w = w - lr (nesterov ? g + momentum m : m)`.
public struct SGD: Optimizer {
  /// Factor of the velocity; 0 for none.
  public let momentum: Double
  /// What is taken from the gradient before it enters the velocity.
  public let dampening: Double
  /// L2 penalty, added to the gradient.
  public let weightDecay: Double
  /// Whether the step looks ahead along the velocity.
  public let nesterov: Bool

  /// Describes SGD.
  ///
  /// - Throws: ``OptimizerError`` for a negative momentum or weight decay, and for Nesterov without
  ///   momentum or with dampening, as PyTorch does.
  public init(
    momentum: Double = 0, dampening: Double = 0, weightDecay: Double = 0, nesterov: Bool = false
  ) throws(OptimizerError) {
    guard momentum >= 0, momentum.isFinite else {
      throw OptimizerError("SGD: momentum is \(momentum); it must not be negative")
    }
    guard weightDecay >= 0, weightDecay.isFinite else {
      throw OptimizerError("SGD: weight_decay is \(weightDecay); it must not be negative")
    }
    guard dampening.isFinite else {
      throw OptimizerError("SGD: dampening is \(dampening); it must be a number")
    }
    guard !nesterov || (momentum > 0 && dampening == 0) else {
      throw OptimizerError(
        "SGD: nesterov needs a momentum above 0 and no dampening; momentum is \(momentum) and "
          + "dampening \(dampening)")
    }
    self.momentum = momentum
    self.dampening = dampening
    self.weightDecay = weightDecay
    self.nesterov = nesterov
  }

  /// The optimizer as the grammar writes it.
  public var text: String {
    var arguments: [String] = []
    if momentum != 0 { arguments.append("momentum=\(momentum)") }
    if dampening != 0 { arguments.append("dampening=\(dampening)") }
    if weightDecay != 0 { arguments.append("weight_decay=\(weightDecay)") }
    if nesterov { arguments.append("nesterov=True") }
    return "SGD(\(arguments.joined(separator: ", ")))"
  }

  /// The command line's default for SGD, 0.05; PyTorch's is 0.001, too small to be of use here.
  public var defaultLearningRate: Double { 0.05 }

  /// One velocity a weight where there is momentum.
  public var statesPerWeight: Int { momentum > 0 ? 1 : 0 }

  /// What the rule sets in `update.cl`.
  public var macros: [String: Int] {
    ["MOMENTUM": momentum > 0 ? 1 : 0, "NESTEROV": nesterov ? 1 : 0]
  }

  /// The first update takes the gradient undamped: the velocity starts as the gradient.
  public func coefficients(update: Int, _ values: HyperParameters) -> Coefficients {
    Coefficients(
      learningRate: values.learningRate, momentum: values.momentum,
      gradientScale: update == 0 ? 1 : 1 - dampening, weightDecay: values.weightDecay)
  }
}

/// A parameter of an optimizer that cannot be.
public struct OptimizerError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What is wrong, with its numbers.
  public let description: String

  init(_ description: String) { self.description = description }
}
