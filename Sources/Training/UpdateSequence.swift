internal import Kernels
internal import Networks
internal import OpenCL
internal import Optimizers

/// The updates of a run, one after another, each of the batches that it takes.
///
/// An update takes `accumulate` batches, whose gradients are added up on the device; the last one of
/// an epoch takes what is left.
final class UpdateSequence {
  /// Batches drawn so far.
  private(set) var drawn = 0
  /// Updates so far, those included that were skipped.
  private(set) var count = 0

  private let queue: Queue
  private let drawing: Drawing
  private let updater: Updater
  /// The launches of an update's last batch, of one that is measured, and of any other batch.
  private let last: [Launch]
  private let measured: [Launch]
  private let other: [Launch]

  /// Binds the launches of both kinds of batches.
  ///
  /// - Throws: `OpenCLError` from the device, `NetworkError` for images of another shape.
  init(_ network: Network, _ drawing: Drawing, _ updater: Updater) throws {
    queue = network.queue
    self.drawing = drawing
    self.updater = updater
    let pass = try network.trainingStep(on: drawing.images, drawing.draw, updater.progress)
    last = pass + updater.step
    measured = pass + updater.measuredStep
    other = pass + updater.addition
  }

  /// Enqueues updates, and reads what they left in the log once they are done.
  ///
  /// - Parameters:
  ///   - updates: How many; their batches are no more than the log has rows.
  ///   - isMeasured: Whether an update is measured, by its number from 1.
  /// - Returns: One entry an update, with loss, hits and images of all its batches.
  /// - Throws: `OpenCLError` from the device.
  func run(
    _ updates: Int, measuring isMeasured: (Int) -> Bool = { _ in false }
  ) throws -> [StepLog] {
    let batches = (0..<updates).map { drawing.batches(ofUpdate: count + $0) }
    for (number, size) in zip((count + 1)..., batches) {
      for _ in 1..<size { try queue.run(other) }
      try queue.run(isMeasured(number) ? measured : last)
    }
    var entries = try updater.readLog(first: drawn, count: batches.reduce(0, +))[...]
    count += updates
    drawn += entries.count
    return batches.map { size in
      defer { entries = entries.dropFirst(size) }
      return Self.total(entries.prefix(size))
    }
  }

  /// The entry of an update: that of its last batch, with the sums over all of them.
  private static func total(_ batches: ArraySlice<StepLog>) -> StepLog {
    var total = batches.last ?? StepLog()
    for batch in batches.dropLast() {
      total.loss += batch.loss
      total.correct += batch.correct
      total.active += batch.active
    }
    return total
  }
}
