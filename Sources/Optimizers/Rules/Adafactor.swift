public import Specs

/// Steps divided by a mean square of which only row and column means are kept, as PyTorch's
/// `torch.optim.Adafactor` (Shazeer, Stern 2018).
///
/// With `rho = min(lr, 1 / sqrt(t))` and `1 - beta2 = t^beta2_decay`: `v` is the product of the
/// running means of `g^2` over rows and over columns by their mean (for a vector the running mean
/// itself), `u = g / max(sqrt(v), eps1)` and
/// `w = w - max(eps2, rms(w)) rho / max(1, rms(u) / d) u` after `w = w - lr weight_decay w`. A matrix
/// is the last two dimensions of a tensor: all of a dense layer's weights, the window of a filter and
/// channel. Five launches: rows and columns, the means of rows, the norms of all chunks, those of all
/// tensors, the update.
public struct Adafactor: Optimizer {
  /// The power of t in `1 - beta2`.
  public let beta2Decay: Double
  /// The least root of a mean square, and the least root mean square of weights; the first is single
  /// precision's epsilon if nil.
  public let eps: (gradient: Double?, weight: Double)
  /// The largest root mean square of a step.
  public let d: Double
  /// Decoupled weight decay.
  public let weightDecay: Double
  /// Whether the update climbs.
  public let maximize: Bool

  /// Describes Adafactor.
  ///
  /// - Throws: ``OptimizerError`` for a `beta2Decay` above 0, a `d` below 1 and negative values, as
  ///   PyTorch does.
  public init(
    beta2Decay: Double = -0.8, eps: (gradient: Double?, weight: Double) = (nil, 1e-3),
    d: Double = 1, weightDecay: Double = 0, maximize: Bool = false
  ) throws(OptimizerError) {
    self.beta2Decay = beta2Decay
    self.eps = eps
    self.d = d
    self.weightDecay = weightDecay
    self.maximize = maximize
    try validate()
  }

  /// Reads what the grammar bound.
  public init(_ arguments: Arguments) throws(OptimizerError) {
    let eps: [Double?] = arguments["eps"]
    guard let weight = eps[1] else {
      throw OptimizerError("Adafactor: the second eps is none; only the first may be left to it")
    }
    try self.init(
      beta2Decay: arguments["beta2_decay"], eps: (eps[0], weight), d: arguments["d"],
      weightDecay: arguments["weight_decay"], maximize: arguments["maximize"])
  }

  /// PyTorch's parameters.
  public static let signature = Signature(
    optimizer: "Adafactor", "steps divided by mean squares of rows and columns",
    .init(
      "beta2_decay", .number(.within(-.infinity...0)), default: -0.8,
      "power of the update's number in 1 - beta2"),
    .init(
      "eps", .tuple(.optional(.number(.atLeast(0))), count: 2), default: [.nothing, 1e-3],
      "least root mean squares, of gradients and of weights"),
    .init("d", .number(.atLeast(1)), default: 1, "largest root mean square of a step"),
    .weightDecay(), .maximize)

  /// PyTorch's default.
  public static let defaultLearningRate = 0.01

  /// The paper.
  public static let source = "Shazeer, Stern 2018"

  /// Every parameter by name.
  public var settings: KeyValuePairs<String, Spec> {
    [
      "beta2_decay": Spec(beta2Decay),
      "eps": Spec(.list([eps.gradient.map { Spec($0) } ?? .nothing, Spec(eps.weight)])),
      "d": Spec(d), "weight_decay": Spec(weightDecay), "maximize": Spec(maximize),
    ]
  }

  /// It has none.
  public var momentum: Double { 0 }

  /// Nothing for each weight: means of rows and columns belong to the tensor.
  public var rule: Rule {
    Rule(
      "adafactor", states: 0,
      Layerwise(span: .tensor, sums: 2, scalars: [0], preparation: .factors))
  }

  /// The falling share of new squares and the bound of the step.
  public func coefficients(
    update: Int, _ values: HyperParameters, _ course: inout Course
  ) -> Coefficients {
    let t = Double(update + 1)
    var row = Coefficients(
      values, maximize: maximize, rate: min(values.learningRate, 1 / t.squareRoot()),
      decoupled: true, eps: eps.weight)
    row.gain2 = power(t, beta2Decay)
    row.least = eps.gradient ?? Double(Float.ulpOfOne)
    row.most = d
    return row
  }

  /// Whether all parameters are the same.
  public static func == (a: Adafactor, b: Adafactor) -> Bool {
    a.beta2Decay == b.beta2Decay && a.eps == b.eps && a.d == b.d
      && a.weightDecay == b.weightDecay && a.maximize == b.maximize
  }

  /// Hashes all parameters.
  public func hash(into hasher: inout Hasher) {
    hasher.combine([beta2Decay, eps.weight, d, weightDecay])
    hasher.combine(eps.gradient)
    hasher.combine(maximize)
  }
}
