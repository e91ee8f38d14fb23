/// Stochastic gradient descent by the formulas of PyTorch's `torch.optim.SGD`.
public struct ReferenceSGD: Hashable, Sendable {
  /// The learning rate.
  public var learningRate: Double
  /// The share of the momentum buffer that is kept.
  public var momentum: Double
  /// The share of the gradient that is kept from the momentum buffer, but for the first update.
  public var dampening: Double
  /// The factor of w that is added to the gradient.
  public var weightDecay: Double
  /// Whether the update looks one momentum step ahead.
  public var nesterov: Bool
  /// Whether the update climbs instead of descending.
  public var maximize: Bool

  /// Makes the rule; the defaults are PyTorch's.
  public init(
    learningRate: Double, momentum: Double = 0, dampening: Double = 0, weightDecay: Double = 0,
    nesterov: Bool = false, maximize: Bool = false
  ) {
    self.learningRate = learningRate
    self.momentum = momentum
    self.dampening = dampening
    self.weightDecay = weightDecay
    self.nesterov = nesterov
    self.maximize = maximize
  }

  /// One update of the parameters `w` by the gradient `dw`.
  ///
  /// g = (maximize ? -dw : dw) + weightDecay w;
  /// with momentum: m = g at first, then m = momentum m + (1 - dampening) g,
  /// and g = nesterov ? g + momentum m : m;
  /// w = w - learningRate g.
  ///
  /// - Parameters:
  ///   - w: The parameters, of any shape.
  ///   - dw: Their gradient.
  ///   - m: The momentum buffer; nil before the first update.
  public func step(_ w: inout [Double], _ dw: [Double], momentumBuffer m: inout [Double]?) {
    precondition(dw.count == w.count, "dw has \(dw.count) values, w \(w.count)")
    var g = zip(dw, w).map { (maximize ? -$0 : $0) + weightDecay * $1 }
    if momentum != 0 {
      let kept = m.map { zip($0, g).map { momentum * $0 + (1 - dampening) * $1 } } ?? g
      g = nesterov ? zip(g, kept).map { $0 + momentum * $1 } : kept
      m = kept
    }
    w = zip(w, g).map { $0 - learningRate * $1 }
  }
}

/// |g| = sqrt(sum of the squares of all gradients), as PyTorch's `get_total_norm` with norm type 2.
///
/// - Parameter gradients: The gradients of all parameters.
/// - Returns: The Euclidean norm.
public func gradientNorm(_ gradients: [[Double]]) -> Double {
  gradients.joined().reduce(0) { $0 + $1 * $1 }.squareRoot()
}
