package import Kernels
package import Networks
package import OpenCL
package import Optimizers
package import Reference

/// A small network on the device beside its twin in double precision: same weights, same images.
///
/// Images and weights are small whole numbers (but for a power of two in the last layer), so that
/// every sum on the way to the logits is exact in single precision, in any order: logits are
/// compared bit for bit, and ties of ReLUs and pools fall the same way in the twin. Only softmax and
/// the backward pass round.
package final class Trial {
  /// The network on the device.
  package let network: Network
  /// The end of its steps.
  package let updater: Updater
  /// All launches of a step that ends an update.
  package let launches: [Launch]
  /// All launches of a step that does not.
  package let addition: [Launch]
  /// The images on the device.
  package let images: DeviceImages
  /// How they are drawn.
  package let draw: Draw
  /// The reference with the same weights.
  package private(set) var twin: ReferenceNetwork
  /// The images as they enter the network, `[count, C, H, W]`.
  package let pixels: [Double]
  /// The class of each image.
  package let labels: [Int]

  private let sharing: Bool
  private let walks: [Walk]
  /// Whether every logit is exact in single precision.
  private let exact: Bool

  /// Builds both networks.
  ///
  /// - Parameters:
  ///   - specimen: The layers.
  ///   - batch: Images in a batch.
  ///   - count: Images in the data set; one batch if left out.
  ///   - accumulate: Batches of an update.
  ///   - lanes: How lanes are filled.
  ///   - sharing: Whether activations share memory; if not, it is filled with NaN.
  ///   - optimizer: The update rule; its rates are 0 until they are set.
  ///   - rows: Rows of its table of rates.
  ///   - seed: Of images, labels and weights.
  /// - Throws: What building throws.
  package init(
    _ specimen: Specimen, batch: Int, count: Int? = nil, accumulate: Int = 1,
    lanes: LaneShape = .wide,
    sharing: Bool = false, optimizer: (any Optimizer)? = nil,
    rows: Int = 64, seed: UInt32 = 1
  ) throws {
    let (input, layers) = (specimen.input, specimen.layers)
    let count = count ?? batch
    self.sharing = sharing
    let queue = try Queue(Device.all()[0])
    network = try Network(
      on: queue, input: input, batch: batch, lanes: lanes.lanes(batch: batch), sharing: sharing,
      layers: layers)
    walks = try Walk.through(layers, input: input)

    let bytes = randomValues(count * input.count, seed: seed &+ 1, in: 0...7).map { UInt8($0) }
    let classes = Double(network.classes)
    labels = randomValues(count, seed: seed &+ 2, in: 0...classes).map { Int($0) }
    images = try DeviceImages(
      on: queue, shape: input, images: bytes, labels: labels.map { UInt8($0) })
    let normalization = (0..<input.channels).map { channel in
      let scale = Double(1 + channel % 2)
      return (mean: 3 / 255.0, deviation: 1 / (255 * scale))
    }
    try images.normalize(normalization)
    let shape = ImageShape(input.channels, input.height, input.width)
    // Whole numbers by the choice of mean and deviation; double precision misses them by 1e-15.
    pixels = gather(
      bytes, shape, indices: Array(0..<count), mean: normalization.map(\.mean),
      std: normalization.map(\.deviation)
    ).map { $0.rounded() }

    var twin = ReferenceNetwork(input: shape, layers: walks.map(\.twin), seed: seed)
    twin.setWholeNumbers(walks, on: pixels, seed: seed)
    exact = twin.isExact(walks, on: pixels)
    self.twin = twin
    draw = Draw(
      channels: Int32(input.channels), pixels: Int32(input.height * input.width),
      batch: Int32(batch), count: Int32(count), steps: Int32((count + batch - 1) / batch),
      accumulate: Int32(accumulate), total: Int32(count), first: 0, shuffle: 0, split: 0,
      seed_low: seed, seed_high: 0)
    updater = try Updater(network, optimizer ?? SGD(), draw, rows: rows)
    let pass = try network.trainingStep(on: images, draw, updater.progress)
    launches = pass + updater.step
    addition = pass + updater.addition
    try network.load(tensors)
  }

  /// The weights of the twin, as the network takes them.
  package var tensors: [(name: String, shape: [Int], values: [Float])] {
    let known = Set(network.parameters.map(\.name))
    return twin.parameters.filter { known.contains($0.name) }
      .map { ($0.name, $0.shape, $0.values.map { Float($0) }) }
  }

  /// Sets one weight of both networks, and all others of the device's back to the twin's.
  package func set(_ name: String, at index: Int, to value: Double) throws {
    twin[name]?[index] = value
    try network.load(tensors)
  }

  /// Enqueues one step that does not end an update.
  package func add() throws { try network.queue.run(addition) }

  /// Enqueues one step that ends an update.
  package func step() throws { try network.queue.run(launches) }

  /// Sets the rate and momentum of updates `first ..< first + count`; they are 0 before.
  package func setRates(
    _ learningRate: Double, momentum: Double? = nil, first: Int = 0, count: Int
  ) throws {
    let optimizer = updater.optimizer
    let values = HyperParameters(
      learningRate: learningRate, momentum: momentum ?? optimizer.momentum,
      weightDecay: optimizer.weightDecay)
    try updater.setRates(
      (first..<first + count).map { [optimizer.coefficients(update: $0, values)] }, first: first)
  }

  /// The bits of all weights.
  package func bits() throws -> [[UInt32]] {
    try network.weights().map { $0.values.map(\.bitPattern) }
  }

  /// Runs the step that draws batch `drawn`, and compares it with the twin.
  ///
  /// - Returns: What differs, a sentence each: logits, the row of the log, every gradient.
  package func faults(ofStep drawn: Int = 0) throws -> [String] {
    try step()
    let first = drawn % Int(draw.steps) * network.batch
    let active = min(network.batch, labels.count - first)
    let x = Array(pixels[first * network.input.count..<(first + active) * network.input.count])
    let expected = twin.gradients(x, labels: Array(labels[first..<first + active]))

    var faults: [String] = []
    func compare(
      _ name: String, _ values: [Double], _ expected: [Double], relative: Double,
      absolute: Double = 0
    ) {
      if let fault = mismatch(values, expected, relative: relative, absolute: absolute) {
        faults.append("\(name): \(fault)")
      }
    }
    // The backward pass may take the logits' place where memory is shared.
    if !sharing {
      let logits = try network.readLogits().prefix(active * network.classes).map { Double($0) }
      compare(
        "logits", logits, expected.logits,
        relative: exact ? 0 : Rounding.relative(terms: forwardTerms))
    }

    let entry = try updater.readLog(first: drawn, count: 1)[0]
    let size = expected.logits.reduce(1) { max($0, $1.magnitude) }
    compare(
      "the sum of losses", [Double(entry.loss)], [expected.loss.mean * Double(active)],
      relative: 0, absolute: Double(active) * size * Rounding.relative(terms: network.classes))
    let counts = [Double(entry.correct), Double(entry.active), Double(entry.non_finite)]
    compare(
      "hits, active images, gradients that are not finite", counts,
      [Double(expected.loss.correct), Double(active), 0], relative: 0)

    let gradients = try updater.readGradients(of: network)
    compare(
      "the squared norm", [entry.gradientNorm * entry.gradientNorm],
      [gradients.reduce(0) { $1.values.reduce($0) { $0 + Double($1) * Double($1) } }],
      relative: Rounding.relative(terms: gradients.reduce(0) { $0 + $1.values.count }))
    for (parameter, values) in gradients {
      compare(
        "the gradient of \(parameter.name) \(parameter.shape)", values.map { Double($0) },
        expected[parameter.name] ?? [],
        relative: Rounding.relative(terms: backwardTerms(parameter.name, active: active)))
    }
    return faults
  }

  /// Scores the first batch, and compares the logits with the twin's, infinities and NaN included.
  ///
  /// - Returns: What differs; nil where nothing does.
  package func logitsFault() throws -> String? {
    let progress = try network.queue.buffer([Progress()])
    try network.queue.run(network.scoringStep(on: images, draw, progress))
    let x = Array(pixels.prefix(network.batch * network.input.count))
    return try mismatch(network.readLogits().map { Double($0) }, twin.forward(x), relative: 0)
  }

  /// Terms of the sums between an image and the logits.
  private var forwardTerms: Int { walks.reduce(0) { $0 + $1.terms } }

  /// Terms of the sums between the logits and a tensor's gradient.
  private func backwardTerms(_ name: String, active: Int) -> Int {
    guard let index = walks.firstIndex(where: { name.hasPrefix("\($0.name).") && $0.places > 0 })
    else { return 0 }
    return walks[(index + 1)...].reduce(active * walks[index].places + network.classes) {
      $0 + $1.reach
    }
  }
}

/// How far single precision may stray.
enum Rounding {
  /// The allowed difference of a sum as a share of the largest value of its tensor.
  ///
  /// Each of `terms` additions rounds by up to 2^-24 of the sum so far, either way: together about
  /// the root of their number. Exponentials and quotients cost some units of their own.
  static func relative(terms: Int) -> Double { 0x1p-24 * (4 + Double(terms).squareRoot()) }
}
