import Kernels
import Networks
import OpenCL
import Optimizers
import Reference
import Testing
import Trials

/// The device judged by itself: its gradients are the slopes of its losses.
@Suite struct DifferenceTests {
  static let batch = 31

  /// The mean loss of the batch, added up in double precision.
  private func loss(_ network: Network, _ scoring: [Launch], _ progress: Buffer<Progress>) throws
    -> Double
  {
    try network.queue.write([Progress()], to: progress)
    try network.queue.run(scoring)
    return try network.queue.read(network.losses).prefix(Self.batch).reduce(0) { $0 + Double($1) }
      / Double(Self.batch)
  }

  // With v the direction, the slope is (f(w + h v) - f(w - h v)) / 2h. A loss of about 2.3 is
  // off by 2^-23 or so an image, the mean of 31 by a fifth of that; the step is chosen to change
  // the loss by 0.005, so that rounding takes a 1e-5th of the slope. What is left is the curvature
  // and the ReLUs and pools that switch on the way, some tenths of a percent.
  @Test(arguments: [Specimen.windows, .strides, .winograd])
  func `the gradient of every tensor is the slope of the loss`(_ specimen: Specimen) throws {
    let queue = try Queue(Device.all()[0])
    let input = specimen.input
    let network = try Network(
      on: queue, input: input, batch: Self.batch, initialization: .kaimingUniform, seed: 11,
      lanes: LaneShape.wide.lanes(batch: Self.batch), layers: specimen.layers)
    let bytes = randomValues(Self.batch * input.count, seed: 12, in: 0...256).map { UInt8($0) }
    let images = try DeviceImages(
      on: queue, shape: input, images: bytes,
      labels: (0..<Self.batch).map { UInt8($0 % network.classes) })
    try images.normalize(.init(repeating: (0.5, 0.29), count: input.channels))
    let draw = Draw(
      channels: Int32(input.channels), pixels: Int32(input.height * input.width),
      batch: Int32(Self.batch), count: Int32(Self.batch), steps: 1, accumulate: 1,
      total: Int32(Self.batch),
      first: 0, shuffle: 0, split: 0, seed_low: 0, seed_high: 0)
    let updater = try Updater(network, SGD(), draw, rows: 1)
    try queue.run(network.trainingStep(on: images, draw, updater.progress) + updater.step)
    let gradients = try updater.readGradients(of: network)
    let weights = try network.weights()

    let progress = try queue.buffer([Progress()])
    let scoring = try network.scoringStep(on: images, draw, progress)
    func moved(_ index: Int, by step: Double, along direction: [Double]) throws -> Double {
      var tensors = weights.map { ($0.parameter.name, $0.parameter.shape, $0.values) }
      tensors[index].2 = zip(weights[index].values, direction).map {
        Float(Double($0) + step * $1)
      }
      try network.load(tensors)
      return try loss(network, scoring, progress)
    }

    for (index, (parameter, values)) in gradients.enumerated() {
      let gradient = values.map { Double($0) }
      let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
      // Along the gradient the slope is its norm; along any other direction, their product.
      let noise = randomValues(gradient.count, seed: UInt32(100 + index))
      let size = noise.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let uphill = gradient.map { $0 / norm }
      let aside = zip(uphill, noise).map { ($0 + $1 / size) / 2.0.squareRoot() }
      for direction in [uphill, aside] {
        let slope = zip(gradient, direction).reduce(0) { $0 + $1.0 * $1.1 }
        let step = 0.0025 / norm
        let difference =
          try (moved(index, by: step, along: direction) - moved(index, by: -step, along: direction))
          / (2 * step)
        // Within a step some images cross a kink of a ReLU or a max-pool.
        #expect(
          abs(difference - slope) < 0.02 * norm,
          "\(parameter.name): slope \(slope), difference \(difference), norm \(norm)")
      }
    }
  }
}
