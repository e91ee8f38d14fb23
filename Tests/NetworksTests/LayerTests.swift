import OpenCL
import Testing

@testable import Networks

@Suite struct LayerTests {
  /// A layer, the shape of its input, and what it makes of it.
  static let shapes: [(any Layer, Shape, Shape)] = [
    (Conv(6, window: 5, padding: 2), Shape(1, 28, 28), Shape(6, 28, 28)),
    (Conv(7, window: [3, 1], stride: [2, 3]), Shape(3, 10, 10), Shape(7, 4, 4)),
    (
      Conv(8, window: 3, padding: [0, 1], dilation: [2, 3], groups: 4), Shape(4, 5, 7),
      Shape(8, 1, 3)
    ),
    (MaxPool(2), Shape(3, 7, 6), Shape(3, 3, 3)),
    (MaxPool(3, stride: 2, padding: 1), Shape(3, 7, 6), Shape(3, 4, 3)),
    (AveragePool([1, 4], stride: [2, 1], padding: [0, 2]), Shape(2, 5, 5), Shape(2, 3, 6)),
    (Dense(12), Shape(3, 4, 5), Shape(12)), (ReLU(), Shape(3, 4, 5), Shape(3, 4, 5)),
  ]

  @Test(arguments: shapes)
  func `a layer knows the shape of its output`(
    _ layer: any Layer, input: Shape, output: Shape
  ) throws {
    #expect(try layer.output(for: input) == output, "\(layer.text)")
  }

  /// A layer that cannot take a 4x6x7 image, and the words that say so.
  static let refusals: [(any Layer, String)] = [
    (Conv(0, window: 3), "conv(0, 3): filters is 0; it must be at least 1"),
    (Conv(2, window: [3, 0]), "conv(2, [3, 0]): window is 0; it must be at least 1"),
    (Conv(2, window: 3, stride: 0), "conv(2, 3, stride=0): stride is 0; it must be at least 1"),
    (
      Conv(2, window: 3, dilation: [1, -1]),
      "conv(2, 3, dilation=[1, -1]): dilation is -1; it must be at least 1"
    ),
    (
      Conv(2, window: 3, padding: [0, -1]),
      "conv(2, 3, padding=[0, -1]): padding is 0x-1; it must not be negative"
    ),
    (
      Conv(2, window: 3, groups: 0), "conv(2, 3, groups=0): groups is 0; it must be at least 1"
    ),
    (
      Conv(6, window: 3, groups: 3),
      "conv(6, 3, groups=3): 3 groups divide neither 4 channels and 6 filters evenly; choose a "
        + "divisor of both"
    ),
    (
      Conv(6, window: 3, groups: 4),
      "conv(6, 3, groups=4): 4 groups divide neither 4 channels and 6 filters evenly; choose a "
        + "divisor of both"
    ),
    (
      Conv(2, window: [7, 1]),
      "conv(2, [7, 1]): the window spans 7 pixels but its input 4x6x7 has only 6 with padding; "
        + "use a smaller window or more padding"
    ),
    (
      Conv(2, window: 3, padding: 1, dilation: [1, 5]),
      "conv(2, 3, padding=1, dilation=[1, 5]): the window spans 11 pixels but its input 4x6x7 has "
        + "only 9 with padding; use a smaller window or more padding"
    ),
    (MaxPool(0, stride: 1), "maxpool(0, stride=1): window is 0; it must be at least 1"),
    (MaxPool(2, stride: [1, 0]), "maxpool(2, stride=[1, 0]): stride is 0; it must be at least 1"),
    (
      MaxPool(2, padding: -1), "maxpool(2, padding=-1): padding is -1; it must not be negative"
    ),
    (
      MaxPool(3, stride: 1, padding: 2),
      "maxpool(3, stride=1, padding=2): padding 2 is more than half the window 3"
    ),
    (
      MaxPool([7, 1]),
      "maxpool([7, 1]): the window spans 7 pixels but its input 4x6x7 has only 6 with padding; "
        + "use a smaller window or more padding"
    ),
    (MaxPool(16), "maxpool(16): the window has more than 255 places"),
    (
      AveragePool([1, 8]),
      "avgpool([1, 8]): the window spans 8 pixels but its input 4x6x7 has only 7 with padding; "
        + "use a smaller window or more padding"
    ),
    (
      AveragePool([2, 3], padding: [0, 2]),
      "avgpool([2, 3], padding=[0, 2]): padding 0x2 is more than half the window 2x3"
    ),
    (Dense(0), "dense(0): units is 0; it must be at least 1"),
  ]

  @Test(arguments: refusals)
  func `a layer refuses what it cannot take, with its text and the numbers`(
    _ layer: any Layer, words: String
  ) {
    let error = #expect(throws: NetworkError.self) { try layer.output(for: Shape(4, 6, 7)) }
    #expect(error?.description == words)
    #expect(throws: NetworkError.self) {
      try Operation.join([layer, Dense(1)], input: Shape(4, 6, 7))
    }
  }

  @Test func `layers join into operations where a kernel does both`() throws {
    let operations = try Operation.join(
      [
        Conv(6, window: 3), ReLU(), MaxPool(2), Conv(8, window: 3), MaxPool([1, 3]),
        Conv(9, window: 1), ReLU(), MaxPool(2, stride: 1), ReLU(), Dense(7), ReLU(), Dense(4),
        ReLU(),
      ], input: Shape(1, 20, 20))
    let texts = operations.map { operation in
      var words = ["\(operation.name)", "\(operation.input)", "\(operation.inner)"]
      words.append("\(operation.output)")
      if operation.relu { words.append("relu") }
      if let pool = operation.pool { words.append("pool \(pool)") }
      if operation.masksInput { words.append("masks") }
      if operation.propagates { words.append("propagates") }
      return words.joined(separator: " ")
    }
    #expect(
      texts == [
        "conv1 1x20x20 6x18x18 6x9x9 relu pool 2",
        "conv2 6x9x9 8x7x7 8x7x2 pool 1x3 propagates",
        "conv3 8x7x2 9x7x2 9x7x2 relu propagates",
        "pool3 9x7x2 9x6x1 9x6x1 masks propagates",
        "relu3 9x6x1 9x6x1 9x6x1 propagates",
        "fc1 9x6x1 7x1x1 7x1x1 relu propagates",
        "fc2 7x1x1 4x1x1 4x1x1 masks propagates",
        // The last ReLU stays by itself: nothing behind it would carry it backward.
        "relu5 4x1x1 4x1x1 4x1x1 propagates",
      ])
  }

  @Test func `a pool that overlaps, is padded or is large is an operation of its own`() throws {
    for pool in [
      MaxPool(2, stride: 1), MaxPool(2, padding: 1), MaxPool(3), MaxPool([1, 5]), MaxPool(1),
    ] {
      let operations = try Operation.join(
        [Conv(6, window: 3), ReLU(), pool, Dense(2)], input: Shape(1, 20, 20))
      #expect(operations.map(\.name) == ["conv1", "pool1", "fc1"], "\(pool.text)")
      #expect(operations[1].masksInput)
    }
    for pool in [MaxPool(2), MaxPool([1, 2]), MaxPool([3, 1]), MaxPool([1, 4])] {
      let operations = try Operation.join(
        [Conv(6, window: 3), ReLU(), pool, Dense(2)], input: Shape(1, 20, 20))
      #expect(operations.map(\.name) == ["conv1", "fc1"], "\(pool.text)")
      #expect(operations[0].pool == pool.window && !operations[1].masksInput)
    }
  }

  /// Layers over a 1x6x6 image that make no network, and the words that say so.
  static let impossible: [([any Layer], String)] = [
    ([], "the network has nothing to train: add a conv or a dense layer"),
    ([ReLU(), MaxPool(6)], "the network has nothing to train: add a conv or a dense layer"),
    (
      [Conv(3, window: 3), ReLU()],
      "the last layer's output 3x4x4 is an image; end with a dense layer that has one output a "
        + "class"
    ),
    (
      [Conv(3, window: 3), MaxPool(2), Conv(2, window: 3), Dense(2)],
      "conv(2, 3): the window spans 3 pixels but its input 3x2x2 has only 2 with padding; use a "
        + "smaller window or more padding"
    ),
    ([Unknown(), Dense(2)], "unknown: no kernel computes such a layer"),
  ]

  struct Unknown: Layer {
    let text = "unknown"
    func output(for input: Shape) throws(NetworkError) -> Shape { input }
  }

  @Test(arguments: impossible)
  func `a network that cannot be is refused with the layer that is wrong`(
    _ layers: [any Layer], words: String
  ) throws {
    let queue = try Queue(Device.all()[0])
    let error = #expect(throws: NetworkError.self) {
      try Network(on: queue, input: Shape(1, 6, 6), batch: 1, layers: layers)
    }
    #expect(error?.description == words)
  }

  @Test func `an image without pixels and a batch without images are refused`() throws {
    let queue = try Queue(Device.all()[0])
    let layers: [any Layer] = [Dense(2)]
    let pixels = #expect(throws: NetworkError.self) {
      try Network(on: queue, input: Shape(1, 0, 6), batch: 1, layers: layers)
    }
    #expect(pixels?.description == "an image of 1x0x6 has no pixels")
    let batch = #expect(throws: NetworkError.self) {
      try Network(on: queue, input: Shape(1, 1, 6), batch: 0, layers: layers)
    }
    #expect(batch?.description == "a batch of 0 images is empty")
  }
}
