public import Specs

/// Steps divided by the root of a running mean of squared gradients, as PyTorch's
/// `torch.optim.RMSprop`.
///
/// `v = alpha v + (1 - alpha) g^2`, `m = momentum m + g / (sqrt(v) + eps)`, `w = w - lr m`;
/// centered, `v` is reduced by the square of the mean gradient.
public struct RMSprop: Optimizer {
  /// What the running averages keep.
  public let alpha: Double
  /// Added to the denominator.
  public let eps: Double
  /// L2 penalty, added to the gradient.
  public let weightDecay: Double
  /// Factor of the velocity; 0 for none.
  public let momentum: Double
  /// Whether the variance divides, not the mean square.
  public let centered: Bool
  /// Whether the update climbs.
  public let maximize: Bool

  /// Describes RMSprop.
  ///
  /// - Throws: ``OptimizerError`` for negative values, as PyTorch does, and for an alpha above 1,
  ///   whose average would not be one.
  public init(
    alpha: Double = 0.99, eps: Double = 1e-8, weightDecay: Double = 0, momentum: Double = 0,
    centered: Bool = false, maximize: Bool = false
  ) throws(OptimizerError) {
    self.alpha = alpha
    self.eps = eps
    self.weightDecay = weightDecay
    self.momentum = momentum
    self.centered = centered
    self.maximize = maximize
    try validate()
  }

  /// Reads what the grammar bound.
  public init(_ arguments: Arguments) throws(OptimizerError) {
    try self.init(
      alpha: arguments["alpha"], eps: arguments["eps"], weightDecay: arguments["weight_decay"],
      momentum: arguments["momentum"], centered: arguments["centered"],
      maximize: arguments["maximize"])
  }

  /// PyTorch's parameters.
  public static let signature = Signature(
    optimizer: "RMSprop", "steps divided by the root of the mean squared gradient",
    .init("alpha", .number(.share), default: 0.99, "what the running averages keep"),
    .eps(1e-8), .weightDecay(),
    .init("momentum", .number(.atLeast(0, below: 1)), default: 0, "factor of the velocity"),
    .init("centered", .boolean, default: false, "divide by the deviation, not the mean square"),
    .maximize)

  /// PyTorch's default.
  public static let defaultLearningRate = 0.01

  /// The lecture and, centered, the paper.
  public static let source = "Hinton 2012; Graves 2013"

  /// Every parameter by name.
  public var settings: KeyValuePairs<String, Spec> {
    [
      "alpha": Spec(alpha), "eps": Spec(eps), "weight_decay": Spec(weightDecay),
      "momentum": Spec(momentum), "centered": Spec(centered), "maximize": Spec(maximize),
    ]
  }

  /// The mean square, the velocity where there is momentum, the mean where it is centered.
  public var rule: Rule {
    Rule(
      "rmsprop", states: 1 + (momentum > 0 ? 1 : 0) + (centered ? 1 : 0),
      switches: ["MOMENTUM": momentum > 0, "CENTERED": centered])
  }

  /// Nothing depends on the number of the update.
  public func coefficients(
    update: Int, _ values: HyperParameters, _ course: inout Course
  ) -> Coefficients {
    var row = Coefficients(values, maximize: maximize, eps: eps)
    row.gain2 = 1 - alpha
    return row
  }
}
