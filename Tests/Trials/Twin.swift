import Networks
import Reference

/// A layer of a network on the device as the reference and the tolerances need it.
struct Walk {
  let layer: any Networks.Layer
  let twin: ReferenceNetwork.Layer
  /// PyTorch's name, such as `conv2`; empty where there are no weights.
  let name: String
  let hasBias: Bool
  /// Terms in one output of the layer.
  let terms: Int
  /// Terms that one image adds to the gradient of one weight.
  let places: Int
  /// Terms in the gradient of one input.
  let reach: Int

  /// Walks through layers, each with the shape that the one before gives.
  static func through(
    _ layers: [any Networks.Layer], input: Shape
  ) throws -> [Walk] {
    var shape = input
    var counts: [String: Int] = [:]
    return try layers.map { layer in
      let output = try layer.output(for: shape)
      defer { shape = output }
      func name(_ kind: String) -> String {
        counts[kind, default: 0] += 1
        return "\(kind)\(counts[kind, default: 0])"
      }
      switch layer {
      case let conv as Conv:
        let window = conv.window.rows * conv.window.columns
        return Walk(
          layer: layer,
          twin: .conv(
            conv.filters, window: .init(conv.window), stride: .init(conv.stride),
            padding: .init(conv.padding), dilation: .init(conv.dilation), groups: conv.groups),
          name: name("conv"), hasBias: conv.bias, terms: shape.channels / conv.groups * window,
          places: output.height * output.width, reach: conv.filters / conv.groups * window)
      case let dense as Dense:
        return Walk(
          layer: layer, twin: .dense(dense.units), name: name("fc"), hasBias: dense.bias,
          terms: shape.count, places: 1, reach: dense.units)
      case let pool as MaxPool:
        return Walk(
          layer: layer,
          twin: .maxPool(
            .init(pool.window), stride: .init(pool.stride), padding: .init(pool.padding)),
          name: "", hasBias: false, terms: 1, places: 0,
          reach: pool.window.rows * pool.window.columns)
      case let pool as AveragePool:
        let window = pool.window.rows * pool.window.columns
        return Walk(
          layer: layer,
          twin: .averagePool(
            .init(pool.window), stride: .init(pool.stride), padding: .init(pool.padding)),
          name: "", hasBias: false, terms: window, places: 0, reach: window)
      case is ReLU:
        return Walk(
          layer: layer, twin: .relu, name: "", hasBias: false, terms: 1, places: 0, reach: 1)
      default: throw NoTwin(layer: layer.text)
      }
    }
  }
}

/// A layer that the reference does not know.
struct NoTwin: Error {
  let layer: String
}

extension Reference.Extent {
  fileprivate init(_ extent: Networks.Extent) { self.init(extent.rows, extent.columns) }
}
