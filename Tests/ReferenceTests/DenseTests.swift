import Reference
import Testing

@Suite struct DenseTests {
  @Test(arguments: [(1, 1, 1), (3, 7, 5), (4, 1, 6), (2, 17, 3)])
  func `gradients of a dense layer are its finite differences`(
    images: Int, inputs: Int, outputs: Int
  ) {
    let x = randomValues(images * inputs, seed: 7)
    let w = randomValues(outputs * inputs, seed: 8)
    let b = randomValues(outputs, seed: 9)
    let dy = randomValues(images * outputs, seed: 10)
    func y(_ x: [Double], _ w: [Double], _ b: [Double]) -> Double {
      dot(denseForward(x, w, b, inputs: inputs, outputs: outputs), dy)
    }
    expectClose(
      denseBackwardInput(dy, w, inputs: inputs, outputs: outputs),
      numericalGradient(at: x) { y($0, w, b) }, relative: differenceTolerance)
    expectClose(
      denseBackwardWeights(dy, x, inputs: inputs, outputs: outputs),
      numericalGradient(at: w) { y(x, $0, b) }, relative: differenceTolerance)
    expectClose(
      biasBackward(dy, channels: outputs),
      numericalGradient(at: b) { y(x, w, $0) }, relative: differenceTolerance)
  }

  @Test func `a dense layer is PyTorch's`() throws {
    let expected = try Tensors("operations", prefix: "dense.")
    let (x, w, dy) = try (expected("x"), expected("w"), expected("dy"))
    try expectClose(
      denseForward(x, w, expected("b"), inputs: 7, outputs: 5), expected("y"),
      relative: roundingTolerance)
    try expectClose(
      denseBackwardInput(dy, w, inputs: 7, outputs: 5), expected("dx"),
      relative: roundingTolerance)
    try expectClose(
      denseBackwardWeights(dy, x, inputs: 7, outputs: 5), expected("dw"),
      relative: roundingTolerance)
    try expectClose(biasBackward(dy, channels: 5), expected("db"), relative: roundingTolerance)
  }
}

@Suite struct ReLUTests {
  @Test func `the gradient of ReLU is its finite difference`() {
    let x = distinctValues(33, seed: 11)
    let dy = randomValues(33, seed: 12)
    expectClose(
      reluBackward(dy, x), numericalGradient(at: x) { dot(reluForward($0), dy) },
      relative: differenceTolerance)
  }

  @Test func `ReLU is PyTorch's, at zero, at the infinities and at NaN`() throws {
    let expected = try Tensors("operations", prefix: "relu.")
    let (x, dy) = try (expected("x"), expected("dy"))
    try expectClose(reluForward(x), expected("y"), relative: 0)
    try expectClose(reluBackward(dy, x), expected("dx"), relative: 0)
    try expectClose(reluBackward(dy, reluForward(x)), expected("dx"), relative: 0)
  }
}
