import Datasets
import Networks
import OpenCL
import Optimizers
import Reference
import Reports
import Schedules
import Testing

@testable import Training

/// Runs whose updates take several batches.
@Suite struct AccumulationTests {
  @Test(arguments: [(8, 4), (16, 2), (4, 8)], [true, false])
  func `small batches train as the large ones that they make up`(
    _ sizes: (batch: Int, accumulate: Int), shuffle: Bool
  ) throws {
    // 100 images: three updates of 32 and one of 4.
    var large = TinyRun()
    (large.epochs, large.schedule) = (3, "cosine")
    (large.options.shuffle, large.options.logEvery, large.options.warmup) = (shuffle, 1, .steps(3))
    large.options.clipping = .norm(0.5)
    var small = large
    (small.batch, small.options.accumulate) = sizes
    let (wanted, made) = (try large.results(), try small.results())

    #expect(made.steps.map(\.step) == Array(1...12))
    #expect(made.steps.map(\.epoch) == wanted.steps.map(\.epoch))
    // Schedules count updates: rates are the same to the last bit.
    #expect(made.steps.map(\.learningRate) == wanted.steps.map(\.learningRate))
    #expect(mismatch(made.steps.map(\.loss), wanted.steps.map(\.loss), relative: 1e-5) == nil)
    #expect(
      mismatch(
        made.steps.map(\.gradientNorm), wanted.steps.map(\.gradientNorm), relative: 1e-4) == nil)
    for (row, other) in zip(made.epochs, wanted.epochs) {
      #expect(row.step == other.step && row.learningRate == other.learningRate)
      #expect(row.train.accuracy == other.train.accuracy)
      #expect(mismatch([row.train.loss], [other.train.loss], relative: 1e-5) == nil)
      #expect(mismatch([row.test.loss], [other.test.loss], relative: 1e-5) == nil)
    }
    for (name, bits) in wanted.weights {
      let weights = try #require(made.weights[name]).map { Double(Float(bitPattern: $0)) }
      let fault = mismatch(
        weights, bits.map { Double(Float(bitPattern: $0)) }, relative: 1e-5)
      #expect(fault == nil, "\(name)")
    }
  }

  @Test func `steps at most are updates`() throws {
    var run = TinyRun()
    (run.batch, run.epochs) = (8, 5)
    (run.options.accumulate, run.options.maxSteps, run.options.logEvery) = (4, 6, 2)
    let results = try run.results()
    #expect(results.epochs.map(\.step) == [4, 6])
    #expect(results.steps.map(\.step) == [2, 4, 6])
  }

  @Test func `an update as long as the epoch takes all images at once`() throws {
    var run = TinyRun()
    (run.batch, run.options.accumulate, run.options.logEvery) = (32, 4, 1)
    #expect(try run.results().steps.map(\.step) == [1, 2])
  }

  @Test func `an update longer than an epoch is refused with the most that there is`() throws {
    var run = TinyRun()
    run.options.accumulate = 5
    let error = #expect(throws: TrainingError.self) { try run.trainer() }
    #expect(error?.description.contains("an epoch has 4 (100 images in batches of 32)") == true)
    #expect(error?.description.contains("--accumulate 4 makes") == true)
  }

  @Test func `a range test draws the updates that training draws`() throws {
    let data = Synthetic(count: 100, testCount: 10)
    func losses(batch: Int, accumulate: Int) throws -> [Double] {
      let network = try Network(on: Device.all()[0], input: data.train.imageShape, batch: batch) {
        MaxPool(4)
        Dense(10)
      }
      var options = Trainer.Options()
      options.accumulate = accumulate
      return try LearningRateFinder(network, on: data, optimizer: SGD(), options: options)
        .run(RangeTest.Sweep(start: 1e-4, end: 1e-2, steps: 30)).losses
    }
    let wanted = try losses(batch: 32, accumulate: 1)
    let made = try losses(batch: 8, accumulate: 4)
    #expect(made.count == 30)
    #expect(mismatch(made, wanted, relative: 1e-5) == nil)
  }
}
