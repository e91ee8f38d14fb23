import Reference
import Testing

@Suite struct LossTests {
  @Test(arguments: [(1, 2, 1), (5, 3, 5), (5, 3, 2), (3, 17, 1)])
  func `the gradient of the loss is its finite difference, zero for inactive images`(
    images: Int, classes: Int, active: Int
  ) {
    let x = randomValues(images * classes, seed: 13, in: -3...3)
    let labels = (0..<images).map { $0 * 5 % classes }
    expectClose(
      softmaxCrossEntropyBackward(x, labels: labels, classes: classes, active: active),
      numericalGradient(at: x) {
        softmaxCrossEntropyForward($0, labels: labels, classes: classes, active: active).mean
      }, relative: differenceTolerance)
  }

  @Test(arguments: [6, 5, 1])
  func `the loss is PyTorch's for the images that are active`(_ active: Int) throws {
    let expected = try Tensors("operations", prefix: "loss.")
    let x = try expected("x")
    let labels = try expected.integers("labels")
    let loss = softmaxCrossEntropyForward(x, labels: labels, classes: 5, active: active)
    try expectClose([loss.mean], expected("\(active).mean"), relative: roundingTolerance)
    #expect(try [loss.correct] == expected.integers("\(active).correct"))
    let perImage = try expected("per_image").prefix(active)
    expectClose(
      loss.perImage, perImage + Array(repeating: 0, count: 6 - active),
      relative: roundingTolerance)
    try expectClose(
      softmaxCrossEntropyBackward(x, labels: labels, classes: 5, active: active),
      expected("\(active).dx"), relative: roundingTolerance)
  }

  @Test func `a NaN among the logits shows in the loss`() {
    let loss = softmaxCrossEntropyForward([1, .nan, 0, 1], labels: [0, 1], classes: 2)
    #expect(loss.mean.isNaN)
    #expect(loss.perImage[0].isNaN && loss.perImage[1].isFinite)
    #expect(loss.correct == 1)
  }
}
