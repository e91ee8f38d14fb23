// What may be written in Swift; every function builds the spec that text would give.

extension Spec {
  fileprivate static func length(_ length: Length) -> Spec {
    Spec(length.unit == .ticks ? .number(length.amount) : .length(length))
  }

  fileprivate static func number(_ value: Double) -> Spec { Spec(.number(value)) }

  /// A call whose arguments are those that are there.
  fileprivate static func call(_ name: String, _ arguments: [(String?, Spec?)]) -> Schedule {
    let given = arguments.compactMap { label, value in value.map { Spec.Argument(label, $0) } }
    return Schedule(unchecked: Spec(.call(Spec.Call(name, given))))
  }
}

extension Schedule {
  /// The rate does not change.
  public static func constant(_ rate: Double? = nil) -> Schedule {
    Spec.call("constant", [(nil, rate.map(Spec.number))])
  }

  /// Half a cosine down to a rate, changing with every update.
  ///
  /// `rate = to + (from - to) (1 + cos(pi (t / over) ^ kDecay)) / 2`, and `to` from then on.
  ///
  /// - Parameters:
  ///   - from: The first rate; the base rate of the plan if nil.
  ///   - to: The last rate, which holds.
  ///   - over: How long it takes; the rest of the run if nil.
  ///   - kDecay: More than 1 stays high for longer.
  /// - Returns: The schedule.
  public static func cosine(
    from: Double? = nil, to: Double = 0, over: Length? = nil, kDecay: Double = 1
  ) -> Schedule {
    Spec.call(
      "cosine",
      [
        (nil, over.map(Spec.length)), ("to", to == 0 ? nil : .number(to)),
        ("from", from.map(Spec.number)), ("k_decay", kDecay == 1 ? nil : .number(kDecay)),
      ])
  }

  /// A line down to a rate, `to + (from - to) (1 - t / over)`.
  public static func linear(
    from: Double? = nil, to: Double = 0, over: Length? = nil
  ) -> Schedule {
    Spec.call(
      "linear",
      [
        (nil, over.map(Spec.length)), ("to", to == 0 ? nil : .number(to)),
        ("from", from.map(Spec.number)),
      ])
  }

  /// A power of the time left, `to + (from - to) (1 - t / over) ^ power`.
  public static func polynomial(
    power: Double, from: Double? = nil, to: Double = 0, over: Length? = nil
  ) -> Schedule {
    Spec.call(
      "polynomial",
      [
        (nil, over.map(Spec.length)), ("power", .number(power)),
        ("to", to == 0 ? nil : .number(to)), ("from", from.map(Spec.number)),
      ])
  }

  /// A line on a logarithmic scale, `from (to / from) ^ (t / over)`: what a learning-rate finder
  /// walks along.
  public static func exponential(
    from: Double? = nil, to: Double, over: Length? = nil
  ) -> Schedule {
    Spec.call(
      "exponential",
      [(nil, over.map(Spec.length)), ("to", .number(to)), ("from", from.map(Spec.number))])
  }

  /// The rate times `factor` every so often: PyTorch's `StepLR`.
  public static func steps(every: Length, by factor: Double = 0.1) -> Schedule {
    Spec.call("StepLR", [(nil, .length(every)), ("gamma", .number(factor))])
  }

  /// The rate times `factor` at every milestone: PyTorch's `MultiStepLR`.
  public static func steps(at milestones: [Length], by factor: Double = 0.1) -> Schedule {
    Spec.call(
      "MultiStepLR",
      [(nil, Spec(.list(milestones.map(Spec.length)))), ("gamma", .number(factor))])
  }

  /// The rate times `factor` every tick of the clock: PyTorch's `ExponentialLR`.
  public static func decay(by factor: Double) -> Schedule {
    Spec.call("ExponentialLR", [(nil, .number(factor))])
  }

  /// The rate divided by `1 + decay t / every`.
  public static func inverseTime(decay: Double, every: Length = .epochs(1)) -> Schedule {
    Spec.call("inverse_time", [(nil, .number(decay)), (nil, .length(every))])
  }

  /// The rate times `sqrt(timescale / (t + timescale))`.
  public static func inverseSquareRoot(timescale: Length) -> Schedule {
    Spec.call("inverse_sqrt", [("timescale", .length(timescale))])
  }

  /// Up to a rate, then down to almost nothing, and momentum the other way: PyTorch's `OneCycleLR`.
  public static func oneCycle(
    max rate: Double, over: Length? = nil, rising share: Double = 0.3, linear: Bool = false,
    cyclesMomentum: Bool = true
  ) -> Schedule {
    Spec.call(
      "OneCycleLR",
      [
        (nil, .number(rate)), ("total_steps", over.map(Spec.length)),
        ("pct_start", share == 0.3 ? nil : .number(share)),
        ("anneal_strategy", linear ? "linear" : nil),
        ("cycle_momentum", cyclesMomentum ? nil : false),
      ])
  }

  /// Up and down between two rates, for ever: PyTorch's `CyclicLR`.
  public static func cyclic(
    from low: Double, to high: Double, up: Length, down: Length? = nil, cyclesMomentum: Bool = true
  ) -> Schedule {
    Spec.call(
      "CyclicLR",
      [
        (nil, .number(low)), (nil, .number(high)), ("step_size_up", .length(up)),
        ("step_size_down", down.map(Spec.length)),
        ("cycle_momentum", cyclesMomentum ? nil : false),
      ])
  }

  /// Cosines one after the other, each `growth` times as long and `decay` times as high.
  public static func cosineRestarts(
    every first: Length, growth: Double = 1, decay: Double = 1, to lowest: Double = 0
  ) -> Schedule {
    Spec.call(
      "cosine_restarts",
      [
        (nil, .length(first)), ("lr_min", lowest == 0 ? nil : .number(lowest)),
        ("cycle_mul", growth == 1 ? nil : .number(growth)),
        ("cycle_decay", decay == 1 ? nil : .number(decay)),
      ])
  }

  /// Up, flat, and down at the end of the run.
  public static func warmupStableDecay(warmup: Length, decay: Length) -> Schedule {
    Spec.call("warmup_stable_decay", [(nil, .length(warmup)), (nil, .length(decay))])
  }

  /// Flat, then half a cosine to almost nothing.
  public static func flatCosine(flat share: Double = 0.75) -> Schedule {
    Spec.call("flat_cos", [(nil, .number(share))])
  }

  /// The rate times `factor` when the metric has not improved for more than `patience` epochs:
  /// PyTorch's `ReduceLROnPlateau`.
  public static func reduceOnPlateau(
    _ mode: MetricMode = .min, by factor: Double = 0.1, patience: Int = 10,
    downTo lowest: Double = 0
  ) -> Schedule {
    Spec.call(
      "ReduceLROnPlateau",
      [
        (nil, Spec(.text(mode.rawValue))), ("factor", .number(factor)),
        ("patience", .number(Double(patience))), ("min_lr", lowest == 0 ? nil : .number(lowest)),
      ])
  }
}

extension Schedule {
  /// A ramp to the rate that this schedule starts with; the schedule then begins from its start.
  ///
  /// Update i of w has the share `s + (1 - s) (i + 1) / w` of that rate, with s = `startFactor`.
  public func warmup(
    _ length: Length, form: WarmupForm = .linear, startFactor: Double? = nil
  ) -> Schedule {
    let ramp = Spec.call(
      "warmup",
      [
        (nil, .length(length)), ("mode", form == .linear ? nil : Spec(.text(form.rawValue))),
        ("start_factor", startFactor.map(Spec.number)),
      ])
    return ramp.then(self)
  }

  /// This schedule for a time; what follows is said by ``then(_:)``.
  public func lasting(_ length: Length) -> Schedule {
    Schedule(unchecked: Spec(.sequence([Spec.Segment(spec, for: length)])))
  }

  /// This schedule until its end, then another one from its own beginning.
  public func then(_ next: Schedule) -> Schedule {
    Schedule(unchecked: Spec(.sequence(segments + next.segments)))
  }

  private var segments: [Spec.Segment] {
    if case .sequence(let segments) = spec.form { return segments }
    return [Spec.Segment(spec)]
  }

  /// Both schedules as factors of the base rate, multiplied.
  public static func * (a: Schedule, b: Schedule) -> Schedule {
    Schedule(unchecked: Spec(.product(a.spec, b.spec)))
  }

  /// The schedule times a number.
  public static func * (schedule: Schedule, factor: Double) -> Schedule {
    Schedule(unchecked: Spec(.product(schedule.spec, .number(factor))))
  }

  /// The schedule times a number.
  public static func * (factor: Double, schedule: Schedule) -> Schedule {
    Schedule(unchecked: Spec(.product(.number(factor), schedule.spec)))
  }

  /// The schedule, never below and never above these rates.
  public func clamped(to limits: ClosedRange<Double>) -> Schedule {
    Spec.call(
      "clamp",
      [(nil, spec), ("min", .number(limits.lowerBound)), ("max", .number(limits.upperBound))])
  }

  /// The schedule over and over again, each round `decay` times the one before.
  ///
  /// - Parameters:
  ///   - period: When the next round begins; at the end of the schedule if nil.
  ///   - times: How many rounds; without end if nil.
  ///   - decay: The factor of every further round.
  /// - Returns: The repeated schedule.
  public func repeated(every period: Length? = nil, times: Int? = nil, decay: Double = 1)
    -> Schedule
  {
    Spec.call(
      "repeat",
      [
        (nil, spec), ("every", period.map(Spec.length)),
        ("times", times.map { .number(Double($0)) }), ("decay", decay == 1 ? nil : .number(decay)),
      ])
  }

  /// The schedule forwards, then backwards, and so on.
  public func mirrored(every period: Length? = nil) -> Schedule {
    Spec.call("mirror", [(nil, spec), ("every", period.map(Spec.length))])
  }

  /// The schedule until a time, from which its value holds.
  public func held(after length: Length) -> Schedule {
    Spec.call("hold", [(nil, spec), (nil, .length(length))])
  }
}

/// The form of a warm-up's ramp.
public enum WarmupForm: String, Hashable, Sendable, CaseIterable {
  /// A line.
  case linear
  /// Half a cosine.
  case cosine
  /// A constant factor per update.
  case exponential
  /// A fixed share.
  case constant
}
