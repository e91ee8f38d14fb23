import Datasets
import Networks
import Reference
import Reports
import Schedules
import Testing
import Training

@Suite struct TrainerTests {
  @Test(arguments: [
    ("constant", "SGD()", 0.0), ("cosine", "SGD(momentum=0.9)", 0.9),
    ("OneCycleLR(max_lr=0.1)", "SGD(momentum=0.5)", 0.5),
    ("StepLR(1, 0.1)", "SGD(momentum=0.9)", 0.9),
  ])
  func `a run is the reference's, update by update`(
    schedule: String, optimizer: String, momentum: Double
  ) throws {
    var run = TinyRun()
    (run.schedule, run.optimizer) = (schedule, optimizer)
    (run.options.shuffle, run.options.logEvery) = (false, 1)
    let trainer = try run.trainer()
    var twin = try Twin(of: trainer, on: run.data)
    var steps: [StepRow] = []
    trainer.onStep = { steps.append($0) }
    for epoch in 0..<run.epochs {
      let row = try #require(try trainer.next())
      let wanted = twin.trainEpoch(
        epoch, from: 4 * epoch, batch: run.batch, trainer.plan, momentum: momentum)
      let made = steps.suffix(4)
      #expect(mismatch(made.map(\.loss), wanted.steps.map(\.loss), relative: 1e-5) == nil)
      #expect(mismatch(made.map(\.gradientNorm), wanted.steps.map(\.norm), relative: 1e-4) == nil)
      // A mean over batches instead of images would weigh the 4 images of the last one as 32.
      #expect(mismatch([row.train.loss], [wanted.score.loss], relative: 1e-5) == nil)
      #expect(row.train.accuracy == wanted.score.accuracy)
      let test = twin.testScore
      #expect(mismatch([row.test.loss], [test.loss], relative: 1e-5) == nil)
      #expect(row.test.accuracy == test.accuracy)
    }
    for tensor in try trainer.weights().tensors {
      let wanted = try #require(twin.network[tensor.name])
      #expect(mismatch(tensor.values.map { Double($0) }, wanted, relative: 1e-5) == nil)
    }
  }

  @Test(arguments: [
    (1, Array(1...12)), (7, [7]), (5, [5, 10]), (4, [4, 8, 12]), (12, [12]), (50, []),
  ])
  func `every so many steps leave a row, whatever the epochs`(every: Int, steps: [Int]) throws {
    var run = TinyRun()
    (run.epochs, run.options.logEvery) = (3, every)
    let rows = try run.results().steps
    #expect(rows.map(\.step) == steps)
    #expect(rows.map(\.epoch) == steps.map { ($0 - 1) / 4 + 1 })
  }

  @Test func `before the first update the average of the weights is the weights`() throws {
    var run = TinyRun()
    run.options.averageDecay = .constant(0.9)
    let trainer = try run.trainer()
    #expect(try trainer.weights().tensors.map(\.values) == trainer.network.weights().map(\.values))
    #expect(try trainer.weights().tensors[0].values.contains { $0 != 0 })
  }

  @Test func `epochs and steps count from 1 to the end of the run`() throws {
    var run = TinyRun()
    run.epochs = 3
    let trainer = try run.trainer()
    var rows: [EpochRow] = []
    while let row = try trainer.next() {
      rows.append(row)
      #expect(trainer.epoch == row.epoch && trainer.step == row.step)
    }
    #expect(trainer.stepsPerEpoch == 4)
    #expect(rows.map(\.epoch) == [1, 2, 3])
    #expect(rows.map(\.step) == [4, 8, 12])
    #expect(rows.allSatisfy { $0.seconds > 0 && $0.imagesPerSecond > 0 })
    #expect(try trainer.next() == nil)
    #expect(trainer.step == 12)
  }

  @Test func `a run that ends inside an epoch reports what it trained on`() throws {
    var run = TinyRun()
    (run.epochs, run.options.maxSteps, run.options.logEvery) = (5, 6, 1)
    (run.options.shuffle, run.baseRate) = (false, 0)
    let results = try run.results()
    #expect(results.epochs.map(\.step) == [4, 6])
    #expect(results.steps.map(\.step) == Array(1...6))
    // Nothing is learned, so the two batches of the second epoch are the first two of the first.
    let losses = results.steps.map(\.loss)
    #expect(losses[4...] == losses[..<2])
    #expect(
      mismatch([results.epochs[1].train.loss], [(losses[0] + losses[1]) / 2], relative: 1e-6)
        == nil)
  }

  @Test(arguments: [1, 4])
  func `a run of a whole number of epochs ends there`(maxSteps: Int) throws {
    var run = TinyRun()
    run.options.maxSteps = maxSteps
    #expect(try run.results().epochs.map(\.step) == [maxSteps])
  }

  @Test(arguments: [
    "constant", "cosine", "StepLR(1, 0.5)", "OneCycleLR(max_lr=0.2)", "LinearLR(total_iters=2)",
    "exponential(0.5)",
  ])
  func `the rates in the log are the plan's to the last bit`(schedule: String) throws {
    var run = TinyRun()
    (run.epochs, run.schedule, run.options.logEvery) = (4, schedule, 1)
    run.options.warmup = .steps(6)
    let trainer = try run.trainer()
    var rows: [StepRow] = []
    trainer.onStep = { rows.append($0) }
    var last: [Double] = []
    while let row = try trainer.next() { last.append(row.learningRate) }
    let planned = rows.map { trainer.plan.value(at: Tick(step: $0.step - 1, epoch: $0.epoch - 1)) }
    #expect(rows.count == 16)
    #expect(rows.map(\.learningRate) == planned.map(\.learningRate))
    #expect(last == stride(from: 3, to: 16, by: 4).map { rows[$0].learningRate })
    // The warm-up's sixths of the first rate of the schedule, whatever that is.
    let ratios = rows.prefix(6).map { $0.learningRate / rows[5].learningRate }
    #expect(mismatch(ratios, (1...6).map { Double($0) / 6 }, relative: 1e-12) == nil)
  }

  @Test func `a plateau reduces the rate once patience is over`() throws {
    var run = TinyRun()
    run.epochs = 7
    // Nothing halves the best loss in every epoch: the first stays the best.
    run.schedule = "ReduceLROnPlateau(factor=0.1, patience=1, threshold=1)"
    let trainer = try run.trainer()
    var rates: [Double] = []
    var losses: [Double] = []
    while let row = try trainer.next() {
      rates.append(row.learningRate)
      losses.append(row.test.loss)
    }
    let wanted = [0.05, 0.05, 0.05, 0.005, 0.005, 0.0005, 0.0005]
    #expect(mismatch(rates, wanted, relative: 0, absolute: 1e-15) == nil)
    #expect(trainer.metrics == losses)
    #expect(trainer.plan.events(metrics: trainer.metrics).map(\.epoch) == [3, 5, 7])
  }

  @Test(arguments: [
    ("ReduceLROnPlateau()", Settings.Monitor.testAccuracy),
    ("ReduceLROnPlateau(mode='max')", .testLoss), ("ReduceLROnPlateau(mode='max')", .trainLoss),
  ])
  func `a plateau that looks the wrong way is refused`(
    schedule: String, monitor: Settings.Monitor
  ) throws {
    var run = TinyRun()
    (run.schedule, run.options.monitor) = (schedule, monitor)
    let error = #expect(throws: TrainingError.self) { try run.trainer() }
    #expect(error?.description.contains(monitor.rawValue) == true)
    #expect(
      error?.description.contains(schedule.contains("max") ? "mode='min'" : "mode='max'") == true)
  }

  @Test func `a momentum that nobody keeps cannot be driven`() throws {
    var run = TinyRun()
    (run.schedule, run.optimizer) = ("constant for 1ep then OneCycleLR(max_lr=0.1)", "SGD()")
    #expect(throws: TrainingError.self) { try run.trainer() }
    run.schedule = "OneCycleLR(max_lr=0.1, cycle_momentum=False)"
    #expect(throws: Never.self) { try run.trainer() }
  }

  @Test func `progress is told in the terms of the epoch`() throws {
    let trainer = try TinyRun().trainer()
    var seen: [ProgressState] = []
    trainer.onProgress = { seen.append($0()) }
    while try trainer.next() != nil {}
    #expect(seen.first?.step == 1 && seen.last?.step == 4)
    #expect(seen.last?.epoch == 2 && seen.last?.epochs == 2 && seen.last?.steps == 4)
    #expect(seen.allSatisfy { $0.loss.map(\.isFinite) == true && $0.learningRate == 0.05 })
  }

  @Test func `a stopped run stays stopped`() throws {
    let trainer = try TinyRun().trainer()
    trainer.shouldStop = { trainer.step == 1 }
    #expect(try trainer.next() == nil)
    trainer.shouldStop = { false }
    #expect(try trainer.next() == nil)
    #expect(trainer.step == 1 && trainer.epoch == 0)
  }

  @Test func `an error of whoever listens ends the epoch`() throws {
    var run = TinyRun()
    run.options.logEvery = 1
    let trainer = try run.trainer()
    trainer.onStep = { _ in throw DiskError(.write, "steps.csv", code: 28) }
    #expect(throws: DiskError.self) { try trainer.next() }
  }

  @Test func `data that a network cannot take is refused with its numbers`() throws {
    var run = TinyRun()
    let images = ImageSet(
      name: "train", shape: [1, 28, 28], classNames: (0..<11).map { "\($0)" },
      images: [UInt8](repeating: 0, count: 784), labels: [10])
    run.data = Dataset(name: "eleven", train: images, test: images)
    let error = #expect(throws: TrainingError.self) { try run.trainer() }
    #expect(error?.description == "the network has 10 outputs, and eleven has 11 classes")
  }
}
