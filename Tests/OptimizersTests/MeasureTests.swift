import Kernels
import Networks
import OpenCL
import Optimizers
import Reference
import Testing
import Trials

/// What a measured update tells of each tensor.
@Suite struct MeasureTests {
  /// Tensors of several chunks beside tensors of one, some padded.
  static let wide = Specimen(
    name: "wide", input: Shape(1, 8, 9), layers: [Dense(67), ReLU(), Dense(5)])

  /// A trial with an updater of its own, and the launches of its training step.
  private func trial(
    _ specimen: Specimen, _ lanes: LaneShape, _ clipping: Clipping?
  ) throws -> (trial: Trial, updater: Updater, pass: [Launch]) {
    let trial = try Trial(specimen, batch: 5, count: 13, lanes: lanes)
    let optimizer = try AdamW(weightDecay: 0.1)
    let updater = try Updater(trial.network, optimizer, trial.draw, clipping: clipping, rows: 64)
    var course = Course()
    let values = HyperParameters(learningRate: 0.01, momentum: 0.9, weightDecay: 0.1)
    try updater.setRates(
      (0..<64).map { [optimizer.coefficients(update: $0, values, &course)] }, first: 0)
    let pass = try trial.network.trainingStep(
      on: trial.images, trial.draw, updater.progress)
    return (trial, updater, pass)
  }

  @Test(
    arguments: [Specimen.windows, wide],
    [LaneShape.wide, LaneShape(4, 1), LaneShape(1, 32), LaneShape(2, 32)])
  func `measures are the lengths of gradient, weights and change`(
    _ specimen: Specimen, _ lanes: LaneShape
  ) throws {
    let (trial, updater, pass) = try trial(specimen, lanes, .norm(0.1))
    let (network, queue) = (trial.network, trial.network.queue)
    for update in 0..<70 {
      // Most updates are not measured; the ring of measures wraps around.
      guard update % 5 == 4 else {
        try queue.run(pass + updater.step)
        continue
      }
      let before = try network.weights()
      try queue.run(pass + updater.measuredStep)
      let after = try network.weights()
      let gradients = try updater.readGradients(of: network)
      for (index, measure) in try updater.readMeasures(
        ofUpdate: update, normExponent: 0
      ).enumerated() {
        let old = before[index].values.map { Double($0) }
        let change = zip(after[index].values, old).map { Double($0) - $1 }
        let wanted = [
          gradientNorm([gradients[index].values.map { Double($0) }]), gradientNorm([old]),
          gradientNorm([change]),
        ]
        let made = [measure.gradient, measure.weights, measure.change]
        for (value, expected) in zip(made, wanted) {
          // Sums of squares in single precision: half their relative error is the root's.
          #expect(
            abs(value - expected) <= 1e-5 * expected,
            "\(before[index].parameter.name) in update \(update): \(made), not \(wanted)")
        }
      }
    }
  }

  @Test(arguments: [LaneShape.wide, LaneShape(1, 32)])
  func `to measure changes no bit and takes one launch more`(_ lanes: LaneShape) throws {
    let plain = try trial(.windows, lanes, nil)
    let measured = try trial(.windows, lanes, nil)
    for _ in 0..<5 {
      try plain.trial.network.queue.run(plain.pass + plain.updater.step)
      try measured.trial.network.queue.run(measured.pass + measured.updater.measuredStep)
    }
    #expect(try plain.trial.bits() == measured.trial.bits())
    #expect(plain.updater.measuredStep.count == plain.updater.step.count + 1)
    let log = try plain.updater.readLog(first: 4, count: 1)[0]
    let same = try measured.updater.readLog(first: 4, count: 1)[0]
    #expect(log.loss == same.loss && log.gradientNorm == same.gradientNorm)
  }
}
