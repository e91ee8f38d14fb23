public import Reports
internal import Schedules

/// The learning rate of every update of a run over its epochs, thinned out to what can be seen.
public struct RateCourse: Sendable, Equatable {
  private var outline: Outline
  private var end: Chart.Point?

  /// More columns than a drawing has.
  private static let columns = 1000

  /// The course of a run of so many epochs.
  public init(epochs: Int) {
    outline = Outline(columns: Self.columns, over: 0...Double(max(1, epochs)))
  }

  /// Adds the updates of an epoch that have been made.
  ///
  /// - Parameters:
  ///   - steps: The updates, counted from the start of training.
  ///   - epoch: The epoch, from 0.
  ///   - trainer: The trainer that made them.
  public mutating func add(_ steps: Range<Int>, inEpoch epoch: Int, of trainer: Trainer) {
    let values = trainer.plan.values(steps: steps, inEpoch: epoch, metrics: trainer.metrics)
    let length = 1 / Double(trainer.stepsPerEpoch)
    for (index, value) in values.enumerated() {
      let start = Double(epoch) + Double(index) * length
      outline.add(.init(start, value.learningRate))
      end = .init(start + length, value.learningRate)
    }
  }

  /// The corners of the course: each rate holds from its place to the next; x counts epochs.
  public var points: [Chart.Point] { outline.points + (end.map { [$0] } ?? []) }
}
