public import Specs

/// Adam with the largest gradient in place of the root of the mean square, as PyTorch's
/// `torch.optim.Adamax` (Kingma, Ba 2015, section 7).
///
/// `m = beta1 m + (1 - beta1) g`, `u = max(beta2 u, |g| + eps)`, `w = w - lr / (1 - beta1^t) m / u`.
public struct Adamax: Optimizer {
  /// What the running average of the gradient and the decaying maximum keep.
  public let betas: Betas
  /// Added to the gradient's magnitude.
  public let eps: Double
  /// L2 penalty, added to the gradient.
  public let weightDecay: Double
  /// Whether the update climbs.
  public let maximize: Bool

  /// Describes Adamax.
  ///
  /// - Throws: ``OptimizerError`` for betas outside 0 ..< 1 and negative values, as PyTorch does.
  public init(
    betas: Betas = Betas(0.9, 0.999), eps: Double = 1e-8, weightDecay: Double = 0,
    maximize: Bool = false
  ) throws(OptimizerError) {
    self.betas = betas
    self.eps = eps
    self.weightDecay = weightDecay
    self.maximize = maximize
    try validate()
  }

  /// Reads what the grammar bound.
  public init(_ arguments: Arguments) throws(OptimizerError) {
    try self.init(
      betas: Betas(arguments["betas"]), eps: arguments["eps"],
      weightDecay: arguments["weight_decay"], maximize: arguments["maximize"])
  }

  /// PyTorch's parameters.
  public static let signature = Signature(
    optimizer: "Adamax", "steps of the mean gradient over the largest one",
    .betas, .eps(1e-8), .weightDecay(), .maximize)

  /// PyTorch's default.
  public static let defaultLearningRate = 0.002

  /// The paper.
  public static let source = "Kingma, Ba 2015"

  /// Every parameter by name.
  public var settings: KeyValuePairs<String, Spec> {
    [
      "betas": betas.spec, "eps": Spec(eps), "weight_decay": Spec(weightDecay),
      "maximize": Spec(maximize),
    ]
  }

  /// The first beta, which schedules of the momentum drive.
  public var momentum: Double { betas.first }

  /// The mean gradient and the largest.
  public var rule: Rule { Rule("adamax", states: 2, squares: false) }

  /// The bias correction.
  public func coefficients(
    update: Int, _ values: HyperParameters, _ course: inout Course
  ) -> Coefficients {
    var row = Coefficients(
      values, maximize: maximize,
      rate: values.learningRate / filled(values.momentum, update + 1), eps: eps)
    row.gain1 = 1 - values.momentum
    row.gain2 = 1 - betas.second
    return row
  }
}
