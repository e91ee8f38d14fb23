import Specs

private let over = Parameter(
  "over", .optional(.length()), default: .nothing, "how long it takes, the rest of the run if none")
private let to = Parameter(
  "to", aliases: ["eta_min", "lr_min", "min_lr", "lr_end"], .number(.atLeast(0)), default: 0,
  "the last rate, which holds")
private let from = Parameter(
  "from", .optional(.number(.atLeast(0))), default: .nothing,
  "the first rate, the base rate if none")

extension Context {
  /// The length that `over` says, or all that is left of the run.
  fileprivate func duration(_ arguments: Arguments) -> Double {
    (arguments["over"] as Length?).map(time.ticks) ?? time.openLength
  }

  fileprivate func decay<S: Shape>(
    _ arguments: Arguments, _ shape: (Double) -> S
  ) -> any Curve {
    let duration = duration(arguments)
    let shape = shape(duration)
    checkDecay(arguments.signature.name, shape, length: duration)
    return Leaf(shape, time)
  }
}

extension Family {
  /// The base rate, always.
  static let constant = Family(
    "constant", "the rate does not change", clock: nil, rate: "rate",
    Parameter("rate", .optional(.number(.atLeast(0))), default: .nothing, "the base rate if none")
  ) { _, context in
    Leaf(Constant(base: context.baseRate), context.time)
  }

  /// Half a cosine over the run, changing with every update.
  static let cosine = Family(
    "cosine", "half a cosine down to a rate, with every update", clock: .step, rate: "from",
    over, to, from,
    Parameter("k_decay", .number(.positive), default: 1, "more than 1 stays high for longer")
  ) { arguments, context throws(SpecError) in
    context.decay(arguments) {
      HalfCosine(
        base: context.baseRate, end: arguments["to"], duration: $0, k: arguments["k_decay"])
    }
  }

  /// A line down to a rate.
  static let linear = Family(
    "linear", "a line down to a rate", clock: .step, rate: "from", over, to, from
  ) { arguments, context throws(SpecError) in
    context.decay(arguments) {
      PowerDecay(
        base: context.baseRate, end: arguments["to"], power: 1, duration: $0, name: "linear")
    }
  }

  /// A power of the time left, down to a rate.
  static let polynomial = Family(
    "polynomial", aliases: ["poly"], "a power of the time left, down to a rate", clock: .step,
    rate: "from",
    over, Parameter("power", .number(.atLeast(0)), default: 1, "1 is a line"), to, from
  ) { arguments, context throws(SpecError) in
    context.decay(arguments) {
      PowerDecay(
        base: context.baseRate, end: arguments["to"], power: arguments["power"], duration: $0)
    }
  }

  /// A line on a logarithmic scale to a rate.
  static let exponential = Family(
    "exponential", "a constant factor per tick, to a rate", clock: .step, rate: "from",
    over,
    Parameter(
      "to", aliases: ["end"], .number(.positive), default: 1e-5, "the last rate, which holds"),
    from
  ) { arguments, context throws(SpecError) in
    guard context.baseRate > 0 else {
      throw arguments.error("a factor cannot lead away from rate 0")
    }
    let duration = context.duration(arguments)
    let shape = Geometric(base: context.baseRate, end: arguments["to"], duration: duration)
    context.checkEnd(
      "exponential", duration, rates: (shape.end, shape.rate(at: context.time.span)))
    return Leaf(shape, context.time)
  }

  /// `base / (1 + decay_rate t / decay_steps)`, as Keras' `InverseTimeDecay`.
  static let inverseTime = Family(
    "inverse_time", "the rate / (1 + decay_rate t / decay_steps)",
    clock: .step, countsTicks: true, rate: "from",
    Parameter("decay_rate", .number(.atLeast(0)), "how fast it falls"),
    Parameter("decay_steps", .length(.positive), default: 1, "the unit of the time"),
    Parameter("staircase", .boolean, default: false, "whether it falls only once per decay_steps"),
    from
  ) { arguments, context throws(SpecError) in
    let shape = InverseTime(
      base: context.baseRate, decay: arguments["decay_rate"],
      interval: context.time.ticks(arguments["decay_steps"]), isStaircase: arguments["staircase"])
    if shape.decay == 0 { context.warn("inverse_time changes nothing: decay_rate is 0") }
    return Leaf(shape, context.time)
  }

  /// Hugging Face's `inverse_sqrt`.
  static let inverseSquareRoot = Family(
    "inverse_sqrt", "a ramp, then the inverse square root of the time", clock: .step, rate: "from",
    Parameter("num_warmup_steps", .length(), default: 0, "how long the ramp takes"),
    Parameter(
      "timescale", .optional(.length(.positive)), default: .nothing,
      "the time in which the rate falls to 0.7, num_warmup_steps or 10000 if none"),
    from
  ) { arguments, context throws(SpecError) in
    let time = context.time
    let warmup = time.ticks(arguments["num_warmup_steps"])
    let timescale = (arguments["timescale"] as Length?).map(time.ticks)
    return Leaf(
      InverseSquareRoot(
        base: context.baseRate, warmup: warmup,
        timescale: timescale ?? (warmup > 0 ? warmup : 10_000)), time)
  }

  /// A hyperbolic tangent, as timm's `TanhLRScheduler`.
  static let tanh = Family(
    "tanh", "a hyperbolic tangent down to a rate", clock: .step, rate: "from",
    over,
    Parameter("lb", .number(), default: -7, "where on the curve it begins"),
    Parameter("ub", .number(), default: 3, "where on the curve it ends"), to, from
  ) { arguments, context throws(SpecError) in
    let (lower, upper): (Double, Double) = (arguments["lb"], arguments["ub"])
    guard lower < upper else { throw arguments.error("lb must lie below ub", at: "lb") }
    return context.decay(arguments) {
      TanhDecay(
        base: context.baseRate, end: arguments["to"], duration: $0, lower: lower, upper: upper)
    }
  }

  /// REX: slow at first, steep at the end.
  static let rex = Family(
    "rex", aliases: ["REX"], "slow at first, steep at the end, down to a rate", clock: .step,
    rate: "from",
    over, to, from
  ) { arguments, context throws(SpecError) in
    context.decay(arguments) {
      Rex(base: context.baseRate, end: arguments["to"], duration: $0)
    }
  }

  /// Cosines one after the other, longer and lower each time, as timm's `CosineLRScheduler` and
  /// Keras' `CosineDecayRestarts`.
  static let cosineRestarts = Family(
    "cosine_restarts",
    "cosines down to a rate, each cycle_mul times as long and cycle_decay times as high",
    clock: .step, rate: "from",
    Parameter(
      "t_initial", aliases: ["first_decay_steps"], .length(.positive),
      "how long the first one takes"),
    Parameter(
      "lr_min", aliases: ["to", "eta_min"], .number(.atLeast(0)), default: 0, "the lowest rate"),
    Parameter(
      "cycle_mul", aliases: ["t_mul", "T_mult"], .number(.positive), default: 1,
      "factor of every further length"),
    Parameter(
      "cycle_decay", aliases: ["m_mul"], .number(.atLeast(0)), default: 1,
      "factor of every further height"),
    Parameter(
      "cycle_limit", .optional(.integer(.atLeast(1))), default: .nothing,
      "how many, for ever if none"),
    Parameter("k_decay", .number(.positive), default: 1, "more than 1 stays high for longer"), from
  ) { arguments, context throws(SpecError) in
    let shape = Restarts(
      base: context.baseRate, end: arguments["lr_min"],
      first: context.time.ticks(arguments["t_initial"]), growth: arguments["cycle_mul"],
      decay: arguments["cycle_decay"], limit: arguments["cycle_limit"], k: arguments["k_decay"])
    context.checkRestarts("cosine_restarts", shape)
    return Leaf(shape, context.time)
  }

  /// Up, flat, and down at the end, as Hugging Face's `warmup_stable_decay`.
  static let warmupStableDecay = Family(
    "warmup_stable_decay", aliases: ["wsd"], "up, flat, and down at the end of the run",
    clock: .step, rate: "from",
    Parameter("num_warmup_steps", aliases: ["warmup"], .length(), "how long the way up takes"),
    Parameter("num_decay_steps", aliases: ["decay"], .length(), "how long the way down takes"),
    Parameter(
      "num_stable_steps", aliases: ["stable"], .optional(.length()), default: .nothing,
      "how long it is flat, the rest of the run if none"),
    Parameter(
      "warmup_type", .choice(Trapezoid.Form.allCases.map(\.rawValue)), default: "linear",
      "the form of the way up"),
    Parameter(
      "decay_type", .choice(Trapezoid.Form.allCases.map(\.rawValue)), default: "cosine",
      "the form of the way down"),
    Parameter("min_lr_ratio", .number(.share), default: 0, "the share of the rate at the end"), from
  ) { arguments, context throws(SpecError) in
    let time = context.time
    let (warmup, decay) = (
      time.ticks(arguments["num_warmup_steps"]), time.ticks(arguments["num_decay_steps"])
    )
    let stable = (arguments["num_stable_steps"] as Length?).map(time.ticks)
    let shape = Trapezoid(
      base: context.baseRate,
      end: context.baseRate * (arguments["min_lr_ratio"] as Double), warmup: warmup,
      stable: stable ?? max(0, time.span - warmup - decay), decay: decay,
      warmupForm: Trapezoid.Form(rawValue: arguments["warmup_type"]) ?? .linear,
      decayForm: Trapezoid.Form(rawValue: arguments["decay_type"]) ?? .cosine)
    let length = warmup + shape.stable + decay
    context.checkEnd(
      "warmup_stable_decay", length, rates: (shape.end, shape.rate(at: time.span)))
    return Leaf(shape, time)
  }

  /// Flat, then half a cosine, as fastai's `fit_flat_cos`.
  static let flatCosine = Family(
    "flat_cos", aliases: ["flat_cosine"],
    "flat, then half a cosine to almost nothing",
    clock: .step, rate: "from",
    Parameter("pct_start", .number(.share), default: 0.75, "the share of the run that is flat"),
    Parameter(
      "div_final", .number(.positive), default: 1e5, "the last rate is the first / div_final"),
    over, from
  ) { arguments, context throws(SpecError) in
    let duration = context.duration(arguments)
    let flat = duration * (arguments["pct_start"] as Double)
    let shape = Trapezoid(
      base: context.baseRate, end: context.baseRate / (arguments["div_final"] as Double), warmup: 0,
      stable: flat, decay: duration - flat, warmupForm: .linear, decayForm: .cosine)
    context.checkEnd(
      "flat_cos", duration, rates: (shape.end, shape.rate(at: context.time.span)))
    return Leaf(shape, context.time)
  }

  /// Factors at given times, interpolated, as optax' `piecewise_interpolate_schedule`.
  static let piecewise = Family(
    "piecewise", "factors of the rate at given times", clock: .step, rate: "from",
    Parameter("times", .list(.length()), "when each factor applies, ascending"),
    Parameter("factors", .list(.number(.atLeast(0))), "the factors, one for each time"),
    Parameter(
      "interpolate", .choice(Piecewise.Form.allCases.map(\.rawValue)), default: "linear",
      "what happens between two times"), from
  ) { arguments, context throws(SpecError) in
    let time = context.time
    let ticks = (arguments["times"] as [Length]).map(time.ticks)
    let factors: [Double] = arguments["factors"]
    guard ticks.count == factors.count, !ticks.isEmpty else {
      throw arguments.error(
        "\(ticks.count) times and \(factors.count) factors: one factor is needed for each time, and at"
          + " least one", at: "factors")
    }
    guard zip(ticks, ticks.dropFirst()).allSatisfy(<) else {
      throw arguments.error("the times must ascend", at: "times")
    }
    let shape = Piecewise(
      base: context.baseRate, ticks: ticks, factors: factors,
      form: Piecewise.Form(rawValue: arguments["interpolate"]) ?? .linear)
    if let last = ticks.last, last > time.span {
      context.checkEnd("piecewise", last, rates: (shape.rate(at: last), shape.rate(at: time.span)))
    }
    return Leaf(shape, time)
  }
}
