public import Specs

/// SGD with a learning rate of its own for each tensor (You, Gitman, Ginsburg 2017), with the
/// parameters of timm's `Lars`.
///
/// With `trust = trust_coeff |w| / (|g| + weight_decay |w| + eps)`, and 1 where a norm is 0, SGD goes
/// down `trust (g + weight_decay w)`; ``trustClip`` (LARC) makes `trust` at most `lr`. As in timm,
/// tensors without weight decay take SGD's own step unless ``alwaysAdapts``. Three launches: the norms
/// of all chunks, those of all tensors with their trust, the update.
public struct LARS: Optimizer {
  /// Factor of the velocity; 0 for none.
  public let momentum: Double
  /// What is taken from the gradient before it enters the velocity.
  public let dampening: Double
  /// L2 penalty, added to the gradient.
  public let weightDecay: Double
  /// Whether the step looks ahead along the velocity.
  public let nesterov: Bool
  /// The length of a step over that of the weights.
  public let trustCoefficient: Double
  /// Added to the denominator of the trust.
  public let eps: Double
  /// Whether the learning rate limits the trust.
  public let trustClip: Bool
  /// Whether tensors without weight decay have a trust too.
  public let alwaysAdapts: Bool
  /// Whether the update climbs.
  public let maximize: Bool

  /// Describes LARS.
  ///
  /// - Throws: ``OptimizerError`` for negative values, and for Nesterov without momentum or with
  ///   dampening, as timm does.
  public init(
    momentum: Double = 0, dampening: Double = 0, weightDecay: Double = 0, nesterov: Bool = false,
    trustCoefficient: Double = 0.001, eps: Double = 1e-8, trustClip: Bool = false,
    alwaysAdapts: Bool = false, maximize: Bool = false
  ) throws(OptimizerError) {
    self.momentum = momentum
    self.dampening = dampening
    self.weightDecay = weightDecay
    self.nesterov = nesterov
    self.trustCoefficient = trustCoefficient
    self.eps = eps
    self.trustClip = trustClip
    self.alwaysAdapts = alwaysAdapts
    self.maximize = maximize
    try validate()
    guard !nesterov || (momentum > 0 && dampening == 0) else {
      throw OptimizerError(
        "LARS: nesterov needs a momentum above 0 and no dampening; momentum is \(momentum) and "
          + "dampening \(dampening)")
    }
  }

  /// Reads what the grammar bound.
  public init(_ arguments: Arguments) throws(OptimizerError) {
    try self.init(
      momentum: arguments["momentum"], dampening: arguments["dampening"],
      weightDecay: arguments["weight_decay"], nesterov: arguments["nesterov"],
      trustCoefficient: arguments["trust_coeff"], eps: arguments["eps"],
      trustClip: arguments["trust_clip"], alwaysAdapts: arguments["always_adapt"],
      maximize: arguments["maximize"])
  }

  /// timm's parameters, and `maximize`.
  public static let signature = Signature(
    optimizer: "LARS", "SGD whose steps are a share of each tensor's norm",
    .init("momentum", .number(.atLeast(0, below: 1)), default: 0, "factor of the velocity"),
    .init("dampening", .number(), default: 0, "taken from the gradient in the velocity"),
    .weightDecay(),
    .init("nesterov", .boolean, default: false, "look ahead along the velocity"),
    .init("trust_coeff", .number(.positive), default: 0.001, "step length over weight length"),
    .eps(1e-8), .trustClip, .alwaysAdapts, .maximize)

  /// timm's default.
  public static let defaultLearningRate = 1.0

  /// The paper.
  public static let source = "You, Gitman, Ginsburg 2017"

  /// Every parameter by name.
  public var settings: KeyValuePairs<String, Spec> {
    [
      "momentum": Spec(momentum), "dampening": Spec(dampening), "weight_decay": Spec(weightDecay),
      "nesterov": Spec(nesterov), "trust_coeff": Spec(trustCoefficient), "eps": Spec(eps),
      "trust_clip": Spec(trustClip), "always_adapt": Spec(alwaysAdapts),
      "maximize": Spec(maximize),
    ]
  }

  /// One velocity a weight where there is momentum; each tensor's trust.
  public var rule: Rule {
    Rule(
      "lars", states: momentum > 0 ? 1 : 0,
      switches: ["MOMENTUM": momentum > 0, "NESTEROV": nesterov],
      Layerwise(span: .tensor, sums: 2, scalars: [1]))
  }

  /// The first update takes the gradient undamped: the velocity starts as the gradient.
  public func coefficients(
    update: Int, _ values: HyperParameters, _ course: inout Course
  ) -> Coefficients {
    var row = Coefficients(values, maximize: maximize, eps: eps)
    row.decay = 0
    row.coupled = values.weightDecay
    row.gradient = update == 0 ? 1 : 1 - dampening
    row.extra = alwaysAdapts || values.weightDecay != 0 ? trustCoefficient : 0
    row.root = trustClip ? 1 / values.learningRate : 1
    row.most = trustClip ? 1 : .infinity
    return row
  }
}

extension Parameter {
  static let trustClip = Parameter(
    "trust_clip", .boolean, default: false, "let the trust shorten steps only")
  static let alwaysAdapts = Parameter(
    "always_adapt", .boolean, default: false, "a trust without weight decay too")
}
