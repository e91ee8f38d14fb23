/// y[n][o] = b[o] + sum over i of w[o][i] x[n][i].
///
/// - Parameters:
///   - x: The input, `[N, inputs]`.
///   - w: The weights, `[outputs, inputs]`.
///   - b: The bias, `[outputs]`, or nil for none.
///   - inputs: The values per image that go in.
///   - outputs: The values per image that come out.
/// - Returns: y, `[N, outputs]`.
public func denseForward(
  _ x: [Double], _ w: [Double], _ b: [Double]?, inputs: Int, outputs: Int
) -> [Double] {
  var y: [Double] = []
  for n in 0..<x.count / inputs {
    for o in 0..<outputs {
      var sum = b?[o] ?? 0
      for i in 0..<inputs {
        sum += w[o * inputs + i] * x[n * inputs + i]
      }
      y.append(sum)
    }
  }
  return y
}

/// dx[n][i] = sum over o of w[o][i] dy[n][o].
///
/// - Parameters:
///   - dy: The gradient of the output, `[N, outputs]`.
///   - w: The weights, `[outputs, inputs]`.
///   - inputs: The values per image that went in.
///   - outputs: The values per image that came out.
/// - Returns: dx, `[N, inputs]`.
public func denseBackwardInput(
  _ dy: [Double], _ w: [Double], inputs: Int, outputs: Int
) -> [Double] {
  var dx: [Double] = []
  for n in 0..<dy.count / outputs {
    for i in 0..<inputs {
      var sum = 0.0
      for o in 0..<outputs {
        sum += w[o * inputs + i] * dy[n * outputs + o]
      }
      dx.append(sum)
    }
  }
  return dx
}

/// dw[o][i] = sum over n of dy[n][o] x[n][i].
///
/// - Parameters:
///   - dy: The gradient of the output, `[N, outputs]`.
///   - x: The input, `[N, inputs]`.
///   - inputs: The values per image that went in.
///   - outputs: The values per image that came out.
/// - Returns: dw, `[outputs, inputs]`.
public func denseBackwardWeights(
  _ dy: [Double], _ x: [Double], inputs: Int, outputs: Int
) -> [Double] {
  var dw: [Double] = []
  for o in 0..<outputs {
    for i in 0..<inputs {
      var sum = 0.0
      for n in 0..<x.count / inputs {
        sum += dy[n * outputs + o] * x[n * inputs + i]
      }
      dw.append(sum)
    }
  }
  return dw
}
