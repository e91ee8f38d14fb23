import Kernels
import Networks
import OpenCL
import Optimizers
import Reference
import Testing

/// What happens to a gradient before the rule sees it, and to the weights after it.
@Suite struct ClippingTests {
  /// One update of plain SGD at a rate of 1, from the start, by a gradient: the step as it was taken.
  func step(
    _ lanes: Lanes, _ clipping: Clipping?, _ gradient: [Double], weightDecay: Double = 0,
    l1: Double = 0
  ) throws -> (taken: [Double], log: StepLog) {
    let rehearsal = try Rehearsal(lanes)
    try rehearsal.load(Rehearsal.start)
    let updater = try Updater(
      rehearsal.network, SGD(), Rehearsal.draw, clipping: clipping, rows: 4)
    var course = Course()
    let log = try rehearsal.update(
      updater, 0,
      HyperParameters(learningRate: 1, momentum: 0, weightDecay: weightDecay, l1: l1), &course,
      gradient: gradient)
    let now = try rehearsal.current()
    return (zip(Rehearsal.start, now).map { $0 - $1 }, log)
  }

  @Test(
    arguments: [0.01, 0.5, 1, 2, 1000, Double.infinity],
    [Rehearsal.processor, Rehearsal.graphics])
  func `a norm beyond the limit is scaled to it, as clip_grad_norm_ does`(
    limit: Double, _ lanes: Lanes
  ) throws {
    let gradient = Rehearsal.gradient(3)
    let norm = gradientNorm([gradient])
    let (taken, log) = try step(lanes, .norm(limit), gradient)
    let scale = limit.isFinite ? min(1, limit / (norm + 1e-6)) : 1
    #expect(mismatch(taken, gradient.map { scale * $0 }, relative: 0, absolute: 1e-6) == nil)
    #expect(log.clipped == (limit < norm ? 1 : 0))
    // The log shows the gradient as it was.
    #expect(abs(log.gradientNorm - norm) <= 1e-6 * norm)
  }

  @Test(arguments: [0.01, 0.25, 10], [Rehearsal.processor, Rehearsal.graphics])
  func `values beyond the limit are cut off`(limit: Double, _ lanes: Lanes) throws {
    let gradient = Rehearsal.gradient(5)
    let (taken, log) = try step(lanes, .value(limit), gradient)
    let expected = gradient.map { min(max($0, -limit), limit) }
    #expect(mismatch(taken, expected, relative: 0, absolute: 1e-6) == nil)
    #expect(log.clipped == (limit < 1 ? 1 : 0))
  }

  @Test(arguments: [0.01, 0.1, 1, 100], [Rehearsal.processor, Rehearsal.graphics])
  func `adaptive clipping measures each output's weights, and the bias as one`(
    share: Double, _ lanes: Lanes
  ) throws {
    let gradient = Rehearsal.gradient(8)
    let (taken, log) = try step(lanes, .adaptive(share), gradient)
    var expected = gradient
    var clipped = false
    for unit in [0..<5, 5..<10, 10..<15, 15..<20, 20..<25, 25..<30] {
      let weights = gradientNorm([Array(Rehearsal.start[unit])])
      let norm = gradientNorm([Array(gradient[unit])])
      let limit = share * max(weights, 1e-3)
      guard norm > limit else { continue }
      clipped = true
      for i in unit { expected[i] *= limit / norm }
    }
    #expect(mismatch(taken, expected, relative: 0, absolute: 1e-6) == nil)
    #expect(log.clipped == (clipped ? 1 : 0))
    #expect(clipped == (share < 1))
  }

  @Test func `weights of almost nothing may still move under adaptive clipping`() throws {
    let rehearsal = try Rehearsal(Rehearsal.processor)
    try rehearsal.load([Double](repeating: 0, count: 30))
    let updater = try Updater(
      rehearsal.network, SGD(), Rehearsal.draw, clipping: .adaptive(0.5), rows: 4)
    var course = Course()
    _ = try rehearsal.update(
      updater, 0, HyperParameters(learningRate: 1, momentum: 0, weightDecay: 0), &course,
      gradient: [Double](repeating: 1, count: 30))
    let norm = gradientNorm([Array(try rehearsal.current()[..<5])])
    #expect(abs(norm - 0.5e-3) < 1e-8)
  }

  @Test(arguments: [Rehearsal.processor, Rehearsal.graphics])
  func `decay and L1 penalty together are the elastic net, and come after clipping`(
    _ lanes: Lanes
  ) throws {
    let gradient = Rehearsal.gradient(2)
    let (taken, _) = try step(lanes, .value(0.1), gradient, weightDecay: 0.02, l1: 0.05)
    let expected = zip(gradient, Rehearsal.start).map { g, w in
      min(max(g, -0.1), 0.1) + 0.02 * w + (w > 0 ? 0.05 : w < 0 ? -0.05 : 0)
    }
    #expect(mismatch(taken, expected, relative: 0, absolute: 1e-6) == nil)
  }

  @Test(arguments: [Clipping.norm(0.5), .value(0.1), .adaptive(0.1)])
  func `a gradient that is not finite is skipped, however it is clipped`(
    _ clipping: Clipping
  ) throws {
    for poison in [Double.nan, .infinity, -.infinity] {
      var gradient = Rehearsal.gradient(1)
      gradient[17] = poison
      let (taken, log) = try step(Rehearsal.processor, clipping, gradient)
      #expect(taken == [Double](repeating: 0, count: 30))
      #expect(log.non_finite == 1)
    }
  }

  @Test func `an update with all its company moves ten floats a weight`() throws {
    // Read: the gradient to be measured and again to be used. Both ways: the weight, two moments,
    // the average.
    let network = try Rehearsal(Rehearsal.processor).network
    let launches = try Updater(
      network, AdamW(), Rehearsal.draw, clipping: .norm(1), average: .exponential(decay: 0.9),
      rows: 4
    ).step
    let bytes = launches.reduce(0) { $0 + $1.bytes }
    #expect(bytes == Double(10 * 4 * network.parameters.reduce(0) { $0 + $1.extent }))
  }

  @Test func `clipping by norm or value takes no launch of its own`() throws {
    let network = try Rehearsal(Rehearsal.processor).network
    func launches(_ clipping: Clipping?, _ average: WeightAverage? = nil) throws -> Int {
      try Updater(
        network, Adam(), Rehearsal.draw, clipping: clipping, average: average, rows: 4
      ).step.count
    }
    #expect(try launches(nil) == 2)
    #expect(try launches(.norm(1), .exponential(decay: 0.9)) == 2)
    #expect(try launches(.value(1)) == 2)
    #expect(try launches(.adaptive(0.01)) == 3)
  }
}
