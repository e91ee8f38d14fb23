import Specs

// The functions of transformers' optimization.py. They count updates; their warm-up rises from a
// rate of 0 at the first one. After num_training_steps the last value holds.

/// `floor + (base - floor) (1 + cos(2 pi cycles t / duration)) / 2`, never below 0.
struct Waves: Shape {
  let base: Double
  let floor: Double
  let cycles: Double
  let duration: Double

  func rate(at tick: Double) -> Double {
    let share = min(1, tick / max(1, duration))
    return max(0, floor + (base - floor) * (1 + cosine(.pi * cycles * 2 * share)) / 2)
  }

  var length: Double? { duration }

  func words(_ time: Timeline) -> String {
    cycles == 0.5
      ? time.ending("cosine", to: floor, at: duration)
      : "\(brief(cycles)) waves of a cosine until \(time.when(duration))"
  }
}

/// Half cosines down to 0, so many within the duration.
struct HardRestarts: Shape {
  let base: Double
  let cycles: Double
  let duration: Double

  func rate(at tick: Double) -> Double {
    let share = tick / max(1, duration)
    guard share < 1 else { return 0 }
    return base * (1 + cosine(.pi * (cycles * share).truncatingRemainder(dividingBy: 1))) / 2
  }

  var length: Double? { duration }

  func words(_ time: Timeline) -> String {
    cycles == 1
      ? time.ending("cosine", to: 0, at: duration)
      : "\(brief(cycles)) cosines to 0, the last one at \(time.when(duration))"
  }
}

/// Up from a share of the rate, flat, and down to that share.
struct StableDecay: Shape {
  let base: Double
  let floor: Double
  let warmup: Double
  let stable: Double
  let decay: Double
  let warmupForm: Trapezoid.Form
  let decayForm: Trapezoid.Form
  /// Of the cosine down; a half leads to the floor.
  let cycles: Double

  func rate(at tick: Double) -> Double {
    let elapsed = tick - warmup - stable
    if tick < warmup { return level(warmupForm.remaining(1 - tick / warmup)) }
    if elapsed < 0 { return base }
    guard elapsed < decay else { return floor }
    return level(
      decayForm == .cosine
        ? (1 + cosine(.pi * cycles * 2 * elapsed / decay)) / 2
        : decayForm.remaining(elapsed / decay))
  }

  private func level(_ share: Double) -> Double { max(0, floor + (base - floor) * share) }

  var length: Double? { warmup + stable + decay }

  func words(_ time: Timeline) -> String {
    (warmup > 0 ? "\(warmupForm.rawValue) to \(brief(base)) at \(time.when(warmup)), " : "")
      + "constant until \(time.when(warmup + stable)), "
      + time.ending(decayForm.rawValue, to: floor, at: warmup + stable + decay)
  }
}

extension Family {
  static let transformersConstant = Family(
    "get_constant_schedule", "transformers' constant rate", clock: nil
  ) { _, context in
    Leaf(Constant(base: context.baseRate), context.time)
  }

  static let transformersConstantWithWarmup = Family(
    "get_constant_schedule_with_warmup", "transformers' ramp from 0, then the rate", clock: .step,
    Transformers.warmup
  ) { arguments, context throws(SpecError) in
    let ramp = context.time.ticks(arguments["num_warmup_steps"])
    context.show(2 * ramp)
    if ramp >= context.time.span {
      context.warn(
        "the ramp never reaches the full rate: num_warmup_steps is \(context.time.count(ramp)), and"
          + " it has \(context.time.count(context.time.span))")
    }
    return Transformers.behind(ramp, Constant(base: context.baseRate), context)
  }

  static let transformersLinear = Family(
    "get_linear_schedule_with_warmup", "transformers' ramp from 0, then a line to 0", clock: .step,
    Transformers.warmup, Transformers.total
  ) { arguments, context throws(SpecError) in
    Transformers.decay(arguments, context) {
      PowerDecay(base: context.baseRate, end: 0, power: 1, duration: $0, name: "linear")
    }
  }

  static let transformersCosine = Family(
    "get_cosine_schedule_with_warmup", "transformers' ramp from 0, then half a cosine to 0",
    clock: .step,
    Transformers.warmup, Transformers.total, Transformers.waves
  ) { arguments, context throws(SpecError) in
    Transformers.decay(arguments, context) {
      Waves(base: context.baseRate, floor: 0, cycles: arguments["num_cycles"], duration: $0)
    }
  }

  static let transformersCosineWithMinimum = Family(
    "get_cosine_with_min_lr_schedule_with_warmup",
    "transformers' ramp from 0, then half a cosine to a lowest rate", clock: .step,
    Transformers.warmup, Transformers.total, Transformers.waves,
    .ignored("last_epoch", .integer(.within(-1...(-1))), default: -1),
    Parameter("min_lr", .optional(.number(.atLeast(0))), default: .nothing, "the lowest rate"),
    Parameter(
      "min_lr_rate", .optional(.number(.share)), default: .nothing, "or its share of the rate")
  ) { arguments, context throws(SpecError) in
    let floor: Double
    switch (arguments["min_lr"] as Double?, arguments["min_lr_rate"] as Double?) {
    case (let rate?, nil): floor = rate
    case (nil, let share?): floor = context.baseRate * share
    default: throw arguments.error("one of min_lr and min_lr_rate is needed, and not both")
    }
    return Transformers.decay(arguments, context) {
      Waves(base: context.baseRate, floor: floor, cycles: arguments["num_cycles"], duration: $0)
    }
  }

  static let transformersRestarts = Family(
    "get_cosine_with_hard_restarts_schedule_with_warmup",
    "transformers' ramp from 0, then num_cycles cosines to 0", clock: .step,
    Transformers.warmup, Transformers.total,
    Parameter("num_cycles", .number(.positive), default: 1, "how many cosines")
  ) { arguments, context throws(SpecError) in
    Transformers.decay(arguments, context) {
      HardRestarts(base: context.baseRate, cycles: arguments["num_cycles"], duration: $0)
    }
  }

  static let transformersPolynomial = Family(
    "get_polynomial_decay_schedule_with_warmup",
    "transformers' ramp from 0, then a power of the time left, to lr_end", clock: .step,
    Transformers.warmup, Transformers.total,
    Parameter("lr_end", .number(.atLeast(0)), default: 1e-7, "the last rate, which holds"),
    Parameter("power", .number(.atLeast(0)), default: 1, "1 is a line")
  ) { arguments, context throws(SpecError) in
    let end: Double = arguments["lr_end"]
    guard context.baseRate > end else {
      throw arguments.error(
        "lr_end=\(brief(end)) must be less than the rate, \(brief(context.baseRate))", at: "lr_end")
    }
    return Transformers.decay(arguments, context) {
      PowerDecay(base: context.baseRate, end: end, power: arguments["power"], duration: $0)
    }
  }

  static let transformersInverseSqrt = Family(
    "get_inverse_sqrt_schedule",
    "transformers' ramp from 0, then the inverse square root of the time", clock: .step,
    Transformers.warmup,
    Parameter(
      "timescale", .optional(.length(.positive)), default: .nothing,
      "the time in which the rate falls to 0.7, num_warmup_steps or 10000 if none")
  ) { arguments, context throws(SpecError) in
    let time = context.time
    let ramp = time.ticks(arguments["num_warmup_steps"])
    let timescale =
      (arguments["timescale"] as Length?).map(time.ticks) ?? (ramp > 0 ? ramp : 10_000)
    return Transformers.behind(
      ramp, InverseSquareRoot(base: context.baseRate, warmup: 0, timescale: timescale), context)
  }

  static let transformersStable = Family(
    "get_wsd_schedule", "transformers' ramp, flat, and down at the end", clock: .step,
    Transformers.warmup,
    Parameter("num_decay_steps", .length(), "how long the way down takes"),
    Parameter(
      "num_training_steps", .optional(.length(.positive)), default: .nothing,
      "how long all of it takes"),
    Parameter(
      "num_stable_steps", .optional(.length()), default: .nothing,
      "how long it is flat, if not the rest of num_training_steps"),
    Parameter(
      "warmup_type", .choice(Trapezoid.Form.allCases.map(\.rawValue)), default: "linear",
      "the form of the way up"),
    Parameter(
      "decay_type", .choice(Trapezoid.Form.allCases.map(\.rawValue)), default: "cosine",
      "the form of the way down"),
    Parameter(
      "min_lr_ratio", .number(.share), default: 0, "the share of the rate at both ends"),
    Transformers.waves
  ) { arguments, context throws(SpecError) in
    let time = context.time
    let (warmup, decay) = (
      time.ticks(arguments["num_warmup_steps"]), time.ticks(arguments["num_decay_steps"])
    )
    let total = (arguments["num_training_steps"] as Length?).map(time.ticks)
    guard
      let stable = (arguments["num_stable_steps"] as Length?).map(time.ticks)
        ?? total.map({ $0 - warmup - decay })
    else { throw arguments.error("num_training_steps or num_stable_steps is needed") }
    guard stable >= 0 else {
      throw arguments.error(
        "\(brief(warmup)) updates up and \(brief(decay)) down are more than num_training_steps",
        at: "num_training_steps")
    }
    let shape = StableDecay(
      base: context.baseRate, floor: context.baseRate * (arguments["min_lr_ratio"] as Double),
      warmup: warmup, stable: stable, decay: decay,
      warmupForm: Trapezoid.Form(rawValue: arguments["warmup_type"]) ?? .linear,
      decayForm: Trapezoid.Form(rawValue: arguments["decay_type"]) ?? .cosine,
      cycles: arguments["num_cycles"])
    context.checkEnd(
      "get_wsd_schedule", warmup + stable + decay,
      rates: (shape.floor, shape.rate(at: time.span)))
    return Leaf(shape, time)
  }

  /// transformers' and diffusers' `get_scheduler`, which takes a name.
  static let transformersByName = Family(
    "get_scheduler", "a schedule of transformers by its name, such as 'linear'", clock: .step,
    Parameter("name", .text, Transformers.names.map(\.key).sorted().joined(separator: ", ")),
    .ignored("optimizer", .optional(.spec)),
    Parameter(
      "num_warmup_steps", .optional(.length()), default: .nothing, "how long the ramp takes"),
    Parameter(
      "num_training_steps", .optional(.length(.positive)), default: .nothing,
      "how long all of it takes"),
    Parameter(
      "scheduler_specific_kwargs", .optional(.spec), default: .nothing,
      "further arguments, as dict(num_cycles=2)"),
    Parameter(
      "num_cycles", .optional(.number(.positive)), default: .nothing,
      "diffusers', for cosine_with_restarts"),
    Parameter(
      "power", .optional(.number(.atLeast(0))), default: .nothing, "diffusers', for polynomial")
  ) { arguments, context throws(SpecError) in
    try Resolver.build(try Transformers.spec(arguments, at: context.spec.place), context)
  }
}

/// What the schedules of transformers have in common.
private enum Transformers {
  static let warmup = Parameter(
    "num_warmup_steps", .length(), "how long the ramp takes, from a first rate of 0")
  static let total = Parameter(
    "num_training_steps", .length(.positive), "how long all of it takes, the ramp included")
  static let waves = Parameter(
    "num_cycles", .number(.positive), default: 0.5, "waves of the cosine; a half ends low")

  /// The functions that `get_scheduler` calls, and which of its arguments they take.
  static let names: [String: (function: String, takes: Set<String>)] = [
    "constant": ("get_constant_schedule", []),
    "constant_with_warmup": ("get_constant_schedule_with_warmup", ["num_warmup_steps"]),
    "linear": ("get_linear_schedule_with_warmup", both),
    "cosine": ("get_cosine_schedule_with_warmup", both),
    "cosine_with_restarts": (
      "get_cosine_with_hard_restarts_schedule_with_warmup", both.union(["num_cycles"])
    ),
    "polynomial": ("get_polynomial_decay_schedule_with_warmup", both.union(["power"])),
    "inverse_sqrt": ("get_inverse_sqrt_schedule", ["num_warmup_steps"]),
    "cosine_with_min_lr": ("get_cosine_with_min_lr_schedule_with_warmup", both),
    "warmup_stable_decay": ("get_wsd_schedule", both),
  ]

  private static let both: Set = ["num_warmup_steps", "num_training_steps"]

  /// What `get_scheduler` would call.
  static func spec(_ arguments: Arguments, at place: Place?) throws(SpecError) -> Spec {
    let name: String = arguments["name"]
    guard let (function, takes) = names[name.lowercased()] else {
      let hint =
        ["reduce_lr_on_plateau": "ReduceLROnPlateau()", "greedy": "greedy"][name.lowercased()]
        .map { ": write \($0) instead" } ?? nearest(name, in: Array(names.keys)).map {
          ": did you mean \($0)?"
        } ?? ""
      throw arguments.error("get_scheduler knows no \(name) here\(hint)", at: "name")
    }
    var given: [Spec.Argument] = []
    for label in ["num_warmup_steps", "num_training_steps", "num_cycles", "power"]
    where takes.contains(label) && arguments.isGiven(label) {
      let value: Spec = arguments[label]
      if case .none = value.form { continue }
      given.append(Spec.Argument(label, value))
    }
    let further: Spec = arguments["scheduler_specific_kwargs"]
    switch further.form {
    case .none: break
    case .call(let call) where call.name == "dict": given += call.arguments
    default:
      throw arguments.error(
        "further arguments are written dict(num_cycles=2)", at: "scheduler_specific_kwargs")
    }
    return Spec(.call(Spec.Call(function, given)), at: place)
  }

  static func behind(
    _ ramp: Double, _ decay: some Shape, _ context: Context
  ) -> any Curve {
    Leaf(WithWarmup(peak: context.baseRate, start: 0, ramp: ramp, decay: decay), context.time)
  }

  /// A decay over what the warm-up leaves of the training steps.
  static func decay(
    _ arguments: Arguments, _ context: Context, _ decay: (Double) -> some Shape
  ) -> any Curve {
    let time = context.time
    let (ramp, total) = (
      time.ticks(arguments["num_warmup_steps"]), time.ticks(arguments["num_training_steps"])
    )
    let shape = WithWarmup(
      peak: context.baseRate, start: 0, ramp: ramp, decay: decay(max(0, total - ramp)))
    if ramp >= total {
      context.warn(
        "\(arguments.signature.name) has no time left for its decay: num_warmup_steps is"
          + " \(brief(ramp)) of \(brief(total))")
    }
    context.checkDecay(arguments.signature.name, shape, length: max(ramp, total))
    return Leaf(shape, time)
  }
}
