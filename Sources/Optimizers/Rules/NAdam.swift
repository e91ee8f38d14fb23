public import Specs

/// Adam with Nesterov's momentum as PyTorch's `torch.optim.NAdam` (Dozat 2016).
///
/// The momentum grows: `mu_t = beta1 (1 - 0.96^(t momentum_decay) / 2)` with t from 1.
public struct NAdam: Optimizer {
  /// What the running averages of the gradient and of its square keep.
  public let betas: Betas
  /// Added to the denominator.
  public let eps: Double
  /// L2 penalty, added to the gradient; taken from the weight where it is decoupled.
  public let weightDecay: Double
  /// How fast the momentum grows.
  public let momentumDecay: Double
  /// Whether the decay passes the moments by, as in AdamW.
  public let decoupledWeightDecay: Bool
  /// Whether the update climbs.
  public let maximize: Bool

  /// Describes NAdam.
  ///
  /// - Throws: ``OptimizerError`` for betas outside 0 ..< 1 and negative values, as PyTorch does.
  public init(
    betas: Betas = Betas(0.9, 0.999), eps: Double = 1e-8, weightDecay: Double = 0,
    momentumDecay: Double = 4e-3, decoupledWeightDecay: Bool = false, maximize: Bool = false
  ) throws(OptimizerError) {
    self.betas = betas
    self.eps = eps
    self.weightDecay = weightDecay
    self.momentumDecay = momentumDecay
    self.decoupledWeightDecay = decoupledWeightDecay
    self.maximize = maximize
    try validate()
  }

  /// Reads what the grammar bound.
  public init(_ arguments: Arguments) throws(OptimizerError) {
    try self.init(
      betas: Betas(arguments["betas"]), eps: arguments["eps"],
      weightDecay: arguments["weight_decay"], momentumDecay: arguments["momentum_decay"],
      decoupledWeightDecay: arguments["decoupled_weight_decay"], maximize: arguments["maximize"])
  }

  /// PyTorch's parameters.
  public static let signature = Signature(
    optimizer: "NAdam", "Adam with Nesterov's momentum",
    .betas, .eps(1e-8), .weightDecay(),
    .init("momentum_decay", .number(.atLeast(0)), default: 4e-3, "how fast the momentum grows"),
    .decoupled, .maximize)

  /// PyTorch's default.
  public static let defaultLearningRate = 0.002

  /// The paper.
  public static let source = "Dozat 2016"

  /// Every parameter by name.
  public var settings: KeyValuePairs<String, Spec> {
    [
      "betas": betas.spec, "eps": Spec(eps), "weight_decay": Spec(weightDecay),
      "momentum_decay": Spec(momentumDecay),
      "decoupled_weight_decay": Spec(decoupledWeightDecay), "maximize": Spec(maximize),
    ]
  }

  /// The first beta, which schedules of the momentum drive.
  public var momentum: Double { betas.first }

  /// Both moments.
  public var rule: Rule { Rule("nadam", states: 2) }

  /// The momenta mu of this update and the next, and their product so far.
  public func coefficients(
    update: Int, _ values: HyperParameters, _ course: inout Course
  ) -> Coefficients {
    let t = update + 1
    func mu(_ t: Int) -> Double {
      values.momentum * (1 - 0.5 * power(0.96, Double(t) * momentumDecay))
    }
    course.product *= mu(t)
    let rate = values.learningRate
    var row = Coefficients(
      values, maximize: maximize, rate: rate * mu(t + 1) / (1 - course.product * mu(t + 1)),
      decoupled: decoupledWeightDecay, eps: eps)
    row.gradient = rate * (1 - mu(t)) / (1 - course.product)
    row.gain1 = 1 - values.momentum
    row.gain2 = 1 - betas.second
    row.root = 1 / filled(betas.second, t).squareRoot()
    return row
  }
}
