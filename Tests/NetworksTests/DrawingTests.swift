import Kernels
import Networks
import OpenCL
import Reference
import Testing
import Trials

/// Which images the device draws, and how they enter the network.
@Suite struct DrawingTests {
  static let shape = Shape(3, 5, 7)
  static let batch = 40

  /// A data set in which no two images are equal.
  struct Images {
    let count: Int
    let bytes: [UInt8]
    let labels: [UInt8]

    init(_ count: Int) {
      self.count = count
      let size = DrawingTests.shape.count
      bytes = randomValues(count * size, seed: 3, in: 0...256).map { UInt8($0) }
      labels = (0..<count).map { UInt8($0 * 7 % 10) }
    }

    /// The pixels of an image, divided by 255 as the device does.
    subscript(image: Int) -> [Float] {
      let size = DrawingTests.shape.count
      return bytes[image * size..<(image + 1) * size].map { Float($0) * (1 / 255) }
    }
  }

  /// What each step drew: the classes and the pixels of its batch.
  private func drawn(
    _ images: Images, _ draw: Draw, steps: Int, _ lanes: LaneShape
  ) throws -> [(labels: [Int32], pixels: [Float])] {
    let queue = try Queue(Device.all()[0])
    let network = try Network(
      on: queue, input: Self.shape, batch: Self.batch, lanes: lanes.lanes(batch: Self.batch),
      sharing: false, layers: [Dense(10)])
    let data = try DeviceImages(
      on: queue, shape: Self.shape, images: images.bytes, labels: images.labels)
    let launches = try network.scoringStep(on: data, draw, queue.buffer([Progress()]))
    return try (0..<steps).map { _ in
      try queue.run(launches)
      return (try network.readLabels(), try network.readImages())
    }
  }

  private func draw(
    _ count: Int, of total: Int? = nil, from first: Int = 0, shuffle: Bool, seed: UInt64 = 0
  ) -> Draw {
    Draw(
      channels: Int32(Self.shape.channels), pixels: Int32(Self.shape.height * Self.shape.width),
      batch: Int32(Self.batch), count: Int32(count),
      steps: Int32((count + Self.batch - 1) / Self.batch), accumulate: 1,
      total: Int32(total ?? count),
      first: Int32(first), shuffle: shuffle ? 1 : 0, split: total == nil ? 0 : 1,
      seed_low: UInt32(truncatingIfNeeded: seed), seed_high: UInt32(seed >> 32))
  }

  private func expect(
    _ batch: (labels: [Int32], pixels: [Float]), toHold expected: [Int], of images: Images,
    _ comment: Comment, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let missing = batch.labels.count - expected.count
    #expect(
      batch.labels == expected.map { Int32(images.labels[$0]) }
        + [Int32](repeating: -1, count: missing), comment, sourceLocation: sourceLocation)
    let spare = (Self.batch - expected.count) * Self.shape.count
    #expect(
      batch.pixels == expected.flatMap { images[$0] } + [Float](repeating: 0, count: spare),
      comment, sourceLocation: sourceLocation)
  }

  @Test(arguments: [LaneShape.wide, LaneShape(4, 1), LaneShape(1, 32), LaneShape(2, 32)])
  func `the device draws the images that the host computes, epoch after epoch`(
    _ lanes: LaneShape
  ) throws {
    let seed: UInt64 = 0x1234_5678_9abc_def0
    let images = Images(90)
    let batches = try drawn(images, draw(90, shuffle: true, seed: seed), steps: 7, lanes)
    // Batches of 40, 40 and 10 images make an epoch.
    for (step, batch) in batches.enumerated() {
      let order = RandomTests.order(90, round: UInt32(step / 3), seed: seed).map { Int($0) }
      let first = step % 3 * Self.batch
      expect(
        batch, toHold: Array(order[first..<min(90, first + Self.batch)]), of: images,
        "step \(step)")
    }
  }

  @Test func `without shuffle the images come in the file's order`() throws {
    let images = Images(50)
    let batches = try drawn(images, draw(50, shuffle: false), steps: 3, .wide)
    expect(batches[0], toHold: Array(0..<40), of: images, "step 0")
    expect(batches[1], toHold: Array(40..<50), of: images, "step 1")
    expect(batches[2], toHold: Array(0..<40), of: images, "step 2")
  }

  @Test func `the parts of a split share no image, whatever the epoch`() throws {
    let images = Images(60)
    let order = RandomTests.order(60, seed: 9, purpose: PURPOSE_SPLIT).map { Int($0) }
    let training = try drawn(
      images, draw(45, of: 60, from: 0, shuffle: true, seed: 9), steps: 4, .wide)
    let held = try drawn(
      images, draw(15, of: 60, from: 45, shuffle: false, seed: 9), steps: 2, .wide)
    for step in 0..<4 {
      let epoch = RandomTests.order(45, round: UInt32(step / 2), seed: 9).map { order[Int($0)] }
      let part = step % 2 == 0 ? epoch[..<40] : epoch[40...]
      expect(training[step], toHold: Array(part), of: images, "training step \(step)")
    }
    for step in 0..<2 {
      expect(held[step], toHold: Array(order[45...]), of: images, "step \(step) of the held part")
    }
  }

  @Test func `a pixel enters as its byte less the mean, over the deviation`() throws {
    let queue = try Queue(Device.all()[0])
    let (shape, batch) = (Shape(2, 3, 7), 5)
    let bytes = randomValues(batch * shape.count, seed: 4, in: 0...256).map { UInt8($0) }
    let images = try DeviceImages(
      on: queue, shape: shape, images: bytes, labels: [UInt8](repeating: 0, count: batch))
    // The second channel's deviation of 0 only shifts it.
    try images.normalize([(0.3, 0.2), (0.7, 0)])
    let network = try Network(
      on: queue, input: shape, batch: batch, sharing: false, layers: [Dense(2)])
    let draw = Draw(
      channels: 2, pixels: 21, batch: 5, count: 5, steps: 1, accumulate: 1, total: 5, first: 0,
      shuffle: 0,
      split: 0, seed_low: 0, seed_high: 0)
    try queue.run(network.scoringStep(on: images, draw, queue.buffer([Progress()])))
    let expected = gather(
      bytes, ImageShape(2, 3, 7), indices: Array(0..<batch), mean: [0.3, 0.7], std: [0.2, 1])
    // Rounded are the factor, the summand and the result, each by 2^-24 of at most 5.
    let fault = try mismatch(
      network.readImages().map { Double($0) }, expected, relative: 4 * 0x1p-24)
    #expect(fault == nil)
  }

  @Test func `the statistics of a data set are those of its bytes`() throws {
    let queue = try Queue(Device.all()[0])
    let shape = Shape(3, 11, 13)
    var bytes = randomValues(70 * shape.count, seed: 5, in: 0...256).map { UInt8($0) }
    // The last channel never varies.
    for image in 0..<70 {
      for pixel in 0..<143 { bytes[(image * 3 + 2) * 143 + pixel] = 77 }
    }
    let images = try DeviceImages(
      on: queue, shape: shape, images: bytes, labels: [UInt8](repeating: 0, count: 70))
    let network = try Network(on: queue, input: shape, batch: 2, layers: [Dense(1)])
    let statistics = try network.statistics(of: images)
    for channel in 0..<3 {
      var values: [Double] = []
      for image in 0..<70 {
        let first = (image * 3 + channel) * 143
        values += bytes[first..<first + 143].map { Double($0) / 255 }
      }
      let count = Double(values.count)
      let mean = values.reduce(0, +) / count
      let squares = values.map { ($0 - mean) * ($0 - mean) }
      let deviation = (squares.reduce(0, +) / count).squareRoot()
      #expect(abs(statistics[channel].mean - mean) < 1e-12)
      #expect(abs(statistics[channel].deviation - deviation) < 1e-12)
    }
    #expect(statistics[2].deviation == 0)
  }

  @Test func `images that do not fit their labels or their network are refused`() throws {
    let queue = try Queue(Device.all()[0])
    let short = #expect(throws: NetworkError.self) {
      try DeviceImages(
        on: queue, shape: Shape(1, 2, 3), images: [1, 2, 3, 4, 5], labels: [0])
    }
    #expect(short?.description == "1 images of 1x2x3 take 6 bytes, and there are 5")
    #expect(throws: NetworkError.self) {
      try DeviceImages(on: queue, shape: Shape(1, 2, 3), images: [], labels: [])
    }
    let images = try DeviceImages(
      on: queue, shape: Shape(1, 2, 3), images: [1, 2, 3, 4, 5, 6], labels: [0])
    let network = try Network(on: queue, input: Shape(1, 3, 2), batch: 1, layers: [Dense(1)])
    let error = #expect(throws: NetworkError.self) {
      try network.scoringStep(on: images, draw(1, shuffle: false), queue.buffer([Progress()]))
    }
    #expect(
      error?.description == "the network takes images of 1x3x2, and the data set has 1x2x3")
  }
}
