/// A schedule made concrete for one run: every length, rate and clock is settled.
///
/// A plan is a pure function of the point in training and the metrics so far. Any point can be
/// asked for in any order; nothing that is asked changes anything.
public struct Plan: Sendable {
  /// What was resolved, the warm-up included.
  public let schedule: Schedule
  /// The run that it was resolved for.
  public let run: Run
  /// The clock that the plan is drawn by: `step` if any part changes with every update.
  public let clock: Clock
  /// What was noticed: plans that do not fit the run, degenerate parameters, overruled rates.
  public internal(set) var notes: [Note]
  /// Which direction of the metric counts as better; nil if no metric is looked at.
  public let metricMode: MetricMode?
  /// A longer run, in which every part of the schedule is seen to its end, or two cycles of it; nil
  /// if this one is long enough.
  public internal(set) var wholeRun: Run?

  private let curve: any Curve
  let slots: Int

  init(
    _ schedule: Schedule, _ curve: any Curve, run: Run, clock: Clock, slots: Int, notes: [Note],
    metricMode: MetricMode?
  ) {
    self.schedule = schedule
    self.curve = curve
    self.run = run
    self.clock = clock
    self.slots = slots
    self.notes = notes
    self.metricMode = metricMode
  }

  /// The value for the update after `tick`.
  ///
  /// - Parameters:
  ///   - tick: What has been done before that update.
  ///   - metrics: The monitored value of every completed epoch, from the first. Those of epochs
  ///     that are not completed at `tick` are not looked at.
  /// - Returns: The rate, and the momentum where the schedule drives it.
  public func value(at tick: Tick, metrics: [Double] = []) -> Point {
    var evaluation = Evaluation(metrics: metrics, slots: 0)
    return point(at: tick, &evaluation)
  }

  /// The value at a tick of the plan's clock: for the first update of an epoch, or for an update.
  public func value(at count: Int, metrics: [Double] = []) -> Point {
    value(at: run.tick(count, of: clock), metrics: metrics)
  }

  /// The values at consecutive ticks of a clock; the plan's own if none is named.
  ///
  /// Reading all of them takes time proportional to their number, folds included.
  public func values(
    in ticks: Range<Int>, of clock: Clock? = nil, metrics: [Double] = []
  ) -> Values {
    let (run, clock) = (self.run, clock ?? self.clock)
    return Values(self, ticks, metrics) { run.tick($0, of: clock) }
  }

  /// The values of consecutive updates in one epoch: what a trainer sends to the device.
  public func values(steps: Range<Int>, inEpoch epoch: Int, metrics: [Double] = []) -> Values {
    Values(self, steps, metrics) { Tick(step: $0, epoch: epoch) }
  }

  /// What these metrics made the schedule do, and why, in the order of the epochs.
  public func events(metrics: [Double]) -> [Event] {
    curve.events(metrics[...]).sorted { $0.epoch < $1.epoch }
  }

  /// The plan in words: `warm-up 5 epochs to 0.3, cosine to 0.01 at epoch 20, then constant`.
  public func describe() -> String {
    curve is Warmup || (curve as? Succession)?.beginsWithWarmup == true
      ? curve.words
      : "start at \(brief(value(at: Tick(step: 0, epoch: 0)).learningRate)), \(curve.words)"
  }

  /// The rate before a negative one is taken as 0.
  func unclampedRate(at tick: Tick, _ evaluation: inout Evaluation) -> Double {
    curve.point(at: Moment(step: tick.step, epoch: tick.epoch), &evaluation).learningRate
  }

  fileprivate func point(at tick: Tick, _ evaluation: inout Evaluation) -> Point {
    let moment = Moment(step: max(0, tick.step), epoch: max(0, tick.epoch))
    var point = curve.point(at: moment, &evaluation)
    // A lambda may go below zero; an ascent is never meant.
    point.learningRate = point.learningRate < 0 ? 0 : point.learningRate
    return point
  }

  /// The values of a plan one after the other.
  public struct Values: Sequence, IteratorProtocol {
    private let plan: Plan
    private var position: Int
    private let end: Int
    private let tick: (Int) -> Tick
    private var evaluation: Evaluation

    fileprivate init(
      _ plan: Plan, _ range: Range<Int>, _ metrics: [Double], _ tick: @escaping (Int) -> Tick
    ) {
      self.plan = plan
      position = range.lowerBound
      end = range.upperBound
      self.tick = tick
      evaluation = Evaluation(metrics: metrics, slots: plan.slots)
    }

    /// The next value.
    public mutating func next() -> Point? {
      guard position < end else { return nil }
      defer { position += 1 }
      return plan.point(at: tick(position), &evaluation)
    }

    /// How many values are left.
    public var underestimatedCount: Int { end - position }
  }
}

/// Which direction of a metric is better.
public enum MetricMode: String, Hashable, Sendable, CaseIterable {
  /// Less is better: a loss.
  case min
  /// More is better: an accuracy.
  case max
}

/// Something to know about a plan before it runs.
public struct Note: Hashable, Sendable, CustomStringConvertible {
  /// How much it matters.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// Good to know.
    case note
    /// The plan probably does not do what was meant.
    case warning
  }

  /// What it holds of.
  package enum Subject: Hashable, Sendable {
    /// The schedule of any value.
    case anyValue
    /// The schedule of a learning rate alone: a momentum may well begin at 0, or grow.
    case learningRate
  }

  /// How much it matters.
  public let kind: Kind
  /// What was noticed, with its numbers.
  public let text: String
  package let subject: Subject

  /// Whether the plan probably does not do what was meant.
  public var isWarning: Bool { kind == .warning }

  package init(_ kind: Kind, of subject: Subject = .anyValue, _ text: String) {
    self.kind = kind
    self.subject = subject
    self.text = text
  }

  /// The kind and the text.
  public var description: String { "\(kind.rawValue): \(text)" }
}

/// A change that a metric caused, with its reason.
public struct Event: Hashable, Sendable, CustomStringConvertible {
  /// What kind of change.
  public enum Kind: String, Hashable, Sendable {
    /// The rate was reduced.
    case reduced
    /// The rate was raised.
    case raised
    /// The rate went back to where it began.
    case reset
    /// A reduction was due and did not take place: the rate is as low as it may be.
    case blocked
    /// The metric was NaN or infinite; it counts neither as good nor as bad.
    case notFinite
  }

  /// The first epoch that it applies to; the metric is that of the epoch before.
  public let epoch: Int
  /// What kind of change.
  public let kind: Kind
  /// The rate until then, as far as this part of the schedule decides it.
  public let before: Double
  /// The rate from then on.
  public let after: Double
  /// Why, with the numbers.
  public let reason: String

  /// The epoch, the change and the reason.
  public var description: String {
    switch kind {
    case .reduced, .raised, .reset:
      "epoch \(epoch): \(kind) from \(brief(before)) to \(brief(after)): \(reason)"
    case .blocked, .notFinite: "epoch \(epoch): \(reason)"
    }
  }
}
