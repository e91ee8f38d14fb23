public import Specs

/// Steps along the momentum with all its singular values made 1, as PyTorch's `torch.optim.Muon`
/// (Jordan and others 2024), and ``AdamW`` for what is no hidden layer's matrix.
///
/// `m = momentum m + (1 - momentum) g`, `u = (1 - momentum) g + momentum m` (or `m` without Nesterov),
/// `w = w - lr weight_decay w - lr f NS(u)`, where NS takes ``steps`` steps of
/// `X = a X + (b A + c A A) X`, `A = X X^T`, from `X = u / max(|u|, eps)`, and `f` is the adjustment.
/// Single precision throughout, where PyTorch's steps are in bfloat16.
///
/// Matrices are the weights of all layers but the last one: dense weights `[outputs, inputs]`, and
/// filters as `[filters, channels x rows x columns]`, which PyTorch's class does not take and the
/// author's code flattens so. Biases and the last layer, unless ``includesOutput``, take AdamW's
/// update with ``adamBetas`` and ``adamEps``, the learning rate times ``adamScale`` and the same
/// weight decay. 4 + 3 x `ns_steps` launches for all matrices together: two for the norms, one that
/// brings the matrices into shape, three products a step, the update.
public struct Muon: Optimizer {
  /// What the learning rate of a matrix is multiplied by, so that steps of all shapes are alike.
  public enum Adjustment: String, Sendable, Hashable, CaseIterable {
    /// `sqrt(max(1, rows / columns))`, of the author.
    case original
    /// `0.2 sqrt(max(rows, columns))`, which makes rates those of AdamW (Liu and others 2025).
    case matchingAdamW = "match_rms_adamw"

    /// The factor of a matrix.
    func factor(rows: Int, columns: Int) -> Double {
      switch self {
      case .original: max(1, Double(rows) / Double(columns)).squareRoot()
      case .matchingAdamW: 0.2 * Double(max(rows, columns)).squareRoot()
      }
    }
  }

  /// Decoupled weight decay.
  public let weightDecay: Double
  /// What the momentum keeps.
  public let momentum: Double
  /// Whether the step looks ahead along the momentum.
  public let nesterov: Bool
  /// a, b and c of a step towards singular values of 1.
  public let coefficients: [Double]
  /// The least norm that a matrix is divided by.
  public let eps: Double
  /// Steps towards singular values of 1.
  public let steps: Int
  /// What the learning rate is multiplied by.
  public let adjustment: Adjustment
  /// Factor of the learning rate of what AdamW updates.
  public let adamScale: Double
  /// AdamW's betas.
  public let adamBetas: Betas
  /// AdamW's eps.
  public let adamEps: Double
  /// Whether the last layer's weights are a matrix too.
  public let includesOutput: Bool

  /// Describes Muon.
  ///
  /// - Throws: ``OptimizerError`` for negative values and for 100 steps or more, as PyTorch does, and
  ///   for a momentum of 1 or more, which takes no gradient.
  public init(
    weightDecay: Double = 0.1, momentum: Double = 0.95, nesterov: Bool = true,
    coefficients: [Double] = [3.4445, -4.775, 2.0315], eps: Double = 1e-7, steps: Int = 5,
    adjustment: Adjustment = .original, adamScale: Double = 1,
    adamBetas: Betas = Betas(0.9, 0.999), adamEps: Double = 1e-8, includesOutput: Bool = false
  ) throws(OptimizerError) {
    self.weightDecay = weightDecay
    self.momentum = momentum
    self.nesterov = nesterov
    self.coefficients = coefficients
    self.eps = eps
    self.steps = steps
    self.adjustment = adjustment
    self.adamScale = adamScale
    self.adamBetas = adamBetas
    self.adamEps = adamEps
    self.includesOutput = includesOutput
    try validate()
  }

  /// Reads what the grammar bound.
  public init(_ arguments: Arguments) throws(OptimizerError) {
    let adjustment: String? = arguments["adjust_lr_fn"]
    try self.init(
      weightDecay: arguments["weight_decay"], momentum: arguments["momentum"],
      nesterov: arguments["nesterov"], coefficients: arguments["ns_coefficients"],
      eps: arguments["eps"], steps: arguments["ns_steps"],
      adjustment: adjustment.flatMap { Adjustment(rawValue: $0) } ?? .original,
      adamScale: arguments["adamw_scale"], adamBetas: Betas(arguments["adamw_betas"]),
      adamEps: arguments["adamw_eps"], includesOutput: arguments["output_layer"])
  }

  /// PyTorch's parameters, and those of AdamW.
  public static let signature = Signature(
    optimizer: "Muon", "steps of one size in all directions of a matrix; AdamW for the rest",
    .weightDecay(0.1),
    .init("momentum", .number(.atLeast(0, below: 1)), default: 0.95, "what the momentum keeps"),
    .init("nesterov", .boolean, default: true, "look ahead along the momentum"),
    .init(
      "ns_coefficients", .tuple(.number(), count: 3), default: [3.4445, -4.775, 2.0315],
      "a, b, c of a step X = a X + (b A + c A A) X"),
    .init("eps", .number(.atLeast(0)), default: 1e-7, "least norm that a matrix is divided by"),
    .init(
      "ns_steps", .integer(.within(0...99)), default: 5, "steps towards singular values of 1"),
    .init(
      "adjust_lr_fn", .optional(.choice(Adjustment.allCases.map(\.rawValue))), default: .nothing,
      "how a matrix's shape enters its rate; none: original"),
    .init("adamw_scale", .number(.atLeast(0)), default: 1, "factor of AdamW's learning rate"),
    .init(
      "adamw_betas", .tuple(.number(.atLeast(0, below: 1)), count: 2), default: [0.9, 0.999],
      "of AdamW's running averages"),
    .init("adamw_eps", .number(.atLeast(0)), default: 1e-8, "added to AdamW's denominator"),
    .init("output_layer", .boolean, default: false, "the last layer is Muon's too"))

  /// PyTorch's default.
  public static let defaultLearningRate = 0.001

  /// The author's post and the paper on scaling it.
  public static let source = "Jordan and others 2024; Liu and others 2025"

  /// Every parameter by name.
  public var settings: KeyValuePairs<String, Spec> {
    [
      "weight_decay": Spec(weightDecay), "momentum": Spec(momentum), "nesterov": Spec(nesterov),
      "ns_coefficients": Spec(.list(coefficients.map { Spec($0) })), "eps": Spec(eps),
      "ns_steps": Spec(Double(steps)),
      "adjust_lr_fn": adjustment == .original ? .nothing : Spec(.text(adjustment.rawValue)),
      "adamw_scale": Spec(adamScale), "adamw_betas": adamBetas.spec, "adamw_eps": Spec(adamEps),
      "output_layer": Spec(includesOutput),
    ]
  }

  /// The momentum, AdamW's mean gradient; AdamW's mean square belongs to its tensors.
  public var rule: Rule {
    Rule(
      "muon", states: 1, switches: ["NESTEROV": nesterov],
      Layerwise(
        span: .tensor, sums: 1, scalars: [0],
        preparation: .matrices(
          NewtonSchulz(
            count: steps, a: coefficients[0], b: coefficients[1], c: coefficients[2],
            adjustment: adjustment, includesOutput: includesOutput))))
  }

  /// AdamW's bias corrections.
  public func coefficients(
    update: Int, _ values: HyperParameters, _ course: inout Course
  ) -> Coefficients {
    var row = Coefficients(values, maximize: false, eps: adamEps)
    let adamRate = values.learningRate * adamScale
    row.decay = 0
    row.shorter = values.learningRate * values.weightDecay
    row.longer = adamRate * values.weightDecay
    row.gain1 = 1 - values.momentum
    row.gain2 = 1 - adamBetas.second
    row.gain3 = 1 - adamBetas.first
    row.gradient = adamRate / filled(adamBetas.first, update + 1)
    row.root = 1 / filled(adamBetas.second, update + 1).squareRoot()
    row.least = eps
    return row
  }
}
