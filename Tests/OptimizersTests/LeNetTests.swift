import Kernels
import Networks
import OpenCL
import Optimizers
import Reference
import Testing
import Trials

/// LeNet against PyTorch, from the same weights on the same batch of eight images.
///
/// PyTorch ran in double precision; how far its own run in single precision strayed from that,
/// tensor by tensor, is the measure of what is allowed here.
@Suite struct LeNetTests {
  static let layers: [any Layer] = [
    Conv(6, window: 5, padding: 2), ReLU(), MaxPool(2), Conv(16, window: 5), ReLU(), MaxPool(2),
    Dense(120), ReLU(), Dense(84), ReLU(), Dense(10),
  ]

  /// LeNet with its training step.
  struct Run {
    let network: Network
    let updater: Updater
    let launches: [Launch]

    func step() throws { try network.queue.run(launches) }

    init(_ lanes: LaneShape) throws {
      let data = try fixture("lenet-batch")
      func values(_ name: String) throws -> [Double] { try #require(data[name]).values }
      let queue = try Queue(Device.all()[0])
      network = try Network(
        on: queue, input: Shape(1, 28, 28), batch: 8, lanes: lanes.lanes(batch: 8), sharing: false,
        layers: LeNetTests.layers)
      let start = try fixture("lenet-start")
      try network.load(start.map { ($0.key, $0.value.shape, $0.value.values.map { Float($0) }) })
      let images = try DeviceImages(
        on: queue, shape: Shape(1, 28, 28), images: values("images").map { UInt8($0) },
        labels: values("labels").map { UInt8($0) })
      try images.normalize([(values("mean")[0], values("std")[0])])
      let draw = Draw(
        channels: 1, pixels: 784, batch: 8, count: 8, steps: 1, accumulate: 1, total: 8, first: 0,
        shuffle: 0,
        split: 0, seed_low: 0, seed_high: 0)
      let optimizer = try SGD(momentum: 0.9, weightDecay: 1e-3, nesterov: true)
      updater = try Updater(network, optimizer, draw, rows: 10)
      let values = HyperParameters(learningRate: 0.02, momentum: 0.9, weightDecay: 1e-3)
      try updater.setRates((0..<10).map { [optimizer.coefficients(update: $0, values)] }, first: 0)
      launches = try network.trainingStep(on: images, draw, updater.progress) + updater.step
    }
  }

  /// Expects values to lie about as near to PyTorch's as its own in single precision.
  private func expect(
    _ values: [Float], near name: String, of tensors: [String: ReferenceTensor],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let expected = try #require(tensors[name], sourceLocation: sourceLocation)
    let spread = try #require(tensors["spread.\(name)"], sourceLocation: sourceLocation).values[0]
    // Large tensors of the fixture are rounded to single precision; a spread of few values may be
    // small by luck.
    let fault = mismatch(
      values.map { Double($0) }, expected.values, relative: 4 * 0x1p-24, absolute: 4 * spread)
    #expect(fault == nil, "\(name)", sourceLocation: sourceLocation)
  }

  @Test(arguments: [LaneShape.wide, LaneShape(1, 32)])
  func `ten updates follow PyTorch's, from the first logit to the last weight`(
    _ lanes: LaneShape
  ) throws {
    let run = try Run(lanes)
    let start = try fixture("lenet-gradients")
    try run.step()
    try expect(run.network.readLogits(), near: "logits", of: start)
    try expect([run.updater.readLog(first: 0, count: 1)[0].loss / 8], near: "loss", of: start)
    for (parameter, gradient) in try run.updater.readGradients(of: run.network) {
      try expect(gradient, near: parameter.name, of: start)
    }

    for _ in 1..<10 { try run.step() }
    let end = try fixture("lenet-updates")
    let losses = try run.updater.readLog(first: 0, count: 10).map { $0.loss / 8 }
    try expect(losses, near: "losses", of: end)
    for (parameter, weights) in try run.network.weights() {
      try expect(weights, near: parameter.name, of: end)
    }
  }

  @Test func `a step takes 24 launches at most, all of them kernels`() throws {
    for lanes in [LaneShape.wide, LaneShape(1, 32)] {
      let launches = try Run(lanes).launches
      #expect(launches.count <= 24)
      #expect(!launches.contains { ["fill", "copy", "gemm"].contains($0.name) })
    }
  }
}
