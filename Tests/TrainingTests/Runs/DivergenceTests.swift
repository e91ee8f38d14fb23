import Datasets
import Optimizers
import Reports
import Schedules
import Testing
import Training

@Suite struct DivergenceTests {
  @Test func `a run that can do no update at all says so and keeps its weights`() throws {
    var run = TinyRun()
    run.weights = 3e38
    let trainer = try run.trainer()
    let before = try bits(of: trainer)
    let error = #expect(throws: TrainingError.self) { try trainer.next() }
    guard case .diverged(let text) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(text.contains("no update of epoch 1") && text.contains("all 4 batches"))
    // It cannot have been the rate.
    #expect(text.contains("--init") && !text.contains("--lr"))
    #expect(trainer.step == 0 && trainer.epoch == 0 && trainer.skipped == 4)
    #expect(try bits(of: trainer) == before)
  }

  @Test(arguments: [1, 2]) func `an epoch in which nothing can be applied ends early`(
    accumulate: Int
  ) throws {
    var run = TinyRun(data: Synthetic(count: 4000, testCount: 20), batch: 16)
    run.weights = 3e38
    run.options.accumulate = accumulate
    let trainer = try run.trainer()
    let error = #expect(throws: TrainingError.self) { try trainer.next() }
    #expect(trainer.stepsPerEpoch == 250 / accumulate)
    // Some more are on their way when the fiftieth is seen.
    #expect(trainer.skipped >= 50 && trainer.skipped < 125 / accumulate + 64)
    #expect(error?.description.contains("its first \(trainer.skipped)") == true)
  }

  @Test func `images per second are those that were drawn, skipped ones too`() throws {
    let trainer = try halting().trainer()
    let row = try #require(try trainer.next())
    #expect(trainer.skippedInEpoch == 1)
    // 96 images were drawn, and 64 of them applied, in less than the epoch's time.
    #expect(row.imagesPerSecond * row.seconds >= 96)
    #expect(trainer.remarks.contains { $0.kind == .warning && $0.text.contains("1 of 3 updates") })
  }

  @Test func `a rule that cannot square its gradients skips, says so, and clipping helps`() throws {
    var run = TinyRun(data: Synthetic(count: 100, testCount: 20))
    // Pixels of 1e30 give gradients that are finite, and squares that are not.
    run.options.normalize = .fixed(mean: [0], deviation: [1e-30])
    (run.weights, run.optimizer, run.baseRate, run.epochs) = (0, "Adam()", 1e-40, 1)
    let trainer = try run.trainer()
    let error = #expect(throws: TrainingError.self) { try trainer.next() }
    #expect(error?.description.contains("too long") == true)
    #expect(error?.description.contains("--clip-norm 1") == true)
    run.options.clipping = .norm(1)
    let clipped = try run.trainer()
    _ = try clipped.next()
    #expect(clipped.step == 4 && clipped.skipped == 0 && clipped.clipped == 4)
  }

  @Test func `a rate that is far too high ends the run and names a lower one`() throws {
    var run = TinyRun()
    (run.epochs, run.baseRate) = (5, 1e38)
    let trainer = try run.trainer()
    let error = #expect(throws: TrainingError.self) { while try trainer.next() != nil {} }
    #expect(error?.description.contains("A learning rate of 1e38 is likely too high") == true)
    #expect(error?.description.contains("try --lr 1e37 or --warmup") == true)
    #expect(trainer.step > 0, "the first gradient was finite")
  }

  /// Three batches of 32, of which only the second is not black: enormous weights make it overflow.
  private func halting(_ bright: Range<Int> = 32..<64) -> TinyRun {
    let images = (0..<96).flatMap { [UInt8](repeating: bright.contains($0) ? 255 : 0, count: 784) }
    let train = ImageSet(
      name: "train", shape: [1, 28, 28], classNames: (0..<10).map { "\($0)" }, images: images,
      labels: (0..<96).map { UInt8($0 % 10) })
    var run = TinyRun()
    run.data = Dataset(name: "flash", train: train, test: Synthetic(count: 1, testCount: 10).test)
    run.weights = 3e38
    (run.epochs, run.schedule) = (3, "linear(6it)")
    run.options.normalize = .none
    (run.options.shuffle, run.options.logEvery) = (false, 1)
    return run
  }

  @Test(arguments: [32..<48, 48..<64, 32..<64])
  func `a batch that is not finite skips the whole update that it is a part of`(
    _ bright: Range<Int>
  ) throws {
    var large = halting(bright)
    large.schedule = "constant"
    var small = large
    (small.batch, small.options.accumulate) = (16, 2)
    let (wanted, made) = (try large.results(), try small.results())
    #expect(made.steps.map(\.step) == wanted.steps.map(\.step))
    #expect(made.steps.map(\.step) == [1, 1, 2, 3, 3, 4, 5, 5, 6])
    #expect(made.steps.map(\.loss.isNaN) == wanted.steps.map(\.loss.isNaN))
    #expect(made.epochs.map(\.step) == [2, 4, 6])
    let trainer = try small.trainer()
    while try trainer.next() != nil {}
    #expect(trainer.skipped == 3 && trainer.step == 6)
  }

  @Test func `a skipped batch is drawn once, costs no step of the schedule, and counts nowhere`()
    throws
  {
    let trainer = try halting().trainer()
    var steps: [Int] = []
    var rates: [Double] = []
    var losses: [Double] = []
    trainer.onStep = { row in
      steps.append(row.step)
      rates.append(row.learningRate)
      losses.append(row.loss)
      #expect(row.gradientNorm.isNaN == row.loss.isNaN)
    }
    var skipped: [Int] = []
    while let row = try trainer.next() {
      skipped.append(trainer.skippedInEpoch)
      #expect(row.train.loss.isFinite, "the means are over what was trained on")
    }
    #expect(skipped == [1, 1, 1] && trainer.skipped == 3)
    #expect(steps == [1, 1, 2, 3, 3, 4, 5, 5, 6])
    #expect(losses.map(\.isNaN) == Array(repeating: [false, true, false], count: 3).flatMap { $0 })
    // A line to 0 over six updates; a skipped batch shows the rate that the next one will use.
    let wanted = [0, 1, 1, 2, 3, 3, 4, 5, 5].map { 0.05 * (1 - Double($0) / 6) }
    #expect(zip(rates, wanted).allSatisfy { abs($0 - $1) < 1e-15 }, "\(rates)")
  }

  @Test func `what is skipped changes no weight`() throws {
    let results = try halting().results()
    // Black images have no gradient by the weights, and bright ones were never used.
    #expect(Set(results.weights["fc1.weight"] ?? []) == [Float(3e38).bitPattern])
    let bias = (results.weights["fc1.bias"] ?? []).map { Float(bitPattern: $0) }
    #expect(bias.allSatisfy { $0.isFinite && $0 != 0 })
  }
}
