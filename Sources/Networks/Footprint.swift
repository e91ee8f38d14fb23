internal import OpenCL

extension Operation {
  /// Refuses weights and activations that the device cannot hold, before anything counts them.
  ///
  /// Counted in double: what a user types may be beyond 64 bits.
  /// - Throws: ``NetworkError`` with the operation and the bytes that it takes.
  static func checkMemory(
    of operations: [Operation], batch: Int, on device: Device
  ) throws(NetworkError) {
    let limit = Double(device.maxAllocation)
    for operation in operations {
      // Kernels count weights and images in 32 bits.
      let weights = operation.weightCount
      guard 4 * weights <= limit, weights < 0x1p30 else {
        throw NetworkError(
          "out of memory: the weights of \(operation.name) take \(gibibytes(4 * weights)), and "
            + "\(device.name) allocates at most \(gibibytes(limit)) at once: use a smaller layer",
          isOutOfMemory: true)
      }
      let images = [operation.input, operation.inner, operation.output].map(count).max() ?? 0
      guard 4 * images * Double(batch) <= limit, Double(batch) < 0x1p30 else {
        throw NetworkError(
          "out of memory: a batch of \(batch) images takes \(gibibytes(4 * images * Double(batch))) "
            + "at \(operation.name) alone, and \(device.name) allocates at most "
            + "\(gibibytes(limit)) at once: use a smaller batch", isOutOfMemory: true)
      }
    }
  }

  /// Refuses more weights than kernels count, in 32 bits.
  ///
  /// - Throws: ``NetworkError`` with the operation and the bytes that it takes.
  static func checkCounts(of operations: [Operation]) throws(NetworkError) {
    for operation in operations where operation.weightCount >= 0x1p30 {
      throw NetworkError(
        "out of memory: the weights of \(operation.name) take "
          + "\(gibibytes(4 * operation.weightCount)): use a smaller layer", isOutOfMemory: true)
    }
  }

  private var weightCount: Double {
    switch kind {
    case .conv(let conv):
      Double(conv.filters) * Double(input.channels) / Double(conv.groups)
        * Double(conv.window.rows) * Double(conv.window.columns)
    case .dense(let dense): Double(dense.units) * Self.count(input)
    case .maxPool, .averagePool, .relu: 0
    }
  }

  private static func count(_ shape: Shape) -> Double {
    Double(shape.channels) * Double(shape.height) * Double(shape.width)
  }

  /// Bytes as people read them, with one decimal, `292.1 GiB`.
  private static func gibibytes(_ bytes: Double) -> String {
    let tenths = (bytes / 0x1p30 * 10).rounded()
    return tenths < 1e15 ? "\(tenths / 10) GiB" : "\(bytes / 0x1p30) GiB"
  }
}
