import Reports
import Testing
import Training

@Suite struct MonitorTests {
  private static let figures: [(Settings.Monitor, @Sendable (EpochRow) -> Double?)] = [
    (.trainLoss, { $0.train.loss }), (.testLoss, { $0.test.loss }),
    (.testAccuracy, { $0.test.accuracy }), (.validationLoss, { $0.validation?.loss }),
    (.validationAccuracy, { $0.validation?.accuracy }),
  ]

  /// A rate so high that figures go up and down.
  private func results(
    _ monitor: Settings.Monitor, validation: Double
  ) throws -> (metrics: [Double], results: TinyRun.Results) {
    var run = TinyRun()
    (run.epochs, run.baseRate, run.options.monitor) = (8, 2, monitor)
    run.options.validation = validation
    let trainer = try run.trainer()
    var results = TinyRun.Results()
    while let row = try trainer.next() {
      results.epochs.append(row)
      results.isBest.append(trainer.isBest)
    }
    return (trainer.metrics, results)
  }

  @Test(arguments: figures.indices)
  func `the best epoch is the first of the best by the figure`(index: Int) throws {
    let (monitor, figure) = Self.figures[index]
    let (metrics, results) = try results(monitor, validation: 0.2)
    // A part held back takes the place of the test set.
    let judged =
      switch monitor {
      case .testLoss: results.epochs.compactMap { $0.validation?.loss }
      case .testAccuracy: results.epochs.compactMap { $0.validation?.accuracy }
      default: results.epochs.compactMap(figure)
      }
    try #require(judged.count == 8)
    #expect(metrics == judged)
    let isAccuracy = monitor == .testAccuracy || monitor == .validationAccuracy
    let score = judged.map { isAccuracy ? -$0 : $0 }
    let wanted = score.indices.map { place in score[..<place].allSatisfy { score[place] < $0 } }
    #expect(results.isBest == wanted)
    #expect(Set(wanted) == [true, false], "\(judged) does not put the question")
  }

  @Test func `without a part held back the test set is looked at`() throws {
    let (losses, results) = try results(.testLoss, validation: 0)
    #expect(losses == results.epochs.map(\.test.loss))
    #expect(results.epochs.allSatisfy { $0.validation == nil })
    let (accuracies, others) = try self.results(.testAccuracy, validation: 0)
    #expect(accuracies == others.epochs.map(\.test.accuracy))
  }

  @Test func `an epoch without a figure is not the best`() throws {
    var run = TinyRun()
    // The second epoch throws the weights beyond all bounds.
    (run.epochs, run.schedule) = (2, "LambdaLR(lambda e: 1 if e < 1 else 1e40)")
    let trainer = try run.trainer()
    var (losses, isBest) = ([Double](), [Bool]())
    // Both epochs are reported, then the run has diverged.
    #expect(throws: TrainingError.self) {
      while let row = try trainer.next() {
        losses.append(row.test.loss)
        isBest.append(trainer.isBest)
      }
    }
    #expect(losses.count == 2 && losses[0].isFinite && !losses[1].isFinite)
    #expect(isBest == [true, false])
  }
}
