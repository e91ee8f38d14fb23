public import Datasets
internal import Glibc
internal import Kernels
public import Networks
public import Optimizers
internal import Reports
public import Schedules

/// A learning rate that short trainings have found, and how they did.
public struct RateChoice: Sendable, Equatable {
  /// A short training from the start of the run.
  public struct Trial: Sendable, Equatable {
    /// The rate that the run's schedule scales.
    public let rate: Double
    /// Updates of the trial, over which the schedule of the whole run is drawn together.
    public let updates: Int
    /// The losses of its batches up to the first that is not finite.
    public let losses: [Double]

    /// Whether a loss or a gradient was not finite.
    public var hasFailed: Bool { losses.count < updates }

    /// The mean loss of its last third; infinite for one that failed or ended above its start.
    public var score: Double {
      guard !hasFailed else { return .infinity }
      let last = tail
      return last.reduce(0, +) / Double(last.count)
    }

    /// The losses that the score is the mean of.
    var tail: ArraySlice<Double> { losses.suffix(max(1, updates / 3)) }
  }

  /// The rate to train with.
  public let rate: Double
  /// Every trial, in the order in which they ran.
  public let trials: [Trial]

  /// The updates of all trials.
  public var updates: Int { trials.reduce(0) { $0 + $1.updates } }

  /// What was found, in one line: `0.05: of 7 rates between 0.003 and 0.4, after 40 updates best by
  /// 0.04 +- 0.01 nats; 0.4 diverged`.
  public var text: String {
    let rates = Set(trials.map(\.rate)).sorted()
    let last = trials.map(\.updates).max() ?? 0
    let finals = trials.filter { $0.updates == last }.sorted { $0.score < $1.score }
    let range = "\(RangeTest.text(rates.first ?? rate)) and \(RangeTest.text(rates.last ?? rate))"
    var text = "\(RangeTest.text(rate)): of \(rates.count) rates between \(range), "
    let best = finals.first?.rate ?? rate
    if best != rate {
      text +=
        "\(RangeTest.text(best)) was best after \(last) updates, at the edge of what trains, so this is"
        + " the optimizer's own"
    } else if finals.count > 1, finals[1].score.isFinite {
      let (margin, error) = Self.margin(finals[0], finals[1])
      text +=
        "after \(last) updates best by \(fixedText(margin, decimals: 3)) +- "
        + "\(fixedText(error, decimals: 3)) nats"
    } else {
      text += "after \(last) updates the only one that learned"
    }
    let failed = Set(trials.filter(\.hasFailed).map(\.rate)).sorted()
    if !failed.isEmpty {
      text += "; \(failed.map(RangeTest.text).joined(separator: ", ")) diverged"
    }
    return text
  }

  /// By how much one trial is better than another on the same batches, and its standard error.
  static func margin(_ better: Trial, _ worse: Trial) -> (mean: Double, error: Double) {
    let differences = zip(better.tail, worse.tail).map { $1 - $0 }
    let count = Double(differences.count)
    let mean = differences.reduce(0, +) / count
    guard count > 1 else { return (mean, .infinity) }
    let squares = differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (mean, (squares / (count - 1) / count).squareRoot())
  }
}

/// Finds a rate by short trainings from the start of a run, twice as long for the better half.
///
/// Each trial starts from the same weights, draws the same batches, and goes through the run's whole
/// schedule, warm-up included, drawn together to the trial's length: what counts is where a run ends,
/// and a rate that falls ends elsewhere than one that stays. Jamieson and Talwalkar, "Non-stochastic
/// best arm identification and hyperparameter optimization", 2016, halve in the same way.
///
/// The network is left as it was.
public final class RateTrials {
  private let network: Network
  private let optimizer: any Optimizer
  private let schedule: Schedule
  private let options: Trainer.Options
  private let drawing: Drawing
  private let run: Run
  /// What scoring the test set costs, in updates.
  private let scoring: Double

  /// Prepares trials for a run.
  ///
  /// - Throws: ``TrainingError`` and `NetworkError` where network, data and options do not fit,
  ///   `OpenCLError` from the device.
  public init(
    _ network: Network, on data: Dataset, epochs: Int, optimizer: any Optimizer,
    learningRate schedule: Schedule, options: Trainer.Options
  ) throws {
    try network.requireOutputs(for: data)
    try LearningRateFinder.requireFit(optimizer)
    self.network = network
    self.optimizer = optimizer
    self.schedule = schedule
    self.options = options
    let images = try DeviceImages(on: network.queue, data.train)
    try images.normalize(Trainer.normalization(options.normalize, network, images))
    drawing = try Drawing.split(images, batch: network.batch, options).training
    scoring = Double(data.test.count) / Double(3 * network.batch * options.accumulate)
    run = Run(epochs: epochs, stepsPerEpoch: drawing.updates, maxSteps: options.maxSteps)
  }

  /// The updates that all trials may cost: as long as an epoch with its scoring takes, or a tenth of the
  /// run.
  ///
  /// An image that is scored costs a third of one that is trained on: one pass of three.
  var budget: Int {
    let epoch = Double(run.stepsPerEpoch) + scoring
    let epochs = Double(run.totalSteps) / Double(run.stepsPerEpoch)
    return Int(max(epoch, epoch * epochs / 10))
  }

  /// Tries rates around the optimizer's own, in steps of half a decade.
  ///
  /// - Parameter onProgress: Called after each trial with all trials so far.
  /// - Returns: The rate to train with.
  /// - Throws: ``TrainingError/diverged(_:)`` where no rate trains, `OpenCLError` from the device.
  public func find(onProgress: ([RateChoice.Trial]) throws -> Void = { _ in }) throws -> RateChoice
  {
    let weights = try network.weights().map {
      (name: $0.parameter.name, shape: $0.parameter.shape, values: $0.values)
    }
    var trials: [RateChoice.Trial] = []
    func measure(_ rates: [Double], _ length: Int) throws -> [RateChoice.Trial] {
      try rates.map { rate in
        let trial = try self.trial(rate, length)
        try network.load(weights)
        trials.append(trial)
        try onProgress(trials)
        return trial
      }
    }
    let outcome = Result {
      try halve({ try measure($0, $1) }, { trials })
    }
    try network.load(weights)
    guard let rate = try outcome.get() else {
      throw TrainingError.diverged(
        "every trial of a learning rate, from \(RangeTest.text(trials.map(\.rate).min() ?? 0)) to "
          + "\(RangeTest.text(trials.map(\.rate).max() ?? 0)), met losses or gradients that are not "
          + "finite: look at the data (--normalize) and the initial weights (--init)")
    }
    return RateChoice(rate: rate, trials: trials)
  }

  /// Nats by which the next higher rate is worse where the best one stands at the edge.
  private static let edge = 0.3
  /// Half decades around the optimizer's default.
  private static let offsets = [-1.5, -1, -0.5, 0, 0.5, 1]

  private func halve(
    _ measure: ([Double], Int) throws -> [RateChoice.Trial], _ all: () -> [RateChoice.Trial]
  ) throws -> Double? {
    var rates = Self.offsets.map { optimizer.defaultLearningRate * pow(10, $0) }
    // Three rounds of about the same cost: all, the better half, the best two.
    let share = Double(budget) / 3
    func length(_ count: Int) -> Int { max(3, Int(share / Double(count))) }
    var results = try measure(rates, length(rates.count + 1)).sorted { $0.score < $1.score }
    if let best = results.first, best.score.isFinite {
      // A best rate at the end of the list may have a better one beyond it.
      let step = pow(10, 0.5)
      let beyond =
        best.rate == rates.first
        ? best.rate / step : best.rate == rates.last ? best.rate * step : nil
      if let beyond {
        results += try measure([beyond], length(rates.count + 1))
        results.sort { $0.score < $1.score }
      }
    }
    for count in [3, 2] {
      rates = results.filter { $0.score.isFinite }.prefix(count).map(\.rate)
      guard rates.count > 1 else { break }
      results = try measure(rates, length(rates.count)).sorted { $0.score < $1.score }
    }
    guard let best = results.first, best.score.isFinite else { return nil }
    return settled(best, all())
  }

  /// The rate of the best trial, or the optimizer's own where that one stands at the edge.
  ///
  /// A rule whose steps are as long as its gradients bears no rate near the least one that does not
  /// train: a short trial ends before the steep places that a whole run meets. LeNet with SGD(momentum=0.9)
  /// at 0.16 or 0.5 is best after 40 updates, and learns nothing in three epochs from some starts; 0.05
  /// learns from all.
  private func settled(_ best: RateChoice.Trial, _ trials: [RateChoice.Trial]) -> Double {
    let next = trials.filter { $0.rate > best.rate }.map(\.rate).min()
    // Of several trials of one rate the longest tells most.
    let above = trials.filter { $0.rate == next }.max { $0.updates < $1.updates }
    let own = optimizer.defaultLearningRate
    guard optimizer.followsGradientLength, best.rate > own, let above,
      above.score > best.score + Self.edge
    else { return best.rate }
    return own
  }

  /// Trains from the start with the run's schedule drawn together.
  private func trial(_ rate: Double, _ length: Int) throws -> RateChoice.Trial {
    let plan = try RatePlan(network, optimizer, run, schedule, baseRate: rate, options)
    let updater = try Updater(
      network, optimizer, drawing.draw, groups: plan.assignment, clipping: options.clipping,
      rows: max(length, options.accumulate))
    try updater.setRates(plan.rows(drawnTogetherTo: length), first: 0)
    let updates = try UpdateSequence(network, drawing, updater)
    var losses: [Double] = []
    while losses.count < length {
      let count = min(8, length - losses.count)
      for entry in try updates.run(count) {
        let loss = entry.isApplied ? Double(entry.loss) / Double(entry.active) : .nan
        guard loss.isFinite else {
          return RateChoice.Trial(rate: rate, updates: length, losses: losses)
        }
        losses.append(loss)
      }
    }
    return RateChoice.Trial(rate: rate, updates: length, losses: losses)
  }
}
