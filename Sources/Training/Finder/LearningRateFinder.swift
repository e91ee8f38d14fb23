public import Datasets
internal import Kernels
public import Networks
internal import OpenCL
public import Optimizers
internal import Reports
internal import Schedules

/// Runs range tests of the learning rate on a network, which is left as it was.
///
/// ```swift
/// let test = try LearningRateFinder(network, on: data, optimizer: SGD(momentum: 0.9)).run()
/// let trainer = try Trainer(
///   network, on: data, epochs: 30, optimizer: SGD(momentum: 0.9),
///   learningRate: .cosine(from: test.learningRate(by: .valley), over: .epochs(30)))
/// ```
///
/// A test draws the batches that training would draw. It has counters, optimizer state and log of
/// its own, and what it does to the weights is undone.
public final class LearningRateFinder {
  /// The network that is tested.
  public let network: Network
  /// The images.
  public let data: Dataset
  private let optimizer: any Optimizer
  private let options: Trainer.Options
  private let drawing: Drawing

  /// Updates that are enqueued before the host looks at their losses.
  private static let stride = 8

  /// Prepares tests.
  ///
  /// - Parameters:
  ///   - network: The network, with the weights that training would start from.
  ///   - data: The images; those of the test set are not looked at.
  ///   - optimizer: The update rule; its momentum stays as it is.
  ///   - options: Those of training: split, normalisation, seed, shuffle, accumulation, clipping,
  ///     penalties and parameter groups. A group with a rate of its own keeps it, all others follow
  ///     the test; nothing else is scheduled.
  /// - Throws: ``TrainingError`` and `NetworkError` where network, data and options do not fit,
  ///   `OpenCLError` from the device.
  public init(
    _ network: Network, on data: Dataset, optimizer: any Optimizer,
    options: Trainer.Options = Trainer.Options()
  ) throws {
    try network.requireOutputs(for: data)
    try Self.requireFit(optimizer)
    self.network = network
    self.data = data
    self.optimizer = optimizer
    self.options = options.forRangeTest
    let images = try DeviceImages(on: network.queue, data.train)
    try images.normalize(Trainer.normalization(options.normalize, network, images))
    drawing = try Drawing.split(images, batch: network.batch, options).training
  }

  /// Refuses a rule that has no learning rate to find.
  static func requireFit(_ optimizer: any Optimizer) throws(TrainingError) {
    guard optimizer.estimatesItsRate else { return }
    throw .doesNotFit(
      "\(optimizer.text) estimates its step size: there is no learning rate to find, leave it at "
        + "\(shortestText(optimizer.defaultLearningRate))")
  }

  /// Loads the data and builds the network that settings describe.
  ///
  /// - Throws: The error of the room that refuses.
  public convenience init(_ settings: Settings) throws {
    try Self.requireFit(OptimizerSpec(parsing: settings.optimizer).optimizer)
    let data = try Dataset.load(settings.dataset)
    try settings.check(for: data)
    let device = try Device.select(settings.device)
    try self.init(
      Network(settings, for: data, on: device), on: data,
      optimizer: OptimizerSpec(parsing: settings.optimizer).optimizer,
      options: Trainer.Options(settings))
  }

  /// Tests rates, from low to high.
  ///
  /// - Parameters:
  ///   - sweep: The rates.
  ///   - onProgress: Called every few steps with the test so far.
  /// - Returns: The test, which has ended.
  /// - Throws: `OpenCLError` from the device, and what `onProgress` throws.
  public func run(
    _ sweep: RangeTest.Sweep = RangeTest.Sweep(), onProgress: (RangeTest) throws -> Void = { _ in }
  ) throws -> RangeTest {
    precondition(sweep.problems.isEmpty, sweep.problems.joined(separator: "; "))
    let weights = try network.weights()
    let outcome = Result { try measure(sweep, onProgress) }
    try network.load(
      weights.map { (name: $0.parameter.name, shape: $0.parameter.shape, values: $0.values) })
    return try outcome.get()
  }

  private func measure(
    _ sweep: RangeTest.Sweep, _ onProgress: (RangeTest) throws -> Void
  ) throws -> RangeTest {
    let plan = try RatePlan(
      network, optimizer, Run(epochs: 1, stepsPerEpoch: sweep.steps),
      .exponential(from: sweep.start, to: sweep.end, over: .steps(sweep.steps)), baseRate: nil,
      options)
    let updater = try Updater(
      network, optimizer, drawing.draw, groups: plan.assignment, clipping: options.clipping,
      rows: max(sweep.steps, Self.stride * options.accumulate))
    try updater.setRates(plan.rows(steps: 0..<sweep.steps, epoch: 0, metrics: []), first: 0)
    let updates = try UpdateSequence(network, drawing, updater)
    var test = RangeTest(sweep)
    while test.ending == nil {
      let count = min(Self.stride, sweep.steps - test.losses.count)
      for entry in try updates.run(count) where test.ending == nil {
        test.add(entry.isApplied ? Double(entry.loss) / Double(entry.active) : .nan)
      }
      try onProgress(test)
    }
    return test
  }
}

extension Trainer.Options {
  /// The same options for rates that rise with every step.
  fileprivate var forRangeTest: Trainer.Options {
    var options = self
    (options.clock, options.warmup) = (nil, nil)
    (options.momentumSchedule, options.weightDecaySchedule) = (nil, nil)
    (options.averageDecay, options.averageStart) = (nil, nil)
    for index in groups.indices {
      let own = groups[index].learningRate ?? groups[index].schedule?.ownRate
      options.groups[index].learningRate = own
      options.groups[index].schedule = own == nil ? nil : .constant()
    }
    return options
  }
}
