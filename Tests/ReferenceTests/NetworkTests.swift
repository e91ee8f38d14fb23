import Reference
import Testing

@Suite struct NetworkTests {
  static let network = ReferenceNetwork(
    input: ImageShape(2, 9, 8),
    layers: [
      .conv(4, window: [3, 2], padding: [1, 0], groups: 2), .relu,
      .maxPool([2, 3], stride: [2, 1], padding: [0, 1]),
      .conv(3, window: 2, stride: [1, 2], padding: 1, dilation: [2, 1]),
      .averagePool(2, stride: 1, padding: 1),
      .dense(6), .relu, .dense(5),
    ], seed: 20)

  @Test func `parameters have PyTorch's names and shapes, numbered by kind`() {
    #expect(
      Self.network.parameters.map { "\($0.name) \($0.shape)" } == [
        "conv1.weight [4, 1, 3, 2]", "conv1.bias [4]",
        "conv2.weight [3, 4, 2, 2]", "conv2.bias [3]",
        "fc1.weight [6, 75]", "fc1.bias [6]", "fc2.weight [5, 6]", "fc2.bias [5]",
      ])
  }

  @Test(arguments: [3, 2])
  func `every gradient of a network is its finite difference`(active: Int) throws {
    let x = randomValues(3 * Self.network.input.count, seed: 21)
    let labels = [4, 0, 2]
    let gradients = Self.network.gradients(x, labels: labels, active: active)

    for parameter in Self.network.parameters {
      try expectClose(
        #require(gradients[parameter.name]),
        numericalGradient(at: parameter.values) {
          var moved = Self.network
          moved[parameter.name] = $0
          return moved.loss(x, labels: labels, active: active).mean
        }, relative: differenceTolerance, "\(parameter.name)")
    }
    expectClose(
      gradients.input,
      numericalGradient(at: x) { Self.network.loss($0, labels: labels, active: active).mean },
      relative: differenceTolerance, "the input")
    #expect(gradients.loss == Self.network.loss(x, labels: labels, active: active))
    #expect(gradients.logits == Self.network.activations(x).last)
  }

  @Test func `an image that is not active changes nothing`() {
    let x = randomValues(3 * Self.network.input.count, seed: 22)
    let two = Array(x.prefix(2 * Self.network.input.count))
    let padded = Self.network.gradients(x, labels: [1, 2, 3], active: 2)
    let alone = Self.network.gradients(two, labels: [1, 2])
    #expect(padded.parameters == alone.parameters)
    #expect(padded.loss.mean == alone.loss.mean)
  }

  @Test(arguments: [
    (ReferenceNetwork.lenet(), 61_706), (ReferenceNetwork.cnn(), 1_199_882),
  ])
  func `the named networks have their known number of parameters`(
    layers: [ReferenceNetwork.Layer], count: Int
  ) {
    let network = ReferenceNetwork(input: ImageShape(1, 28, 28), layers: layers)
    #expect(network.parameters.reduce(0) { $0 + $1.values.count } == count)
  }
}

/// LeNet against PyTorch's run in double precision, from the same weights on the same batch.
@Suite struct LeNetTests {
  /// Large tensors of the fixtures are rounded to single precision.
  static let singleRounding = 1e-7

  let batch: Tensors
  var network = ReferenceNetwork(input: ImageShape(1, 28, 28), layers: ReferenceNetwork.lenet())
  let x: [Double]
  let labels: [Int]

  init() throws {
    batch = try Tensors("lenet-batch")
    x = try gather(
      batch.integers("images").map { UInt8($0) }, network.input, indices: Array(0..<8),
      mean: batch("mean"), std: batch("std"))
    labels = try batch.integers("labels")
    let start = try Tensors("lenet-start")
    for parameter in network.parameters {
      network[parameter.name] = try start(parameter.name)
    }
  }

  @Test func `logits, loss and gradients are PyTorch's`() throws {
    let expected = try Tensors("lenet-gradients")
    let gradients = network.gradients(x, labels: labels)
    try expectClose(gradients.logits, expected("logits"), relative: 1e-12)
    try expectClose([gradients.loss.mean], expected("loss"), relative: 1e-12)
    for parameter in gradients.parameters {
      try expectClose(
        parameter.values, expected(parameter.name), relative: Self.singleRounding,
        "\(parameter.name)")
    }
  }

  @Test
  mutating func `ten updates with Nesterov momentum and weight decay end at PyTorch's weights`()
    throws
  {
    let expected = try Tensors("lenet-updates")
    let rule = ReferenceSGD(
      learningRate: 0.02, momentum: 0.9, weightDecay: 1e-3, nesterov: true)
    var buffers = [[Double]?](repeating: nil, count: network.parameters.count)
    var losses: [Double] = []
    for _ in 0..<10 {
      let gradients = network.gradients(x, labels: labels)
      losses.append(gradients.loss.mean)
      for index in network.parameters.indices {
        rule.step(
          &network.parameters[index].values, gradients.parameters[index].values,
          momentumBuffer: &buffers[index])
      }
    }
    try expectClose(losses, expected("losses"), relative: 1e-11)
    for parameter in network.parameters {
      try expectClose(
        parameter.values, expected(parameter.name), relative: Self.singleRounding,
        "\(parameter.name)")
    }
  }
}
