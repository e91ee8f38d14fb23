public import Specs

/// Adam with a learning rate of its own for each tensor (You and others 2020, "Large batch
/// optimization for deep learning"), with the parameters of timm's `Lamb`.
///
/// With `u = m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + eps) + weight_decay w`, m and v as in
/// ``Adam``: `w = w - lr |w| / |u| u`. As in timm, the whole gradient is clipped to
/// ``largestGradientNorm`` first, and tensors without weight decay take Adam's own step unless
/// ``alwaysAdapts``. Three launches: the norms of all chunks, those of all tensors with their trust,
/// the update.
public struct LAMB: Optimizer {
  /// Whether the averages are corrected for their start at 0.
  public let correctsBias: Bool
  /// What the running averages of the gradient and of its square keep.
  public let betas: Betas
  /// Added to the denominator.
  public let eps: Double
  /// Decay, which counts in the norm of the step.
  public let weightDecay: Double
  /// Whether the first average takes `(1 - beta1) g`, not `g`.
  public let averagesGradient: Bool
  /// The norm that the gradient is clipped to; nil for none.
  public let largestGradientNorm: Double?
  /// Whether the trust is 1 at most.
  public let trustClip: Bool
  /// Whether tensors without weight decay have a trust too.
  public let alwaysAdapts: Bool
  /// Whether the update climbs.
  public let maximize: Bool

  /// Describes LAMB.
  ///
  /// - Throws: ``OptimizerError`` for betas outside 0 ..< 1 and negative values.
  public init(
    correctsBias: Bool = true, betas: Betas = Betas(0.9, 0.999), eps: Double = 1e-6,
    weightDecay: Double = 0.01, averagesGradient: Bool = true, largestGradientNorm: Double? = 1,
    trustClip: Bool = false, alwaysAdapts: Bool = false, maximize: Bool = false
  ) throws(OptimizerError) {
    self.correctsBias = correctsBias
    self.betas = betas
    self.eps = eps
    self.weightDecay = weightDecay
    self.averagesGradient = averagesGradient
    self.largestGradientNorm = largestGradientNorm
    self.trustClip = trustClip
    self.alwaysAdapts = alwaysAdapts
    self.maximize = maximize
    try validate()
  }

  /// Reads what the grammar bound.
  public init(_ arguments: Arguments) throws(OptimizerError) {
    try self.init(
      correctsBias: arguments["bias_correction"], betas: Betas(arguments["betas"]),
      eps: arguments["eps"], weightDecay: arguments["weight_decay"],
      averagesGradient: arguments["grad_averaging"],
      largestGradientNorm: arguments["max_grad_norm"], trustClip: arguments["trust_clip"],
      alwaysAdapts: arguments["always_adapt"], maximize: arguments["maximize"])
  }

  /// timm's parameters, and `maximize`.
  public static let signature = Signature(
    optimizer: "LAMB", "Adam whose steps are a share of each tensor's norm",
    .init("bias_correction", .boolean, default: true, "correct averages for their start at 0"),
    .betas, .eps(1e-6), .weightDecay(0.01),
    .init("grad_averaging", .boolean, default: true, "the first average takes (1 - beta1) g"),
    .init(
      "max_grad_norm", .optional(.number(.positive)), default: 1,
      "norm that the whole gradient is clipped to"),
    .trustClip, .alwaysAdapts, .maximize)

  /// timm's default.
  public static let defaultLearningRate = 0.001

  /// The paper.
  public static let source = "You and others 2020"

  /// Every parameter by name.
  public var settings: KeyValuePairs<String, Spec> {
    [
      "bias_correction": Spec(correctsBias), "betas": betas.spec, "eps": Spec(eps),
      "weight_decay": Spec(weightDecay), "grad_averaging": Spec(averagesGradient),
      "max_grad_norm": largestGradientNorm.map { Spec($0) } ?? .nothing,
      "trust_clip": Spec(trustClip), "always_adapt": Spec(alwaysAdapts),
      "maximize": Spec(maximize),
    ]
  }

  /// The first beta, which schedules of the momentum drive.
  public var momentum: Double { betas.first }

  /// Both moments; each tensor's trust.
  public var rule: Rule {
    Rule(
      "lamb", states: 2, normLimit: largestGradientNorm,
      Layerwise(span: .tensor, sums: 2, scalars: [1]))
  }

  /// The bias corrections.
  public func coefficients(
    update: Int, _ values: HyperParameters, _ course: inout Course
  ) -> Coefficients {
    var row = Coefficients(values, maximize: maximize, eps: eps)
    row.decay = 0
    row.coupled = values.weightDecay
    row.gain1 = 1 - values.momentum
    row.gain2 = 1 - betas.second
    row.gradient = averagesGradient ? row.gain1 : 1
    row.velocity = correctsBias ? 1 / filled(values.momentum, update + 1) : 1
    row.root = correctsBias ? 1 / filled(betas.second, update + 1).squareRoot() : 1
    row.extra = alwaysAdapts || values.weightDecay != 0 ? 1 : 0
    row.most = trustClip ? 1 : .infinity
    return row
  }
}
