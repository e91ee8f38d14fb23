internal import Kernels
package import OpenCL

/// How the weights of a network start: a pure function of the seed and the tensor.
public enum Initialization: String, Sendable, Hashable, CaseIterable {
  /// PyTorch's default for `Conv2d` and `Linear`: weights and biases uniform within
  /// `1 / sqrt(fan_in)`.
  case pytorch
  /// Uniform within `sqrt(6 / (fan_in + fan_out))`, biases 0 (Glorot and Bengio, 2010).
  case xavierUniform = "xavier_uniform"
  /// Normal with deviation `sqrt(2 / (fan_in + fan_out))`, biases 0 (Glorot and Bengio, 2010).
  case xavierNormal = "xavier_normal"
  /// Uniform within `sqrt(6 / fan_in)`, biases 0 (He et al., 2015, for ReLU).
  case kaimingUniform = "kaiming_uniform"
  /// Normal with deviation `sqrt(2 / fan_in)`, biases 0 (He et al., 2015, for ReLU).
  case kaimingNormal = "kaiming_normal"

  /// The initial values of a tensor, in PyTorch's order.
  ///
  /// - Parameters:
  ///   - parameter: The tensor.
  ///   - seed: The run's seed.
  /// - Returns: One value an element of the tensor.
  func values(for parameter: Parameter, seed: UInt64) -> [Float] {
    let fanIn = Double(parameter.fanIn)
    let fanOut = Double(parameter.fanOut)
    let uniform: Double?
    let normal: Double?
    switch self {
    case .pytorch: (uniform, normal) = ((1 / fanIn).squareRoot(), nil)
    case .xavierUniform: (uniform, normal) = ((6 / (fanIn + fanOut)).squareRoot(), nil)
    case .xavierNormal: (uniform, normal) = (nil, (2 / (fanIn + fanOut)).squareRoot())
    case .kaimingUniform: (uniform, normal) = ((6 / fanIn).squareRoot(), nil)
    case .kaimingNormal: (uniform, normal) = (nil, (2 / fanIn).squareRoot())
    }
    if parameter.isBias && self != .pytorch {
      return [Float](repeating: 0, count: parameter.count)
    }
    // Keyed by name, so that a layer starts alike whatever stands before or behind it (FNV-1a).
    let stream = parameter.name.utf8.reduce(UInt32(2_166_136_261)) {
      ($0 ^ UInt32($1)) &* 16_777_619
    }
    return [Float](unsafeUninitializedCapacity: parameter.count) { values, count in
      count = parameter.count
      guard let start = values.baseAddress else { return }
      if let uniform {
        philox_fill_uniform(start, Int32(count), Float(uniform), stream, seed)
      } else if let normal {
        philox_fill_normal(start, Int32(count), Float(normal), stream, seed)
      }
    }
  }
}

extension Network {
  /// Sets all weights to their initial values.
  package func initialize(_ initialization: Initialization, seed: UInt64) throws {
    try set(
      parameters.map { initialization.values(for: $0, seed: seed) })
  }

  /// Writes the values of all parameters, each in PyTorch's order.
  func set(_ values: [[Float]]) throws {
    var flat: [Float] = []
    flat.reserveCapacity(parameterBuffer.count)
    for (parameter, values) in zip(parameters, values) {
      precondition(parameter.offset == flat.count, "parameters lie one after another")
      flat += parameter.packed(values)
    }
    try queue.write(flat, to: parameterBuffer)
  }

  /// The values of all parameters by name, each in PyTorch's order and shape.
  public func weights() throws -> [(parameter: Parameter, values: [Float])] {
    try unpacked(parameterBuffer)
  }

  /// Takes the tensors out of a flat buffer that is laid out as the parameters.
  package func unpacked(
    _ buffer: Buffer<Float>
  ) throws -> [(parameter: Parameter, values: [Float])] {
    let flat = try queue.read(buffer)
    return parameters.map {
      ($0, $0.unpacked(flat[$0.offset..<($0.offset + $0.extent)]))
    }
  }

  /// Sets the weights by name.
  ///
  /// - Parameter tensors: Name, shape and values of every parameter, in any order.
  /// - Throws: ``NetworkError`` that lists every name and shape that does not match; nothing is
  ///   changed then.
  public func load(_ tensors: [(name: String, shape: [Int], values: [Float])]) throws {
    try Parameter.require(parameters, in: tensors.map { ($0.name, $0.shape) })
    let known = Dictionary(tensors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    try set(parameters.map { known[$0.name]?.values ?? [] })
  }
}

extension Parameter {
  /// Checks that tensors are those of a network, in any order.
  ///
  /// - Throws: ``NetworkError`` that lists every name and shape that does not match.
  package static func require(
    _ parameters: [Parameter], in tensors: [(name: String, shape: [Int])]
  ) throws(NetworkError) {
    var problems: [String] = []
    let known = Dictionary(tensors, uniquingKeysWith: { first, _ in first })
    for parameter in parameters {
      guard let shape = known[parameter.name] else {
        problems.append("\(parameter.name) \(parameter.shape) is missing")
        continue
      }
      if shape != parameter.shape {
        problems.append("\(parameter.name) is \(shape), and the network needs \(parameter.shape)")
      }
    }
    let wanted = Set(parameters.map(\.name))
    for tensor in tensors where !wanted.contains(tensor.name) {
      problems.append("\(tensor.name) \(tensor.shape) has no place in the network")
    }
    guard problems.isEmpty else {
      throw NetworkError(
        "the weights do not fit the network:\n  " + problems.joined(separator: "\n  "))
    }
  }
}
