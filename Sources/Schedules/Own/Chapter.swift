import Specs

// The classes of the chapter "Learning Rate Scheduling" in Dive into Deep Learning. At tick k they
// give what their (k + 1)-th call gives; unlike there, asking changes nothing.

/// A decay with the inverse square root of the time, `base (t + 1) ^ -1/2`.
struct SquareRoot: Shape {
  let base: Double

  func rate(at tick: Double) -> Double { base * raise(tick + 1, to: -0.5) }

  func words(_ time: Timeline) -> String {
    "divided by the square root of the \(time.clock.rawValue)"
  }
}

/// A factor per tick down to a floor, `max(floor, base * factor ^ (t + 1))`.
struct FlooredDecay: Shape {
  let base: Double
  let factor: Double
  let floor: Double

  func rate(at tick: Double) -> Double { max(floor, base * raise(factor, to: tick + 1)) }

  func words(_ time: Timeline) -> String {
    "times \(brief(factor)) every \(time.clock.rawValue), never below \(brief(floor))"
  }
}

/// `base * factor ^ (milestones that lie before t)`: the drop comes one tick after the milestone.
struct PassedMilestones: Shape {
  let base: Double
  let factor: Double
  let milestones: [Double]

  func rate(at tick: Double) -> Double {
    base * raise(factor, to: Double(milestones.count { $0 < tick }))
  }

  func words(_ time: Timeline) -> String {
    let shown = milestones.prefix(8).map(time.when).joined(separator: ", ")
    return "times \(brief(factor)) after \(shown)"
  }
}

extension Family {
  /// The chapter's `SquareRootScheduler`.
  static let squareRootScheduler = Family(
    "SquareRootScheduler", "lr / sqrt(k + 1)", countsTicks: true, rate: "lr",
    Parameter("lr", .number(.atLeast(0)), default: 0.1, "the first rate")
  ) { _, context in
    Leaf(SquareRoot(base: context.baseRate), context.time)
  }

  /// The chapter's `FactorScheduler`.
  static let factorScheduler = Family(
    "FactorScheduler", "base_lr * factor ^ (k + 1), never below stop_factor_lr", countsTicks: true,
    rate: "base_lr",
    Parameter("factor", .number(.atLeast(0)), default: 1, "factor of every tick"),
    Parameter("stop_factor_lr", .number(.atLeast(0)), default: 1e-7, "the lowest rate"),
    Parameter("base_lr", .number(.atLeast(0)), default: 0.1, "the rate before the first factor")
  ) { arguments, context throws(SpecError) in
    guard (arguments["factor"] as Double) < 2 else {
      throw arguments.error(
        "a factor of \(brief(arguments["factor"])) multiplies the rate by it every tick; MXNet's"
          + " FactorScheduler(step, factor), which drops every step updates, is written"
          + " StepLR(\(brief(arguments["factor"]))it, factor)", at: "factor")
    }
    let shape = FlooredDecay(
      base: context.baseRate, factor: arguments["factor"], floor: arguments["stop_factor_lr"])
    if shape.factor == 1 { context.warn("FactorScheduler changes nothing: factor is 1") }
    return Leaf(shape, context.time)
  }

  /// The chapter's `MultiFactorScheduler`.
  static let multiFactorScheduler = Family(
    "MultiFactorScheduler", "base_lr times factor once k is past a step of the list",
    rate: "base_lr",
    Parameter("step", .list(.length()), "after which ticks the rate drops"),
    Parameter("factor", .number(.atLeast(0)), default: 1, "factor of every drop"),
    Parameter("base_lr", .number(.atLeast(0)), default: 0.01, "the first rate")
  ) { arguments, context throws(SpecError) in
    let time = context.time
    let shape = PassedMilestones(
      base: context.baseRate, factor: arguments["factor"],
      milestones: (arguments["step"] as [Length]).map(time.ticks))
    context.show((1.25 * (shape.milestones.max() ?? 0)).rounded(.up))
    let late = shape.milestones.filter { $0 + 1 >= time.span }
    if shape.factor == 1 || shape.milestones.isEmpty {
      context.warn(
        "MultiFactorScheduler changes nothing: "
          + (shape.milestones.isEmpty ? "no steps" : "factor is 1"))
    } else if !late.isEmpty {
      context.warn(
        "MultiFactorScheduler: a drop after \(late.prefix(3).map(time.when).joined(separator: ", "))"
          + " comes too late, training ends at \(time.when(time.span))")
    }
    return Leaf(shape, time)
  }

  /// The chapter's `CosineScheduler`.
  static let cosineScheduler = Family(
    "CosineScheduler", "half a cosine from base_lr to final_lr, with a warm-up inside max_update",
    rate: "base_lr",
    Parameter("max_update", .length(), "when final_lr is reached"),
    Parameter("base_lr", .number(.atLeast(0)), default: 0.01, "the highest rate"),
    Parameter("final_lr", .number(.atLeast(0)), default: 0, "the last rate, which holds"),
    Parameter("warmup_steps", .length(), default: 0, "how much of max_update is warm-up"),
    Parameter("warmup_begin_lr", .number(.atLeast(0)), default: 0, "the rate that it starts from")
  ) { arguments, context throws(SpecError) in
    try chapterDecay("CosineScheduler", arguments, context) {
      HalfCosine(base: context.baseRate, end: arguments["final_lr"], duration: $0)
    }
  }

  /// MXNet's `PolyScheduler`, which the chapter's other classes come from.
  static let polyScheduler = Family(
    "PolyScheduler",
    "a power of the time left, from base_lr to final_lr, with a warm-up inside"
      + " max_update",
    rate: "base_lr",
    Parameter("max_update", .length(), "when final_lr is reached"),
    Parameter("base_lr", .number(.atLeast(0)), default: 0.01, "the highest rate"),
    Parameter("pwr", .number(.atLeast(0)), default: 2, "1 is a line"),
    Parameter("final_lr", .number(.atLeast(0)), default: 0, "the last rate, which holds"),
    Parameter("warmup_steps", .length(), default: 0, "how much of max_update is warm-up"),
    Parameter("warmup_begin_lr", .number(.atLeast(0)), default: 0, "the rate that it starts from")
  ) { arguments, context throws(SpecError) in
    try chapterDecay("PolyScheduler", arguments, context) {
      PowerDecay(
        base: context.baseRate, end: arguments["final_lr"], power: arguments["pwr"], duration: $0)
    }
  }

  private static func chapterDecay<Decay: Shape>(
    _ name: String, _ arguments: Arguments, _ context: Context, _ decay: (Double) -> Decay
  ) throws(SpecError) -> any Curve {
    let time = context.time
    let total = time.ticks(arguments["max_update"])
    let warmup = time.ticks(arguments["warmup_steps"])
    guard warmup <= total else {
      throw arguments.error(
        "the warm-up of \(brief(warmup)) lies inside max_update, which is only \(brief(total))",
        at: "warmup_steps")
    }
    let shape = WithWarmup(
      peak: context.baseRate, start: arguments["warmup_begin_lr"], ramp: warmup,
      decay: decay(total - warmup))
    context.checkDecay(name, shape, length: total)
    return Leaf(shape, time)
  }
}
