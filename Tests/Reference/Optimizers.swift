// The optimizers that PyTorch does not have, by the formulas of their papers.

/// Lion (Chen and others 2023, algorithm 2).
public struct ReferenceLion {
  /// What the momentum keeps in the step, and in itself.
  public var betas: (Double, Double)
  /// Decoupled weight decay.
  public var weightDecay: Double
  private var m: [Double] = []

  /// Makes the rule.
  public init(betas: (Double, Double), weightDecay: Double) {
    self.betas = betas
    self.weightDecay = weightDecay
  }

  /// c = beta1 m + (1 - beta1) g;  w = w - lr (sign(c) + weightDecay w);
  /// m = beta2 m + (1 - beta2) g.
  public mutating func step(_ w: inout [Double], _ g: [Double], learningRate: Double) {
    if m.isEmpty { m = g.map { _ in 0 } }
    for i in w.indices {
      let c = betas.0 * m[i] + (1 - betas.0) * g[i]
      let sign = c > 0 ? 1.0 : c < 0 ? -1 : 0
      w[i] -= learningRate * (sign + weightDecay * w[i])
      m[i] = betas.1 * m[i] + (1 - betas.1) * g[i]
    }
  }
}

/// Adan (Xie and others 2024, algorithm 1, with the bias corrections of the authors' code).
public struct ReferenceAdan {
  /// What the averages keep: 1 - the betas of the paper.
  public var betas: (Double, Double, Double)
  /// Added to the denominator.
  public var eps: Double
  /// Decoupled weight decay.
  public var weightDecay: Double
  /// Whether the decay comes before the step.
  public var noProx: Bool
  private var m: [Double] = []
  private var v: [Double] = []
  private var n: [Double] = []
  private var last: [Double] = []
  private var powers = (1.0, 1.0, 1.0)

  /// Makes the rule.
  public init(
    betas: (Double, Double, Double), eps: Double, weightDecay: Double, noProx: Bool
  ) {
    self.betas = betas
    self.eps = eps
    self.weightDecay = weightDecay
    self.noProx = noProx
  }

  /// m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) (g - last);
  /// n = b3 n + (1 - b3) (g + b2 (g - last))^2;
  /// w = (w - lr (m' + b2 v') / (sqrt(n') + eps)) / (1 + lr weightDecay), a dash for the correction.
  public mutating func step(_ w: inout [Double], _ g: [Double], learningRate: Double) {
    if m.isEmpty {
      m = g.map { _ in 0 }
      (v, n, last) = (m, m, g)
    }
    powers = (powers.0 * betas.0, powers.1 * betas.1, powers.2 * betas.2)
    for i in w.indices {
      let change = g[i] - last[i]
      let look = g[i] + betas.1 * change
      m[i] = betas.0 * m[i] + (1 - betas.0) * g[i]
      v[i] = betas.1 * v[i] + (1 - betas.1) * change
      n[i] = betas.2 * n[i] + (1 - betas.2) * look * look
      let denominator = (n[i] / (1 - powers.2)).squareRoot() + eps
      let step =
        learningRate * (m[i] / (1 - powers.0) + betas.1 * v[i] / (1 - powers.1)) / denominator
      if noProx {
        w[i] = w[i] * (1 - learningRate * weightDecay) - step
      } else {
        w[i] = (w[i] - step) / (1 + learningRate * weightDecay)
      }
    }
    last = g
  }
}

/// Schedule-Free SGD and AdamW (Defazio and others 2024, equations 2 to 4 and algorithm 1), with the
/// three sequences side by side.
public struct ReferenceScheduleFree {
  /// The share of x in y.
  public var beta: Double
  /// What the mean square keeps; nil for SGD.
  public var beta2: Double?
  /// Added to the denominator.
  public var eps: Double
  /// Decay, of y.
  public var weightDecay: Double
  /// The power of the update's number in its weight.
  public var power: Int
  /// The average, at which the network is used.
  public private(set) var x: [Double] = []
  /// The weights that go down the gradient.
  public private(set) var z: [Double] = []
  private var v: [Double] = []
  private var t = 0
  private var peak = 0.0
  private var sum = 0.0
  private var remains = 1.0

  /// Makes the rule.
  public init(
    beta: Double, beta2: Double? = nil, eps: Double = 0, weightDecay: Double = 0, power: Int = 0
  ) {
    self.beta = beta
    self.beta2 = beta2
    self.eps = eps
    self.weightDecay = weightDecay
    self.power = power
  }

  /// z = z - lr d;  x = (1 - c) x + c z;  y = (1 - beta) z + beta x, with d the gradient at y
  /// (normalised, with decay), and c = k / (sum of all k), k = t^power (highest lr)^2.
  public mutating func step(_ y: inout [Double], _ g: [Double], learningRate: Double) {
    if x.isEmpty {
      (x, z) = (y, y)
      v = y.map { _ in 0 }
    }
    t += 1
    peak = max(peak, learningRate)
    let k = (0..<power).reduce(peak * peak) { product, _ in product * Double(t) }
    sum += k
    remains *= beta2 ?? 1
    let c = k / sum
    for i in y.indices {
      var d = g[i]
      if let beta2 {
        v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i]
        d /= (v[i] / (1 - remains)).squareRoot() + eps
      }
      d += weightDecay * y[i]
      z[i] -= learningRate * d
      x[i] = (1 - c) * x[i] + c * z[i]
      y[i] = (1 - beta) * z[i] + beta * x[i]
    }
  }
}
