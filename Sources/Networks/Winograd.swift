internal import Kernels
internal import OpenCL

/// A convolution by Winograd's F(2 x 2, 3 x 3), forward and backward to the input.
struct Winograd {
  private let label: String
  private let lanes: Lanes
  private let filterShape: WinogradFilterShape
  private let transformedCount: Int
  private let forward: Direction
  private let backward: Direction

  /// One of the two convolutions.
  private struct Direction {
    var shape: WinogradShape
    var tiles: WinogradTiles
    var tag: String
    var flops: Double
    var bytes: Int

    func grid(_ lanes: Lanes) -> Grid {
      lanes.grid((Int(shape.places) + tiles.places - 1) / tiles.places)
    }
  }

  /// Adds the kernels to the source, or gives nil where the direct ones are used.
  init?(
    _ operation: Operation, _ conv: Conv, _ place: ParameterAllocator.Place, _ direct: ConvTiles,
    _ lanes: Lanes, _ source: inout Source
  ) {
    let (input, inner) = (operation.input, operation.inner)
    guard conv.window == 3, conv.stride == 1, conv.dilation == 1, conv.groups == 1,
      conv.padding.rows <= 2, conv.padding.columns <= 2,
      operation.pool == nil || operation.pool == 2, operation.propagates,
      let ahead = WinogradTiles(sources: input.channels, targets: inner.channels, lanes: lanes),
      let back = WinogradTiles(sources: inner.channels, targets: input.channels, lanes: lanes)
    else { return nil }
    label = operation.name
    self.lanes = lanes
    func up(_ size: Int, _ tile: Int) -> Int { (size + tile - 1) / tile }
    let forwardCount = 16 * up(inner.channels, ahead.targets) * ahead.targets * input.channels
    let backwardCount = 16 * up(input.channels, back.targets) * back.targets * inner.channels
    transformedCount = forwardCount + backwardCount
    filterShape = WinogradFilterShape(
      filters: Int32(inner.channels), channels: Int32(input.channels),
      tile: Int32(direct.filters), weights: Int32(place.weights),
      forward_tile: Int32(ahead.targets), backward_tile: Int32(back.targets))

    func direction(
      from: Shape, to: Shape, _ tiles: WinogradTiles, padding: Extent, filters: Int, bias: Int,
      relu: Bool, pool: Bool, mask: Bool
    ) -> Direction {
      let wide = pool ? to.width / 2 : up(to.width, 2)
      let high = pool ? to.height / 2 : up(to.height, 2)
      let shape = WinogradShape(
        in_height: Int32(from.height), in_width: Int32(from.width), targets: Int32(to.channels),
        out_height: Int32(to.height), out_width: Int32(to.width),
        pad_height: Int32(padding.rows), pad_width: Int32(padding.columns),
        places: Int32(wide * high), places_wide: Int32(wide), filters: Int32(filters),
        bias: Int32(bias))
      let tag = source.add(
        "winograd", kernel_source_winograd(),
        [
          "SOURCES": from.channels, "CT": tiles.targets, "T": tiles.places,
          "RAGGED": to.channels % tiles.targets == 0 ? 0 : 1, "RELU": relu ? 1 : 0,
          "POOL": pool ? 1 : 0, "MASK": mask ? 1 : 0,
        ])
      // What the direct convolution would do: the common measure.
      let flops = 2 * 9 * Double(lanes.paddedBatch * inner.count * input.channels)
      return Direction(
        shape: shape, tiles: tiles, tag: tag, flops: flops,
        bytes: 4 * lanes.paddedBatch * (from.count + to.count))
    }
    forward = direction(
      from: input, to: inner, ahead, padding: conv.padding, filters: 0, bias: place.bias,
      relu: operation.relu, pool: operation.pool != nil, mask: false)
    backward = direction(
      from: inner, to: input, back,
      padding: Extent(2 - conv.padding.rows, 2 - conv.padding.columns), filters: forwardCount,
      bias: -1, relu: false, pool: false, mask: operation.masksInput)
  }

  /// Adds the forward launches; gives the transformed filters, which the backward pass uses too.
  func forward(
    _ assembly: inout Assembly, _ context: BuildContext, x: TensorID, y: TensorID, code: TensorID?
  ) -> TensorID {
    let filters = assembly.tensor(transformedCount)
    let (label, shape, direction, lanes) = (label, filterShape, forward, lanes)
    func up(_ size: Int32, _ tile: Int32) -> Int { Int((size + tile - 1) / tile * tile) }
    let grid = Grid(
      up(shape.filters, shape.forward_tile), up(shape.channels, shape.backward_tile))
    let bytes = 4 * (9 * Int(shape.filters * shape.channels) + transformedCount)
    assembly.step(touching: [filters]) { memory in
      try context.program.launch(
        "winograd_filters", over: grid, label: label, bytes: bytes,
        context.parameters, memory(filters), shape)
    }
    assembly.step(touching: [x, y, filters] + (code.map { [$0] } ?? [])) { memory in
      let codes = try code.map { try memory($0, of: UInt8.self) } ?? memory.arenas[0]
      return try context.program.launch(
        "winograd" + direction.tag, over: direction.grid(lanes), label: label,
        flops: direction.flops, bytes: direction.bytes,
        memory(x), memory(filters), context.parameters, memory(y), memory(y), codes,
        direction.shape)
    }
    return filters
  }

  /// Adds the launch of the input's gradient.
  func backward(
    _ assembly: inout Assembly, _ context: BuildContext, x: TensorID, dy: TensorID, dx: TensorID,
    filters: TensorID
  ) {
    let (label, direction, lanes) = (label, backward, lanes)
    assembly.step(touching: [x, dy, dx, filters]) { memory in
      try context.program.launch(
        "winograd" + direction.tag, over: direction.grid(lanes), label: label + " backward",
        flops: direction.flops, bytes: direction.bytes,
        memory(dy), memory(filters), context.parameters, memory(x), memory(dx), memory.arenas[0],
        direction.shape)
    }
  }
}
