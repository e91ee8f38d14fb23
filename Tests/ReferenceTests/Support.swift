import Reference
import Testing

/// How exact a central difference of step 1e-5 is, relative to the largest gradient.
let differenceTolerance = 1e-6

/// What rounding in double precision may cost, relative to the largest value.
let roundingTolerance = 1e-13

/// The sum of a[i] b[i]: a scalar made of y, whose gradient by y is dy.
func dot(_ a: [Double], _ b: [Double]) -> Double {
  zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
}

/// Numbers in a seeded order, none nearer to another or to zero than 0.01: no step of a finite
/// difference changes which of them is the largest, or a sign.
func distinctValues(_ count: Int, seed: UInt32) -> [Double] {
  let order = randomValues(count, seed: seed)
  let ranks = order.indices.sorted { order[$0] < order[$1] }
  var values = [Double](repeating: 0, count: count)
  for (rank, place) in ranks.enumerated() {
    values[place] = 0.01 * (Double(rank - count / 2) + 0.5)
  }
  return values
}

func expectClose(
  _ values: [Double], _ expected: [Double], relative: Double, absolute: Double = 0,
  _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation
) {
  let fault = mismatch(values, expected, relative: relative, absolute: absolute)
  #expect(fault == nil, comment, sourceLocation: sourceLocation)
}

/// A fixture's tensors, read as arrays, shapes and whole numbers.
struct Tensors {
  let all: [String: ReferenceTensor]
  let prefix: String

  init(_ name: String, prefix: String = "") throws {
    all = try fixture(name)
    self.prefix = prefix
  }

  func callAsFunction(
    _ name: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> [Double] {
    try #require(all[prefix + name], "no tensor \(prefix + name)", sourceLocation: sourceLocation)
      .values
  }

  func integers(
    _ name: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> [Int] {
    try self(name, sourceLocation: sourceLocation).map { Int($0) }
  }
}
