public import Specs

/// Nesterov's momentum with an estimate of the gradient's change (Xie and others 2024, "Adan: adaptive
/// Nesterov momentum algorithm"), with the parameters of its authors' code.
///
/// With `c = g - (the gradient before)`, 0 at first: `m`, `v` and `n` are the running averages of
/// `g`, `c` and `(g + beta2 c)^2`, and the step is
/// `lr (m / (1 - beta1^t) + beta2 v / (1 - beta2^t)) / (sqrt(n / (1 - beta3^t)) + eps)`. The decay
/// divides the result by `1 + lr weight_decay`, or with `no_prox` shrinks the weight before.
public struct Adan: Optimizer {
  /// What the running averages of the gradient, of its change and of their square keep.
  public let betas: [Double]
  /// Added to the denominator.
  public let eps: Double
  /// Decoupled weight decay.
  public let weightDecay: Double
  /// Whether the decay comes before the step.
  public let noProx: Bool
  /// Whether the update climbs.
  public let maximize: Bool

  /// Describes Adan.
  ///
  /// - Throws: ``OptimizerError`` unless there are three betas in 0 ..< 1, and for negative values.
  public init(
    betas: [Double] = [0.98, 0.92, 0.99], eps: Double = 1e-8, weightDecay: Double = 0,
    noProx: Bool = false, maximize: Bool = false
  ) throws(OptimizerError) {
    self.betas = betas
    self.eps = eps
    self.weightDecay = weightDecay
    self.noProx = noProx
    self.maximize = maximize
    try validate()
  }

  /// Reads what the grammar bound.
  public init(_ arguments: Arguments) throws(OptimizerError) {
    try self.init(
      betas: arguments["betas"], eps: arguments["eps"], weightDecay: arguments["weight_decay"],
      noProx: arguments["no_prox"], maximize: arguments["maximize"])
  }

  /// The parameters of the authors' code.
  public static let signature = Signature(
    optimizer: "Adan", "Nesterov's momentum with an estimate of the gradient's change",
    .init(
      "betas", .tuple(.number(.atLeast(0, below: 1)), count: 3), default: [0.98, 0.92, 0.99],
      "of the averages of the gradient, its change and their square"),
    .eps(1e-8), .weightDecay(),
    .init("no_prox", .boolean, default: false, "decay the weight before the step, not after"),
    .maximize)

  /// The authors' default.
  public static let defaultLearningRate = 0.001

  /// The paper.
  public static let source = "Xie and others 2024"

  /// Every parameter by name.
  public var settings: KeyValuePairs<String, Spec> {
    [
      "betas": Spec(.list(betas.map { Spec($0) })), "eps": Spec(eps),
      "weight_decay": Spec(weightDecay), "no_prox": Spec(noProx), "maximize": Spec(maximize),
    ]
  }

  /// The first beta, which schedules of the momentum drive.
  public var momentum: Double { betas[0] }

  /// Three averages and the gradient before.
  public var rule: Rule { Rule("adan", states: 4) }

  /// The bias corrections; the first update knows of no change.
  public func coefficients(
    update: Int, _ values: HyperParameters, _ course: inout Course
  ) -> Coefficients {
    let t = update + 1
    let decay = values.learningRate * values.weightDecay
    let kept = noProx ? 1 : 1 / (1 + decay)
    var row = Coefficients(
      values, maximize: maximize,
      rate: kept * values.learningRate / filled(values.momentum, t), decoupled: true, eps: eps)
    row.shrink = noProx ? decay : decay / (1 + decay)
    row.gradient = kept * values.learningRate * betas[1] / filled(betas[1], t)
    row.velocity = betas[1]
    row.gain1 = 1 - values.momentum
    row.gain2 = 1 - betas[1]
    row.gain3 = 1 - betas[2]
    row.root = 1 / filled(betas[2], t).squareRoot()
    row.extra = update == 0 ? 0 : 1
    return row
  }
}
