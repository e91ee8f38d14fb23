/// One tensor of a network: what PyTorch calls it, and where and how it lies on the device.
public struct Parameter: Sendable, Hashable {
  /// PyTorch's name, for example `conv1.weight`.
  public let name: String
  /// PyTorch's shape, for example `[filters, channels / groups, rows, columns]`.
  public let shape: [Int]
  /// Where it starts in the flat buffers of parameters, gradients and optimizer state, in floats.
  public let offset: Int
  /// Floats that it takes there, padding included: a multiple of 16.
  public let extent: Int
  /// Inputs of one output: `channels / groups x rows x columns`, of a bias its weights'.
  public let fanIn: Int
  /// Outputs that one input reaches: `filters / groups x rows x columns`, of a bias its weights'.
  public let fanOut: Int
  /// Filters that lie together for each tap; 1 for what is not packed.
  package let tile: Int
  /// Where the parts of its gradient after the first lie.
  package let partials: Partials

  /// The number of values.
  public var count: Int { shape.reduce(1, *) }

  /// Whether it is a bias (or another vector) rather than a matrix of weights.
  public var isBias: Bool { shape.count == 1 }

  /// Parts of a gradient that different work-items sum: `parts` of them, the first where the gradient
  /// lies, the others `stride` floats apart.
  public struct Partials: Sendable, Hashable {
    /// Where the second part starts in the buffer of partial sums, in floats.
    public let offset: Int
    /// The number of parts, the first included.
    public let parts: Int
    /// The distance of one part to the next, in floats.
    public let stride: Int
  }

  /// Floats that adding up the parts of its gradient reads and writes; of a single part they are
  /// only read, to be measured.
  package var gradientTraffic: Int { extent * (partials.parts == 1 ? 1 : partials.parts + 1) }

  /// Puts values into the device's order: `[filters / tile][taps][tile]`, missing filters zero.
  func packed(_ values: [Float]) -> [Float] {
    precondition(values.count == count, "\(name) has \(count) values, not \(values.count)")
    var packed = [Float](repeating: 0, count: extent)
    packed.withUnsafeMutableBufferPointer { to in
      values.withUnsafeBufferPointer { from in
        walk { logical, place in to[place] = from[logical] }
      }
    }
    return packed
  }

  /// Takes values out of the device's order, the inverse of ``packed(_:)``.
  func unpacked(_ packed: ArraySlice<Float>) -> [Float] {
    precondition(packed.count == extent, "\(name) takes \(extent) floats, not \(packed.count)")
    return [Float](unsafeUninitializedCapacity: count) { to, initialized in
      packed.withUnsafeBufferPointer { from in
        walk { logical, place in to[logical] = from[place] }
      }
      initialized = count
    }
  }

  /// Calls `body` with the place of every value in PyTorch's order and in the device's.
  private func walk(_ body: (_ logical: Int, _ place: Int) -> Void) {
    let taps = count / shape[0]
    var logical = 0
    for filter in 0..<shape[0] {
      var place = filter / tile * tile * taps + filter % tile
      for _ in 0..<taps {
        body(logical, place)
        logical += 1
        place += tile
      }
    }
  }
}

/// Hands out places in the flat buffers while a network is being built.
struct ParameterAllocator {
  private(set) var parameters: [Parameter] = []
  private(set) var count = 0
  private(set) var partialCount = 0

  /// Where a layer's weights and bias lie.
  struct Place {
    let weights: Int
    /// -1 where there is none.
    let bias: Int
    let partials: Int
    /// Distance of one part of the gradient to the next.
    let stride: Int
  }

  /// Reserves `weights`, packed in tiles of filters, and a bias, whose gradient has `parts` parts.
  mutating func reserve(
    _ name: String, weights shape: [Int], bias: Bool, tile: Int, parts: Int, groups: Int = 1
  ) -> Place {
    func rounded(_ count: Int) -> Int { (count + 15) / 16 * 16 }
    let filters = (shape[0] + tile - 1) / tile * tile
    let taps = shape.dropFirst().reduce(1, *)
    let fanIn = taps
    let fanOut = shape[0] / groups * shape.dropFirst(2).reduce(1, *)
    let weightExtent = rounded(filters * taps)
    let biasExtent = bias ? rounded(filters) : 0
    let stride = weightExtent + biasExtent

    func add(_ suffix: String, _ shape: [Int], _ start: Int, _ extent: Int, _ tile: Int) {
      parameters.append(
        Parameter(
          name: "\(name).\(suffix)", shape: shape, offset: count + start, extent: extent,
          fanIn: fanIn, fanOut: fanOut, tile: tile,
          partials: .init(offset: partialCount + start, parts: parts, stride: stride)))
    }
    add("weight", shape, 0, weightExtent, tile)
    if bias { add("bias", [shape[0]], weightExtent, biasExtent, 1) }
    defer {
      count += stride
      partialCount += stride * (parts - 1)
    }
    return Place(
      weights: count, bias: bias ? count + weightExtent : -1, partials: partialCount,
      stride: stride)
  }
}
