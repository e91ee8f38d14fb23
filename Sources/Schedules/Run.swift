/// What a schedule's numbers count.
public enum Clock: String, Hashable, Sendable, Codable, CaseIterable {
  /// Completed passes over the training data: the rate changes between epochs.
  case epoch
  /// Applied updates: the rate changes with every update.
  case step
}

/// A point in training: what has been done before the update that a rate is asked for.
public struct Tick: Hashable, Sendable {
  /// Applied updates; skipped ones do not count.
  public var step: Int
  /// Completed passes over the training data.
  public var epoch: Int

  /// The point after so many updates and epochs.
  public init(step: Int, epoch: Int) {
    self.step = step
    self.epoch = epoch
  }
}

/// What a schedule gives for one update.
public struct Point: Hashable, Sendable {
  /// The learning rate, or the value of whatever else is scheduled.
  public var learningRate: Double
  /// The momentum (Adam's beta1), where the schedule drives it; nil leaves the optimizer's own.
  public var momentum: Double?

  /// A rate and, where it is driven, a momentum.
  public init(_ learningRate: Double, momentum: Double? = nil) {
    self.learningRate = learningRate
    self.momentum = momentum
  }
}

/// How long training lasts: what lengths such as `10%` and open ends are resolved against.
public struct Run: Hashable, Sendable, Codable {
  /// Updates in one pass over the training data.
  public let stepsPerEpoch: Int
  /// Updates in the whole run.
  public let totalSteps: Int

  /// A run of so many epochs, ended early by `maxSteps` if that is less.
  ///
  /// - Precondition: All counts are at least 1.
  public init(epochs: Int, stepsPerEpoch: Int, maxSteps: Int? = nil) {
    precondition(epochs >= 1 && stepsPerEpoch >= 1, "a run has at least one epoch of one step")
    self.stepsPerEpoch = stepsPerEpoch
    let (steps, overflow) = epochs.multipliedReportingOverflow(by: stepsPerEpoch)
    totalSteps = min(overflow ? .max : steps, max(1, maxSteps ?? .max))
  }

  /// A run of so many updates.
  ///
  /// - Precondition: All counts are at least 1.
  public init(steps: Int, stepsPerEpoch: Int = 1) {
    self.init(
      epochs: (steps - 1) / stepsPerEpoch + 1, stepsPerEpoch: stepsPerEpoch, maxSteps: steps)
  }

  /// Epochs, the last of which may be incomplete.
  public var epochs: Int { (totalSteps - 1) / stepsPerEpoch + 1 }

  /// The point in training at a tick of a clock: the first update of an epoch, or an update.
  public func tick(_ count: Int, of clock: Clock) -> Tick {
    switch clock {
    case .epoch: Tick(step: count * stepsPerEpoch, epoch: count)
    case .step: Tick(step: count, epoch: count / stepsPerEpoch)
    }
  }
}
