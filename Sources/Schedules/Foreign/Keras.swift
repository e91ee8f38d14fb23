import Specs

// The schedules of Keras 3, which are functions of the updates so far. Keras computes them in single
// precision, these are its formulas in double.

/// `base * factor ^ (t / interval)`, or its stairs.
struct IntervalDecay: Shape {
  let base: Double
  let factor: Double
  let interval: Double
  let isStaircase: Bool

  func rate(at tick: Double) -> Double {
    let time = tick / interval
    return base * raise(factor, to: isStaircase ? time.rounded(.down) : time)
  }

  func words(_ time: Timeline) -> String {
    "times \(brief(factor)) every \(time.count(interval))\(isStaircase ? "" : ", smoothly")"
  }
}

/// Given rates, each until a boundary and with it.
struct Boundaries: Shape {
  /// Ascending.
  let ticks: [Double]
  /// One more than there are ticks.
  let rates: [Double]

  func rate(at tick: Double) -> Double { rates[ticks.count { $0 < tick }] }

  func words(_ time: Timeline) -> String {
    let changes = zip(ticks, rates.dropFirst()).prefix(8).map { tick, rate in
      "\(brief(rate)) after \(time.when(tick))"
    }
    return ([brief(rates[0])] + changes).joined(separator: ", ")
  }
}

/// A power of the time left, `end + (base - end) (1 - t / (n duration)) ^ power`, whose length is
/// taken n times where t has passed it.
struct ExtendedPower: Shape {
  let base: Double
  let end: Double
  let power: Double
  let duration: Double

  func rate(at tick: Double) -> Double {
    let rounds = tick == 0 ? 1 : (tick / duration).rounded(.up)
    return end + (base - end) * raise(1 - tick / (duration * rounds), to: power)
  }

  func words(_ time: Timeline) -> String {
    "polynomial to \(brief(end)) every \(time.count(duration)), each time flatter"
  }
}

extension Family {
  static let kerasExponential = Family(
    "ExponentialDecay", "Keras' rate times decay_rate ^ (t / decay_steps)", clock: .step,
    rate: "initial_learning_rate",
    parameters: [
      Keras.initialRate, Keras.steps,
      Parameter("decay_rate", .number(.atLeast(0)), "factor of every decay_steps"),
      Keras.staircase, Keras.name,
    ]
  ) { arguments, context throws(SpecError) in
    let shape = IntervalDecay(
      base: context.baseRate, factor: arguments["decay_rate"],
      interval: context.time.ticks(arguments["decay_steps"]), isStaircase: arguments["staircase"])
    context.show(3 * shape.interval)
    if shape.factor == 1 { context.warn("ExponentialDecay changes nothing: decay_rate is 1") }
    if shape.factor > 1 {
      context.warn("ExponentialDecay makes the rate grow: decay_rate is \(brief(shape.factor))")
    }
    return Leaf(shape, context.time)
  }

  static let kerasInverseTime = Family(
    "InverseTimeDecay", "Keras' rate / (1 + decay_rate t / decay_steps)", clock: .step,
    rate: "initial_learning_rate",
    parameters: [
      Keras.initialRate, Keras.steps,
      Parameter("decay_rate", .number(.atLeast(0)), "how fast it falls"),
      Keras.staircase, Keras.name,
    ]
  ) { arguments, context throws(SpecError) in
    let shape = InverseTime(
      base: context.baseRate, decay: arguments["decay_rate"],
      interval: context.time.ticks(arguments["decay_steps"]), isStaircase: arguments["staircase"])
    context.show(3 * shape.interval)
    if shape.decay == 0 { context.warn("InverseTimeDecay changes nothing: decay_rate is 0") }
    return Leaf(shape, context.time)
  }

  static let kerasPolynomial = Family(
    "PolynomialDecay", "Keras' power of the time left, down to end_learning_rate", clock: .step,
    rate: "initial_learning_rate",
    parameters: [
      Keras.initialRate, Keras.steps,
      Parameter(
        "end_learning_rate", .number(.atLeast(0)), default: 1e-4, "the last rate, which holds"),
      Parameter("power", .number(.atLeast(0)), default: 1, "1 is a line"),
      Parameter(
        "cycle", .boolean, default: false, "at its end the length is taken once more, and so on"),
      Keras.name,
    ]
  ) { arguments, context throws(SpecError) in
    let time = context.time
    let shape = PowerDecay(
      base: context.baseRate, end: arguments["end_learning_rate"], power: arguments["power"],
      duration: time.ticks(arguments["decay_steps"]))
    if arguments["cycle"] {
      context.show(2 * shape.duration)
      return Leaf(
        ExtendedPower(
          base: shape.base, end: shape.end, power: shape.power, duration: shape.duration), time)
    }
    context.checkDecay("PolynomialDecay", shape, length: shape.duration)
    return Leaf(shape, time)
  }

  static let kerasCosine = Family(
    "CosineDecay", "Keras' half a cosine down to alpha times the rate, with a warm-up",
    clock: .step, rate: "initial_learning_rate",
    parameters: [
      Keras.initialRate, Keras.steps, Keras.alpha, Keras.name,
      Parameter(
        "warmup_target", .optional(.number(.atLeast(0))), default: .nothing,
        "the rate that a ramp leads to from initial_learning_rate; no ramp if none"),
      Parameter(
        "warmup_steps", .length(), default: 0, "how long the ramp takes, before decay_steps"),
    ]
  ) { arguments, context throws(SpecError) in
    let time = context.time
    let target: Double? = arguments["warmup_target"]
    let ramp = time.ticks(arguments["warmup_steps"])
    if ramp > 0, target == nil {
      context.warn("CosineDecay has no ramp: warmup_steps needs warmup_target beside it")
    }
    let peak = target ?? context.baseRate
    let shape = WithWarmup(
      peak: peak, start: context.baseRate, ramp: target == nil ? 0 : ramp,
      decay: HalfCosine(
        base: peak, end: peak * (arguments["alpha"] as Double),
        duration: time.ticks(arguments["decay_steps"])))
    let length = shape.ramp + shape.decay.duration
    if target == nil {
      context.checkDecay("CosineDecay", shape, length: length)
    } else {
      context.checkEnd("CosineDecay", length, rates: (shape.decay.end, shape.rate(at: time.span)))
    }
    return Leaf(shape, time)
  }

  static let kerasRestarts = Family(
    "CosineDecayRestarts",
    "Keras' cosines, each t_mul times as long and m_mul times as high as the one before",
    clock: .step, rate: "initial_learning_rate",
    parameters: [
      Keras.initialRate,
      Parameter("first_decay_steps", .length(.positive), "how long the first one takes"),
      Parameter("t_mul", .number(.positive), default: 2, "factor of every further length"),
      Parameter("m_mul", .number(.atLeast(0)), default: 1, "factor of every further height"),
      Keras.alpha, Keras.name,
    ]
  ) { arguments, context throws(SpecError) in
    let shape = Restarts(
      base: context.baseRate, end: context.baseRate * (arguments["alpha"] as Double),
      first: context.time.ticks(arguments["first_decay_steps"]), growth: arguments["t_mul"],
      decay: arguments["m_mul"], limit: nil, isDecayAboveEnd: true)
    context.checkRestarts("CosineDecayRestarts", shape)
    return Leaf(shape, context.time)
  }

  static let kerasPiecewise = Family(
    "PiecewiseConstantDecay", "Keras' given rates, each until a boundary and with it",
    clock: .step, rate: "values",
    parameters: [
      Parameter("boundaries", .list(.length()), "after which updates the next rate applies"),
      Parameter("values", .list(.number(.atLeast(0))), "the rates, one more than boundaries"),
      Keras.name,
    ]
  ) { arguments, context throws(SpecError) in
    let time = context.time
    let ticks = (arguments["boundaries"] as [Length]).map(time.ticks)
    let rates: [Double] = arguments["values"]
    guard rates.count == ticks.count + 1 else {
      throw arguments.error(
        "\(ticks.count) boundaries need \(ticks.count + 1) values, not \(rates.count)",
        at: "values")
    }
    guard zip(ticks, ticks.dropFirst()).allSatisfy(<) else {
      throw arguments.error("the boundaries must ascend", at: "boundaries")
    }
    context.show((1.25 * (ticks.last ?? 0)).rounded(.up))
    let late = ticks.filter { $0 + 1 >= time.span }
    if !late.isEmpty {
      context.warn(
        "PiecewiseConstantDecay: \(late.prefix(3).map(time.when).joined(separator: ", ")) is too"
          + " late for a change, training ends at \(time.when(time.span))")
    }
    return Leaf(Boundaries(ticks: ticks, rates: rates), time)
  }
}

/// What the schedules of Keras have in common.
private enum Keras {
  static let initialRate = Parameter(
    "initial_learning_rate", .number(.atLeast(0)), "the first rate")
  static let steps = Parameter("decay_steps", .length(.positive), "how long it takes")
  static let alpha = Parameter(
    "alpha", .number(.share), default: 0, "the share of the rate at the end")
  static let staircase = Parameter(
    "staircase", .boolean, default: false, "whether it falls only once per decay_steps")
  static let name = Parameter.ignored("name", .optional(.text))
}
