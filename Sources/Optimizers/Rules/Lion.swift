public import Specs

/// Steps of one length along the sign of the momentum (Chen and others 2023, "Symbolic discovery of
/// optimization algorithms").
///
/// `w = w - lr (sign(beta1 m + (1 - beta1) g) + weight_decay w)`, `m = beta2 m + (1 - beta2) g`.
public struct Lion: Optimizer {
  /// What the momentum keeps in the step, and in itself.
  public let betas: Betas
  /// Decoupled weight decay.
  public let weightDecay: Double
  /// Whether the update climbs.
  public let maximize: Bool

  /// Describes Lion.
  ///
  /// - Throws: ``OptimizerError`` for betas outside 0 ..< 1 and a negative weight decay.
  public init(
    betas: Betas = Betas(0.9, 0.99), weightDecay: Double = 0, maximize: Bool = false
  ) throws(OptimizerError) {
    self.betas = betas
    self.weightDecay = weightDecay
    self.maximize = maximize
    try validate()
  }

  /// Reads what the grammar bound.
  public init(_ arguments: Arguments) throws(OptimizerError) {
    try self.init(
      betas: Betas(arguments["betas"]), weightDecay: arguments["weight_decay"],
      maximize: arguments["maximize"])
  }

  /// The paper's parameters.
  public static let signature = Signature(
    optimizer: "Lion", "steps of one length along the sign of the momentum",
    .init(
      "betas", .tuple(.number(.atLeast(0, below: 1)), count: 2), default: [0.9, 0.99],
      "what the momentum keeps in the step, and in itself"),
    .weightDecay(), .maximize)

  /// The authors' default.
  public static let defaultLearningRate = 1e-4

  /// The paper.
  public static let source = "Chen and others 2023"

  /// Every parameter by name.
  public var settings: KeyValuePairs<String, Spec> {
    ["betas": betas.spec, "weight_decay": Spec(weightDecay), "maximize": Spec(maximize)]
  }

  /// The first beta, which schedules of the momentum drive.
  public var momentum: Double { betas.first }

  /// The momentum.
  public var rule: Rule { Rule("lion", states: 1, squares: false) }

  /// Nothing depends on the number of the update.
  public func coefficients(
    update: Int, _ values: HyperParameters, _ course: inout Course
  ) -> Coefficients {
    var row = Coefficients(values, maximize: maximize, decoupled: true)
    row.gain1 = 1 - values.momentum
    row.gain2 = 1 - betas.second
    return row
  }
}
