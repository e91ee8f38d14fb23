public import Specs

/// Adam as PyTorch's `torch.optim.Adam` (Kingma, Ba 2015).
///
/// `m = beta1 m + (1 - beta1) g`, `v = beta2 v + (1 - beta2) g^2`,
/// `w = w - lr / (1 - beta1^t) m / (sqrt(v / (1 - beta2^t)) + eps)` with t from 1; amsgrad divides by
/// the largest v so far.
public struct Adam: Optimizer {
  /// What the running averages of the gradient and of its square keep.
  public let betas: Betas
  /// Added to the denominator.
  public let eps: Double
  /// L2 penalty, added to the gradient; taken from the weight where it is decoupled.
  public let weightDecay: Double
  /// Whether the largest mean square so far divides.
  public let amsgrad: Bool
  /// Whether the update climbs.
  public let maximize: Bool
  /// Whether the decay passes the moments by, as in AdamW.
  public let decoupledWeightDecay: Bool

  /// Describes Adam.
  ///
  /// - Throws: ``OptimizerError`` for betas outside 0 ..< 1 and negative values, as PyTorch does.
  public init(
    betas: Betas = Betas(0.9, 0.999), eps: Double = 1e-8, weightDecay: Double = 0,
    amsgrad: Bool = false, maximize: Bool = false, decoupledWeightDecay: Bool = false
  ) throws(OptimizerError) {
    self.betas = betas
    self.eps = eps
    self.weightDecay = weightDecay
    self.amsgrad = amsgrad
    self.maximize = maximize
    self.decoupledWeightDecay = decoupledWeightDecay
    try validate()
  }

  /// Reads what the grammar bound.
  public init(_ arguments: Arguments) throws(OptimizerError) {
    try self.init(
      betas: Betas(arguments["betas"]), eps: arguments["eps"],
      weightDecay: arguments["weight_decay"], amsgrad: arguments["amsgrad"],
      maximize: arguments["maximize"],
      decoupledWeightDecay: arguments["decoupled_weight_decay"])
  }

  /// PyTorch's parameters.
  public static let signature = Signature(
    optimizer: "Adam", "steps of the mean gradient over the root of its mean square",
    .betas, .eps(1e-8), .weightDecay(), .amsgrad, .maximize, .decoupled)

  /// PyTorch's default.
  public static let defaultLearningRate = 0.001

  /// The papers of Adam and of amsgrad.
  public static let source = "Kingma, Ba 2015; Reddi, Kale, Kumar 2018"

  /// Every parameter by name.
  public var settings: KeyValuePairs<String, Spec> {
    [
      "betas": betas.spec, "eps": Spec(eps), "weight_decay": Spec(weightDecay),
      "amsgrad": Spec(amsgrad), "maximize": Spec(maximize),
      "decoupled_weight_decay": Spec(decoupledWeightDecay),
    ]
  }

  /// The first beta, which schedules of the momentum drive.
  public var momentum: Double { betas.first }

  /// Both moments, and the largest second one for amsgrad.
  public var rule: Rule { .adam(amsgrad: amsgrad) }

  /// The bias corrections.
  public func coefficients(
    update: Int, _ values: HyperParameters, _ course: inout Course
  ) -> Coefficients {
    .adam(
      update: update, values, betas, eps: eps, maximize: maximize, decoupled: decoupledWeightDecay)
  }
}

/// Adam with decoupled weight decay as PyTorch's `torch.optim.AdamW` (Loshchilov, Hutter 2019).
///
/// `w = w - lr weight_decay w` before the step of ``Adam``. The decay follows the learning rate: a
/// schedule that ends at 0 also ends the decay.
public struct AdamW: Optimizer {
  /// What the running averages of the gradient and of its square keep.
  public let betas: Betas
  /// Added to the denominator.
  public let eps: Double
  /// The share of the weight that is taken from it in each update, times the learning rate.
  public let weightDecay: Double
  /// Whether the largest mean square so far divides.
  public let amsgrad: Bool
  /// Whether the update climbs.
  public let maximize: Bool

  /// Describes AdamW.
  ///
  /// - Throws: ``OptimizerError`` for betas outside 0 ..< 1 and negative values, as PyTorch does.
  public init(
    betas: Betas = Betas(0.9, 0.999), eps: Double = 1e-8, weightDecay: Double = 0.01,
    amsgrad: Bool = false, maximize: Bool = false
  ) throws(OptimizerError) {
    self.betas = betas
    self.eps = eps
    self.weightDecay = weightDecay
    self.amsgrad = amsgrad
    self.maximize = maximize
    try validate()
  }

  /// Reads what the grammar bound.
  public init(_ arguments: Arguments) throws(OptimizerError) {
    try self.init(
      betas: Betas(arguments["betas"]), eps: arguments["eps"],
      weightDecay: arguments["weight_decay"], amsgrad: arguments["amsgrad"],
      maximize: arguments["maximize"])
  }

  /// PyTorch's parameters.
  public static let signature = Signature(
    optimizer: "AdamW", "Adam with decoupled weight decay",
    .betas, .eps(1e-8), .weightDecay(0.01), .amsgrad, .maximize)

  /// PyTorch's default.
  public static let defaultLearningRate = 0.001

  /// The paper.
  public static let source = "Loshchilov, Hutter 2019"

  /// Every parameter by name.
  public var settings: KeyValuePairs<String, Spec> {
    [
      "betas": betas.spec, "eps": Spec(eps), "weight_decay": Spec(weightDecay),
      "amsgrad": Spec(amsgrad), "maximize": Spec(maximize),
    ]
  }

  /// The first beta, which schedules of the momentum drive.
  public var momentum: Double { betas.first }

  /// Both moments, and the largest second one for amsgrad.
  public var rule: Rule { .adam(amsgrad: amsgrad) }

  /// The bias corrections.
  public func coefficients(
    update: Int, _ values: HyperParameters, _ course: inout Course
  ) -> Coefficients {
    .adam(update: update, values, betas, eps: eps, maximize: maximize, decoupled: true)
  }
}

extension Parameter {
  fileprivate static let amsgrad = Parameter(
    "amsgrad", .boolean, default: false, "divide by the largest mean square so far")
}

extension Rule {
  fileprivate static func adam(amsgrad: Bool) -> Rule {
    Rule("adam", states: amsgrad ? 3 : 2, switches: ["AMSGRAD": amsgrad])
  }
}

extension Coefficients {
  fileprivate static func adam(
    update: Int, _ values: HyperParameters, _ betas: Betas, eps: Double, maximize: Bool,
    decoupled: Bool
  ) -> Coefficients {
    var row = Coefficients(
      values, maximize: maximize,
      rate: values.learningRate / filled(values.momentum, update + 1), decoupled: decoupled,
      eps: eps)
    row.gain1 = 1 - values.momentum
    row.gain2 = 1 - betas.second
    row.root = 1 / filled(betas.second, update + 1).squareRoot()
    return row
  }
}
