public import Specs

/// Stochastic gradient descent as PyTorch's `torch.optim.SGD`.
///
/// With `g = dw + weight_decay w`: `m = momentum m + (1 - dampening) g` (`m = g` at first) and
/// `w = w - lr (nesterov ? g + momentum m : m)`.
public struct SGD: Optimizer {
  /// Where the learning rate enters; the two differ only while it changes.
  public enum MomentumStyle: String, Sendable, Hashable, CaseIterable {
    /// `m = momentum m + g`, `w = w - lr m`: a new rate applies to the whole velocity.
    case torch
    /// `m = momentum m + lr g`, `w = w - m`: a new rate applies to new gradients only, as in Keras,
    /// MXNet and Sutskever's paper.
    case keras
  }

  /// Factor of the velocity; 0 for none.
  public let momentum: Double
  /// What is taken from the gradient before it enters the velocity.
  public let dampening: Double
  /// L2 penalty, added to the gradient.
  public let weightDecay: Double
  /// Whether the step looks ahead along the velocity.
  public let nesterov: Bool
  /// Whether the update climbs.
  public let maximize: Bool
  /// Where the learning rate enters.
  public let momentumStyle: MomentumStyle

  /// Describes SGD.
  ///
  /// - Throws: ``OptimizerError`` for a negative momentum or weight decay, and for Nesterov without
  ///   momentum or with dampening, as PyTorch does.
  public init(
    momentum: Double = 0, dampening: Double = 0, weightDecay: Double = 0, nesterov: Bool = false,
    maximize: Bool = false, momentumStyle: MomentumStyle = .torch
  ) throws(OptimizerError) {
    self.momentum = momentum
    self.dampening = dampening
    self.weightDecay = weightDecay
    self.nesterov = nesterov
    self.maximize = maximize
    self.momentumStyle = momentumStyle
    try validate()
    guard !nesterov || (momentum > 0 && dampening == 0) else {
      throw OptimizerError(
        "SGD: nesterov needs a momentum above 0 and no dampening; momentum is \(momentum) and "
          + "dampening \(dampening)")
    }
  }

  /// Reads what the grammar bound.
  public init(_ arguments: Arguments) throws(OptimizerError) {
    try self.init(
      momentum: arguments["momentum"], dampening: arguments["dampening"],
      weightDecay: arguments["weight_decay"], nesterov: arguments["nesterov"],
      maximize: arguments["maximize"],
      momentumStyle: MomentumStyle(rawValue: arguments["momentum_style"]) ?? .torch)
  }

  /// PyTorch's parameters, and `momentum_style`.
  public static let signature = Signature(
    optimizer: "SGD", "stochastic gradient descent, as torch.optim.SGD",
    .init("momentum", .number(.atLeast(0, below: 1)), default: 0, "factor of the velocity"),
    .init("dampening", .number(), default: 0, "taken from the gradient in the velocity"),
    .weightDecay(),
    .init("nesterov", .boolean, default: false, "look ahead along the velocity"),
    .maximize,
    .init(
      "momentum_style", .choice(MomentumStyle.allCases.map(\.rawValue)), default: "torch",
      "keras: the learning rate enters the velocity"))

  /// The command line's default for SGD, 0.05; PyTorch's is 0.001, too small to be of use here.
  public static let defaultLearningRate = 0.05

  /// Nesterov's momentum as in Sutskever, Martens, Dahl, Hinton 2013.
  public static let source = "Robbins, Monro 1951; Sutskever et al. 2013"

  /// Every parameter by name.
  public var settings: KeyValuePairs<String, Spec> {
    [
      "momentum": Spec(momentum), "dampening": Spec(dampening), "weight_decay": Spec(weightDecay),
      "nesterov": Spec(nesterov), "maximize": Spec(maximize),
      "momentum_style": Spec(.text(momentumStyle.rawValue)),
    ]
  }

  /// One velocity a weight where there is momentum.
  public var rule: Rule {
    Rule(
      "sgd", states: momentum > 0 ? 1 : 0,
      switches: ["MOMENTUM": momentum > 0, "NESTEROV": nesterov], squares: false)
  }

  /// The first update takes the gradient undamped: the velocity starts as the gradient.
  public func coefficients(
    update: Int, _ values: HyperParameters, _ course: inout Course
  ) -> Coefficients {
    let isKeras = momentumStyle == .keras && momentum > 0
    var row = Coefficients(values, maximize: maximize, rate: isKeras ? 1 : nil)
    row.gradient = (update == 0 ? 1 : 1 - dampening) * (isKeras ? values.learningRate : 1)
    return row
  }
}
