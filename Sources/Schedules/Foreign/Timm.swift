import Specs

// The schedulers of timm 1.0. timm is told the epoch at the end of each, so that epoch e has
// `_get_lr(e)`, but epoch 0 the optimizer's own rate, or `warmup_lr_init` where there is a warm-up.

extension Family {
  static let timmCosine = Family(
    "CosineLRScheduler", "timm's cosines down to lr_min, with a warm-up", epochs: "t_in_epochs",
    parameters: [Timm.length] + Timm.cycles + Timm.warmup(isPrefix: false)
      + [Timm.kDecay, Timm.initialize]
  ) { arguments, context throws(SpecError) in
    try Timm.cycles(arguments, context, .cosine, k: arguments["k_decay"])
  }

  static let timmTanh = Family(
    "TanhLRScheduler", "timm's hyperbolic tangents down to lr_min, with a warm-up",
    epochs: "t_in_epochs",
    parameters: [
      Timm.length,
      Parameter("lb", .number(), default: -7, "where on the curve it begins"),
      Parameter("ub", .number(), default: 3, "where on the curve it ends"),
    ] + Timm.cycles + Timm.warmup(isPrefix: false) + [Timm.initialize]
  ) { arguments, context throws(SpecError) in
    let (lower, upper): (Double, Double) = (arguments["lb"], arguments["ub"])
    guard lower < upper else { throw arguments.error("lb must lie below ub", at: "lb") }
    return try Timm.cycles(arguments, context, .tanh(lower: lower, upper: upper), k: 1)
  }

  static let timmPolynomial = Family(
    "PolyLRScheduler", "timm's powers of the time left, down to lr_min, with a warm-up",
    epochs: "t_in_epochs",
    parameters: [
      Timm.length, Parameter("power", .number(.atLeast(0)), default: 0.5, "1 is a line"),
    ] + Timm.cycles + Timm.warmup(isPrefix: false) + [Timm.kDecay, Timm.initialize]
  ) { arguments, context throws(SpecError) in
    try Timm.cycles(arguments, context, .power(arguments["power"]), k: arguments["k_decay"])
  }

  static let timmStep = Family(
    "StepLRScheduler", "timm's rate times decay_rate every decay_t ticks, with a warm-up",
    epochs: "t_in_epochs",
    parameters: [
      Parameter("decay_t", .length(.positive), "ticks between two drops"), Timm.decayRate,
    ] + Timm.warmup(isPrefix: true) + [Timm.initialize]
  ) { arguments, context throws(SpecError) in
    let (every, gamma): (Double, Double) = (
      context.time.ticks(arguments["decay_t"]), arguments["decay_rate"]
    )
    context.show(3 * every)
    if gamma == 1 { context.warn("StepLRScheduler changes nothing: decay_rate is 1") }
    return try Timm.start(
      of: Stairs(base: context.baseRate, gamma: gamma, every: every), arguments, context)
  }

  /// A milestone m applies from epoch m - 1 on.
  static let timmMultiStep = Family(
    "MultiStepLRScheduler",
    "timm's rate times decay_rate one tick before every milestone, with a warm-up",
    epochs: "t_in_epochs",
    parameters: [
      Parameter("decay_t", .list(.length()), "the milestones"), Timm.decayRate,
    ] + Timm.warmup(isPrefix: true) + [Timm.initialize]
  ) { arguments, context throws(SpecError) in
    let milestones = (arguments["decay_t"] as [Length]).map { context.time.ticks($0) - 1 }.sorted()
    let gamma: Double = arguments["decay_rate"]
    context.show((1.25 * (milestones.last ?? 0)).rounded(.up))
    if gamma == 1 || milestones.isEmpty {
      context.warn(
        "MultiStepLRScheduler changes nothing: "
          + (milestones.isEmpty ? "no milestones" : "decay_rate is 1"))
    }
    return try Timm.start(
      of: Milestones(base: context.baseRate, gamma: gamma, milestones: milestones), arguments,
      context)
  }

  static let timmPlateau = Family(
    "PlateauLRScheduler", "timm's ReduceLROnPlateau behind a warm-up of epochs", clock: nil,
    parameters: [
      Parameter(
        "decay_rate", .number(.atLeast(0, below: 1)), default: 0.1, "factor of every reduction"),
      Parameter(
        "patience_t", .integer(.atLeast(0)), default: 10, "epochs without improvement tolerated"),
      Parameter(
        "threshold", .number(.atLeast(0)), default: 1e-4, "what counts as improvement, a share"),
      Parameter(
        "cooldown_t", .integer(.atLeast(0)), default: 0, "epochs after a reduction not counted"
      ),
      Parameter(
        "warmup_t", .integer(.atLeast(0)), default: 0, "epochs of a ramp before the first metric"),
      Parameter("warmup_lr_init", .number(.atLeast(0)), default: 0, "the rate that it starts from"),
      Parameter("lr_min", .number(.atLeast(0)), default: 0, "the lowest rate"),
      Parameter("mode", .choice(["min", "max"]), default: "max", "which direction is better"),
      Timm.noiseRange,
      .ignored("noise_type", .text, default: "normal"),
    ] + Timm.noise + [Timm.initialize]
  ) { arguments, context throws(SpecError) in
    try Timm.refuseNoise(arguments)
    let rule = Plateau(
      base: context.baseRate, factor: arguments["decay_rate"], patience: arguments["patience_t"],
      improvement: Improvement(
        mode: MetricMode(rawValue: arguments["mode"]) ?? .max, threshold: arguments["threshold"],
        isRelative: true),
      cooldown: arguments["cooldown_t"], minimum: arguments["lr_min"], leastChange: 1e-8,
      smoothing: 0)
    let warmup: Int = arguments["warmup_t"]
    let needed = warmup + rule.patience + 2
    if Double(needed) >= context.frame.span(.epoch).rounded(.up) {
      context.warn(
        "PlateauLRScheduler cannot reduce: with warmup_t \(warmup) and patience_t \(rule.patience)"
          + " it needs \(needed) metrics before the last epoch")
    }
    return PlateauAfterRamp(
      plateau: MetricDriven(rule: rule, slot: context.slot()), epochs: warmup,
      start: arguments["warmup_lr_init"], peak: context.baseRate)
  }
}

/// A plateau that looks at no metric of the ramp's epochs before it.
private struct PlateauAfterRamp: Curve {
  let plateau: MetricDriven<Plateau>
  let epochs: Int
  let start: Double
  let peak: Double

  func point(at moment: Moment, _ evaluation: inout Evaluation) -> Point {
    guard moment.epoch >= epochs else {
      return Point(start + (peak - start) * Double(moment.epoch) / Double(epochs))
    }
    let end = Boundary(clock: .epoch, step: 0, epoch: epochs)
    return plateau.point(at: moment.since(end), &evaluation)
  }

  var words: String {
    (epochs > 0 ? "linear to \(brief(peak)) at epoch \(epochs), " : "") + plateau.words
  }

  func events(_ metrics: ArraySlice<Double>) -> [Event] {
    plateau.events(metrics.dropFirst(epochs))
  }
}

/// What the schedulers of timm have in common.
private enum Timm {
  static let length = Parameter("t_initial", .length(.positive), "how long the first cycle takes")
  static let decayRate = Parameter(
    "decay_rate", .number(.atLeast(0)), default: 1, "factor of every drop")
  static let kDecay = Parameter(
    "k_decay", .number(.positive), default: 1, "more than 1 stays high for longer")
  static let initialize = Parameter.ignored("initialize", .boolean, default: true)

  static let cycles = [
    Parameter("lr_min", .number(.atLeast(0)), default: 0, "the lowest rate"),
    Parameter(
      "cycle_mul", aliases: ["t_mul"], .number(.positive), default: 1,
      "factor of every further length"),
    Parameter(
      "cycle_decay", .number(.atLeast(0)), default: 1, "factor of every further height"),
    Parameter("cycle_limit", .integer(.atLeast(0)), default: 1, "how many; then lr_min"),
  ]

  static let noiseRange = Parameter.ignored(
    "noise_range_t", .optional(.either(.number(), .list(.number()))))
  static let noise: [Parameter] = [
    .ignored("noise_pct", .number(), default: 0.67), .ignored("noise_std", .number(), default: 1),
    .ignored("noise_seed", .optional(.integer()), default: 42),
  ]

  static func warmup(isPrefix: Bool) -> [Parameter] {
    [
      Parameter("warmup_t", .length(), default: 0, "how long the ramp takes"),
      Parameter("warmup_lr_init", .number(.atLeast(0)), default: 0, "the rate that it starts from"),
      Parameter(
        "warmup_prefix", .boolean, default: Spec(.boolean(isPrefix)),
        "whether the decay begins after the ramp, not below it"),
      Parameter("t_in_epochs", .boolean, default: true, "false counts updates"),
      noiseRange,
    ] + noise
  }

  static func refuseNoise(_ arguments: Arguments) throws(SpecError) {
    let range: Spec = arguments["noise_range_t"]
    guard case .none = range.form else {
      throw arguments.error(
        "the noise of \(arguments.signature.name) comes from PyTorch's random numbers, which are not"
          + " drawn here: leave noise_range_t out", at: "noise_range_t")
    }
  }

  static func cycles(
    _ arguments: Arguments, _ context: Context, _ form: Restarts.Form, k: Double
  ) throws(SpecError) -> any Curve {
    let name = arguments.signature.name
    let decay = Restarts(
      base: context.baseRate, end: arguments["lr_min"],
      first: context.time.ticks(arguments["t_initial"]), growth: arguments["cycle_mul"],
      decay: arguments["cycle_decay"], limit: arguments["cycle_limit"], k: k, form: form)
    let curve = try start(of: decay, arguments, context)
    if decay.limit == 1, let ticks = curve.shape.length {
      context.checkDecay(name, curve.shape, length: ticks)
    } else {
      context.checkRestarts(name, decay)
    }
    return curve
  }

  static func start<Decay: Shape>(
    of decay: Decay, _ arguments: Arguments, _ context: Context
  ) throws(SpecError) -> Leaf<WithWarmup<Decay>> {
    try refuseNoise(arguments)
    let time = context.time
    let ramp = time.ticks(arguments["warmup_t"])
    let isPrefix: Bool = arguments["warmup_prefix"]
    // Only the ramp of the tangent leads to where the decay goes on.
    let isTanh = arguments.signature.name == Family.timmTanh.signature.name
    let peak = isTanh && !isPrefix ? decay.rate(at: ramp) : context.baseRate
    return Leaf(
      WithWarmup(
        peak: peak, start: arguments["warmup_lr_init"], ramp: ramp, decay: decay,
        isPrefix: isPrefix, first: context.baseRate), time)
  }
}
