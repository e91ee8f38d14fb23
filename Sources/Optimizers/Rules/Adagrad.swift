public import Specs

/// Steps divided by the root of all squared gradients so far, as PyTorch's `torch.optim.Adagrad`.
///
/// `v = v + g^2`, `w = w - lr / (1 + t lr_decay) g / (sqrt(v) + eps)` with t from 0
/// (Duchi, Hazan, Singer 2011).
public struct Adagrad: Optimizer {
  /// How fast the learning rate falls.
  public let learningRateDecay: Double
  /// L2 penalty, added to the gradient.
  public let weightDecay: Double
  /// What the sum of squares starts with.
  public let initialAccumulatorValue: Double
  /// Added to the denominator.
  public let eps: Double
  /// Whether the update climbs.
  public let maximize: Bool

  /// Describes Adagrad.
  ///
  /// - Throws: ``OptimizerError`` for negative values, as PyTorch does.
  public init(
    learningRateDecay: Double = 0, weightDecay: Double = 0, initialAccumulatorValue: Double = 0,
    eps: Double = 1e-10, maximize: Bool = false
  ) throws(OptimizerError) {
    self.learningRateDecay = learningRateDecay
    self.weightDecay = weightDecay
    self.initialAccumulatorValue = initialAccumulatorValue
    self.eps = eps
    self.maximize = maximize
    try validate()
  }

  /// Reads what the grammar bound.
  public init(_ arguments: Arguments) throws(OptimizerError) {
    try self.init(
      learningRateDecay: arguments["lr_decay"], weightDecay: arguments["weight_decay"],
      initialAccumulatorValue: arguments["initial_accumulator_value"], eps: arguments["eps"],
      maximize: arguments["maximize"])
  }

  /// PyTorch's parameters.
  public static let signature = Signature(
    optimizer: "Adagrad", "steps divided by the root of all squared gradients so far",
    .init("lr_decay", .number(.atLeast(0)), default: 0, "how fast the learning rate falls"),
    .weightDecay(),
    .init(
      "initial_accumulator_value", .number(.atLeast(0)), default: 0,
      "what the sum of squares starts with"),
    .eps(1e-10), .maximize)

  /// PyTorch's default.
  public static let defaultLearningRate = 0.01

  /// The paper.
  public static let source = "Duchi, Hazan, Singer 2011"

  /// Every parameter by name.
  public var settings: KeyValuePairs<String, Spec> {
    [
      "lr_decay": Spec(learningRateDecay), "weight_decay": Spec(weightDecay),
      "initial_accumulator_value": Spec(initialAccumulatorValue), "eps": Spec(eps),
      "maximize": Spec(maximize),
    ]
  }

  /// It has none.
  public var momentum: Double { 0 }

  /// The sum of squares.
  public var rule: Rule { Rule("adagrad", states: [Float(initialAccumulatorValue)]) }

  /// The learning rate falls with the updates.
  public func coefficients(
    update: Int, _ values: HyperParameters, _ course: inout Course
  ) -> Coefficients {
    Coefficients(
      values, maximize: maximize,
      rate: values.learningRate / (1 + Double(update) * learningRateDecay), eps: eps)
  }
}
