import Specs

/// `base * factor` until `length`, then `base`.
struct ConstantFactor: Shape {
  let base: Double
  let factor: Double
  let until: Double

  func rate(at tick: Double) -> Double { tick < until ? base * factor : base }

  var length: Double? { until }

  func words(_ time: Timeline) -> String {
    "\(brief(base * factor)) until \(time.when(until)), then \(brief(base))"
  }
}

/// `base * (start + (end - start) t / length)`, and `base * end` from `length` on.
struct LinearFactor: Shape {
  let base: Double
  let start: Double
  let end: Double
  let duration: Double

  func rate(at tick: Double) -> Double {
    guard tick < duration else { return base * end }
    return base * (start + (end - start) * tick / duration)
  }

  var length: Double? { duration }

  func words(_ time: Timeline) -> String { time.ending("linear", to: base * end, at: duration) }
}

/// `end + (base - end) (1 - t / length) ^ power`, and `end` from `length` on.
///
/// ```
/// base |\            power 1: a line
///      | '.          power 2: falls fast, then slowly
///      |   '-.
///  end |      '--____
///      +---------+-----> t
///             length
/// ```
struct PowerDecay: Shape {
  let base: Double
  let end: Double
  let power: Double
  let duration: Double
  var name = "polynomial"

  func rate(at tick: Double) -> Double {
    guard tick < duration else { return end }
    return end + (base - end) * raise(1 - tick / duration, to: power)
  }

  var length: Double? { duration }

  func words(_ time: Timeline) -> String { time.ending(name, to: end, at: duration) }
}

extension Family {
  /// PyTorch's `ConstantLR`.
  static let constantLR = Family(
    "ConstantLR", "the rate times factor for total_iters ticks, then the rate",
    Parameter(
      "factor", .number(.within(0...1)), default: Spec(.number(1.0 / 3)), "the share of the rate"),
    Parameter("total_iters", .length(), default: 5, "how long")
  ) { arguments, context throws(SpecError) in
    let time = context.time
    let until = time.ticks(arguments["total_iters"])
    context.show(2 * until)
    if until == 0 { context.warn("ConstantLR with total_iters=0 changes nothing") }
    let isLast = context.frame.endStep >= context.frame.run.totalSteps
    if until >= time.span, isLast, (arguments["factor"] as Double) != 1 {
      context.warn(
        "ConstantLR never reaches the full rate: total_iters is \(time.count(until)), and it has"
          + " \(time.count(time.span))")
    }
    return Leaf(
      ConstantFactor(base: context.baseRate, factor: arguments["factor"], until: until), time)
  }

  /// PyTorch's `LinearLR`; unlike there, factors may be 0 or more than 1, and with `total_iters=0`
  /// the end factor applies at once.
  static let linearLR = Family(
    "LinearLR", "the rate times a factor that goes from start_factor to end_factor",
    Parameter(
      "start_factor", .number(.atLeast(0)), default: Spec(.number(1.0 / 3)), "the first factor"),
    Parameter("end_factor", .number(.atLeast(0)), default: 1, "the last factor, which holds"),
    Parameter("total_iters", .length(), default: 5, "how long it takes")
  ) { arguments, context throws(SpecError) in
    let time = context.time
    let shape = LinearFactor(
      base: context.baseRate, start: arguments["start_factor"], end: arguments["end_factor"],
      duration: time.ticks(arguments["total_iters"]))
    if shape.duration == 0 {
      context.warn("LinearLR with total_iters=0 is at its end factor at once")
    }
    if shape.start == shape.end {
      context.warn("LinearLR changes nothing: both factors are \(brief(shape.end))")
    }
    if shape.duration > time.span {
      context.checkEnd(
        "LinearLR", shape.duration,
        rates: (shape.rate(at: shape.duration), shape.rate(at: time.span)))
    }
    return Leaf(shape, time)
  }

  /// PyTorch's `PolynomialLR`, which always ends at 0.
  static let polynomialLR = Family(
    "PolynomialLR", "the rate times (1 - t / total_iters) ^ power, down to 0",
    Parameter("total_iters", .length(), default: 5, "how long it takes"),
    Parameter("power", .number(.atLeast(0)), default: 1, "1 is a line")
  ) { arguments, context throws(SpecError) in
    let time = context.time
    let shape = PowerDecay(
      base: context.baseRate, end: 0, power: arguments["power"],
      duration: time.ticks(arguments["total_iters"]))
    context.checkDecay("PolynomialLR", shape, length: shape.duration)
    return Leaf(shape, time)
  }
}

extension Context {
  /// Checks a decay that has a given length.
  func checkDecay(_ name: String, _ shape: some Shape, length: Double) {
    if length == 0 { warn("\(name) of length 0 is at its end at once") }
    if shape.rate(at: length) > baseRate, length > 0 {
      warn(
        "\(name) makes the rate grow: from \(brief(baseRate)) to \(brief(shape.rate(at: length)))")
    }
    if length < time.span, shape.rate(at: length) == 0, baseRate > 0 {
      warn("\(name): from \(time.when(length)) on the rate is 0, and nothing is learned any more")
    } else {
      checkEnd(name, length, rates: (shape.rate(at: length), shape.rate(at: time.span)))
    }
  }
}
