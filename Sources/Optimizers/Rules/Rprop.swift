public import Specs

/// Steps whose length follows the sign of the gradient alone, as PyTorch's `torch.optim.Rprop`
/// (Riedmiller, Braun 1993, without backtracking).
///
/// Each weight has a step of its own: `etas.1` times longer while its gradient keeps its sign,
/// `etas.0` times shorter when it turns. The learning rate is the first step and nothing else, so a
/// schedule has no effect after that. Meant for gradients of the whole data set.
public struct Rprop: Optimizer {
  /// Factors of a step when the gradient turns and when it keeps its sign.
  public let etas: (shorter: Double, longer: Double)
  /// The shortest step and the longest.
  public let stepSizes: (least: Double, most: Double)
  /// Whether the update climbs.
  public let maximize: Bool

  /// Describes Rprop.
  ///
  /// - Throws: ``OptimizerError`` unless 0 < shorter < 1 < longer, as PyTorch does, and for steps
  ///   out of order.
  public init(
    etas: (shorter: Double, longer: Double) = (0.5, 1.2),
    stepSizes: (least: Double, most: Double) = (1e-6, 50), maximize: Bool = false
  ) throws(OptimizerError) {
    self.etas = etas
    self.stepSizes = stepSizes
    self.maximize = maximize
    try validate()
    guard 0 < etas.shorter, etas.shorter < 1, 1 < etas.longer else {
      throw OptimizerError(
        "Rprop: etas are \(etas.shorter) and \(etas.longer); the first must lie between 0 and 1, "
          + "the second above 1")
    }
    guard stepSizes.least <= stepSizes.most else {
      throw OptimizerError(
        "Rprop: step_sizes are \(stepSizes.least) and \(stepSizes.most); the first is the shortest "
          + "step, the second the longest")
    }
  }

  /// Reads what the grammar bound.
  public init(_ arguments: Arguments) throws(OptimizerError) {
    let etas: [Double] = arguments["etas"]
    let sizes: [Double] = arguments["step_sizes"]
    try self.init(
      etas: (etas[0], etas[1]), stepSizes: (sizes[0], sizes[1]), maximize: arguments["maximize"])
  }

  /// PyTorch's parameters.
  public static let signature = Signature(
    optimizer: "Rprop", "steps that follow the sign of the gradient alone",
    .init(
      "etas", .tuple(.number(.atLeast(0)), count: 2), default: [0.5, 1.2],
      "factors of a step when the gradient turns, and when not"),
    .init(
      "step_sizes", .tuple(.number(.atLeast(0)), count: 2), default: [1e-6, 50],
      "the shortest step and the longest"),
    .maximize)

  /// PyTorch's default.
  public static let defaultLearningRate = 0.01

  /// The paper.
  public static let source = "Riedmiller, Braun 1993"

  /// Every parameter by name.
  public var settings: KeyValuePairs<String, Spec> {
    [
      "etas": Betas(etas.shorter, etas.longer).spec,
      "step_sizes": Betas(stepSizes.least, stepSizes.most).spec, "maximize": Spec(maximize),
    ]
  }

  /// It has none.
  public var momentum: Double { 0 }

  /// It has none; PyTorch's takes none.
  public var weightDecay: Double { 0 }

  /// The gradient before, and the length of the step.
  public var rule: Rule { Rule("rprop", states: 2, squares: false) }

  /// Nothing depends on the number of the update.
  public func coefficients(
    update: Int, _ values: HyperParameters, _ course: inout Course
  ) -> Coefficients {
    var row = Coefficients(values, maximize: maximize)
    (row.shorter, row.longer) = etas
    (row.least, row.most) = stepSizes
    return row
  }

  /// Whether all parameters are the same.
  public static func == (a: Rprop, b: Rprop) -> Bool {
    a.etas == b.etas && a.stepSizes == b.stepSizes && a.maximize == b.maximize
  }

  /// Hashes all parameters.
  public func hash(into hasher: inout Hasher) {
    hasher.combine([etas.shorter, etas.longer, stepSizes.least, stepSizes.most])
    hasher.combine(maximize)
  }
}
