package import Kernels
package import Networks
package import OpenCL

/// The end of every step on the device: sums the gradient, measures it, and updates all parameters
/// in one launch, from a table of rates that the host fills ahead.
public final class Updater {
  /// The update rule.
  public let optimizer: any Optimizer
  /// Updates and batches that the table of rates and the log hold before they wrap around.
  package let rows: Int
  /// Parameter groups: columns of the table of rates.
  package let groups: Int
  /// The groups that tensors belong to.
  private let inhabited: [Int]

  /// How far training has come: batches drawn and updates applied.
  package let progress: Buffer<Progress>

  private let queue: Queue
  /// The gradient of an update: the network's own, or the sum over several batches.
  private let gradients: Buffer<Float>
  private let state: Buffer<Float>
  private let rates: Buffer<Rates>
  private let log: Buffer<StepLog>
  private let launches: [Launch]
  private let additions: [Launch]
  private let measuredLaunches: [Launch]
  /// What was measured of each tensor in the latest updates that were: [slots][tensors][3].
  private let measures: Buffer<Float>
  private let tensors: Int
  private let average: WeightAverage?
  /// What a rule keeps that looks at more than one weight.
  private let layers: Layers?
  /// Puts the averaged weights in the parameters' place, and the parameters back.
  private let showing: (average: Launch, parameters: Launch)?

  /// Updates whose measures are kept until they are read.
  package static let measureSlots = 64
  /// The most parameters that one work-item, or work-group, updates.
  private static let chunkLength = 2048
  /// What one of them leaves of its part of the gradient; `NORMS` of `update.cl`.
  private static let norms = 5
  /// Work-items that sum gradients: their sums of squares are added up in order by the update.
  private static let workers = 64

  /// Prepares updates of a network.
  ///
  /// - Parameters:
  ///   - network: The network.
  ///   - optimizer: The update rule.
  ///   - draw: How the training batches are drawn, and how many make an update.
  ///   - groups: The parameter group of each tensor, from 0; all in one group if left out.
  ///   - clipping: How gradients are made smaller, if at all.
  ///   - average: The average of the weights that is kept, if any.
  ///   - rows: Rows of the table of rates and of the log: at least the steps between two readings.
  /// - Throws: `OpenCLError` from the device, ``OptimizerError`` for a second average beside that of
  ///   a rule that averages itself.
  package init(
    _ network: Network, _ optimizer: any Optimizer, _ draw: Draw, groups: [Int]? = nil,
    clipping: Clipping? = nil, average: WeightAverage? = nil, rows: Int
  ) throws {
    let rule = optimizer.rule
    try Self.requireFit(optimizer, average)
    let average = average ?? rule.average
    self.average = average
    let groups = groups ?? network.parameters.map { _ in 0 }
    precondition(groups.count == network.parameters.count, "one group a tensor")
    self.groups = (groups.max() ?? 0) + 1
    inhabited = Set(groups).sorted()
    self.optimizer = optimizer
    self.rows = rows
    queue = network.queue
    let lanes = network.lanes
    var chunks: [Chunk] = []
    var bounds: [Int32] = [0]
    for (tensor, (parameter, group)) in zip(network.parameters, groups).enumerated() {
      for start in stride(from: 0, to: parameter.extent, by: Self.chunkLength) {
        chunks.append(
          Chunk(
            first: Int32(parameter.offset + start),
            count: Int32(min(Self.chunkLength, parameter.extent - start)),
            partials: Int32(parameter.partials.offset + start),
            parts: Int32(parameter.partials.parts), stride: Int32(parameter.partials.stride),
            group: Int32(group), tensor: Int32(tensor)))
      }
      bounds.append(Int32(chunks.count))
    }
    let count = network.parameterBuffer.count
    let workers = min(Self.workers, chunks.count)
    progress = try queue.buffer([Progress()])
    let accumulates = draw.accumulate > 1
    gradients =
      accumulates ? try queue.buffer(of: Float.self, count: count) : network.gradientBuffer
    let states = rule.states + (average == nil ? [] : [0])
    state = try queue.buffer(of: Float.self, count: max(1, states.count * count))
    for (index, value) in states.enumerated() {
      try queue.fill(state, with: value, from: index * count, count: count)
    }
    rates = try queue.buffer([Rates](repeating: Rates(), count: rows * self.groups))
    log = try queue.buffer([StepLog](repeating: StepLog(), count: rows))

    let chunkTable = try queue.buffer(chunks)
    let norms = try queue.buffer(of: Float.self, count: Self.norms * workers)
    // Adaptive clipping leaves no gradient that is too long to be squared.
    let squares = if case .adaptive = clipping { false } else { rule.squares }
    let program = try SharedProgram(
      queue,
      Self.source(
        lanes, rule, averages: average != nil, accumulates: accumulates, squares: squares))
    let shape = UpdateShape(
      parameters: Int32(count), chunks: Int32(chunks.count), groups: Int32(self.groups),
      norms: Int32(workers),
      images: Int32(lanes.paddedBatch), rows: Int32(rows),
      norm_limit: Float(min(clipping?.normLimit ?? .infinity, rule.normLimit ?? .infinity)),
      value_limit: Float(clipping?.valueLimit ?? .infinity))
    // Sums over several batches are read and written besides; the first batch's are not read.
    let additionBytes =
      4
      * network.parameters.reduce(0) {
        $0 + (accumulates ? ($1.partials.parts + 2) * $1.extent : $1.gradientTraffic)
      }
    var launches = [
      try program.launch(
        "sum_gradients", over: Self.grid(workers, lanes), label: "sum_gradients",
        bytes: additionBytes,
        chunkTable, network.partialBuffer, network.gradientBuffer, gradients, norms, progress,
        Int32(chunks.count), shape.value_limit, draw)
    ]
    additions =
      accumulates
      ? [
        try program.launch(
          "add_gradients", over: Self.grid(workers, lanes), label: "add_gradients",
          bytes: additionBytes,
          chunkTable, network.partialBuffer, network.gradientBuffer, gradients, network.losses,
          network.hits, progress, log, shape, draw)
      ] : []
    if case .adaptive(let share) = clipping {
      let units = network.parameters.flatMap(Self.units)
      launches.append(
        try program.launch(
          "clip_units", over: Self.grid(workers, lanes), label: "clip_units",
          bytes: 4 * 3 * count,
          queue.buffer(units), network.parameterBuffer, gradients, norms, Int32(units.count),
          Float(share)))
    }
    let grid = Self.grid(chunks.count, lanes)
    layers = try rule.layerwise.map { try Layers($0, network, chunks, groups: groups) }
    if let layers {
      launches += try layers.launches(
        program,
        .init(
          chunks: chunkTable, rates: rates, parameters: network.parameterBuffer,
          gradients: gradients, state: state, norms: norms, progress: progress, shape: shape),
        grid: { Self.grid($0, lanes) })
    }
    tensors = network.parameters.count
    let chunkMeasures = try queue.buffer(of: Float.self, count: 3 * chunks.count)
    measures = try queue.buffer(of: Float.self, count: Self.measureSlots * 3 * tensors)
    let bytes = 4 * count * (3 + 2 * states.count)
    var updates: [Launch] = []
    for measured: Int32 in [0, 1] {
      if let layers {
        updates.append(
          try program.launch(
            "update", over: grid, label: "update", bytes: bytes,
            chunkTable, rates, network.parameterBuffer, gradients, state, norms, network.losses,
            network.hits, progress, log, chunkMeasures, measured, shape, draw, layers.tensors,
            layers.scales, layers.own, layers.matrices))
      } else {
        updates.append(
          try program.launch(
            "update", over: grid, label: "update", bytes: bytes,
            chunkTable, rates, network.parameterBuffer, gradients, state, norms, network.losses,
            network.hits, progress, log, chunkMeasures, measured, shape, draw))
      }
    }
    self.launches = launches + [updates[0]]
    measuredLaunches =
      launches + [
        updates[1],
        try program.launch(
          "sum_measures", over: Self.grid(tensors, lanes), label: "sum_measures",
          bytes: 12 * (chunks.count + tensors),
          queue.buffer(bounds), chunkMeasures, measures, progress, Int32(tensors),
          Int32(Self.measureSlots), draw),
      ]
    // Between two steps the sum of gradients is free to keep the parameters.
    showing =
      average == nil && rule.averageShare == nil
      ? nil
      : (
        try program.launch(
          "show_average", over: Self.grid(chunks.count, lanes), label: "show_average",
          bytes: 4 * 4 * count,
          chunkTable, network.parameterBuffer, state, gradients, shape,
          Float(rule.averageShare ?? 0)),
        try .copy(gradients, to: network.parameterBuffer)
      )
  }

  /// Refuses a second average beside that of a rule that averages itself.
  package static func requireFit(
    _ optimizer: any Optimizer, _ average: WeightAverage?
  ) throws(OptimizerError) {
    guard average != nil, optimizer.averagesItself else { return }
    throw OptimizerError(
      "\(optimizer.text) averages its weights itself: leave the other average out")
  }

  /// The weights of each output of a tensor, or all of a bias.
  private static func units(_ parameter: Networks.Parameter) -> [Unit] {
    guard !parameter.isBias else {
      return [Unit(first: Int32(parameter.offset), count: Int32(parameter.count), stride: 1)]
    }
    let (tile, taps) = (parameter.tile, parameter.count / parameter.shape[0])
    return (0..<parameter.shape[0]).map { filter in
      Unit(
        first: Int32(parameter.offset + filter / tile * tile * taps + filter % tile),
        count: Int32(taps), stride: Int32(tile))
    }
  }

  private static func grid(_ workers: Int, _ lanes: Lanes) -> Grid {
    lanes.group == 1 ? Grid(workers) : Grid(workers * lanes.group, local: (lanes.group, 1, 1))
  }

  private static func source(
    _ lanes: Lanes, _ rule: Rule, averages: Bool, accumulates: Bool, squares: Bool
  ) -> String {
    var source = Source(lanes)
    for name in rule.switches { source.define(name, 1) }
    source.define("STATES", rule.states.count)
    source.define("AVERAGE", averages ? 1 : 0)
    source.define("ACCUMULATE", accumulates ? 1 : 0)
    source.define("SQUARES", squares ? 1 : 0)
    source.add("#define RULE \(rule.name)")
    source.add(kernel_source_rules())
    if let layerwise = rule.layerwise {
      source.define("LAYERWISE", 1)
      source.define("PER_TENSOR", layerwise.span == .tensor ? 1 : 0)
      source.define("SUMS", layerwise.sums)
      source.define("SCALARS", layerwise.scalars.count)
      source.add(kernel_source_layerwise())
    }
    source.add(kernel_source_update())
    if let layerwise = rule.layerwise {
      source.add(kernel_source_measure())
      switch layerwise.preparation {
      case .none: break
      case .factors: source.add(kernel_source_adafactor())
      case .matrices: source.add(kernel_source_muon())
      }
    }
    return source.text
  }

  /// The launches that follow a network's training step on the last batch of an update.
  package var step: [Launch] { launches }

  /// ``step`` for an update that is measured, tensor by tensor; one launch more.
  package var measuredStep: [Launch] { measuredLaunches }

  /// The launches that follow a network's training step on any other batch of an update.
  package var addition: [Launch] { additions }

  /// Sets the rows of the updates from `first` on.
  ///
  /// - Parameters:
  ///   - coefficients: One row an update, one element a group.
  ///   - first: The number of the first update, from 0.
  /// - Throws: ``OptimizerError`` where groups have rates that the rule cannot tell apart,
  ///   `OpenCLError` from the device.
  package func setRates(_ coefficients: [[Coefficients]], first: Int) throws {
    precondition(coefficients.count <= rows, "the table of rates holds \(rows) rows")
    precondition(coefficients.allSatisfy { $0.count == groups }, "one element a group")
    if optimizer.rule.layerwise?.sharesRate ?? false {
      for row in coefficients { try requireOneRate(inhabited.map { row[$0].learningRate }) }
    }
    let start = first % rows
    let head = min(coefficients.count, rows - start)
    let values = coefficients.enumerated().flatMap { index, row in
      let gain = average?.gain(update: first + index) ?? 0
      return row.map { $0.rates(average: gain) }
    }
    if head > 0 {
      try queue.write(Array(values[..<(head * groups)]), to: rates, at: start * groups)
    }
    if head < coefficients.count { try queue.write(Array(values[(head * groups)...]), to: rates) }
  }

  /// A distance that is estimated for all weights together holds for one rate.
  private func requireOneRate(_ rates: [Double]) throws(OptimizerError) {
    let rate = rates.max() ?? 0
    guard let other = rates.first(where: { $0 != rate && $0 != 0 }) else { return }
    throw OptimizerError(
      "\(optimizer.text) estimates one step size for all weights, and parameter groups have "
        + "learning rates of \(rate) and \(other): give all groups one rate, or 0 to those that "
        + "shall not train (leave out lr and scale in --group, and --layer-decay)")
  }

  /// The scalars that the rule keeps on the device for each tensor or the network; for tests and
  /// reports.
  package func readScales() throws -> [Float] {
    guard let layers else { return [] }
    return try queue.read(layers.scales)
  }

  /// Whether an average of the weights is kept beside them.
  package var keepsAverage: Bool { showing != nil }

  /// Runs `body` with the averaged weights in the network, where there is an average.
  ///
  /// - Throws: `OpenCLError` from the device, and what `body` throws.
  package func withAverage<Result>(_ body: () throws -> Result) throws -> Result {
    guard let showing else { return try body() }
    try queue.run(showing.average)
    let result = Swift.Result { try body() }
    try queue.run(showing.parameters)
    return try result.get()
  }

  /// What the `count` batches from `first` on left in the log, once they are done.
  package func readLog(first: Int, count: Int) throws -> [StepLog] {
    precondition(count <= rows, "the log holds \(rows) rows")
    guard count > 0 else { return [] }
    let start = first % rows
    let head = min(count, rows - start)
    let values = try queue.read(log, from: start, count: head)
    return head == count ? values : values + (try queue.read(log, from: 0, count: count - head))
  }

  /// What was measured of each tensor in an update that took ``measuredStep``.
  ///
  /// - Parameters:
  ///   - update: Its number from 0, skipped ones included: one of the latest ``measureSlots``. Of a
  ///     skipped one nothing is known.
  ///   - exponent: That of the gradient's norm, from the update's row of the log.
  /// - Returns: A measure of each of the network's tensors.
  /// - Throws: `OpenCLError` from the device.
  package func readMeasures(
    ofUpdate update: Int, normExponent exponent: Int32
  ) throws -> [TensorMeasure] {
    let scale = Double(sign: .plus, exponent: Int(exponent), significand: 1)
    let values = try queue.read(
      measures, from: update % Self.measureSlots * 3 * tensors, count: 3 * tensors)
    return stride(from: 0, to: values.count, by: 3).map {
      TensorMeasure(
        gradient: scale * Double(values[$0]).squareRoot(),
        weights: Double(values[$0 + 1]).squareRoot(),
        change: Double(values[$0 + 2]).squareRoot())
    }
  }

  /// The gradient of the last update, by tensor; for tests and reports.
  package func readGradients(
    of network: Network
  ) throws -> [(parameter: Networks.Parameter, values: [Float])] {
    try network.unpacked(gradients)
  }
}

/// The Euclidean norms of one tensor in one update.
package struct TensorMeasure: Sendable, Hashable {
  /// Of the gradient as it entered the update: adaptive clipping is done by then, clipping by norm
  /// or value is not.
  package let gradient: Double
  /// Of the weights before the update.
  package let weights: Double
  /// Of what the update changed, weight decay included.
  package let change: Double
}
