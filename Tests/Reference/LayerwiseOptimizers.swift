// Optimizers that look at more than one weight, by the formulas of their papers. Weights come tensor
// by tensor, each with its shape.

/// The weights or the gradient of a network, tensor by tensor.
public typealias Tensors = [(shape: [Int], values: [Double])]

private func norm(_ values: [Double]) -> Double {
  values.reduce(0) { $0 + $1 * $1 }.squareRoot()
}

/// LAMB (You and others 2020, algorithm 2), with bias correction and the identity for phi.
public struct ReferenceLAMB {
  /// Decay, within the step's norm.
  public var weightDecay: Double
  private var m: [[Double]] = []
  private var v: [[Double]] = []
  private var t = 0

  /// Makes the rule, with betas of 0.9 and 0.999 and an eps of 1e-6.
  public init(weightDecay: Double) { self.weightDecay = weightDecay }

  /// u = m' / (sqrt(v') + eps) + weightDecay w, a dash for the correction;  w = w - lr |w| / |u| u.
  public mutating func step(_ w: inout Tensors, _ g: Tensors, learningRate: Double) {
    if m.isEmpty {
      m = w.map { $0.values.map { _ in 0 } }
      v = m
    }
    t += 1
    let (left1, left2) = (0..<t).reduce((1.0, 1.0)) { left, _ in (left.0 * 0.9, left.1 * 0.999) }
    for k in w.indices {
      var u = w[k].values
      for i in u.indices {
        m[k][i] = 0.9 * m[k][i] + 0.1 * g[k].values[i]
        v[k][i] = 0.999 * v[k][i] + 0.001 * g[k].values[i] * g[k].values[i]
        let root = (v[k][i] / (1 - left2)).squareRoot()
        u[i] = m[k][i] / (1 - left1) / (root + 1e-6) + weightDecay * w[k].values[i]
      }
      let trust = norm(w[k].values) / norm(u)
      for i in u.indices { w[k].values[i] -= learningRate * trust * u[i] }
    }
  }
}

/// Adafactor (Shazeer, Stern 2018, algorithm 4, with means for sums and eps where PyTorch has them).
public struct ReferenceAdafactor {
  private var rows: [[Double]] = []
  private var columns: [[Double]] = []
  private var t = 0

  /// Makes the rule with PyTorch's defaults.
  public init() {}

  /// v = row column / (mean of rows), or the mean square of a vector;  u = g / sqrt(v);
  /// w = w - max(1e-3, rms(w)) min(lr, 1 / sqrt(t)) / max(1, rms(u)) u.
  public mutating func step(_ w: inout Tensors, _ g: Tensors, learningRate: Double) {
    t += 1
    // t^-0.8 by repeated roots: exp and log are not at hand here.
    let share = Self.fifthRoot(1 / Double(t * t * t * t))
    let eps = Double(Float.ulpOfOne)
    for k in w.indices {
      let (shape, squares) = (w[k].shape, g[k].values.map { $0 * $0 })
      let width = shape.count > 1 ? shape[shape.count - 1] : 1
      let height = shape.count > 1 ? shape[shape.count - 2] : shape[0]
      let matrices = squares.count / (width * height)
      if rows.count == k {
        rows.append([Double](repeating: 0, count: matrices * height))
        columns.append([Double](repeating: 0, count: matrices * width))
      }
      var u = g[k].values
      for matrix in 0..<matrices {
        func square(_ row: Int, _ column: Int) -> Double {
          squares[(matrix * height + row) * width + column]
        }
        for row in 0..<height {
          let mean = (0..<width).reduce(0) { $0 + square(row, $1) } / Double(width)
          rows[k][matrix * height + row] += share * (mean - rows[k][matrix * height + row])
        }
        for column in 0..<width {
          let mean = (0..<height).reduce(0) { $0 + square($1, column) } / Double(height)
          columns[k][matrix * width + column] +=
            share * (mean - columns[k][matrix * width + column])
        }
        let mean =
          (0..<height).reduce(0) { $0 + rows[k][matrix * height + $1] } / Double(height)
        for row in 0..<height {
          for column in 0..<width {
            let first = rows[k][matrix * height + row]
            let v =
              shape.count > 1 ? first * columns[k][matrix * width + column] / max(mean, eps) : first
            u[(matrix * height + row) * width + column] /= max(v.squareRoot(), eps)
          }
        }
      }
      func meanSquare(_ values: [Double]) -> Double {
        norm(values) / Double(values.count).squareRoot()
      }
      let rho = min(learningRate, 1 / Double(t).squareRoot())
      let step = max(1e-3, meanSquare(w[k].values)) * rho / max(1, meanSquare(u))
      for i in u.indices { w[k].values[i] -= step * u[i] }
    }
  }

  private static func fifthRoot(_ x: Double) -> Double {
    var y = x.squareRoot().squareRoot()
    for _ in 0..<60 { y -= (y * y * y * y * y - x) / (5 * y * y * y * y) }
    return y
  }
}

/// Prodigy (Mishchenko, Defazio 2024, algorithm 4, with Adam's averages).
public struct ReferenceProdigy {
  /// The distance.
  public private(set) var d: Double
  private let d0: Double
  private var n = 0.0
  private var z: [Double] = []
  private var start: [Double] = []
  private var m: [Double] = []
  private var v: [Double] = []

  /// Makes the rule, with betas of 0.9 and 0.999.
  public init(d0: Double) {
    d = d0
    self.d0 = d0
  }

  /// n = sqrt(b2) n + a <g, x0 - w>;  z = sqrt(b2) z + a g, with a = d / d0 d lr;
  /// d = max(d, n / |z|_1);  m and v average d g and (d g)^2, and w = w - d lr m / (sqrt(v) + d eps),
  /// by the d before but for that beside eps.
  ///
  /// Nothing happens at a rate of 0.
  public mutating func step(_ w: inout [Double], _ g: [Double], learningRate: Double) {
    if start.isEmpty {
      start = w
      m = w.map { _ in 0 }
      (v, z) = (m, m)
    }
    guard learningRate > 0 else { return }
    let (root, old) = (0.999.squareRoot(), d)
    let a = old / d0 * old * learningRate
    n = root * n + a * w.indices.reduce(0) { $0 + g[$1] * (start[$1] - w[$1]) }
    for i in w.indices {
      z[i] = root * z[i] + a * g[i]
      m[i] = 0.9 * m[i] + 0.1 * old * g[i]
      v[i] = 0.999 * v[i] + 0.001 * old * old * g[i] * g[i]
    }
    d = max(d, n / z.reduce(0) { $0 + abs($1) })
    for i in w.indices where g[i] != 0 || m[i] != 0 {
      w[i] -= old * learningRate * m[i] / (v[i].squareRoot() + d * 1e-8)
    }
  }
}

/// Muon (Jordan and others 2024) for one matrix, with Nesterov's momentum of 0.95 and five steps.
public struct ReferenceMuon {
  private var m: [Double] = []

  /// Makes the rule.
  public init() {}

  /// m = 0.95 m + 0.05 g;  u = 0.05 g + 0.95 m;  w = w - lr sqrt(max(1, rows / columns)) NS(u).
  ///
  /// - Parameters:
  ///   - w: The matrix, row by row.
  ///   - g: Its gradient.
  ///   - rows: The number of rows.
  ///   - learningRate: The learning rate.
  public mutating func step(_ w: inout [Double], _ g: [Double], rows: Int, learningRate: Double) {
    if m.isEmpty { m = g.map { _ in 0 } }
    m = zip(m, g).map { 0.95 * $0 + 0.05 * $1 }
    let columns = w.count / rows
    var x = zip(g, m).map { 0.05 * $0 + 0.95 * $1 }
    let length = max(norm(x), 1e-7)
    x = x.map { $0 / length }
    for _ in 0..<5 {
      // On the smaller side: (X X^T)^k X = X (X^T X)^k.
      x =
        rows <= columns
        ? Self.improved(x, rows, columns)
        : Self.turned(Self.improved(Self.turned(x, rows, columns), columns, rows), columns, rows)
    }
    let factor = max(1, Double(rows) / Double(columns)).squareRoot()
    for i in w.indices { w[i] -= learningRate * factor * x[i] }
  }

  /// a X + (b A + c A A) X with A = X X^T.
  static func improved(_ x: [Double], _ rows: Int, _ columns: Int) -> [Double] {
    let gram = product(x, turned(x, rows, columns), rows, columns, rows)
    let squared = product(gram, gram, rows, rows, rows)
    let factor = zip(gram, squared).map { -4.775 * $0 + 2.0315 * $1 }
    return zip(x, product(factor, x, rows, rows, columns)).map { 3.4445 * $0 + $1 }
  }

  static func turned(_ x: [Double], _ rows: Int, _ columns: Int) -> [Double] {
    (0..<columns).flatMap { column in (0..<rows).map { x[$0 * columns + column] } }
  }

  /// [rows][inner] times [inner][columns].
  static func product(
    _ a: [Double], _ b: [Double], _ rows: Int, _ inner: Int, _ columns: Int
  ) -> [Double] {
    var y = [Double](repeating: 0, count: rows * columns)
    for row in 0..<rows {
      for k in 0..<inner {
        let left = a[row * inner + k]
        for column in 0..<columns { y[row * columns + column] += left * b[k * columns + column] }
      }
    }
    return y
  }
}
