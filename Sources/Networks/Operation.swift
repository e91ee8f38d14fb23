/// What a network does, once neighbouring layers are joined: a convolution with its ReLU and
/// max-pool is one operation.
struct Operation {
  enum Kind {
    case conv(Conv)
    case dense(Dense)
    case maxPool(MaxPool)
    case averagePool(AveragePool)
    case relu
  }

  var kind: Kind
  /// What reports call it: `conv1`, `fc2`, `pool1`, `relu1`.
  var name: String
  var input: Shape
  /// The output of the operation before ReLU and pool.
  var inner: Shape
  /// The output of the whole operation.
  var output: Shape
  /// A ReLU is applied to the output.
  var relu = false
  /// A max-pool with windows beside each other follows inside the operation.
  var pool: Extent?
  /// The input is the output of a ReLU whose backward pass falls to this operation.
  var masksInput = false
  /// Some operation before this one has parameters, so the gradient must go on.
  var propagates = false
}

extension Operation {
  /// Joins layers into operations, with the shape of each.
  ///
  /// - Throws: ``NetworkError`` where a layer cannot take its input, or nothing can be trained.
  static func join(_ layers: [any Layer], input: Shape) throws(NetworkError) -> [Operation] {
    guard input.channels > 0, input.height > 0, input.width > 0 else {
      throw NetworkError("an image of \(input) has no pixels")
    }
    var operations: [Operation] = []
    var shape = input
    var numbers: [String: Int] = [:]
    var index = 0
    func next() -> (any Layer)? { index + 1 < layers.count ? layers[index + 1] : nil }

    while index < layers.count {
      let layer = layers[index]
      let output = try layer.output(for: shape)
      let (kind, prefix) = try classify(layer)
      numbers[prefix, default: 0] += 1
      var operation = Operation(
        kind: kind, name: "\(prefix)\(numbers[prefix, default: 0])", input: shape, inner: output,
        output: output)
      switch kind {
      case .conv, .dense:
        // The last layer's ReLU stays by itself: nothing behind it would carry it backward.
        if next() is ReLU, index + 2 < layers.count {
          operation.relu = true
          numbers["relu", default: 0] += 1
          index += 1
        }
        if case .conv = kind, let pool = next() as? MaxPool, pool.fits(inside: output) {
          operation.pool = pool.window
          operation.output = try pool.output(for: output)
          numbers["pool", default: 0] += 1
          index += 1
        }
      case .maxPool, .averagePool, .relu: break
      }
      operation.masksInput = operations.last.map { $0.relu && $0.pool == nil } ?? false
      operation.propagates = operations.contains(where: \.hasParameters)
      operations.append(operation)
      shape = operation.output
      index += 1
    }
    guard operations.contains(where: \.hasParameters) else {
      throw NetworkError("the network has nothing to train: add a conv or a dense layer")
    }
    return operations
  }

  /// The outputs of the last operation, one a class.
  ///
  /// - Throws: ``NetworkError`` where it makes an image.
  static func classes(of operations: [Operation], input: Shape) throws(NetworkError) -> Int {
    guard let last = operations.last?.output, last.height == 1, last.width == 1 else {
      throw NetworkError(
        "the last layer's output \(operations.last?.output ?? input) is an image; end with a dense "
          + "layer that has one output a class")
    }
    return last.channels
  }

  var hasParameters: Bool {
    switch kind {
    case .conv, .dense: true
    case .maxPool, .averagePool, .relu: false
    }
  }

  private static func classify(_ layer: any Layer) throws(NetworkError) -> (Kind, String) {
    switch layer {
    case let conv as Conv: (.conv(conv), "conv")
    case let dense as Dense: (.dense(dense), "fc")
    case let pool as MaxPool: (.maxPool(pool), "pool")
    case let pool as AveragePool: (.averagePool(pool), "pool")
    case is ReLU: (.relu, "relu")
    default: throw NetworkError("\(layer.text): no kernel computes such a layer")
    }
  }
}

extension MaxPool {
  /// Whether a convolution can pool its own output: small windows beside each other, none padded.
  fileprivate func fits(inside shape: Shape) -> Bool {
    stride == window && padding == 0 && (2...4).contains(window.rows * window.columns)
      && window.rows <= shape.height && window.columns <= shape.width
  }
}
