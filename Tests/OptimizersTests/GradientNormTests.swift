import Kernels
import Networks
import OpenCL
import Optimizers
import Reference
import Specs
import Testing

/// Gradients whose values are finite and whose squares are not, or vanish.
@Suite struct GradientNormTests {
  /// The gradient of the fixture, as single precision holds it, times a power of two.
  static func gradient(_ exponent: Int) -> [Double] {
    Rehearsal.gradient(3).map {
      let value = Float($0) * Float(sign: .plus, exponent: exponent / 2, significand: 1)
      return Double(value * Float(sign: .plus, exponent: exponent - exponent / 2, significand: 1))
    }
  }

  static let exponents = [-140, -110, -62, -60, -58, -30, 0, 30, 46, 48, 50, 63, 64, 100, 127]

  /// One update, or several by the same gradient, and what they leave.
  func updates(
    _ optimizer: any Optimizer, _ clipping: Clipping?, _ gradients: [[Double]], _ lanes: Lanes,
    learningRate: Double = 1
  ) throws -> (weights: [[Double]], logs: [StepLog]) {
    let rehearsal = try Rehearsal(lanes)
    try rehearsal.load(Rehearsal.start)
    let updater = try Updater(
      rehearsal.network, optimizer, Rehearsal.draw, clipping: clipping, rows: 8)
    var (weights, logs): ([[Double]], [StepLog]) = ([], [])
    let values = HyperParameters(
      learningRate: learningRate, momentum: optimizer.momentum,
      weightDecay: optimizer.weightDecay)
    try updater.setRates(
      (0..<8).map { [optimizer.coefficients(update: $0, values)] }, first: 0)
    for (number, gradient) in gradients.enumerated() {
      try rehearsal.set(gradient)
      try rehearsal.run(updater)
      logs.append(try updater.readLog(first: number, count: 1)[0])
      weights.append(try rehearsal.current())
    }
    return (weights, logs)
  }

  @Test(arguments: exponents, [Rehearsal.processor, Rehearsal.graphics])
  func `the norm is right wherever the values are finite`(exponent: Int, _ lanes: Lanes) throws {
    let gradient = Self.gradient(exponent)
    let (_, logs) = try updates(SGD(), nil, [gradient], lanes, learningRate: 0)
    let norm = gradientNorm([gradient])
    #expect(abs(logs[0].gradientNorm - norm) <= 1e-6 * norm)
    #expect(logs[0].isApplied)
  }

  @Test(arguments: [Rehearsal.processor, Rehearsal.graphics])
  func `large, common and small values add up to one norm`(_ lanes: Lanes) throws {
    for exponents in [[-100, 0, 100], [-62, -58], [46, 50], [-90, -100, -62], [127, 126]] {
      let gradient = (0..<30).map {
        Double(sign: .plus, exponent: exponents[$0 % exponents.count], significand: 1.25)
      }
      let (_, logs) = try updates(SGD(), nil, [gradient], lanes, learningRate: 0)
      let norm = gradientNorm([gradient])
      #expect(abs(logs[0].gradientNorm - norm) <= 1e-6 * norm, "\(exponents)")
    }
  }

  @Test(arguments: [0, 48, 50, 64, 100, 127], [Rehearsal.processor, Rehearsal.graphics])
  func `a long gradient is clipped by its norm, whatever the rule`(
    exponent: Int, _ lanes: Lanes
  ) throws {
    let gradient = Self.gradient(exponent)
    let (weights, logs) = try updates(SGD(), .norm(0.5), [gradient], lanes)
    let norm = gradientNorm([gradient]) + 1e-6
    let expected = zip(Rehearsal.start, gradient).map { $0 - 0.5 * $1 / norm }
    #expect(mismatch(weights[0], expected, relative: 0, absolute: 1e-6) == nil)
    #expect(logs[0].clipped == 1 && logs[0].isApplied)
    // A rule that squares sees the clipped gradient: its first step is that of any scale.
    let (adam, log) = try updates(Adam(eps: 0), .norm(0.5), [gradient], lanes)
    let (usual, _) = try updates(Adam(eps: 0), .norm(0.5), [Self.gradient(0)], lanes)
    #expect(log[0].isApplied)
    #expect(mismatch(adam[0], usual[0], relative: 1e-5) == nil)
  }

  @Test(arguments: [50, 64, 100, 127], [Rehearsal.processor, Rehearsal.graphics])
  func `adaptive clipping measures long gradients too`(exponent: Int, _ lanes: Lanes) throws {
    let (long, logs) = try updates(SGD(), .adaptive(0.1), [Self.gradient(exponent)], lanes)
    let (usual, _) = try updates(SGD(), .adaptive(0.1), [Self.gradient(8)], lanes)
    #expect(logs[0].clipped == 1 && logs[0].isApplied)
    #expect(mismatch(long[0], usual[0], relative: 0, absolute: 1e-6) == nil)
  }

  @Test(arguments: OptimizerSpec.kinds.map { $0.signature.name })
  func `a rule never goes on with a step of 0 after a gradient that it cannot square`(
    name: String
  ) throws {
    let optimizer = try OptimizerSpec(parsing: "\(name)()").optimizer
    let usual = Self.gradient(0)
    let (weights, logs) = try updates(
      optimizer, nil, [usual, Self.gradient(100), usual], Rehearsal.processor,
      learningRate: 0.01)
    if logs[1].isApplied {
      #expect(weights[1] != weights[0], "applied, and nothing changed")
    } else {
      #expect(logs[1].too_long == 1 && logs[1].non_finite == 0)
      #expect(weights[1] == weights[0])
      // The next update is that of a run which never saw the long gradient.
      let (undisturbed, _) = try updates(
        optimizer, nil, [usual, usual], Rehearsal.processor, learningRate: 0.01)
      #expect(weights[2] == undisturbed[1])
    }
    // Clipped, it is applied by every rule.
    let (_, clipped) = try updates(
      optimizer, .norm(1), [Self.gradient(100)], Rehearsal.processor, learningRate: 0.01)
    #expect(clipped[0].isApplied)
  }

  @Test(arguments: [-100, 0, 100]) func `a tensor's gradient is measured on the same scale`(
    exponent: Int
  ) throws {
    let rehearsal = try Rehearsal(Rehearsal.processor)
    try rehearsal.load(Rehearsal.start)
    let updater = try Updater(rehearsal.network, SGD(), Rehearsal.draw, rows: 8)
    let gradient = Self.gradient(exponent)
    try rehearsal.set(gradient)
    try rehearsal.network.queue.run(updater.measuredStep)
    let log = try updater.readLog(first: 0, count: 1)[0]
    let measures = try updater.readMeasures(ofUpdate: 0, normExponent: log.norm_exponent)
    for (measure, values) in zip(measures, [gradient[..<25], gradient[25...]]) {
      let norm = gradientNorm([Array(values)])
      #expect(abs(measure.gradient - norm) <= 1e-5 * norm)
    }
  }
}
