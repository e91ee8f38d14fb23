public import Datasets
internal import Kernels
public import Networks
internal import OpenCL
public import Optimizers
public import Reports
public import Schedules
public import Specs

/// Trains a network, one epoch at a time.
///
/// ```swift
/// let trainer = try Trainer(
///   network, on: data, epochs: 30, optimizer: SGD(momentum: 0.9),
///   learningRate: .cosine(from: 0.1, over: .epochs(25)).warmup(.epochs(5)))
/// while let epoch = try trainer.next() { print(epoch.test.accuracy) }
/// ```
///
/// A step enqueues the network's plan and nothing else; the host reads the log of the batches that
/// went by a few times a second.
public final class Trainer {
  /// What a run may choose besides its network, data, optimizer and rates.
  public struct Options: Sendable {
    /// The part of the training set that is held back, from 0 to 1.
    public var validation = 0.0
    /// How bytes become numbers.
    public var normalize = Settings.Normalization.automatic
    /// What the shuffle and the split are keyed by.
    public var seed: UInt64 = 0
    /// Whether each epoch draws the images in a new order.
    public var shuffle = true
    /// Batches whose gradients make one update, that of all their images at once.
    public var accumulate = 1
    /// Updates at most.
    public var maxSteps: Int?
    /// What a schedule's bare numbers count; nil follows each class.
    public var clock: Schedules.Clock?
    /// A ramp before the schedule.
    public var warmup: Length?
    /// A schedule of the momentum, from the optimizer's on; nil leaves it to the schedule of the
    /// learning rate or constant.
    public var momentumSchedule: Schedule?
    /// A schedule of the weight decay, from the optimizer's on.
    public var weightDecaySchedule: Schedule?
    /// Parameters with values of their own; a tensor belongs to the first group that fits.
    public var groups: [ParameterGroup] = []
    /// The factor of the learning rate from each layer to the one before it.
    public var layerDecay = 1.0
    /// How gradients are made smaller before an update; nil leaves them as they are.
    public var clipping: Clipping?
    /// The L1 penalty of the weights.
    public var l1 = 0.0
    /// Whether weight decay and L1 penalty apply to biases too, as PyTorch's do; a group that names
    /// its weight decay has it whatever stands here.
    public var decayBiases = true
    /// The decay of an exponential average of the weights, which is scored and saved; nil keeps none.
    public var averageDecay: Settings.AverageDecay?
    /// When a plain average of the weights starts, which is scored and saved; nil keeps none.
    public var averageStart: Length?
    /// Updates between two rows of the step log; skipped ones count too.
    public var logEvery = 50
    /// The figure that metric-driven schedules and ``Trainer/isBest`` go by.
    public var monitor = Settings.Monitor.testLoss

    /// The options of a run that is told nothing.
    public init() {}
  }

  /// The network in training.
  public let network: Network
  /// The number of epochs.
  public let epochs: Int
  /// The learning rate (and momentum) of every update of the parameters that are in no group.
  public var plan: Plan { rates.main }
  /// What was noticed about the schedules and the data before the first step.
  public var notes: [Note] {
    rates.notes + (suspicion.ofInputs.map { [Note(.warning, $0)] } ?? [])
  }
  /// What was noticed in the epoch that was reported last: why nothing is learned.
  public private(set) var remarks: [Note] = []
  /// Updates of an epoch; the last one takes the batches that are left.
  public let stepsPerEpoch: Int
  /// Mean and deviation of each channel that pixels are normalised by, of bytes / 255.
  public let normalization: [(mean: Double, deviation: Double)]
  /// Epochs completed.
  public private(set) var epoch = 0
  /// Updates applied.
  public private(set) var step = 0
  /// Updates that were skipped because a gradient was not finite, or too long for the rule.
  public private(set) var skipped = 0
  /// The same, of the last epoch alone.
  public private(set) var skippedInEpoch = 0
  /// Updates whose gradient was clipped.
  public private(set) var clipped = 0
  /// The monitored figure after each epoch, the history of metric-driven schedules.
  public private(set) var metrics: [Double] = []
  /// Whether the last epoch's monitored figure is the best so far.
  public private(set) var isBest = false
  /// The highest test accuracy so far.
  public private(set) var bestTestAccuracy = 0.0
  /// Called for every row of the step log.
  public var onStep: (StepRow) throws -> Void = { _ in }
  /// Called for every row of the step log with a row for each tensor and one for each parameter group;
  /// nothing is measured while it is nil.
  public var onLayers: (([LayerRow], [GroupRow]) throws -> Void)?
  /// Called a few times a second while an epoch runs.
  public var onProgress: (@autoclosure () -> ProgressState) -> Void = { _ in }
  /// Asked a few times a second; true ends training after the updates in flight.
  public var shouldStop: () -> Bool = { false }

  private let options: Options
  private let rates: RatePlan
  private let suspicion: Suspicion
  private let guess: Guess
  private var told: Set<Stall.Kind> = []
  private var courses = RatePlan.Courses()
  private let updater: Updater
  private let updates: UpdateSequence
  private let testing: Scoring
  private let validating: Scoring?
  /// Updates applied since the last row of the step log, and those of them that were clipped.
  private var sinceRow = (updates: 0, clipped: 0)
  /// Why training cannot go on after the epoch that was reported last.
  private var divergence: TrainingError?
  /// An epoch was cut short: the batches that come next are not the first of any other.
  private var isStopped = false
  /// Seconds that one update took lately; sets how many are enqueued at once.
  private var stepSeconds: Double?
  private var pace: Pace
  /// Images drawn in the epochs that are over.
  private var drawn = 0

  /// Updates of an epoch that may be skipped before any is applied.
  private static let patience = 50
  /// Seconds of work that are enqueued before the host looks at what has been done.
  private static let horizon = 0.15

  /// Prepares training.
  ///
  /// - Parameters:
  ///   - network: The network, with its initial weights.
  ///   - data: Training and test images, of the network's input shape.
  ///   - epochs: Passes over the training set.
  ///   - optimizer: The update rule.
  ///   - schedule: The learning rate; a cosine to 0 over the run by default.
  ///   - baseRate: The rate that the schedule scales, unless it names its own; the optimizer's
  ///     default if left out.
  ///   - options: Everything else.
  /// - Throws: `NetworkError` where data and network do not fit, `SpecError` where the schedule does
  ///   not fit the run, `OpenCLError` from the device.
  public init(
    _ network: Network, on data: Dataset, epochs: Int, optimizer: any Optimizer,
    learningRate schedule: Schedule? = nil, baseRate: Double? = nil, options: Options = Options()
  ) throws {
    self.network = network
    self.epochs = epochs
    self.options = options
    let queue = network.queue
    let train = try DeviceImages(on: queue, data.train)
    let test = try DeviceImages(on: queue, data.test)
    try network.requireOutputs(for: data)
    let pixels = try network.statistics(of: train)
    normalization = try Self.normalization(options.normalize, pixels)
    suspicion = Suspicion(
      pixels: pixels, normalization: normalization, options.normalize,
      momentum: optimizer.momentum)
    guess = Guess(data)
    try train.normalize(normalization)
    try test.normalize(normalization)

    let parts = try Drawing.split(train, batch: network.batch, options)
    let drawing = parts.training
    stepsPerEpoch = drawing.updates
    let schedule = try schedule ?? Schedule(parsing: "cosine")
    if let objection = options.monitor.objection(to: schedule) {
      throw TrainingError.doesNotFit(objection)
    }
    rates = try RatePlan(
      network, optimizer,
      Run(epochs: epochs, stepsPerEpoch: drawing.updates, maxSteps: options.maxSteps),
      schedule, baseRate: baseRate, options)
    updater = try Updater(
      network, optimizer, drawing.draw, groups: rates.assignment, clipping: options.clipping,
      average: Self.average(options, epochs: epochs, stepsPerEpoch: drawing.updates),
      rows: drawing.steps)
    updates = try UpdateSequence(network, drawing, updater)
    testing = try Scoring(
      network, Drawing(test, batch: network.batch, shuffle: false, seed: options.seed))
    validating = try parts.validation.map { try Scoring(network, $0) }
    pace = Pace(
      total: Int(
        Double(drawing.count) / Double(drawing.updates) * Double(rates.main.run.totalSteps)))
  }

  /// The key of a weights file's metadata that holds the normalisation: means, then deviations.
  static let normalizationKey = "normalization"

  /// Reads the metadata's text; nil where it is no list of means and deviations.
  static func normalization(_ text: String) -> [(mean: Double, deviation: Double)]? {
    let numbers = text.split(separator: ",").compactMap { Double($0) }
    let channels = numbers.count / 2
    guard channels > 0, numbers.count == 2 * channels else { return nil }
    return (0..<channels).map { (numbers[$0], numbers[channels + $0]) }
  }

  static func normalization(
    _ choice: Settings.Normalization, _ network: Network, _ train: DeviceImages
  ) throws -> [(mean: Double, deviation: Double)] {
    try normalization(choice, network.statistics(of: train))
  }

  private static func normalization(
    _ choice: Settings.Normalization, _ pixels: [(mean: Double, deviation: Double)]
  ) throws(TrainingError) -> [(mean: Double, deviation: Double)] {
    let channels = pixels.count
    switch choice {
    case .none: return Array(repeating: (mean: 0, deviation: 1), count: channels)
    case .automatic: return pixels
    case .fixed(let mean, let deviation):
      try choice.require(channels: channels)
      return (0..<channels).map { (mean[$0 % mean.count], deviation[$0 % deviation.count]) }
    }
  }

  /// Trains an epoch and scores the network.
  ///
  /// - Returns: The epoch's figures, or nil when all epochs (or updates) are done or
  ///   ``shouldStop`` asked for an end; an epoch that was cut short is not reported.
  /// - Throws: ``TrainingError/diverged(_:)`` where no update of the epoch could be applied, or where
  ///   the epoch before it left a network without a finite test loss,
  ///   `OpenCLError` from the device, and what ``onStep`` and ``onLayers`` throw.
  public func next() throws -> EpochRow? {
    if let divergence { throw divergence }
    guard !isStopped, epoch < epochs, step < options.maxSteps ?? .max else { return nil }
    let start = secondsSinceBoot()
    let rows = rates.rows(
      steps: step..<(step + stepsPerEpoch), epoch: epoch, metrics: metrics, &courses)
    try updater.setRates(rows, first: step)
    var tally = Tally(first: step, rates: rows.map { $0.map(\.learningRate) })
    while tally.updates < stepsPerEpoch, step < options.maxSteps ?? .max {
      if shouldStop() {
        isStopped = true
        return nil
      }
      try advance(&tally)
      // What so many batches in a row cannot change, the others will not.
      if tally.images == 0, tally.updates >= Self.patience { break }
    }
    guard tally.images > 0 else { throw standstill(tally) }
    skippedInEpoch = tally.skipped
    drawn += tally.drawn
    let trained = secondsSinceBoot()
    let (test, validation) = try updater.withAverage {
      (try testing.score(), try validating?.score())
    }
    epoch += 1
    if !test.loss.isFinite, 2 * tally.skipped > tally.updates {
      divergence = .diverged(
        "the test loss after epoch \(epoch) is not finite, nor were the gradients of "
          + "\(tally.skipped) of its \(tally.updates) updates. " + suspicion.advice(tally.lastRate))
    }
    let row = EpochRow(
      epoch: epoch, step: step, learningRate: tally.lastRate, train: tally.score, test: test,
      seconds: secondsSinceBoot() - start,
      imagesPerSecond: Double(tally.drawn) / (trained - start), validation: validation)
    note(row)
    remarks = [skips(tally), stall(row, tally)].compactMap { $0 }
    return row
  }

  /// Why an epoch without an applied update ends the run.
  private func standstill(_ tally: Tally) -> TrainingError {
    let cause =
      step == 0 && tally.tooLong == 0
      ? "No rate has had its effect yet: "
        + (suspicion.ofInputs
          ?? "look for numbers that are not finite, or far too large, in --init and --normalize")
      : tally.tooLong > 0 ? Self.shortening : suspicion.advice(tally.lastRate)
    let what = options.accumulate > 1 ? "updates" : "batches"
    let which = tally.updates < stepsPerEpoch ? "its first" : "all"
    return TrainingError.diverged(
      "no update of epoch \(epoch + 1) could be applied: the gradients of \(which) \(tally.updates) "
        + "\(what) were \(tally.obstacle). The weights are those of update \(step). \(cause)")
  }

  private static let shortening =
    "The rule squares gradients, and these squares exceed single precision: --clip-norm 1 makes them "
    + "shorter"

  /// What is said of the updates of an epoch that were skipped.
  private func skips(_ tally: Tally) -> Note? {
    guard tally.skipped > 0 else { return nil }
    return Note(
      .warning,
      "epoch \(epoch): \(tally.skipped) of \(stepsPerEpoch) updates were skipped because "
        + "their gradients were \(tally.obstacle). "
        + (tally.tooLong > 0 ? Self.shortening : suspicion.advice(tally.lastRate)))
  }

  /// What is said of an epoch in which nothing was learned, once for each kind.
  private func stall(_ row: EpochRow, _ tally: Tally) -> Note? {
    let isLast = epoch == epochs || step >= options.maxSteps ?? .max
    let findings = EpochFindings(
      epoch: epoch, isLast: isLast, step: step, train: row.train, test: row.test,
      highestRate: tally.highestRate, sample: tally.sample, guess: guess)
    guard let stall = findings.stall(suspicion), told.insert(stall.kind).inserted else {
      return nil
    }
    return Note(.warning, stall.text)
  }

  /// Enqueues as many updates as fit the horizon and reads what they left in the log.
  private func advance(_ tally: inout Tally) throws {
    var count = stepSeconds.map { max(1, min(Updater.measureSlots, Int(Self.horizon / $0))) } ?? 1
    count = min(count, stepsPerEpoch - tally.updates)
    if let maxSteps = options.maxSteps { count = min(count, maxSteps - step) }
    let start = secondsSinceBoot()
    let isFirst = updates.count == 0
    // The middle of an epoch tells whether updates change anything: its ends may have tiny rates.
    let middle = updates.count - tally.updates + (stepsPerEpoch + 1) / 2
    let isLogged = onLayers != nil
    let entries = try updates.run(count) { [options] number in
      number == middle || (isLogged && number % options.logEvery == 0)
    }
    let now = secondsSinceBoot()
    // The first step compiles the kernels: it says nothing about the pace.
    if !isFirst { stepSeconds = (now - start) / Double(count) }
    for (number, entry) in zip((updates.count - count + 1)..., entries) {
      let applied = entry.isApplied
      if applied { step += 1 } else { skipped += 1 }
      if applied && entry.clipped > 0 { clipped += 1 }
      sinceRow.updates += applied ? 1 : 0
      sinceRow.clipped += applied && entry.clipped > 0 ? 1 : 0
      tally.add(entry)
      if number == middle, applied {
        tally.sample = try sample(
          entry, ofUpdate: number - 1, rates: tally.rates(of: Int(entry.applied)))
      }
      if number % options.logEvery == 0 {
        try onStep(
          StepRow(
            step: step, epoch: epoch + 1,
            learningRate: tally.rates(of: Int(entry.applied))[0],
            loss: applied ? Double(entry.loss) / Double(entry.active) : .nan,
            gradientNorm: applied ? entry.gradientNorm : .nan))
        try reportLayers(
          applied
            ? updater.readMeasures(
              ofUpdate: number - 1, normExponent: entry.norm_exponent) : nil,
          rates: tally.rates(of: Int(entry.applied)))
      }
    }
    pace.note(step: drawn + tally.drawn, at: now)
    onProgress(
      ProgressState(
        epoch: epoch + 1, epochs: epochs, step: tally.updates, steps: stepsPerEpoch,
        learningRate: tally.lastRate, loss: tally.score.loss, accuracy: tally.score.accuracy,
        imagesPerSecond: pace.stepsPerSecond, secondsLeft: pace.secondsLeft))
  }

  /// What an update that was measured did to all weights.
  private func sample(
    _ entry: StepLog, ofUpdate update: Int, rates: [Double]
  ) throws -> EpochFindings.Sample {
    let measures = try updater.readMeasures(ofUpdate: update, normExponent: entry.norm_exponent)
    func norm(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    return .init(
      rate: rates.max() ?? 0, gradientNorm: entry.gradientNorm,
      changeNorm: norm(measures.map(\.change)), weightNorm: norm(measures.map(\.weights)))
  }

  /// Hands out what was measured in a logged update, by tensor and by group; nil if it was skipped.
  private func reportLayers(
    _ measures: @autoclosure () throws -> [TensorMeasure]?, rates: [Double]
  ) throws {
    guard let onLayers else { return }
    let measures = try measures()
    let assignment = self.rates.assignment
    var squares = [Double](repeating: measures == nil ? .nan : 0, count: rates.count)
    let layers = network.parameters.enumerated().map { index, parameter in
      let group = assignment[index]
      let measure = measures?[index]
      squares[group] += measure.map { $0.gradient * $0.gradient } ?? .nan
      return LayerRow(
        step: step, epoch: epoch + 1, tensor: parameter.name, group: group,
        learningRate: rates[group], gradientNorm: measure?.gradient ?? .nan,
        weightNorm: measure?.weights ?? .nan, updateNorm: measure?.change ?? .nan)
    }
    let share = Double(sinceRow.clipped) / Double(sinceRow.updates)
    sinceRow = (0, 0)
    try onLayers(
      layers,
      rates.indices.filter { assignment.contains($0) }.map { group in
        GroupRow(
          step: step, epoch: epoch + 1, group: group, learningRate: rates[group],
          gradientNorm: squares[group].squareRoot(), clipped: share)
      })
  }

  private func note(_ row: EpochRow) {
    let figure: Double? =
      switch options.monitor {
      case .trainLoss: row.train.loss
      case .testLoss: row.validation?.loss ?? row.test.loss
      case .testAccuracy: row.validation?.accuracy ?? row.test.accuracy
      case .validationLoss: row.validation?.loss
      case .validationAccuracy: row.validation?.accuracy
      }
    let metric = figure ?? .nan
    let earlier = metrics.filter(\.isFinite)
    isBest =
      metric.isFinite
      && earlier.allSatisfy { options.monitor.better == .max ? metric > $0 : metric < $0 }
    metrics.append(metric)
    bestTestAccuracy = max(bestTestAccuracy, row.test.accuracy)
  }

  /// The average of the weights that the options ask for.
  static func average(
    _ options: Options, epochs: Int, stepsPerEpoch: Int
  ) throws -> WeightAverage? {
    switch (options.averageDecay, options.averageStart) {
    case (nil, nil): return nil
    case (let decay?, nil): return decay.average
    case (nil, let start?):
      let steps = Double(stepsPerEpoch)
      let total = Double(min(options.maxSteps ?? .max, epochs * stepsPerEpoch))
      let first =
        switch start.unit {
        case .epochs: start.amount * steps
        case .steps, .ticks: start.amount
        case .percent: total * start.amount / 100
        }
      guard first < total else {
        throw TrainingError.doesNotFit(
          "the average of the weights starts at update \(shortestText(first)), and the run ends after "
            + "\(shortestText(total)): let it start earlier, such as --swa-start 75%")
      }
      return .mean(from: Int(first.rounded(.up)))
    case (_?, _?):
      throw TrainingError.doesNotFit("two averages of the weights: give --ema or --swa-start")
    }
  }

  /// The current weights, or their average where one is kept, by PyTorch's names and shapes.
  ///
  /// The metadata holds what is needed to use them.
  /// - Throws: `OpenCLError` from the device.
  public func weights() throws -> Safetensors {
    // Before the first update nothing has been averaged.
    try file(step == 0 ? network.weights() : updater.withAverage { try network.weights() })
  }

  /// The weights in training, beside the average that ``weights()`` gives; nil where none is kept.
  ///
  /// - Throws: `OpenCLError` from the device.
  public func rawWeights() throws -> Safetensors? {
    updater.keepsAverage ? try file(network.weights()) : nil
  }

  private func file(_ weights: [(parameter: Networks.Parameter, values: [Float])]) -> Safetensors {
    let numbers = normalization.map(\.mean) + normalization.map(\.deviation)
    return Safetensors(
      weights.map {
        .init(name: $0.parameter.name, shape: $0.parameter.shape, values: $0.values)
      },
      metadata: [
        "format": "pt", "epoch": "\(epoch)", "step": "\(step)",
        "layers": network.layers.map(\.text).joined(separator: " "),
        Self.normalizationKey: numbers.map(shortestText).joined(separator: ","),
      ])
  }
}

/// A run that cannot go on.
public enum TrainingError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Loss or gradients are not finite any more.
  case diverged(String)
  /// Data, network and options do not fit together.
  case doesNotFit(String)

  /// What happened, with its numbers and what to do.
  public var description: String {
    switch self {
    case .diverged(let text), .doesNotFit(let text): text
    }
  }
}

/// What an epoch's updates add up to; the batches of skipped ones were not trained on and do not count.
private struct Tally {
  private let first: Int
  /// The rate of every group in each update from the first on.
  private let rates: [[Double]]
  private(set) var updates = 0
  private(set) var skipped = 0
  /// Those skipped ones whose gradient is finite, and too long for the rule to square.
  private(set) var tooLong = 0
  /// Images of all updates, and of those that were applied.
  private(set) var drawn = 0
  private(set) var images = 0
  private(set) var lastRate: Double
  private(set) var highestRate = 0.0
  /// What an update from the middle did.
  var sample: EpochFindings.Sample?
  private var loss = 0.0
  private var correct = 0.0

  init(first: Int, rates: [[Double]]) {
    self.first = first
    self.rates = rates
    lastRate = rates.first?[0] ?? 0
  }

  mutating func add(_ entry: StepLog) {
    updates += 1
    drawn += Int(entry.active)
    guard entry.isApplied else {
      skipped += 1
      tooLong += entry.non_finite == 0 ? 1 : 0
      return
    }
    images += Int(entry.active)
    loss += Double(entry.loss)
    correct += Double(entry.correct)
    let used = rates(of: Int(entry.applied))
    lastRate = used[0]
    highestRate = max(highestRate, used.max() ?? 0)
  }

  /// What was wrong with the gradients of the updates that were skipped.
  var obstacle: String {
    tooLong == 0 ? "not finite" : tooLong == skipped ? "too long" : "not finite or too long"
  }

  /// The rate of every group that update number `update` used, in double.
  func rates(of update: Int) -> [Double] { rates[update - first] }

  var score: Score {
    Score(loss: loss / Double(images), accuracy: correct / Double(images))
  }
}
