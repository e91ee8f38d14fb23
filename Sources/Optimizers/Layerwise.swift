internal import Kernels
internal import Networks
internal import OpenCL

/// What a rule of `layerwise.cl` needs on the device besides an elementwise one.
struct Layerwise: Sendable, Hashable {
  /// The weights whose sums are added up.
  enum Span: Sendable, Hashable {
    /// Those of a tensor.
    case tensor
    /// All of the network.
    case network
  }

  /// What is launched besides `measure` and `settle`.
  enum Preparation: Sendable, Hashable {
    case none
    /// Row and column means of squared gradients before, for Adafactor.
    case factors
    /// Newton and Schulz's steps after, for Muon.
    case matrices(NewtonSchulz)

    /// State that belongs to a tensor, not to each weight, in words.
    var ownState: String? {
      switch self {
      case .none: nil
      case .factors: "one a row and column of each matrix"
      case .matrices: "a second one where AdamW updates"
      }
    }
  }

  /// The weights whose sums are added up.
  var span: Span
  /// Sums of a span.
  var sums: Int
  /// The first values of the scalars that each span keeps.
  var scalars: [Float]
  /// Whether groups may differ in a rate of 0 only.
  var sharesRate = false
  /// What else is launched.
  var preparation = Preparation.none

  /// Launches before the update.
  var launches: Int {
    switch preparation {
    case .none: 2
    case .factors: 4
    case .matrices(let steps): 3 + 3 * steps.count
    }
  }
}

/// Newton and Schulz's steps towards singular values of 1, `X = a X + (b A + c A A) X` with
/// `A = X X^T`, and what they are applied to.
struct NewtonSchulz: Sendable, Hashable {
  /// How many steps.
  var count: Int
  var a: Double
  var b: Double
  var c: Double
  /// The factor of the learning rate of a matrix, by its filters and taps.
  var adjustment: Muon.Adjustment
  /// Whether the last layer's weights are such a matrix too.
  var includesOutput: Bool
}

/// What a rule of `layerwise.cl` keeps and launches.
struct Layers {
  /// The tensors, for the kernels.
  let tensors: Buffer<Tensor>
  /// The scalars of each span.
  let scales: Buffer<Float>
  /// The state that belongs to tensors, not to each weight.
  let own: Buffer<Float>
  /// Muon's matrices at the end of their steps.
  let matrices: Buffer<Float>

  /// The buffers of an update.
  struct Buffers {
    let chunks: Buffer<Chunk>
    let rates: Buffer<Rates>
    let parameters: Buffer<Float>
    let gradients: Buffer<Float>
    let state: Buffer<Float>
    let norms: Buffer<Float>
    let progress: Buffer<Progress>
    let shape: UpdateShape
  }

  private let layerwise: Layerwise
  private let table: [Tensor]
  private let spans: Buffer<Tensor>
  private let spanCount: Int
  private let chunkCount: Int
  private let sums: Buffer<Float>
  /// Muon's matrices at the start of a step and at its end.
  private let steps: [Buffer<Float>]
  private let queue: Queue
  private let lanes: Lanes

  /// Plans for a network.
  ///
  /// - Throws: `OpenCLError` from the device.
  init(_ layerwise: Layerwise, _ network: Network, _ chunks: [Chunk], groups: [Int]) throws {
    self.layerwise = layerwise
    queue = network.queue
    lanes = network.lanes
    chunkCount = chunks.count
    let output = network.parameters.last { !$0.isBias }
    var (owned, placed) = (0, 0)
    var table: [Tensor] = []
    for (index, (parameter, group)) in zip(network.parameters, groups).enumerated() {
      var tensor = Self.tensor(parameter, index, group, chunks)
      switch layerwise.preparation {
      case .none: break
      case .factors:
        tensor.own = Int32(owned)
        owned += Self.factors(tensor)
      case .matrices(let plan):
        if !parameter.isBias && (plan.includesOutput || parameter != output) {
          Self.form(&tensor, at: placed, plan.adjustment)
          placed += Int(tensor.height) * Int(tensor.width)
        } else {
          // Lanes of 16 are loaded from here.
          tensor.own = Int32(owned)
          owned += parameter.extent
        }
      }
      table.append(tensor)
    }
    self.table = table
    tensors = try queue.buffer(table)
    switch layerwise.span {
    case .tensor:
      spans = tensors
      spanCount = table.count
    case .network:
      var all = Tensor()
      all.count = table.reduce(0) { $0 + $1.count }
      all.chunks = Int32(chunks.count)
      all.group = -1
      spans = try queue.buffer([all])
      spanCount = 1
    }
    scales = try queue.buffer((0..<spanCount).flatMap { _ in layerwise.scalars })
    sums = try queue.buffer(of: Float.self, count: chunks.count * layerwise.sums)
    func zeros(_ count: Int) throws -> Buffer<Float> {
      let buffer = try network.queue.buffer(of: Float.self, count: max(1, count))
      try network.queue.fill(buffer, with: 0)
      return buffer
    }
    own = try zeros(owned)
    if case .matrices(let plan) = layerwise.preparation {
      steps = [try zeros(placed), try zeros(placed)]
      matrices = steps[plan.count % 2]
    } else {
      steps = []
      matrices = own
    }
  }

  private static func tensor(
    _ parameter: Networks.Parameter, _ index: Int, _ group: Int, _ chunks: [Chunk]
  ) -> Tensor {
    var tensor = Tensor()
    tensor.first = Int32(parameter.offset)
    tensor.count = Int32(parameter.count)
    tensor.chunk = Int32(chunks.firstIndex { $0.tensor == Int32(index) } ?? 0)
    tensor.chunks = Int32(chunks.count { $0.tensor == Int32(index) })
    tensor.group = Int32(group)
    tensor.filters = Int32(parameter.shape[0])
    tensor.taps = Int32(parameter.count / parameter.shape[0])
    tensor.tile = Int32(parameter.tile)
    let shape = parameter.shape.map { Int32($0) }
    tensor.rows = shape.count > 2 ? shape[shape.count - 2] : 0
    tensor.columns = shape.count > 1 ? shape[shape.count - 1] : 0
    tensor.matrix = -1
    return tensor
  }

  /// Floats of Adafactor's state: rows, columns and one mean for each matrix, or a vector's weights.
  private static func factors(_ tensor: Tensor) -> Int {
    guard tensor.columns > 0 else { return Int(tensor.filters) }
    guard tensor.rows > 0 else { return Int(tensor.filters + tensor.taps + 1) }
    let matrices = Int(tensor.filters) * Int(tensor.taps / (tensor.rows * tensor.columns))
    return matrices * Int(tensor.rows + tensor.columns + 1)
  }

  /// Gives a tensor its matrix.
  private static func form(
    _ tensor: inout Tensor, at place: Int, _ adjustment: Muon.Adjustment
  ) {
    func padded(_ size: Int32) -> Int32 { (size + 15) / 16 * 16 }
    tensor.matrix = Int32(place)
    tensor.turned = tensor.filters > tensor.taps ? 1 : 0
    tensor.height = padded(min(tensor.filters, tensor.taps))
    tensor.width = padded(max(tensor.filters, tensor.taps))
    tensor.factor = Float(
      adjustment.factor(rows: Int(tensor.filters), columns: Int(tensor.taps)))
  }

  /// The launches between the gradient's sum and the update.
  ///
  /// - Throws: `OpenCLError` from the device.
  func launches(
    _ program: SharedProgram, _ on: Buffers, grid: (Int) -> Grid
  ) throws -> [Launch] {
    let (floats, count) = (on.parameters.count, Int32(table.count))
    let measure = try program.launch(
      "measure", over: grid(chunkCount), label: "measure", bytes: 4 * 4 * floats,
      on.chunks, tensors, on.rates, on.parameters, on.gradients, on.state, own, matrices, on.norms,
      on.progress, scales, sums, on.shape)
    let settle = try program.launch(
      "settle", over: grid(spanCount), label: "settle",
      spans, tensors, on.rates, on.norms, on.progress, sums, scales, count, on.shape)
    switch layerwise.preparation {
    case .none: return [measure, settle]
    case .factors:
      return [
        try program.launch(
          "factor_gradients", over: grid(chunkCount), label: "factor_gradients",
          bytes: 4 * 2 * floats,
          tensors, on.rates, on.parameters, on.gradients, own, on.norms, on.progress, count,
          on.shape),
        try program.launch(
          "average_rows", over: grid(chunkCount), label: "average_rows",
          tensors, own, on.norms, count, on.shape),
        measure, settle,
      ]
    case .matrices(let plan):
      return [measure, settle] + (try orthogonalization(plan, program, on, grid: grid))
    }
  }

  /// The launches that load Muon's matrices and take Newton and Schulz's steps.
  private func orthogonalization(
    _ plan: NewtonSchulz, _ program: SharedProgram, _ on: Buffers, grid: (Int) -> Grid
  ) throws -> [Launch] {
    let matrices = table.indices.filter { table[$0].matrix >= 0 }
    guard !matrices.isEmpty else { return [] }
    var places = [Int32](repeating: 0, count: table.count)
    var (gramSize, flops) = (0, 0.0)
    for index in matrices {
      places[index] = Int32(gramSize)
      let (height, width) = (Double(table[index].height), Double(table[index].width))
      gramSize += Int(table[index].height) * Int(table[index].height)
      flops += 2 * height * height * width
    }
    func tiles(
      rows: Int32, columns: Int, _ size: (Tensor) -> (Int32, Int32)
    ) throws -> (table: Buffer<MatrixTile>, count: Int) {
      let tiles = matrices.flatMap { index -> [MatrixTile] in
        let (height, width) = size(table[index])
        return stride(from: 0, to: height, by: Int(rows)).flatMap { row in
          stride(from: 0, to: width, by: columns).map {
            MatrixTile(tensor: Int32(index), row: row, column: $0)
          }
        }
      }
      return (try queue.buffer(tiles), tiles.count)
    }
    let placeTable = try queue.buffer(places)
    let grams = try queue.buffer(of: Float.self, count: gramSize)
    let squares = try queue.buffer(of: Float.self, count: gramSize)
    // The shapes of the tiles are those of muon.cl.
    let across = lanes.width * lanes.group
    let gram = try tiles(rows: 4, columns: 4) { ($0.height, $0.height) }
    let square = try tiles(rows: 8, columns: across) { ($0.height, $0.height) }
    let product = try tiles(rows: 8, columns: across) { ($0.height, $0.width) }
    var launches = [
      try program.launch(
        "load_matrices", over: grid(chunkCount), label: "load_matrices",
        on.chunks, tensors, on.rates, on.parameters, on.gradients, on.state, steps[0], on.norms,
        on.progress, scales, on.shape)
    ]
    for step in 0..<plan.count {
      let (from, to) = (steps[step % 2], steps[(step + 1) % 2])
      launches += [
        try program.launch(
          "gram", over: grid(gram.count), label: "gram", flops: flops,
          gram.table, tensors, placeTable, from, grams),
        try program.launch(
          "square_grams", over: grid(square.count), label: "square_grams",
          square.table, tensors, placeTable, grams, squares, Float(plan.b), Float(plan.c)),
        try program.launch(
          "multiply_matrices", over: grid(product.count), label: "multiply_matrices", flops: flops,
          product.table, tensors, placeTable, squares, from, to, Float(plan.a)),
      ]
    }
    return launches
  }
}
