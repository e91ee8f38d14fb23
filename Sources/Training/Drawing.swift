package import Kernels
package import Networks

/// A set of images as one plan draws it.
package struct Drawing {
  package let images: DeviceImages
  package let draw: Draw

  /// Batches in one pass.
  package var steps: Int { Int(draw.steps) }
  /// Images in one pass.
  package var count: Int { Int(draw.count) }

  /// Describes how a set is drawn.
  ///
  /// - Parameters:
  ///   - images: The file's images.
  ///   - batch: Images in a batch.
  ///   - range: The part of the seeded split that is drawn; nil draws all in the file's order.
  ///   - shuffle: Whether each epoch has an order of its own.
  ///   - seed: Of the split and the shuffle.
  package init(
    _ images: DeviceImages, batch: Int, range: Range<Int>? = nil, shuffle: Bool, seed: UInt64
  ) {
    self.images = images
    let count = range?.count ?? images.count
    draw = Draw(
      channels: Int32(images.shape.channels),
      pixels: Int32(images.shape.height * images.shape.width), batch: Int32(batch),
      count: Int32(count), steps: Int32((count + batch - 1) / batch), total: Int32(images.count),
      first: Int32(range?.lowerBound ?? 0), shuffle: shuffle ? 1 : 0, split: range == nil ? 0 : 1,
      seed_low: UInt32(truncatingIfNeeded: seed), seed_high: UInt32(truncatingIfNeeded: seed >> 32))
  }
}
