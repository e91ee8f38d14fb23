import Foundation
import Kernels
import Networks
import OpenCL
import Optimizers
import Reference
import Testing
import Trials

@Suite struct SGDTests {
  /// 2800 weights: more than one work-item updates.
  static let specimen = Specimen(name: "one layer", input: Shape(1, 5, 8), layers: [Dense(70)])

  static let rules: [SGD] = {
    let rules = [
      try? SGD(), try? SGD(weightDecay: 0.01), try? SGD(momentum: 0.9),
      try? SGD(momentum: 0.8, dampening: 0.3, weightDecay: 0.02),
      try? SGD(momentum: 0.9, weightDecay: 0.001, nesterov: true),
    ]
    return rules.compactMap(\.self)
  }()

  /// The rates of update `update` of 200 in group `group`: all of them move.
  private func values(_ rule: SGD, _ update: Int, group: Int) -> HyperParameters {
    let way = Double(update) / 200
    return HyperParameters(
      learningRate: (group == 0 ? 0.02 : 0.05) * (1 + cos(way * .pi)),
      momentum: rule.momentum * (0.5 + 0.55 * way),
      weightDecay: group == 0 ? rule.weightDecay * (1 + way) : 0)
  }

  static let cases =
    rules.map { ($0, LaneShape.wide) } + rules.suffix(1).map { ($0, LaneShape(2, 32)) }

  @Test(arguments: cases)
  func `two hundred updates with moving rates end where the reference ends`(
    _ rule: SGD, _ lanes: LaneShape
  ) throws {
    let trial = try Trial(Self.specimen, batch: 5, count: 13, lanes: lanes)
    let (network, queue) = (trial.network, trial.network.queue)
    // Weights and biases have rates of their own; the table of rates wraps around three times.
    let updater = try Updater(network, rule, trial.draw, groups: [0, 1], rows: 64)
    let launches =
      try network.trainingStep(on: trial.images, trial.draw, updater.progress) + updater.step
    var expected = trial.tensors.map { $0.values.map { Double($0) } }
    var buffers: [[Double]?] = [nil, nil]
    for update in 0..<200 {
      if update % 50 == 0 {
        try updater.setRates(
          (update..<update + 50).map { row in
            [0, 1].map { rule.coefficients(update: row, values(rule, row, group: $0)) }
          }, first: update)
      }
      try queue.run(launches)
      // The reference takes the device's gradients: only the update is compared.
      for (group, (_, gradient)) in try updater.readGradients(of: network).enumerated() {
        let values = values(rule, update, group: group)
        let reference = ReferenceSGD(
          learningRate: values.learningRate, momentum: values.momentum, dampening: rule.dampening,
          weightDecay: values.weightDecay, nesterov: rule.nesterov)
        reference.step(
          &expected[group], gradient.map { Double($0) }, momentumBuffer: &buffers[group])
      }
    }
    // Each update rounds the weight once, by 2^-24 of it either way; the velocity's own rounding
    // is kept for some twenty updates, but is that of a smaller number.
    let tolerance = 2 * 0x1p-24 * 200.0.squareRoot()
    for (index, (parameter, values)) in try network.weights().enumerated() {
      let fault = mismatch(values.map { Double($0) }, expected[index], relative: tolerance)
      #expect(fault == nil, "\(parameter.name)")
    }
    let log = try updater.readLog(first: 150, count: 50)
    #expect(log.map(\.applied) == Array(150..<200))
    #expect(
      log.map(\.learning_rate) == (150..<200).map { Float(values(rule, $0, group: 0).learningRate) }
    )
  }

  @Test func `parameters that cannot be are refused as PyTorch refuses them`() {
    func refusal(_ body: () throws -> SGD) -> String? {
      (#expect(throws: OptimizerError.self) { _ = try body() })?.description
    }
    #expect(
      refusal { try SGD(momentum: -0.1) }
        == "SGD: momentum must be at least 0 and less than 1, not -0.1")
    #expect(refusal { try SGD(momentum: .nan) } != nil)
    #expect(refusal { try SGD(momentum: .infinity) } != nil)
    #expect(
      refusal { try SGD(weightDecay: -1) } == "SGD: weight_decay must be at least 0, not -1")
    #expect(refusal { try SGD(weightDecay: .nan) } != nil)
    #expect(refusal { try SGD(dampening: .nan) } == "SGD: dampening must be a number, not nan")
    let lookahead = "SGD: nesterov needs a momentum above 0 and no dampening; "
    #expect(
      refusal { try SGD(nesterov: true) } == lookahead + "momentum is 0.0 and dampening 0.0")
    #expect(
      refusal { try SGD(momentum: 0.9, dampening: 0.1, nesterov: true) }
        == lookahead + "momentum is 0.9 and dampening 0.1")
  }
}
