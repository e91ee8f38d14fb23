/// What is wrong with `values`, as a sentence for a test's failure; nil if nothing is.
///
/// They agree if all |value - expected| <= absolute + relative x (the largest finite |expected|).
/// The scale is that of the whole tensor: a gradient that nearly cancels out is no more exact than
/// the terms it is made of. NaN agrees with NaN, and an infinity only with itself.
///
/// - Parameters:
///   - values: What was computed.
///   - expected: What should have been.
///   - relative: The allowed difference as a share of the largest expected magnitude.
///   - absolute: The allowed difference besides.
/// - Returns: The first of the worst differences, with its place and the allowed difference.
public func mismatch(
  _ values: [Double], _ expected: [Double], relative: Double, absolute: Double = 0
) -> String? {
  guard values.count == expected.count else {
    return "\(values.count) values, expected \(expected.count)"
  }
  let scale = expected.reduce(0) { $1.isFinite ? max($0, $1.magnitude) : $0 }
  let allowed = absolute + relative * scale
  var worst: (place: Int, difference: Double)?
  for (place, (value, other)) in zip(values, expected).enumerated() {
    if value == other || value.isNaN && other.isNaN { continue }
    let difference = (value - other).magnitude
    let wrong = difference.isFinite ? difference : .infinity
    if wrong > allowed, wrong > worst?.difference ?? 0 {
      worst = (place, wrong)
    }
  }
  return worst.map { place, difference in
    "value \(place) of \(values.count) is \(values[place]), expected \(expected[place]): "
      + "off by \(difference), allowed \(allowed)"
  }
}

/// The gradient of f at x by central differences, (f(x + h) - f(x - h)) / 2h for each value of x.
///
/// - Parameters:
///   - x: Where.
///   - h: The step.
///   - f: A scalar function.
/// - Returns: df/dx, of the length of x.
public func numericalGradient(
  at x: [Double], step h: Double = 1e-5, of f: ([Double]) -> Double
) -> [Double] {
  x.indices.map { i in
    var moved = x
    moved[i] = x[i] + h
    let above = f(moved)
    moved[i] = x[i] - h
    return (above - f(moved)) / (2 * h)
  }
}
