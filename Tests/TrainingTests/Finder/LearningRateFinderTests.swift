import Datasets
import Networks
import OpenCL
import Optimizers
import Reports
import Schedules
import Testing

@testable import Training

/// Range tests on a device, and what they leave behind: nothing.
@Suite struct LearningRateFinderTests {
  private static let data = Synthetic(count: 600, testCount: 100)

  private func network(batch: Int = 32, seed: UInt64 = 3) throws -> Network {
    try Network(
      on: Queue(Device.select("0")), input: Self.data.train.imageShape, batch: batch, seed: seed,
      layers: Architecture.layers("lenet", classes: 10))
  }

  private func bits(_ network: Network) throws -> [[UInt32]] {
    try network.weights().map { $0.values.map(\.bitPattern) }
  }

  private func options(_ change: (inout Trainer.Options) -> Void = { _ in }) -> Trainer.Options {
    var options = Trainer.Options()
    change(&options)
    return options
  }

  @Test func `the network is left as it was, also where the caller breaks the test off`() throws {
    struct Enough: Error {}
    let network = try network()
    let before = try bits(network)
    let finder = try LearningRateFinder(
      network, on: Self.data, optimizer: SGD(momentum: 0.9), options: options())
    let test = try finder.run()
    #expect(test.ending != nil && test.losses.count > 50)
    #expect(try bits(network) == before)
    var seen = 0
    #expect(throws: Enough.self) {
      try finder.run { test in
        seen = test.losses.count
        if seen >= 40 { throw Enough() }
      }
    }
    #expect(seen == 40)
    #expect(try bits(network) == before)
  }

  @Test(arguments: ["Prodigy()", "DAdaptAdam()", "DAdaptSGD()", "DoG()"])
  func `a rule that estimates its step size has no rate to find`(text: String) throws {
    let optimizer = try OptimizerSpec(parsing: text).optimizer
    #expect(throws: TrainingError.self) {
      try LearningRateFinder(network(), on: Self.data, optimizer: optimizer)
    }
  }

  @Test func `gradients are clipped as training clips them`() throws {
    func losses(_ clipping: Clipping?, upTo end: Double) throws -> [Double] {
      try LearningRateFinder(
        network(), on: Self.data, optimizer: SGD(), options: options { $0.clipping = clipping }
      ).run(RangeTest.Sweep(start: end / 100, end: end, steps: 40)).losses
    }
    let (still, clipped) = (try losses(nil, upTo: 1e-9), try losses(.norm(1e-6), upTo: 1))
    #expect(zip(still, clipped).allSatisfy { abs($0 - $1) < 1e-3 } && clipped.count == 40)
    let free = try losses(nil, upTo: 1)
    #expect(zip(still, free).contains { abs($0 - $1) > 0.05 })
  }

  @Test func `a test gives the same bits every time`() throws {
    let finder = try LearningRateFinder(
      network(), on: Self.data, optimizer: SGD(momentum: 0.9, weightDecay: 1e-4))
    #expect(try finder.run() == finder.run())
  }

  @Test func `training after a test gives the bits of training without it`() throws {
    let optimizer = try SGD(momentum: 0.9)
    let options = options { $0.validation = 0.1 }
    func train(findingFirst: Bool) throws -> ([[UInt32]], EpochRow) {
      let network = try network()
      if findingFirst {
        _ = try LearningRateFinder(network, on: Self.data, optimizer: optimizer, options: options)
          .run()
      }
      let trainer = try Trainer(
        network, on: Self.data, epochs: 2, optimizer: optimizer, baseRate: 0.05, options: options)
      var last: EpochRow?
      while var row = try trainer.next() {
        (row.seconds, row.imagesPerSecond) = (0, 0)
        last = row
      }
      return (try bits(network), try #require(last))
    }
    let (with, without) = (try train(findingFirst: true), try train(findingFirst: false))
    #expect(with.0 == without.0 && with.1 == without.1)
  }

  @Test(arguments: [0, 0.25], [true, false])
  func `the losses are those of training at the same rates`(
    validation: Double, shuffle: Bool
  ) throws {
    // Rates so low that they change nothing in single precision: losses of the weights at the
    // start, on the batches that training draws, over more than one epoch.
    let options = options { (options: inout Trainer.Options) in
      (options.validation, options.shuffle) = (validation, shuffle)
      (options.seed, options.logEvery) = (7, 1)
    }
    let sweep = RangeTest.Sweep(start: 1e-25, end: 1e-24, steps: 30)
    let test = try LearningRateFinder(
      network(), on: Self.data, optimizer: SGD(), options: options
    ).run(sweep)
    let trainer = try Trainer(
      network(), on: Self.data, epochs: 2, optimizer: SGD(), learningRate: .constant(),
      baseRate: 1e-25, options: options)
    var losses: [Double] = []
    trainer.onStep = { losses.append($0.loss) }
    while try trainer.next() != nil {}
    #expect(test.losses == Array(losses.prefix(30)))
    #expect(Set(test.losses).count >= 15)
  }

  @Test func `a loss stands beside the rate whose update comes after it`() throws {
    // The first update blows the weights up: the first loss does not show it, the second does.
    let test = try LearningRateFinder(network(), on: Self.data, optimizer: SGD())
      .run(.init(start: 1e3, end: 1e4, steps: 20, stopFactor: nil))
    let still = try LearningRateFinder(network(), on: Self.data, optimizer: SGD())
      .run(.init(start: 1e-20, end: 1e-19, steps: 20, stopFactor: nil))
    #expect(test.losses[0] == still.losses[0])
    #expect(test.losses.count == 1 || test.losses[1] > 10 * still.losses[1])
  }

  @Test func `a network that learns has its valley below the rate at which it diverges`() throws {
    let test = try LearningRateFinder(network(), on: Self.data, optimizer: SGD(momentum: 0.9))
      .run()
    let valley = try test.learningRate()
    let last = try #require(test.rates.last)
    #expect(test.ending != .completed || last > 1)
    #expect((1e-5...0.5).contains(valley) && valley < last)
  }

  @Test func `a skipped update ends the test at once`() throws {
    let network = try network()
    var weights = try network.weights().map {
      (name: $0.parameter.name, shape: $0.parameter.shape, values: $0.values)
    }
    weights[0].values[0] = .nan
    try network.load(weights)
    let test = try LearningRateFinder(network, on: Self.data, optimizer: SGD()).run()
    #expect(test.ending == .notFinite && test.losses.isEmpty)
    #expect(test.obstacle?.contains("very first batch") == true)
  }

  @Test func `rates at which single precision overflows end the test without an answer`() throws {
    let test = try LearningRateFinder(network(), on: Self.data, optimizer: SGD(momentum: 0.9))
      .run(.init(start: 1e20, end: 1e30))
    #expect(test.ending != .completed && test.suggestions.isEmpty)
    #expect(throws: TrainingError.self) { try test.learningRate() }
  }

  @Test func `a scaled group follows the test, and one with a rate of its own keeps it`() throws {
    func losses(_ start: Double, _ end: Double, group: String? = nil) throws -> [Double] {
      let groups = try group.map { [try ParameterGroup(parsing: $0)] } ?? []
      return try LearningRateFinder(
        network(), on: Self.data, optimizer: SGD(), options: options { $0.groups = groups }
      ).run(.init(start: start, end: end, steps: 20, stopFactor: nil)).losses
    }
    let still = try losses(1e-26, 1e-25)
    let (slow, fast) = (try losses(0x1p-10, 0x1p-2), try losses(0x1p-9, 0x1p-1))
    #expect(Set([still, slow, fast]).count == 3)
    #expect(try losses(0x1p-9, 0x1p-1, group: "*: scale=0.5") == slow)
    #expect(try losses(0x1p-9, 0x1p-1, group: "*: schedule=StepLR(1)") == fast)
    #expect(try losses(0x1p-9, 0x1p-1, group: "*: lr=1e-25") == still)
    #expect(try losses(0x1p-9, 0x1p-1, group: "*: lr=1e-25, schedule=StepLR(1)") == still)
  }

  @Test func `data with more classes than outputs is refused`() throws {
    let network = try Network(
      on: Queue(Device.select("0")), input: Self.data.train.imageShape, batch: 8,
      layers: Architecture.layers("lenet", classes: 5))
    #expect(throws: TrainingError.self) {
      try LearningRateFinder(network, on: Self.data, optimizer: SGD())
    }
  }
}

/// `--lr auto` of a training run.
@Suite struct AutomaticRateTests {
  private func settings(_ change: (inout Settings) -> Void) -> Settings {
    var settings = Settings()
    (settings.dataset, settings.batchSize, settings.epochs) = ("synthetic:600", 32, 1)
    change(&settings)
    return settings
  }

  @Test func `a run with auto is the run with the rate that it finds, to the bit`() throws {
    var seen = 0
    let found = try Session(settings { $0.learningRate = .automatic }) { _ in seen += 1 }
    let choice = try #require(found.rateChoice)
    let rate = choice.rate
    #expect(seen == choice.trials.count && found.settings.learningRate == .fixed(rate))
    #expect(found.settings.yaml.contains("\nlr: \(shortestText(rate))\n"))
    let given = try Session(settings { $0.learningRate = .fixed(rate) })
    #expect(given.rateChoice == nil)
    _ = try (found.trainer.next(), given.trainer.next())
    #expect(try found.trainer.weights() == given.trainer.weights())
  }

  @Test func `trials cost no more than an epoch or a tenth of the run`() throws {
    for epochs in [1, 40] {
      let settings = settings {
        ($0.learningRate, $0.epochs) = (.automatic, epochs)
        $0.dataset = "synthetic:2000"
      }
      let choice = try #require(Session(settings).rateChoice)
      // 2000 images in batches of 32, and scoring 500.
      let epoch = 63 + 500 / 96
      #expect(choice.updates <= max(epoch, epoch * epochs / 10))
      #expect(choice.trials.count >= 11)
    }
  }

  @Test func `the warm-up and the schedule of the run are those of each trial`() throws {
    func losses(_ change: (inout Settings) -> Void) throws -> [Double] {
      var settings = settings { $0.learningRate = .automatic }
      change(&settings)
      return try #require(Session(settings).rateChoice).trials[0].losses
    }
    let cosine = try losses { _ in }
    #expect(try losses { $0.warmup = "10it" } != cosine)
    #expect(try losses { $0.schedule = "constant" } != cosine)
    #expect(try losses { $0.schedule = "cosine" } == cosine)
  }

  @Test func `where no rate trains, that is said`() throws {
    let settings = settings {
      $0.learningRate = .automatic
      $0.normalize = .fixed(mean: [0], deviation: [1e-38])
    }
    #expect(throws: TrainingError.self) { try Session(settings) }
  }

  @Test func `a schedule that names its rate needs no test`() throws {
    let session = try Session(
      settings {
        $0.learningRate = .automatic
        $0.schedule = "OneCycleLR(max_lr=0.1, total_steps=19)"
      })
    #expect(session.rateChoice == nil && session.settings.learningRate == nil)
  }
}
