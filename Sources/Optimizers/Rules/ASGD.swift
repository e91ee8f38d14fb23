public import Specs

/// Averaged stochastic gradient descent as PyTorch's `torch.optim.ASGD` (Polyak, Juditsky 1992).
///
/// `eta_t = lr / (1 + lambd lr t)^alpha`, `w = w - lambd eta_t w - eta_t g`, and the average
/// `a = a + mu_t (w - a)` with `mu_t = 1 / max(1, t - t0)`; t counts from 0. The average is state: as
/// in PyTorch, training and evaluation use `w`.
public struct ASGD: Optimizer {
  /// The decay of weights and, over time, of the learning rate.
  public let lambd: Double
  /// The power by which the learning rate falls.
  public let alpha: Double
  /// The update at which averaging starts.
  public let t0: Double
  /// L2 penalty, added to the gradient.
  public let weightDecay: Double
  /// Whether the update climbs.
  public let maximize: Bool

  /// Describes ASGD.
  ///
  /// - Throws: ``OptimizerError`` for a negative weight decay, as PyTorch does, and a negative
  ///   lambd, whose rates would be no numbers.
  public init(
    lambd: Double = 1e-4, alpha: Double = 0.75, t0: Double = 1e6, weightDecay: Double = 0,
    maximize: Bool = false
  ) throws(OptimizerError) {
    self.lambd = lambd
    self.alpha = alpha
    self.t0 = t0
    self.weightDecay = weightDecay
    self.maximize = maximize
    try validate()
  }

  /// Reads what the grammar bound.
  public init(_ arguments: Arguments) throws(OptimizerError) {
    try self.init(
      lambd: arguments["lambd"], alpha: arguments["alpha"], t0: arguments["t0"],
      weightDecay: arguments["weight_decay"], maximize: arguments["maximize"])
  }

  /// PyTorch's parameters.
  public static let signature = Signature(
    optimizer: "ASGD", "averaged stochastic gradient descent",
    .init("lambd", .number(.atLeast(0)), default: 1e-4, "decay of weights and learning rate"),
    .init("alpha", .number(), default: 0.75, "power by which the learning rate falls"),
    .init("t0", .number(), default: 1e6, "update at which averaging starts"),
    .weightDecay(), .maximize)

  /// PyTorch's default.
  public static let defaultLearningRate = 0.01

  /// The paper.
  public static let source = "Polyak, Juditsky 1992"

  /// Every parameter by name.
  public var settings: KeyValuePairs<String, Spec> {
    [
      "lambd": Spec(lambd), "alpha": Spec(alpha), "t0": Spec(t0),
      "weight_decay": Spec(weightDecay), "maximize": Spec(maximize),
    ]
  }

  /// It has none.
  public var momentum: Double { 0 }

  /// The average of the weights.
  public var rule: Rule { Rule("asgd", states: 1, squares: false) }

  /// The falling rate and the weight of this update in the average.
  ///
  /// As in PyTorch a new learning rate enters one update late: the decay of the rate is computed at
  /// the end of the update before.
  public func coefficients(
    update: Int, _ values: HyperParameters, _ course: inout Course
  ) -> Coefficients {
    let (rate, t) = (update == 0 ? values.learningRate : course.rate, Double(update))
    course.rate = values.learningRate
    let eta = rate / power(1 + lambd * rate * t, alpha)
    var row = Coefficients(values, maximize: maximize, rate: eta)
    row.shrink = lambd * eta
    row.gain1 = 1 / max(1, t - t0)
    return row
  }
}
