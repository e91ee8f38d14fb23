internal import Datasets
public import Reports
public import Schedules

/// Trains the same start under several settings, once for each of some seeds.
///
/// ```swift
/// let comparison = try Comparison(variants, seeds: 5)
/// while let outcome = try comparison.next() { print(outcome.rows.last?.test.accuracy ?? .nan) }
/// print(comparison.report.text)
/// ```
/// All variants of a seed begin with the same weights and draw the same batches. Data and compiled
/// network are made once; the first seed goes through all variants before the second begins, so
/// that a comparison that is cut short has treated them alike.
public final class Comparison {
  /// What is compared, with the settings as used.
  public let variants: [Variant]
  /// What the runs of each variant start from.
  public let seeds: [UInt64]
  /// What was noticed about the schedules of a variant before the first step.
  public let notes: [(label: String, note: Note)]
  /// The runs that are over, in their order.
  public private(set) var outcomes: [Outcome] = []
  /// Whether ``shouldStop`` ended the comparison before its last run.
  public private(set) var isStopped = false
  /// The session of the latest run; before the first run, one like it.
  public private(set) var session: Session
  /// Called with what was noticed in an epoch of a run.
  public var onRemark: (Outcome, Note) -> Void = { _, _ in }
  /// Called after every epoch of a run.
  public var onEpoch: (Outcome) throws -> Void = { _ in }
  /// Called a few times a second; the seconds left are those of the whole comparison.
  public var onProgress: (@autoclosure () -> ProgressState) -> Void = { _ in }
  /// Asked a few times a second; true ends the comparison after the step in flight.
  public var shouldStop: () -> Bool = { false }

  /// What one run came to.
  public struct Outcome: Sendable, Equatable {
    /// The place of the run's variant.
    public var variant: Int
    /// What the run started from.
    public var seed: UInt64
    /// Its epochs so far.
    public var rows: [EpochRow] = []
    /// Updates that were skipped because a gradient was not finite.
    public var skipped = 0
    /// The learning rate of its updates.
    public var rates: RateCourse
    /// How it ended.
    public var end = End.stopped

    /// A run of a variant.
    public init(
      variant: Int, seed: UInt64, rows: [EpochRow] = [], skipped: Int = 0, end: End = .stopped,
      rates: RateCourse = RateCourse(epochs: 1)
    ) {
      self.variant = variant
      self.seed = seed
      self.rows = rows
      self.skipped = skipped
      self.rates = rates
      self.end = end
    }

    /// The end of a run.
    public enum End: Sendable, Equatable {
      /// All its epochs are done.
      case complete
      /// It was cut short.
      case stopped
      /// It could not go on, for this reason.
      case diverged(String)
    }

    /// Wall-clock time of its epochs.
    public var seconds: Double { rows.reduce(0) { $0 + $1.seconds } }
  }

  /// Loads the data, builds every variant once, so that a mistake in the last shows before the
  /// first trains, and compiles all kernels, so that no variant's time has their compilation in it.
  ///
  /// - Parameters:
  ///   - variants: What to compare, of one device, dataset, model and batch size.
  ///   - seeds: Runs of each variant; the first has the seed of the settings, each other one more.
  /// - Throws: ``TrainingError/doesNotFit(_:)`` where the variants differ in what one network is
  ///   built for, and the error of the room that refuses a variant.
  public init(_ variants: [Variant], seeds: Int) throws {
    precondition(!variants.isEmpty && seeds >= 1, "a comparison has variants and seeds")
    let first = variants[0].settings
    if let other = variants.first(where: { !Session.isShared(first, $0.settings) }) {
      throw TrainingError.doesNotFit(
        "\(variants[0].label) and \(other.label) differ in device, dataset, model or batch size, and "
          + "a comparison builds one network")
    }
    self.seeds = (0..<UInt64(seeds)).map { first.seed &+ $0 }
    var used: [Variant] = []
    var notes: [(label: String, note: Note)] = []
    var compiled: Set<String> = []
    let data = try Dataset.load(first.dataset)
    for variant in variants { try variant.settings.check(for: data) }
    var session: Session?
    for variant in variants {
      func build(_ settings: Settings) throws -> Session {
        try session.map { try Session(settings, reusing: $0) } ?? Session(settings, on: data)
      }
      // Each update rule is a program of its own.
      if compiled.insert(variant.settings.optimizer).inserted {
        session = try build(variant.settings.rehearsal)
        do { _ = try session?.trainer.next() } catch TrainingError.diverged { /* It will tell. */  }
      }
      let built = try build(variant.settings)
      used.append(Variant(variant.label, built.settings, published: variant.published))
      notes += (variant.settings.notes + built.trainer.notes).map { (variant.label, $0) }
      session = built
    }
    guard let session else { preconditionFailure("there is a first variant") }
    self.variants = used
    self.notes = notes
    self.session = session
  }

  /// The folder of a variant's weights: its place, and what of its label a file's name can hold.
  public func folderName(of variant: Int) -> String {
    let digits = "\(variants.count)".count
    let number = "\(variant + 1)"
    let zeros = String(repeating: "0", count: max(0, digits - number.count))
    let words = variants[variant].label
      .split { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == ".")) }
    return "\(zeros)\(number)-" + String(words.joined(separator: "-").prefix(40))
  }

  /// The number of runs when all are done.
  public var planned: Int { variants.count * seeds.count }

  /// What the runs so far come to.
  public var report: ComparisonReport {
    ComparisonReport(
      variants: variants, seeds: seeds.count, classes: session.data.classes, outcomes: outcomes)
  }

  /// The run that comes next, without epochs yet; nil after the last.
  public var upcoming: Outcome? {
    guard outcomes.count < planned, !isStopped else { return nil }
    let (seed, variant) = outcomes.count.quotientAndRemainder(dividingBy: variants.count)
    return Outcome(variant: variant, seed: seeds[seed])
  }

  /// Trains the next variant to its end.
  ///
  /// - Returns: The run, or nil when all are over or ``shouldStop`` has asked for an end. A run that
  ///   was cut short is returned with its epochs, and so is one that diverged.
  /// - Throws: The error of the room that refuses, and what ``onEpoch`` throws.
  public func next() throws -> Outcome? {
    guard var outcome = upcoming else { return nil }
    if shouldStop() {
      isStopped = true
      return nil
    }
    var settings = variants[outcome.variant].settings
    settings.seed = outcome.seed
    session = try Session(settings, reusing: session)
    let trainer = session.trainer
    outcome.rates = RateCourse(epochs: trainer.epochs)
    let start = secondsSinceBoot()
    let left = planned - outcomes.count - 1
    trainer.onProgress = { [onProgress] state in
      onProgress(
        {
          var state = state()
          // The coming runs are taken to last as long as this one.
          state.secondsLeft = state.secondsLeft.map {
            $0 + Double(left) * (secondsSinceBoot() - start + $0)
          }
          return state
        }())
    }
    trainer.shouldStop = { [unowned self] in
      isStopped = isStopped || shouldStop()
      return isStopped
    }
    do {
      while let row = try trainer.next() {
        let first = outcome.rows.last?.step ?? 0
        outcome.rates.add(first..<row.step, inEpoch: row.epoch - 1, of: trainer)
        outcome.rows.append(row)
        outcome.skipped = trainer.skipped
        for remark in trainer.remarks { onRemark(outcome, remark) }
        try onEpoch(outcome)
      }
      outcome.end = isStopped ? .stopped : .complete
    } catch TrainingError.diverged(let reason) {
      outcome.end = .diverged(reason)
    }
    outcomes.append(outcome)
    return outcome
  }
}

extension Settings {
  /// One update and a scoring with the same kernels, whatever the schedules.
  fileprivate var rehearsal: Settings {
    var settings = self
    settings.maxSteps = 1
    settings.learningRate = nil
    settings.schedule = "constant"
    settings.warmup = nil
    settings.momentumSchedule = nil
    settings.weightDecaySchedule = nil
    settings.group = nil
    return settings
  }
}
