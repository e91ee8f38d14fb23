public import Specs

/// Stochastic gradient descent without a schedule (Defazio and others 2024, "The road less scheduled").
///
/// `z = z - lr g`, the average `x = (1 - c) x + c z`, and gradients are taken at the weights
/// `y = (1 - momentum) z + momentum x`. `c` is the update's share of the sum of `(t + 1)^r
/// peak^weight_lr_power`, where `peak` is the highest learning rate so far. Meant for a constant rate:
/// `--schedule constant`.
public struct ScheduleFreeSGD: Optimizer {
  /// The share of the average in the weights that gradients are taken at.
  public let momentum: Double
  /// L2 penalty, added to the gradient.
  public let weightDecay: Double
  /// How the average is weighted.
  public let averaging: ScheduleFreeAveraging
  /// Whether the update climbs.
  public let maximize: Bool

  /// Describes Schedule-Free SGD.
  ///
  /// - Throws: ``OptimizerError`` for a momentum outside 0 ..< 1 or 0 itself, which averages nothing,
  ///   and for a negative weight decay.
  public init(
    momentum: Double = 0.9, weightDecay: Double = 0,
    averaging: ScheduleFreeAveraging = ScheduleFreeAveraging(), maximize: Bool = false
  ) throws(OptimizerError) {
    self.momentum = momentum
    self.weightDecay = weightDecay
    self.averaging = averaging
    self.maximize = maximize
    try validate()
  }

  /// Reads what the grammar bound.
  public init(_ arguments: Arguments) throws(OptimizerError) {
    try self.init(
      momentum: arguments["momentum"], weightDecay: arguments["weight_decay"],
      averaging: ScheduleFreeAveraging(
        power: arguments["r"], ratePower: arguments["weight_lr_power"]),
      maximize: arguments["maximize"])
  }

  /// The parameters of the authors' code, but for its warm-up, which `--warmup` does.
  public static let signature = Signature(
    optimizer: "ScheduleFreeSGD", "SGD that averages in place of a schedule",
    .init(
      "momentum", .number(.above(0, atMost: 0.999_999)), default: 0.9,
      "share of the average in the weights"),
    .weightDecay(), .averagingPower, .averagingRatePower, .maximize)

  /// The authors' default.
  public static let defaultLearningRate = 1.0

  /// The paper.
  public static let source = "Defazio and others 2024"

  /// Every parameter by name.
  public var settings: KeyValuePairs<String, Spec> {
    [
      "momentum": Spec(momentum), "weight_decay": Spec(weightDecay), "r": Spec(averaging.power),
      "weight_lr_power": Spec(averaging.ratePower), "maximize": Spec(maximize),
    ]
  }

  /// The distance from the weights to z.
  public var rule: Rule {
    Rule("schedule_free", states: 1, averageShare: 1 - 1 / momentum, squares: false)
  }

  /// The update's share of the average.
  public func coefficients(
    update: Int, _ values: HyperParameters, _ course: inout Course
  ) -> Coefficients {
    var row = Coefficients(values, maximize: maximize)
    averaging.weigh(&row, update: update, values, &course)
    return row
  }
}

/// AdamW without a schedule (Defazio and others 2024, "The road less scheduled").
///
/// As ``ScheduleFreeSGD`` with `g / (sqrt(v / (1 - beta2^t)) + eps) + weight_decay y` in place of g,
/// where `v = beta2 v + (1 - beta2) g^2`.
public struct ScheduleFreeAdamW: Optimizer {
  /// The share of the average in the weights, and what the mean square keeps.
  public let betas: Betas
  /// Added to the denominator.
  public let eps: Double
  /// Decay, of the weights that gradients are taken at.
  public let weightDecay: Double
  /// How the average is weighted.
  public let averaging: ScheduleFreeAveraging
  /// Whether the update climbs.
  public let maximize: Bool

  /// Describes Schedule-Free AdamW.
  ///
  /// - Throws: ``OptimizerError`` for betas outside 0 ..< 1, a first one of 0, which averages
  ///   nothing, and negative values.
  public init(
    betas: Betas = Betas(0.9, 0.999), eps: Double = 1e-8, weightDecay: Double = 0,
    averaging: ScheduleFreeAveraging = ScheduleFreeAveraging(), maximize: Bool = false
  ) throws(OptimizerError) {
    self.betas = betas
    self.eps = eps
    self.weightDecay = weightDecay
    self.averaging = averaging
    self.maximize = maximize
    try validate()
    guard betas.first > 0 else {
      throw OptimizerError(
        "ScheduleFreeAdamW: the first beta is \(betas.first); above 0, the weights hold a share of "
          + "the average")
    }
  }

  /// Reads what the grammar bound.
  public init(_ arguments: Arguments) throws(OptimizerError) {
    try self.init(
      betas: Betas(arguments["betas"]), eps: arguments["eps"],
      weightDecay: arguments["weight_decay"],
      averaging: ScheduleFreeAveraging(
        power: arguments["r"], ratePower: arguments["weight_lr_power"]),
      maximize: arguments["maximize"])
  }

  /// The parameters of the authors' code, but for its warm-up, which `--warmup` does.
  public static let signature = Signature(
    optimizer: "ScheduleFreeAdamW", "AdamW that averages in place of a schedule",
    .betas, .eps(1e-8), .weightDecay(), .averagingPower, .averagingRatePower, .maximize)

  /// The authors' default.
  public static let defaultLearningRate = 0.0025

  /// The paper.
  public static let source = "Defazio and others 2024"

  /// Every parameter by name.
  public var settings: KeyValuePairs<String, Spec> {
    [
      "betas": betas.spec, "eps": Spec(eps), "weight_decay": Spec(weightDecay),
      "r": Spec(averaging.power), "weight_lr_power": Spec(averaging.ratePower),
      "maximize": Spec(maximize),
    ]
  }

  /// The first beta, the share of the average in the weights.
  public var momentum: Double { betas.first }

  /// The distance from the weights to z, and the mean square.
  public var rule: Rule {
    Rule("schedule_free_adamw", states: 2, averageShare: 1 - 1 / betas.first)
  }

  /// The update's share of the average and the bias correction.
  public func coefficients(
    update: Int, _ values: HyperParameters, _ course: inout Course
  ) -> Coefficients {
    var row = Coefficients(values, maximize: maximize, decoupled: true, eps: eps)
    averaging.weigh(&row, update: update, values, &course)
    row.shrink = 0
    row.extra = values.weightDecay
    row.gain2 = 1 - betas.second
    row.root = 1 / filled(betas.second, update + 1).squareRoot()
    return row
  }
}

/// How Schedule-Free weighs an update in its average: `(t + 1)^power peak^ratePower`.
public struct ScheduleFreeAveraging: Sendable, Hashable {
  /// The power of the number of the update.
  public let power: Double
  /// The power of the highest learning rate so far.
  public let ratePower: Double

  /// The authors' defaults weigh by the square of the rate, which matters in a warm-up.
  public init(power: Double = 0, ratePower: Double = 2) {
    self.power = power
    self.ratePower = ratePower
  }

  func weigh(
    _ row: inout Coefficients, update: Int, _ values: HyperParameters, _ course: inout Course
  ) {
    course.peak = max(course.peak, values.learningRate)
    let weight =
      Optimizers.power(Double(update + 1), power) * Optimizers.power(course.peak, ratePower)
    course.weight += weight
    // A rate of 0 so far weighs nothing and moves nothing.
    let share = course.weight > 0 ? weight / course.weight : 0
    row.gain1 = share
    row.gradient = values.learningRate * values.momentum
    row.rate = values.learningRate * (1 - values.momentum * (1 - share))
  }
}

extension Parameter {
  fileprivate static let averagingPower = Parameter(
    "r", .number(.atLeast(0)), default: 0, "power of the update's number in its weight")
  fileprivate static let averagingRatePower = Parameter(
    "weight_lr_power", .number(.atLeast(0)), default: 2,
    "power of the highest learning rate in an update's weight")
}
