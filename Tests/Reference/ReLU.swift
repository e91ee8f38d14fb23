/// y = x < 0 ? 0 : x, so that NaN stays NaN.
///
/// - Parameter x: The input, of any shape.
/// - Returns: y, of the shape of x.
public func reluForward(_ x: [Double]) -> [Double] {
  x.map { $0 < 0 ? 0 : $0 }
}

/// dx = x <= 0 ? 0 : dy, so that the gradient of a NaN input is passed on.
///
/// x may be the output y as well: both are at or below zero in the same places.
///
/// - Parameters:
///   - dy: The gradient of the output, of any shape.
///   - x: The input (or the output), of the same shape.
/// - Returns: dx, of the shape of x.
public func reluBackward(_ dy: [Double], _ x: [Double]) -> [Double] {
  precondition(dy.count == x.count, "dy has \(dy.count) values, x \(x.count)")
  return zip(dy, x).map { $1 <= 0 ? 0 : $0 }
}
