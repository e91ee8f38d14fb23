/// How the images of a training set are split and taken in an epoch, known before any device is.
public struct EpochShape: Sendable, Hashable {
  /// Images that are trained on.
  public let images: Int
  /// Images that are held back.
  public let held: Int
  /// Batches of an epoch; the last may have fewer images.
  public let batches: Int
  /// Updates of an epoch; the last may take fewer batches.
  public let updates: Int

  /// Splits a training set.
  ///
  /// - Parameters:
  ///   - count: Images of the set.
  ///   - batch: Images in a batch.
  ///   - validation: The fraction to hold back.
  ///   - accumulate: Batches of an update.
  /// - Throws: ``TrainingError/doesNotFit(_:)`` where one of the parts would be empty, or an update
  ///   would take more batches than an epoch has.
  public init(
    of count: Int, batch: Int, validation: Double = 0, accumulate: Int = 1
  ) throws(TrainingError) {
    held = Int((Double(count) * validation).rounded(.down))
    images = count - held
    guard images > 0, validation == 0 || held > 0 else {
      throw TrainingError.doesNotFit(
        "a validation part of \(validation) leaves \(images) of \(count) images to "
          + "train on and \(held) to validate with")
    }
    batches = (images - 1) / batch + 1
    guard accumulate <= batches else {
      throw TrainingError.doesNotFit(
        "an update of \(accumulate) batches never comes about: an epoch has \(batches) "
          + "(\(images) images in batches of \(batch)), and an update ends with it; --accumulate "
          + "\(batches) makes one update of each epoch")
    }
    updates = (batches - 1) / accumulate + 1
  }
}
