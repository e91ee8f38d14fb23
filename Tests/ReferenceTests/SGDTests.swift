import Reference
import Testing

@Suite struct SGDTests {
  static let rules: [(String, ReferenceSGD)] = [
    ("plain", ReferenceSGD(learningRate: 0.1)),
    ("decay", ReferenceSGD(learningRate: 0.1, weightDecay: 0.1)),
    ("momentum", ReferenceSGD(learningRate: 0.1, momentum: 0.9)),
    (
      "dampening",
      ReferenceSGD(learningRate: 0.1, momentum: 0.8, dampening: 0.3, weightDecay: 0.01)
    ),
    (
      "nesterov",
      ReferenceSGD(learningRate: 0.1, momentum: 0.9, weightDecay: 0.05, nesterov: true)
    ),
    (
      "maximize",
      ReferenceSGD(learningRate: 0.1, momentum: 0.9, weightDecay: 0.05, maximize: true)
    ),
  ]

  @Test(arguments: rules)
  func `four updates end where PyTorch's end`(name: String, rule: ReferenceSGD) throws {
    let expected = try Tensors("operations", prefix: "sgd.")
    var w = try expected("w")
    let gradients = try expected("gradients")
    var buffer: [Double]?
    for update in 0..<4 {
      rule.step(&w, Array(gradients[update * 9..<update * 9 + 9]), momentumBuffer: &buffer)
    }
    try expectClose(w, expected(name), relative: roundingTolerance)
  }

  @Test func `the gradient norm runs over all parameters`() {
    #expect(gradientNorm([[2, -4], [5], [], [6]]) == 9)
  }
}
