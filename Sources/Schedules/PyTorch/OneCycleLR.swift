import Specs

/// Up from a low rate to a high one, then down to almost nothing; momentum the other way round.
///
/// ```
/// max         |     .--.
///             |   .'    '.
/// max/div     | .'        '.
/// max/div/fin |'            '-.___
///             +-----+-----------+--> t
///             0  pct*total    total-1
/// ```
/// Smith and Topin 2018 (arXiv 1708.07120).
struct OneCycle: Shape {
  struct Phase: Hashable, Sendable {
    /// The tick that it ends at.
    let end: Double
    let rates: Ends
    let momentum: Ends
  }

  struct Ends: Hashable, Sendable {
    let start: Double
    let end: Double
  }

  let phases: [Phase]
  let isLinear: Bool
  let drivesMomentum: Bool

  func rate(at tick: Double) -> Double { value(at: tick, \.rates) }

  func momentum(at tick: Double) -> Double? {
    drivesMomentum ? value(at: tick, \.momentum) : nil
  }

  private func value(at tick: Double, _ ends: KeyPath<Phase, Ends>) -> Double {
    let last = phases[phases.count - 1]
    // After the last update the last rate holds.
    let tick = min(tick, last.end)
    var start = 0.0
    for (index, phase) in phases.enumerated() {
      if tick > phase.end, index + 1 < phases.count {
        start = phase.end
        continue
      }
      let duration = phase.end - start
      // A phase without length is over as soon as it begins.
      let share = duration == 0 ? 1 : (tick - start) / duration
      let values = phase[keyPath: ends]
      return isLinear
        ? (values.end - values.start) * share + values.start
        : values.end + (values.start - values.end) / 2 * (cosine(.pi * share) + 1)
    }
    return last[keyPath: ends].end
  }

  var length: Double? { phases.last.map { $0.end + 1 } }

  func words(_ time: Timeline) -> String {
    let peak = phases[0]
    let end = phases[phases.count - 1]
    let tail = end.end + 1 < time.span ? ", then constant" : ""
    return "up to \(brief(peak.rates.end)) at \(time.when(max(0, peak.end))), down to"
      + " \(brief(end.rates.end)) at \(time.when(end.end))\(tail)"
  }
}

extension Family {
  /// PyTorch's `OneCycleLR`; without `total_steps` it takes the length of the run.
  static let oneCycleLR = Family(
    "OneCycleLR", "up to max_lr, then down to almost nothing", clock: .step, rate: "max_lr",
    Parameter("max_lr", .number(.atLeast(0)), "the highest rate"),
    Parameter(
      "total_steps", .optional(.length(.positive)), default: .nothing,
      "how long it takes, the whole run if none"),
    Parameter(
      "epochs", .optional(.integer(.atLeast(1))), default: .nothing, "instead of total_steps"),
    Parameter(
      "steps_per_epoch", .optional(.either(.integer(.atLeast(1)), .length(.positive))),
      default: .nothing, "together with epochs; len(loader) is the run's own"),
    Parameter("pct_start", .number(.share), default: 0.3, "the share of the way up"),
    Parameter(
      "anneal_strategy", .choice(["cos", "linear"]), default: "cos", "the form of the ways"),
    Parameter("cycle_momentum", .boolean, default: true, "whether momentum goes the other way"),
    Parameter("base_momentum", .number(.share), default: 0.85, "momentum at max_lr"),
    Parameter("max_momentum", .number(.share), default: 0.95, "momentum at both ends"),
    Parameter(
      "div_factor", .number(.positive), default: 25, "the first rate is max_lr / div_factor"),
    Parameter(
      "final_div_factor", .number(.positive), default: 10000,
      "the last rate is the first one / final_div_factor"),
    Parameter(
      "three_phase", .boolean, default: false, "down to the first rate, then on to the last one")
  ) { arguments, context throws(SpecError) in
    let time = context.time
    let total = try totalTicks(arguments, context)
    let share: Double = arguments["pct_start"]
    let peak: Double = arguments["max_lr"]
    let first = peak / (arguments["div_factor"] as Double)
    let last = first / (arguments["final_div_factor"] as Double)
    let (low, high): (Double, Double) = (arguments["base_momentum"], arguments["max_momentum"])
    let up = OneCycle.Phase(
      end: share * total - 1, rates: .init(start: first, end: peak),
      momentum: .init(start: high, end: low))
    let phases: [OneCycle.Phase] =
      arguments["three_phase"]
      ? [
        up,
        .init(
          end: 2 * share * total - 2, rates: .init(start: peak, end: first),
          momentum: .init(start: low, end: high)),
        .init(
          end: total - 1, rates: .init(start: first, end: last),
          momentum: .init(start: high, end: high)),
      ]
      : [
        up,
        .init(
          end: total - 1, rates: .init(start: peak, end: last),
          momentum: .init(start: low, end: high)),
      ]
    if up.end <= 0 {
      context.warn(
        "OneCycleLR has no way up: pct_start \(brief(share)) of \(time.count(total)) is"
          + " \(brief(share * total)) \(time.clock.rawValue)")
    }
    let shape = OneCycle(
      phases: phases, isLinear: arguments["anneal_strategy"] == "linear",
      drivesMomentum: arguments["cycle_momentum"])
    if total > time.span {
      context.checkEnd("OneCycleLR", total, rates: (last, shape.rate(at: time.span - 1)))
    } else if total < time.span {
      context.warn(
        "OneCycleLR is shorter than training: it lasts \(time.count(total)) of"
          + " \(time.count(time.span)) and holds \(brief(last)) from then on")
    }
    return Leaf(shape, time)
  }

  private static func totalTicks(
    _ arguments: Arguments, _ context: Context
  ) throws(SpecError) -> Double {
    let epochs: Int? = arguments["epochs"]
    let stepsPerEpoch = (arguments["steps_per_epoch"] as Length?).map {
      context.frame.ticks($0, .step)
    }
    let time = context.time
    if let total: Length = arguments["total_steps"] { return time.ticks(total) }
    switch (epochs, stepsPerEpoch) {
    case (let epochs?, let steps?):
      return Double(epochs) * steps
    case (let epochs?, nil): return time.ticks(.epochs(Double(epochs)))
    case (nil, _?):
      throw arguments.error("steps_per_epoch needs epochs beside it", at: "steps_per_epoch")
    case (nil, nil): return max(1, time.openLength.rounded(.up))
    }
  }
}
