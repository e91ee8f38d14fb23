package import Kernels
package import Networks

/// A set of images as one plan draws it.
package struct Drawing {
  package let images: DeviceImages
  package let draw: Draw

  /// Batches in one pass.
  package var steps: Int { Int(draw.steps) }
  /// Updates in one pass.
  package var updates: Int { (steps + Int(draw.accumulate) - 1) / Int(draw.accumulate) }
  /// Images in one pass.
  package var count: Int { Int(draw.count) }

  /// Describes how a set is drawn.
  ///
  /// - Parameters:
  ///   - images: The file's images.
  ///   - batch: Images in a batch.
  ///   - accumulate: Batches of an update.
  ///   - range: The part of the seeded split that is drawn; nil draws all in the file's order.
  ///   - shuffle: Whether each epoch has an order of its own.
  ///   - seed: Of the split and the shuffle.
  package init(
    _ images: DeviceImages, batch: Int, accumulate: Int = 1, range: Range<Int>? = nil,
    shuffle: Bool, seed: UInt64
  ) {
    self.images = images
    let count = range?.count ?? images.count
    draw = Draw(
      channels: Int32(images.shape.channels),
      pixels: Int32(images.shape.height * images.shape.width), batch: Int32(batch),
      count: Int32(count), steps: Int32((count + batch - 1) / batch),
      accumulate: Int32(accumulate), total: Int32(images.count),
      first: Int32(range?.lowerBound ?? 0), shuffle: shuffle ? 1 : 0, split: range == nil ? 0 : 1,
      seed_low: UInt32(truncatingIfNeeded: seed), seed_high: UInt32(truncatingIfNeeded: seed >> 32))
  }

  /// The batches of an update, counted from the start of training; the last update of an epoch takes
  /// those that are left.
  package func batches(ofUpdate update: Int) -> Int {
    min(Int(draw.accumulate), steps - update % updates * Int(draw.accumulate))
  }

  /// The part of a training set that is trained on, and the part held back.
  ///
  /// - Parameters:
  ///   - images: The training set.
  ///   - batch: Images in a batch.
  ///   - options: The fraction to hold back, the shuffle, the seed of both, and the batches of an
  ///     update.
  /// - Returns: Both parts; no second one where nothing is held back.
  /// - Throws: ``TrainingError/doesNotFit(_:)`` where one of the parts would be empty, or an update
  ///   would take more batches than an epoch has.
  package static func split(
    _ images: DeviceImages, batch: Int, _ options: Trainer.Options
  ) throws(TrainingError) -> (training: Drawing, validation: Drawing?) {
    let shape = try EpochShape(
      of: images.count, batch: batch, validation: options.validation,
      accumulate: options.accumulate)
    let (kept, held) = (shape.images, shape.held)
    let training = Drawing(
      images, batch: batch, accumulate: options.accumulate, range: held > 0 ? 0..<kept : nil,
      shuffle: options.shuffle,
      seed: options.seed)
    guard held > 0 else { return (training, nil) }
    return (
      training,
      Drawing(
        images, batch: batch, range: kept..<images.count, shuffle: false, seed: options.seed)
    )
  }
}
