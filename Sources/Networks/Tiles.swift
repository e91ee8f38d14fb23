/// The tiles of one convolution: what the macros of `conv.cl` are set to.
///
/// Any choice gives right results; these give fast ones on the devices measured.
struct ConvTiles: Hashable {
  /// Filters, rows and columns of a work-item, forward.
  var filters: Int
  var rows: Int
  var columns: Int
  /// Channels, rows and columns of a work-item, backward to the input.
  var channels: Int
  var inputRows: Int
  var inputColumns: Int
  /// Filters and window rows of a work-item, backward to the filters.
  var gradientFilters: Int
  var gradientRows: Int

  init(_ conv: Conv, input: Shape, output: Shape, pool: Extent?, lanes: Lanes) {
    let budget = lanes.registers
    let groupFilters = conv.filters / conv.groups
    // Forward: as many multiplications a load as the registers allow.
    var best = (score: 0.0, filters: 1, columns: 1)
    let widths = pool.map { [$0.columns] } ?? [1, 2, 3, 4]
    rows = pool?.rows ?? 1
    for columns in widths {
      for filters in Self.tiles(of: groupFilters, grouped: conv.groups > 1, most: 16)
      where filters * rows * columns <= max(budget, rows * columns) {
        let pixels = Double(rows * columns)
        let reuse = Double(filters) * pixels / (Double(filters) + pixels)
        let score =
          reuse * Self.share(of: output.width, tile: columns)
          * Self.evenness(of: groupFilters, tile: filters)
        if score > best.score { best = (score, filters, columns) }
      }
    }
    (filters, columns) = (best.filters, best.columns)

    // Backward to the input: 2 x 2 pixels share the most taps, where the stride leaves them any.
    let square = conv.stride == 1 ? 2 : 1
    (inputRows, inputColumns) = (min(square, input.height), min(square, input.width))
    let pixels = inputRows * inputColumns
    let groupChannels = input.channels / conv.groups
    channels = Self.divisor(of: groupChannels, most: max(1, budget / pixels))

    // Backward to the filters: window rows x columns x filters sums.
    let taps = conv.window.rows * conv.window.columns
    gradientRows = taps * 2 <= budget ? conv.window.rows : 1
    let sums = gradientRows * conv.window.columns
    gradientFilters = Self.divisor(of: filters, most: max(1, (budget - 2) / (sums + 1)))
  }

  /// Tile sizes for `count` filters: divisors, or any size where padding filters may be added.
  static func tiles(of count: Int, grouped: Bool, most: Int) -> [Int] {
    let divisors = (1...most).filter { count % $0 == 0 }
    return grouped ? divisors : Array(1...most)
  }

  /// The greatest divisor of `count` that is at most `most`.
  static func divisor(of count: Int, most: Int) -> Int {
    (1...max(1, min(most, count))).last { count % $0 == 0 } ?? 1
  }

  /// As ``share(of:tile:)``, but a ragged last tile also costs a test at every load.
  static func evenness(of size: Int, tile: Int) -> Double {
    size % tile == 0 ? 1 : 0.5 * share(of: size, tile: tile)
  }

  /// The share of the work of covering `size` with tiles that is not thrown away.
  static func share(of size: Int, tile: Int) -> Double {
    Double(size) / Double((size + tile - 1) / tile * tile)
  }
}

/// The tiles of a dense layer: what the macros of `dense.cl` are set to.
struct DenseTiles: Hashable {
  /// Outputs and image groups of a work-item, forward.
  var outputs: Int
  var images: Int
  /// Inputs of a work-item, backward.
  var inputs: Int
  /// Outputs and inputs of a work-item, backward to the weights.
  var gradientOutputs: Int
  var gradientInputs: Int

  init(_ units: Int, inputs count: Int, lanes: Lanes) {
    let budget = lanes.registers
    images = lanes.together(4)
    var best = (score: 0.0, outputs: 1)
    for outputs in 1...16 where outputs * images <= budget {
      let reuse = Double(outputs * images) / Double(outputs + images)
      let score = reuse * ConvTiles.evenness(of: units, tile: outputs)
      if score > best.score { best = (score, outputs) }
    }
    outputs = best.outputs
    inputs = Self.tile(of: count, most: max(1, min(8, budget / images)))
    gradientOutputs = ConvTiles.divisor(of: outputs, most: 4)
    gradientInputs = Self.tile(of: count, most: max(1, budget / gradientOutputs))
  }

  /// The greatest divisor that is not much smaller than `most`, else `most` with a ragged end.
  private static func tile(of count: Int, most: Int) -> Int {
    let divisor = ConvTiles.divisor(of: count, most: most)
    return divisor * 3 >= min(most, count) * 2 ? divisor : min(most, count)
  }
}

/// The tiles of a Winograd convolution in one direction.
struct WinogradTiles: Hashable {
  /// Target channels of a work-item.
  var targets: Int
  /// Places of 2 x 2 outputs of a work-item.
  var places: Int

  /// Chooses tiles, or gives nil where the direct kernel is as good: few channels, or so many that
  /// the transformed input of one place does not fit the local memory.
  init?(sources: Int, targets count: Int, lanes: Lanes) {
    let bytesOfPlace = 16 * sources * lanes.width * 4
    guard lanes.group == 1, min(sources, count) >= 16, bytesOfPlace <= lanes.localMemory else {
      return nil
    }
    var best = (score: 0.0, targets: 1, places: 1)
    for places in 1...4 where places * bytesOfPlace <= lanes.localMemory {
      for targets in 1...16 where targets * places <= lanes.registers {
        let reuse = Double(targets * places) / Double(targets + places)
        let score = reuse * ConvTiles.share(of: count, tile: targets)
        if score > best.score { best = (score, targets, places) }
      }
    }
    (targets, places) = (best.targets, best.places)
  }
}
