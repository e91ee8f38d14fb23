internal import Kernels
internal import OpenCL

/// What the launches of every operation need.
struct BuildContext {
  let lanes: Lanes
  let program: SharedProgram
  let parameters: Buffer<Float>
  let gradients: Buffer<Float>
  let partials: Buffer<Float>
}

/// What the forward pass of an operation leaves for the backward pass.
struct Activation {
  /// The output.
  var y: TensorID
  /// Of max-pools, which place of each window was the greatest.
  var code: TensorID?
  /// Of Winograd convolutions, the transformed filters.
  var filters: TensorID?
}

/// An operation with its tiles chosen, its parameters placed and its kernels named.
struct BuiltOperation {
  fileprivate enum Kind {
    case conv(ConvShape, ConvTiles, groups: Int, parts: Int, tag: String, Winograd?)
    case dense(DenseShape, DenseTiles, tag: String)
    case maxPool(PoolShape)
    case averagePool(PoolShape)
    case relu
  }

  private let operation: Operation
  private let kind: Kind
  private let lanes: Lanes

  fileprivate init(_ operation: Operation, _ kind: Kind, _ lanes: Lanes) {
    self.operation = operation
    self.kind = kind
    self.lanes = lanes
  }
}

extension Operation {
  /// Chooses tiles, reserves parameters and adds the kernels to the program's source.
  func built(
    on lanes: Lanes, _ allocator: inout ParameterAllocator, _ source: inout Source
  ) -> BuiltOperation {
    switch kind {
    case .conv(let conv): .conv(self, conv, lanes, &allocator, &source)
    case .dense(let dense): .dense(self, dense, lanes, &allocator, &source)
    case .maxPool(let pool):
      BuiltOperation(
        self, .maxPool(poolShape(pool.window, pool.stride, pool.padding)), lanes)
    case .averagePool(let pool):
      BuiltOperation(
        self, .averagePool(poolShape(pool.window, pool.stride, pool.padding)), lanes)
    case .relu: BuiltOperation(self, .relu, lanes)
    }
  }

  private func poolShape(_ window: Extent, _ stride: Extent, _ padding: Extent) -> PoolShape {
    PoolShape(
      channels: Int32(input.channels), height: Int32(input.height), width: Int32(input.width),
      out_height: Int32(output.height), out_width: Int32(output.width),
      window_height: Int32(window.rows), window_width: Int32(window.columns),
      stride_height: Int32(stride.rows), stride_width: Int32(stride.columns),
      pad_height: Int32(padding.rows), pad_width: Int32(padding.columns))
  }
}

extension BuiltOperation {
  fileprivate static func conv(
    _ operation: Operation, _ conv: Conv, _ lanes: Lanes, _ allocator: inout ParameterAllocator,
    _ source: inout Source
  ) -> BuiltOperation {
    let (input, inner) = (operation.input, operation.inner)
    let tiles = ConvTiles(conv, input: input, output: inner, pool: operation.pool, lanes: lanes)
    let groupChannels = input.channels / conv.groups
    // Enough parts to keep many cores busy; how many never depends on the device's cores, so that
    // sums have one order everywhere.
    let items =
      (conv.filters + tiles.gradientFilters - 1) / tiles.gradientFilters * groupChannels
      * (conv.window.rows / tiles.gradientRows)
    let turns = lanes.groups / lanes.group
    let wanted = min(turns, max(1, 128 / items))
    let turnsEach = (turns + wanted - 1) / wanted
    let parts = (turns + turnsEach - 1) / turnsEach
    let place = allocator.reserve(
      operation.name,
      weights: [conv.filters, groupChannels, conv.window.rows, conv.window.columns],
      bias: conv.bias, tile: tiles.filters, parts: parts, groups: conv.groups)
    let padded =
      conv.padding != 0
      || inner.height % tiles.rows != 0 && operation.pool == nil
      || inner.width % tiles.columns != 0 && operation.pool == nil
    let tag = source.add(
      "conv", kernel_source_conv(),
      [
        "R": conv.window.rows, "S": conv.window.columns,
        "SH": conv.stride.rows, "SW": conv.stride.columns,
        "DH": conv.dilation.rows, "DW": conv.dilation.columns,
        "CT": tiles.filters, "PH": tiles.rows, "PW": tiles.columns,
        "CI": tiles.channels, "QH": tiles.inputRows, "QW": tiles.inputColumns,
        "FT": tiles.gradientFilters, "RT": tiles.gradientRows,
        "PADDED": padded ? 1 : 0, "RAGGED": conv.filters % tiles.filters == 0 ? 0 : 1,
        "RELU": operation.relu ? 1 : 0, "POOL": operation.pool == nil ? 0 : 1,
        "MASK": operation.masksInput ? 1 : 0,
      ])
    let shape = ConvShape(
      channels: Int32(input.channels), height: Int32(input.height), width: Int32(input.width),
      filters: Int32(conv.filters), out_height: Int32(inner.height), out_width: Int32(inner.width),
      pad_height: Int32(conv.padding.rows), pad_width: Int32(conv.padding.columns),
      group_channels: Int32(groupChannels), group_filters: Int32(conv.filters / conv.groups),
      weights: Int32(place.weights), bias: Int32(place.bias), partials: Int32(place.partials),
      partial_stride: Int32(place.stride), split_groups: Int32(turnsEach * lanes.group),
      groups: Int32(lanes.groups))
    let winograd = Winograd(operation, conv, place, tiles, lanes, &source)
    return BuiltOperation(
      operation, .conv(shape, tiles, groups: conv.groups, parts: parts, tag: tag, winograd), lanes)
  }

  fileprivate static func dense(
    _ operation: Operation, _ dense: Dense, _ lanes: Lanes, _ allocator: inout ParameterAllocator,
    _ source: inout Source
  ) -> BuiltOperation {
    let inputs = operation.input.count
    let tiles = DenseTiles(dense.units, inputs: inputs, lanes: lanes)
    let place = allocator.reserve(
      operation.name, weights: [dense.units, inputs], bias: dense.bias, tile: tiles.outputs,
      parts: 1)
    let tag = source.add(
      "dense", kernel_source_dense(),
      [
        "CT": tiles.outputs, "NV": tiles.images, "CI": tiles.inputs, "FT": tiles.gradientOutputs,
        "GI": tiles.gradientInputs,
        "RAGGED": dense.units % tiles.outputs == 0 ? 0 : 1,
        "RAGGED_INPUTS": inputs % tiles.inputs == 0 && inputs % tiles.gradientInputs == 0 ? 0 : 1,
        "RELU": operation.relu ? 1 : 0, "MASK": operation.masksInput ? 1 : 0,
      ])
    let shape = DenseShape(
      inputs: Int32(inputs), outputs: Int32(dense.units), weights: Int32(place.weights),
      bias: Int32(place.bias), groups: Int32(lanes.groups))
    return BuiltOperation(operation, .dense(shape, tiles, tag: tag), lanes)
  }

  private func values(_ shape: Shape) -> Int { lanes.paddedBatch * shape.count }

  /// Adds the forward launches.
  func forward(
    _ assembly: inout Assembly, _ context: BuildContext, x: TensorID
  ) -> Activation {
    let y = assembly.tensor(values(operation.output))
    let operation = operation
    let label = operation.name
    switch kind {
    case .conv(let shape, let tiles, _, _, let tag, let winograd):
      let code = operation.pool.map { _ in
        assembly.tensor(values(operation.output), of: UInt8.self)
      }
      if let winograd {
        let filters = winograd.forward(&assembly, context, x: x, y: y, code: code)
        return Activation(y: y, code: code, filters: filters)
      }
      let rows =
        operation.pool == nil ? up(operation.inner.height, tiles.rows) : operation.output.height
      let columns =
        operation.pool == nil ? up(operation.inner.width, tiles.columns) : operation.output.width
      let grid = lanes.grid(rows * columns, up(operation.inner.channels, tiles.filters))
      let flops = convFlops(shape)
      let bytes = 4 * (values(operation.input) + values(operation.output))
      assembly.step(touching: [x, y] + (code.map { [$0] } ?? [])) { memory in
        // A convolution without pool leaves its codes alone: any buffer will do.
        let codes = try code.map { try memory($0, of: UInt8.self) } ?? memory.arenas[0]
        return try context.program.launch(
          "conv_forward" + tag, over: grid, label: label, flops: flops, bytes: bytes,
          memory(x), context.parameters, memory(y), codes, shape)
      }
      return Activation(y: y, code: code)
    case .dense(let shape, let tiles, let tag):
      let grid = lanes.grid(
        groups: lanes.groups / tiles.images, 1, up(Int(shape.outputs), tiles.outputs))
      let flops = denseFlops(shape)
      let bytes =
        4 * (values(operation.input) + values(operation.output) + Int(shape.inputs * shape.outputs))
      assembly.step(touching: [x, y]) { memory in
        try context.program.launch(
          "dense_forward" + tag, over: grid, label: label, flops: flops, bytes: bytes,
          memory(x), context.parameters, memory(y), shape)
      }
      return Activation(y: y)
    case .maxPool(let shape):
      let code = assembly.tensor(values(operation.output), of: UInt8.self)
      let grid = lanes.grid(
        operation.output.height * operation.output.width, operation.output.channels)
      let bytes = 4 * values(operation.input) + 5 * values(operation.output)
      assembly.step(touching: [x, y, code]) { memory in
        try context.program.launch(
          "max_pool_forward", over: grid, label: label, bytes: bytes,
          memory(x), memory(y), memory(code, of: UInt8.self), shape)
      }
      return Activation(y: y, code: code)
    case .averagePool(let shape):
      let grid = lanes.grid(
        operation.output.height * operation.output.width, operation.output.channels)
      let bytes = 4 * (values(operation.input) + values(operation.output))
      assembly.step(touching: [x, y]) { memory in
        try context.program.launch(
          "average_pool_forward", over: grid, label: label, bytes: bytes,
          memory(x), memory(y), shape)
      }
      return Activation(y: y)
    case .relu:
      let grid = Grid(values(operation.output) / lanes.width)
      let bytes = 8 * values(operation.output)
      assembly.step(touching: [x, y]) { memory in
        try context.program.launch(
          "relu_forward", over: grid, label: label, bytes: bytes, memory(x), memory(y))
      }
      return Activation(y: y)
    }
  }

  /// Adds the backward launches; gives the gradient of the input where something before needs it.
  func backward(
    _ assembly: inout Assembly, _ context: BuildContext, x: TensorID, _ activation: Activation,
    dy: TensorID
  ) -> TensorID? {
    let (y, code) = (activation.y, activation.code)
    let operation = operation
    let label = operation.name
    let mask: Int32 = operation.masksInput ? 1 : 0
    switch kind {
    case .conv(let shape, let tiles, let groups, let parts, let tag, let winograd):
      let inner = unpooled(&assembly, context, code: code, dy: dy)
      let filterGrid = lanes.grid(
        groups: lanes.group * parts,
        Int(shape.group_channels) * (operation.windowRows / tiles.gradientRows),
        up(operation.inner.channels, tiles.gradientFilters))
      let flops = convFlops(shape)
      let bytes = 4 * (values(operation.input) + values(operation.inner))
      assembly.step(touching: [x, inner]) { memory in
        try context.program.launch(
          "conv_backward_filters" + tag, over: filterGrid, label: label, flops: flops,
          bytes: bytes, memory(x), memory(inner), context.gradients, context.partials, shape)
      }
      guard operation.propagates else { return nil }
      let dx = assembly.tensor(values(operation.input))
      if let winograd, let filters = activation.filters {
        winograd.backward(&assembly, context, x: x, dy: inner, dx: dx, filters: filters)
        return dx
      }
      let grid = lanes.grid(
        up(operation.input.height, tiles.inputRows) * up(operation.input.width, tiles.inputColumns),
        groups * up(Int(shape.group_channels), tiles.channels))
      assembly.step(touching: [x, inner, dx]) { memory in
        try context.program.launch(
          "conv_backward_input" + tag, over: grid, label: label, flops: flops, bytes: bytes,
          memory(inner), context.parameters, memory(x), memory(dx), shape)
      }
      return dx
    case .dense(let shape, let tiles, let tag):
      let flops = denseFlops(shape)
      let bytes =
        4 * (values(operation.input) + values(operation.output) + Int(shape.inputs * shape.outputs))
      let filterGrid = lanes.grid(
        groups: lanes.group, up(Int(shape.inputs), tiles.gradientInputs),
        up(Int(shape.outputs), tiles.gradientOutputs))
      assembly.step(touching: [x, dy]) { memory in
        try context.program.launch(
          "dense_backward_filters" + tag, over: filterGrid, label: label, flops: flops,
          bytes: bytes, memory(x), memory(dy), context.gradients, shape)
      }
      guard operation.propagates else { return nil }
      let dx = assembly.tensor(values(operation.input))
      let grid = lanes.grid(
        groups: lanes.groups / tiles.images, up(Int(shape.inputs), tiles.inputs))
      assembly.step(touching: [x, dy, dx]) { memory in
        try context.program.launch(
          "dense_backward_input" + tag, over: grid, label: label, flops: flops, bytes: bytes,
          memory(dy), context.parameters, memory(x), memory(dx), shape)
      }
      return dx
    case .maxPool(let shape):
      guard operation.propagates, let code else { return nil }
      let dx = assembly.tensor(values(operation.input))
      let grid = inputGrid
      let bytes = 4 * values(operation.input) + 5 * values(operation.output)
      assembly.step(touching: [x, code, dy, dx]) { memory in
        try context.program.launch(
          "max_pool_backward", over: grid, label: label, bytes: bytes,
          memory(dy), memory(code, of: UInt8.self), memory(x), memory(dx), shape, mask)
      }
      return dx
    case .averagePool(let shape):
      guard operation.propagates else { return nil }
      let dx = assembly.tensor(values(operation.input))
      let grid = inputGrid
      let bytes = 4 * (values(operation.input) + values(operation.output))
      assembly.step(touching: [x, dy, dx]) { memory in
        try context.program.launch(
          "average_pool_backward", over: grid, label: label, bytes: bytes,
          memory(dy), memory(x), memory(dx), shape, mask)
      }
      return dx
    case .relu:
      guard operation.propagates else { return nil }
      let dx = assembly.tensor(values(operation.input))
      let grid = Grid(values(operation.output) / lanes.width)
      let bytes = 12 * values(operation.output)
      assembly.step(touching: [y, dy, dx]) { memory in
        try context.program.launch(
          "relu_backward", over: grid, label: label, bytes: bytes,
          memory(dy), memory(y), memory(dx))
      }
      return dx
    }
  }

  /// The gradient of a convolution's own output: of its pooled output, put back into place.
  private func unpooled(
    _ assembly: inout Assembly, _ context: BuildContext, code: TensorID?, dy: TensorID
  ) -> TensorID {
    guard let code, let window = operation.pool else { return dy }
    let (operation, inner) = (operation, assembly.tensor(values(operation.inner)))
    let shape = PoolShape(
      channels: Int32(operation.inner.channels), height: Int32(operation.inner.height),
      width: Int32(operation.inner.width), out_height: Int32(operation.output.height),
      out_width: Int32(operation.output.width), window_height: Int32(window.rows),
      window_width: Int32(window.columns), stride_height: Int32(window.rows),
      stride_width: Int32(window.columns), pad_height: 0, pad_width: 0)
    let grid = lanes.grid(operation.output.height, operation.output.channels)
    let bytes = 5 * values(operation.output) + 4 * values(operation.inner)
    assembly.step(touching: [dy, code, inner]) { memory in
      try context.program.launch(
        "unpool", over: grid, label: operation.name, bytes: bytes,
        memory(dy), memory(code, of: UInt8.self), memory(inner), shape)
    }
    return inner
  }

  private var inputGrid: Grid {
    lanes.grid(operation.input.height * operation.input.width, operation.input.channels)
  }

  private func up(_ size: Int, _ tile: Int) -> Int { (size + tile - 1) / tile }

  private func convFlops(_ s: ConvShape) -> Double {
    let taps = operation.windowRows * operation.windowColumns * Int(s.group_channels)
    return 2 * Double(values(operation.inner)) * Double(taps)
  }

  private func denseFlops(_ s: DenseShape) -> Double {
    2 * Double(lanes.paddedBatch) * Double(s.inputs) * Double(s.outputs)
  }
}

extension Operation {
  fileprivate var window: Extent? {
    if case .conv(let conv) = kind { conv.window } else { nil }
  }
  fileprivate var windowRows: Int { window?.rows ?? 1 }
  fileprivate var windowColumns: Int { window?.columns ?? 1 }
}
