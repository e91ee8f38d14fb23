public import Specs

/// Adam that rectifies its first steps, as PyTorch's `torch.optim.RAdam` (Liu and others 2020).
///
/// With `rho = 2 / (1 - beta2) - 1` and `rho_t = rho - 2 t beta2^t / (1 - beta2^t)`: while
/// `rho_t <= 5` the plain mean gradient, then Adam's step times
/// `sqrt((rho_t - 4) (rho_t - 2) rho / ((rho - 4) (rho - 2) rho_t))`.
public struct RAdam: Optimizer {
  /// What the running averages of the gradient and of its square keep.
  public let betas: Betas
  /// Added to the denominator.
  public let eps: Double
  /// L2 penalty, added to the gradient; taken from the weight where it is decoupled.
  public let weightDecay: Double
  /// Whether the decay passes the moments by, as in AdamW.
  public let decoupledWeightDecay: Bool
  /// Whether the update climbs.
  public let maximize: Bool

  /// Describes RAdam.
  ///
  /// - Throws: ``OptimizerError`` for betas outside 0 ..< 1 and negative values, as PyTorch does.
  public init(
    betas: Betas = Betas(0.9, 0.999), eps: Double = 1e-8, weightDecay: Double = 0,
    decoupledWeightDecay: Bool = false, maximize: Bool = false
  ) throws(OptimizerError) {
    self.betas = betas
    self.eps = eps
    self.weightDecay = weightDecay
    self.decoupledWeightDecay = decoupledWeightDecay
    self.maximize = maximize
    try validate()
  }

  /// Reads what the grammar bound.
  public init(_ arguments: Arguments) throws(OptimizerError) {
    try self.init(
      betas: Betas(arguments["betas"]), eps: arguments["eps"],
      weightDecay: arguments["weight_decay"],
      decoupledWeightDecay: arguments["decoupled_weight_decay"], maximize: arguments["maximize"])
  }

  /// PyTorch's parameters.
  public static let signature = Signature(
    optimizer: "RAdam", "Adam that rectifies its first steps",
    .betas, .eps(1e-8), .weightDecay(), .decoupled, .maximize)

  /// PyTorch's default.
  public static let defaultLearningRate = 0.001

  /// The paper.
  public static let source = "Liu and others 2020"

  /// Every parameter by name.
  public var settings: KeyValuePairs<String, Spec> {
    [
      "betas": betas.spec, "eps": Spec(eps), "weight_decay": Spec(weightDecay),
      "decoupled_weight_decay": Spec(decoupledWeightDecay), "maximize": Spec(maximize),
    ]
  }

  /// The first beta, which schedules of the momentum drive.
  public var momentum: Double { betas.first }

  /// Both moments.
  public var rule: Rule { Rule("radam", states: 2) }

  /// The rectification, and whether it can be told yet.
  public func coefficients(
    update: Int, _ values: HyperParameters, _ course: inout Course
  ) -> Coefficients {
    let t = update + 1
    let correction = filled(betas.second, t)
    let rho = 2 / (1 - betas.second) - 1
    let rhoNow = rho - 2 * Double(t) * power(betas.second, Double(t)) / correction
    let isKnown = rhoNow > 5
    var rate = values.learningRate / filled(values.momentum, t)
    if isKnown {
      let rectification = (rhoNow - 4) * (rhoNow - 2) * rho / ((rho - 4) * (rho - 2) * rhoNow)
      rate *= (rectification * correction).squareRoot()
    }
    var row = Coefficients(
      values, maximize: maximize, rate: rate, decoupled: decoupledWeightDecay, eps: eps)
    row.gain1 = 1 - values.momentum
    row.gain2 = 1 - betas.second
    row.extra = isKnown ? 1 : 0
    return row
  }
}
