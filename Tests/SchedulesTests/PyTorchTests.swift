import Schedules
import Testing

@Suite struct PyTorchTests {
  @Test func `the fixture covers every scheduler three times`() {
    let names = [
      "StepLR", "MultiStepLR", "ConstantLR", "LinearLR", "ExponentialLR", "PolynomialLR",
      "CosineAnnealingLR", "CosineAnnealingWarmRestarts", "CyclicLR", "OneCycleLR", "LambdaLR",
      "MultiplicativeLR", "ReduceLROnPlateau", "SequentialLR", "ChainedScheduler",
    ]
    for name in names {
      #expect(Fixture.all.count { $0.spec.hasPrefix(name + "(") } >= 3, "\(name)")
    }
  }

  @Test(arguments: Fixture.all)
  func `every rate and momentum is PyTorch's`(fixture: Fixture) throws {
    let plan = try plan(fixture.spec, fixture.base, ticks: fixture.ticks)
    #expect(plan.clock == fixture.clock)
    let metrics = (0..<fixture.ticks).map(Fixture.metric)
    let points = Array(
      plan.values(
        in: 0..<fixture.ticks,
        metrics: fixture.spec.contains("max'") || fixture.spec.contains("mode='max")
          ? metrics.map { 1 - $0 } : metrics))
    let rates = points.map(\.learningRate)
    let scale = rates.max() ?? 0
    expectEqual(
      fixture.rates.map { rates[$0.tick] }, fixture.rates.map(\.value), scale: scale,
      "at \(fixture.rates.map(\.tick))")
    expectEqual([rates.reduce(0, +)], [fixture.sum])
    let weighted = rates.enumerated().map { $1 * Double(($0 * 7919) % 1000 + 1) }
    expectEqual([weighted.reduce(0, +)], [fixture.weightedSum])
    expectEqual(
      fixture.momenta.map { points[$0.tick].momentum ?? .nan }, fixture.momenta.map(\.value))
    if fixture.momenta.isEmpty { #expect(points[0].momentum == nil) }
  }

  @Test(arguments: Fixture.all)
  func `any tick can be asked for in any order`(fixture: Fixture) throws {
    let plan = try plan(fixture.spec, fixture.base, ticks: fixture.ticks)
    let metrics = (0..<fixture.ticks).map(Fixture.metric)
    let inOrder = Array(plan.values(in: 0..<fixture.ticks, metrics: metrics))
    for k in stride(from: fixture.ticks - 1, through: 0, by: -13) {
      #expect(plan.value(at: k, metrics: metrics) == inOrder[k])
      // Metrics of epochs that are still to come are not looked at.
      #expect(plan.value(at: k, metrics: Array(metrics.prefix(k))) == inOrder[k])
    }
  }
}
