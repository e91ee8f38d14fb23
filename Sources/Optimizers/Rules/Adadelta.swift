public import Specs

/// Steps as large as the steps before, as PyTorch's `torch.optim.Adadelta`.
///
/// `v = rho v + (1 - rho) g^2`, `d = g sqrt(u + eps) / sqrt(v + eps)`,
/// `u = rho u + (1 - rho) d^2`, `w = w - lr d` (Zeiler 2012).
public struct Adadelta: Optimizer {
  /// What the running averages keep.
  public let rho: Double
  /// Added under both roots.
  public let eps: Double
  /// L2 penalty, added to the gradient.
  public let weightDecay: Double
  /// Whether the update climbs.
  public let maximize: Bool

  /// Describes Adadelta.
  ///
  /// - Throws: ``OptimizerError`` for a rho outside 0 ... 1 and negative values, as PyTorch does.
  public init(
    rho: Double = 0.9, eps: Double = 1e-6, weightDecay: Double = 0, maximize: Bool = false
  ) throws(OptimizerError) {
    self.rho = rho
    self.eps = eps
    self.weightDecay = weightDecay
    self.maximize = maximize
    try validate()
  }

  /// Reads what the grammar bound.
  public init(_ arguments: Arguments) throws(OptimizerError) {
    try self.init(
      rho: arguments["rho"], eps: arguments["eps"], weightDecay: arguments["weight_decay"],
      maximize: arguments["maximize"])
  }

  /// PyTorch's parameters.
  public static let signature = Signature(
    optimizer: "Adadelta", "steps as large as the steps before",
    .init("rho", .number(.share), default: 0.9, "what the running averages keep"),
    .eps(1e-6), .weightDecay(), .maximize)

  /// PyTorch's default.
  public static let defaultLearningRate = 1.0

  /// The paper.
  public static let source = "Zeiler 2012"

  /// Every parameter by name.
  public var settings: KeyValuePairs<String, Spec> {
    [
      "rho": Spec(rho), "eps": Spec(eps), "weight_decay": Spec(weightDecay),
      "maximize": Spec(maximize),
    ]
  }

  /// It has none.
  public var momentum: Double { 0 }

  /// The averages of squared gradients and of squared steps.
  public var rule: Rule { Rule("adadelta", states: 2) }

  /// Nothing depends on the number of the update.
  public func coefficients(
    update: Int, _ values: HyperParameters, _ course: inout Course
  ) -> Coefficients {
    var row = Coefficients(values, maximize: maximize, eps: eps)
    row.gain2 = 1 - rho
    return row
  }
}
