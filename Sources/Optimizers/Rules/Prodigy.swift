public import Specs

/// Adam that finds its step size (Mishchenko, Defazio 2024, "Prodigy: an expeditiously adaptive
/// parameter-free learner"), with the parameters of its authors' code.
///
/// With the distance d, at first `d0`, and `a = d / d0 d lr`:
/// `n = beta3 n + a <g, x0 - w>`, `z = beta3 z + a g`, `d = max(d, d_coef n / |z|_1)`, and Adam on
/// `d g` with steps of `d lr` and an eps of `d eps`. d stays on the device. Meant for lr = 1, with or
/// without a schedule. d only grows: a schedule with restarts needs `safeguard_warmup`, as a warm-up
/// does. Three launches: the sums of all chunks, d, the update.
public struct Prodigy: Optimizer {
  /// What the running averages of the gradient and of its square keep.
  public let betas: Betas
  /// What the estimate of d keeps; the root of the second beta if nil.
  public let beta3: Double?
  /// Added to the denominator, times d.
  public let eps: Double
  /// Weight decay.
  public let weightDecay: Double
  /// Whether the decay passes the moments by, as in AdamW.
  public let decouples: Bool
  /// Whether the averages are corrected for their start at 0.
  public let correctsBias: Bool
  /// Whether the learning rate is left out of z, so that a warm-up does not raise d.
  public let safeguardsWarmup: Bool
  /// The first distance.
  public let d0: Double
  /// Factor of the distance.
  public let dCoefficient: Double
  /// The largest growth of the distance in an update.
  public let growthRate: Double

  /// Describes Prodigy.
  ///
  /// - Throws: ``OptimizerError`` for betas outside 0 ..< 1, for an eps or a `d0` that is not above 0,
  ///   as the authors' code, for negative values and a growth below 1.
  public init(
    betas: Betas = Betas(0.9, 0.999), beta3: Double? = nil, eps: Double = 1e-8,
    weightDecay: Double = 0, decouples: Bool = true, correctsBias: Bool = false,
    safeguardsWarmup: Bool = false, d0: Double = 1e-6, dCoefficient: Double = 1,
    growthRate: Double = .infinity
  ) throws(OptimizerError) {
    self.betas = betas
    self.beta3 = beta3
    self.eps = eps
    self.weightDecay = weightDecay
    self.decouples = decouples
    self.correctsBias = correctsBias
    self.safeguardsWarmup = safeguardsWarmup
    self.d0 = d0
    self.dCoefficient = dCoefficient
    self.growthRate = growthRate
    try validate()
  }

  /// Reads what the grammar bound.
  public init(_ arguments: Arguments) throws(OptimizerError) {
    try self.init(
      betas: Betas(arguments["betas"]), beta3: arguments["beta3"], eps: arguments["eps"],
      weightDecay: arguments["weight_decay"], decouples: arguments["decouple"],
      correctsBias: arguments["use_bias_correction"],
      safeguardsWarmup: arguments["safeguard_warmup"], d0: arguments["d0"],
      dCoefficient: arguments["d_coef"], growthRate: arguments["growth_rate"])
  }

  /// The parameters of the authors' code but for `slice_p`, which saves memory that is not scarce
  /// here.
  public static let signature = Signature(
    optimizer: "Prodigy", "Adam that finds its step size; lr stays 1",
    .betas,
    .init(
      "beta3", .optional(.number(.atLeast(0, below: 1))), default: .nothing,
      "what the estimate of d keeps; none: sqrt(beta2)"),
    .positiveEps, .weightDecay(),
    .init("decouple", .boolean, default: true, "take the decay from the weight, as AdamW"),
    .biasCorrection,
    .init("safeguard_warmup", .boolean, default: false, "keep a warm-up from raising d"),
    .firstDistance,
    .init("d_coef", .number(.positive), default: 1, "factor of d; 0.5 or 2 to correct it"),
    .growthRate, .ignored("fsdp_in_use", .boolean, default: false))

  /// The authors' default.
  public static let defaultLearningRate = 1.0

  /// The paper.
  public static let source = "Mishchenko, Defazio 2024"

  /// Every parameter by name.
  public var settings: KeyValuePairs<String, Spec> {
    [
      "betas": betas.spec, "beta3": beta3.map { Spec($0) } ?? .nothing, "eps": Spec(eps),
      "weight_decay": Spec(weightDecay), "decouple": Spec(decouples),
      "use_bias_correction": Spec(correctsBias), "safeguard_warmup": Spec(safeguardsWarmup),
      "d0": Spec(d0), "d_coef": Spec(dCoefficient), "growth_rate": Spec(growthRate),
    ]
  }

  /// The first beta, which schedules of the momentum drive.
  public var momentum: Double { betas.first }

  /// The mean square, z and the first weights, and the mean gradient where there is momentum; d, the
  /// largest estimate, n, and the d of the update before.
  public var rule: Rule {
    Rule(
      "prodigy", states: momentum > 0 ? 4 : 3, switches: ["MOMENTUM": momentum > 0],
      Layerwise(
        span: .network, sums: 2, scalars: [Float(d0), Float(d0), 0, Float(d0)], sharesRate: true))
  }

  /// The bias corrections.
  public func coefficients(
    update: Int, _ values: HyperParameters, _ course: inout Course
  ) -> Coefficients {
    var row = Coefficients(
      estimating: values, update: update, beta2: betas.second, correctsBias: correctsBias,
      decouples: decouples, eps: eps)
    if let beta3 { row.gain3 = 1 - beta3 }
    row.root = safeguardsWarmup ? 1 : 0
    row.extra = dCoefficient
    row.isFirst = update == 0
    row.start = d0
    row.growth = growthRate - 1
    return row
  }
}

extension Parameter {
  static let positiveEps = Parameter(
    "eps", .number(.positive), default: 1e-8, "added to the denominator")
  static let biasCorrection = Parameter(
    "use_bias_correction", .boolean, default: false, "correct averages for their start at 0")
  static let firstDistance = Parameter(
    "d0", .number(.positive), default: 1e-6, "first distance; too small is better than too large")
  static let growthRate = Parameter(
    "growth_rate", .number(.atLeast(1)), default: Spec(.infinity),
    "largest growth of the distance in an update")
}
