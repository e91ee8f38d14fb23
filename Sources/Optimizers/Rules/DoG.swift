public import Specs

/// SGD whose step is the distance gone over the gradients met (Ivgi, Hinder, Carmon 2023, "DoG is
/// SGD's best friend"), with the parameters of its authors' code.
///
/// `w = w - lr far / sqrt(sum) g`, where `far` is the largest `|w - x0|` so far, at first
/// `reps_rel (1 + |x0|)`, and `sum` that of `|g|^2`, at first `eps` more; the whole network is one
/// vector. Both stay on the device. Meant for lr = 1, and for an average of the weights, which is
/// kept unless the user asks for another: `a = a + (gamma + 1) / (gamma + t) (w - a)`. Three launches:
/// the sums of all chunks, the step, the update.
public struct DoG: Optimizer {
  /// The first distance over `1 + |x0|`; 1e-4 with batch norm.
  public let relativeStart: Double
  /// L2 penalty, added to the gradient.
  public let weightDecay: Double
  /// Added to the sum of squared gradients.
  public let eps: Double
  /// The first step's factor of the gradient, in place of the distance; nil for none.
  public let firstStep: Double?
  /// How the average forgets: about the last `1 / (gamma + 1)` of the updates count; nil keeps none.
  public let gamma: Double?

  /// Describes DoG.
  ///
  /// - Throws: ``OptimizerError`` for a `relativeStart` or a `firstStep` that is not above 0 and a
  ///   negative weight decay, as the authors' code, and for negative values.
  public init(
    relativeStart: Double = 1e-6, weightDecay: Double = 0, eps: Double = 1e-8,
    firstStep: Double? = nil, gamma: Double? = 8
  ) throws(OptimizerError) {
    self.relativeStart = relativeStart
    self.weightDecay = weightDecay
    self.eps = eps
    self.firstStep = firstStep
    self.gamma = gamma
    try validate()
  }

  /// Reads what the grammar bound.
  public init(_ arguments: Arguments) throws(OptimizerError) {
    try self.init(
      relativeStart: arguments["reps_rel"], weightDecay: arguments["weight_decay"],
      eps: arguments["eps"], firstStep: arguments["init_eta"], gamma: arguments["gamma"])
  }

  /// The parameters of the authors' code and of its average.
  public static let signature = Signature(
    optimizer: "DoG", "SGD with steps of distance over gradients; lr stays 1",
    .init(
      "reps_rel", .number(.positive), default: 1e-6,
      "first distance over 1 + |weights|; 1e-4 with batch norm"),
    .weightDecay(), .eps(1e-8),
    .init(
      "init_eta", .optional(.number(.positive)), default: .nothing,
      "first factor of the gradient, in place of reps_rel"),
    .init(
      "gamma", .optional(.number(.atLeast(0))), default: 8,
      "of the average of the weights; none: no average"))

  /// The authors' default.
  public static let defaultLearningRate = 1.0

  /// The paper.
  public static let source = "Ivgi, Hinder, Carmon 2023"

  /// Every parameter by name.
  public var settings: KeyValuePairs<String, Spec> {
    [
      "reps_rel": Spec(relativeStart), "weight_decay": Spec(weightDecay), "eps": Spec(eps),
      "init_eta": firstStep.map { Spec($0) } ?? .nothing,
      "gamma": gamma.map { Spec($0) } ?? .nothing,
    ]
  }

  /// It has none.
  public var momentum: Double { 0 }

  /// The first weights; the distance, the sum and the step.
  public var rule: Rule {
    Rule(
      "dog", states: 1, average: gamma.map { .polynomial(gamma: $0) },
      Layerwise(span: .network, sums: 2, scalars: [0, 0, 0]))
  }

  /// The first update is marked: it remembers the weights.
  public func coefficients(
    update: Int, _ values: HyperParameters, _ course: inout Course
  ) -> Coefficients {
    var row = Coefficients(values, maximize: false, eps: eps)
    row.isFirst = update == 0
    // As in the authors' code, a first step that is given leaves the distance at 0.
    row.start = firstStep == nil ? relativeStart : 0
    row.extra = firstStep ?? 0
    return row
  }
}
