public import Specs

/// SGD that finds its step size (Defazio, Mishchenko 2023, "Learning-rate-free learning by
/// D-adaptation"), with the parameters of its authors' code.
///
/// With the distance d, at first `d0`, and `a = d lr / |g0|`, g0 the first gradient:
/// `n = n + a <g, z>`, `z = z + a g`, `d = max(d, 2 n / |z|)` and
/// `w = momentum w + (1 - momentum) (x0 - z)`. d stays on the device. Meant for lr = 1; as the
/// authors' code, it overshoots at that on some networks, LeNet among them, and lr = 0.1 helps. Three
/// launches: the sums of all chunks, d, the update.
public struct DAdaptSGD: Optimizer {
  /// The share of the weights that is kept.
  public let momentum: Double
  /// L2 penalty, added to the gradient.
  public let weightDecay: Double
  /// The first distance.
  public let d0: Double
  /// The largest growth of the distance in an update.
  public let growthRate: Double

  /// Describes SGD with D-Adaptation.
  ///
  /// - Throws: ``OptimizerError`` for a `d0` that is not above 0, as the authors' code, a momentum
  ///   outside 0 ..< 1, a negative weight decay and a growth below 1.
  public init(
    momentum: Double = 0, weightDecay: Double = 0, d0: Double = 1e-6,
    growthRate: Double = .infinity
  ) throws(OptimizerError) {
    self.momentum = momentum
    self.weightDecay = weightDecay
    self.d0 = d0
    self.growthRate = growthRate
    try validate()
  }

  /// Reads what the grammar bound.
  public init(_ arguments: Arguments) throws(OptimizerError) {
    try self.init(
      momentum: arguments["momentum"], weightDecay: arguments["weight_decay"],
      d0: arguments["d0"], growthRate: arguments["growth_rate"])
  }

  /// The parameters of the authors' code.
  public static let signature = Signature(
    optimizer: "DAdaptSGD", "SGD that finds its step size; lr stays 1",
    .init("momentum", .number(.atLeast(0, below: 1)), default: 0, "share of the weights kept"),
    .weightDecay(), .ignored("log_every", .integer(), default: 0), .firstDistance, .growthRate,
    .ignored("fsdp_in_use", .boolean, default: false))

  /// The authors' default.
  public static let defaultLearningRate = 1.0

  /// The paper.
  public static let source = "Defazio, Mishchenko 2023"

  /// Every parameter by name.
  public var settings: KeyValuePairs<String, Spec> {
    [
      "momentum": Spec(momentum), "weight_decay": Spec(weightDecay), "d0": Spec(d0),
      "growth_rate": Spec(growthRate),
    ]
  }

  /// z and the first weights; d, n, the norm of the first gradient, and the factor of the update.
  public var rule: Rule {
    Rule(
      "dadapt_sgd", states: 2,
      Layerwise(span: .network, sums: 3, scalars: [Float(d0), 0, 0, 0], sharesRate: true))
  }

  /// The first update is marked: it remembers the weights.
  public func coefficients(
    update: Int, _ values: HyperParameters, _ course: inout Course
  ) -> Coefficients {
    var row = Coefficients(values, maximize: false)
    row.decay = 0
    row.coupled = values.weightDecay
    row.gain1 = 1 - values.momentum
    row.isFirst = update == 0
    row.growth = growthRate - 1
    return row
  }
}

/// Adam that finds its step size (Defazio, Mishchenko 2023, "Learning-rate-free learning by
/// D-adaptation"), with the parameters of its authors' code.
///
/// With the distance d, at first `d0`, `a = d lr` and `q = sqrt(beta2)`:
/// `n = q n + (1 - q) a <g, z / (sqrt(v) + eps)>`, `z = q z + (1 - q) a g`,
/// `d = max(d, n / ((1 - q) |z|_1))`, `m = beta1 m + (1 - beta1) a g`,
/// `w = w - m / (sqrt(v) + eps)`. d stays on the device. Meant for lr = 1. Three launches: the sums
/// of all chunks, d, the update.
public struct DAdaptAdam: Optimizer {
  /// What the running averages of the gradient and of its square keep.
  public let betas: Betas
  /// Added to the denominator.
  public let eps: Double
  /// Weight decay.
  public let weightDecay: Double
  /// Whether the decay passes the moments by, as in AdamW.
  public let decouples: Bool
  /// Whether the averages are corrected for their start at 0.
  public let correctsBias: Bool
  /// The first distance.
  public let d0: Double
  /// The largest growth of the distance in an update.
  public let growthRate: Double

  /// Describes Adam with D-Adaptation.
  ///
  /// - Throws: ``OptimizerError`` for betas outside 0 ..< 1, for an eps or a `d0` that is not above 0,
  ///   as the authors' code, for a second beta of 0, a negative weight decay and a growth below 1.
  public init(
    betas: Betas = Betas(0.9, 0.999), eps: Double = 1e-8, weightDecay: Double = 0,
    decouples: Bool = false, correctsBias: Bool = false, d0: Double = 1e-6,
    growthRate: Double = .infinity
  ) throws(OptimizerError) {
    self.betas = betas
    self.eps = eps
    self.weightDecay = weightDecay
    self.decouples = decouples
    self.correctsBias = correctsBias
    self.d0 = d0
    self.growthRate = growthRate
    try validate()
  }

  /// Reads what the grammar bound.
  public init(_ arguments: Arguments) throws(OptimizerError) {
    try self.init(
      betas: Betas(arguments["betas"]), eps: arguments["eps"],
      weightDecay: arguments["weight_decay"], decouples: arguments["decouple"],
      correctsBias: arguments["use_bias_correction"], d0: arguments["d0"],
      growthRate: arguments["growth_rate"])
  }

  /// The parameters of the authors' code.
  public static let signature = Signature(
    optimizer: "DAdaptAdam", "Adam that finds its step size; lr stays 1",
    .betas, .positiveEps, .weightDecay(), .ignored("log_every", .integer(), default: 0),
    .init("decouple", .boolean, default: false, "take the decay from the weight, as AdamW"),
    .biasCorrection, .firstDistance, .growthRate,
    .ignored("fsdp_in_use", .boolean, default: false))

  /// The authors' default.
  public static let defaultLearningRate = 1.0

  /// The paper.
  public static let source = "Defazio, Mishchenko 2023"

  /// Every parameter by name.
  public var settings: KeyValuePairs<String, Spec> {
    [
      "betas": betas.spec, "eps": Spec(eps), "weight_decay": Spec(weightDecay),
      "decouple": Spec(decouples), "use_bias_correction": Spec(correctsBias), "d0": Spec(d0),
      "growth_rate": Spec(growthRate),
    ]
  }

  /// The first beta, which schedules of the momentum drive.
  public var momentum: Double { betas.first }

  /// Both moments and z; d, n, and the factor of the update.
  public var rule: Rule {
    Rule(
      "dadapt_adam", states: 3,
      Layerwise(span: .network, sums: 2, scalars: [Float(d0), 0, 0], sharesRate: true))
  }

  /// The bias corrections.
  public func coefficients(
    update: Int, _ values: HyperParameters, _ course: inout Course
  ) -> Coefficients {
    var row = Coefficients(
      estimating: values, update: update, beta2: betas.second, correctsBias: correctsBias,
      decouples: decouples, eps: eps)
    row.growth = growthRate - 1
    return row
  }
}

extension Coefficients {
  /// The row of an Adam that estimates its distance to the solution: D-Adaptation and Prodigy.
  init(
    estimating values: HyperParameters, update: Int, beta2: Double, correctsBias: Bool,
    decouples: Bool, eps: Double
  ) {
    let correction =
      correctsBias
      ? filled(beta2, update + 1).squareRoot() / filled(values.momentum, update + 1) : 1
    self.init(values, maximize: false, rate: values.learningRate * correction, eps: eps)
    decay = 0
    coupled = decouples ? 0 : values.weightDecay
    decoupled = decouples ? values.weightDecay : 0
    gain1 = 1 - values.momentum
    gain2 = 1 - beta2
    gain3 = 1 - beta2.squareRoot()
  }
}
