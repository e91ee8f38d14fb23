import Specs

/// A drop every so often, `base * gamma ^ floor(t / every)`.
///
/// ```
/// base |----.
///      |    '----.
///      |         '----.____
///      +----+----+----+----> t
///         every
/// ```
struct Stairs: Shape {
  let base: Double
  let gamma: Double
  let every: Double

  func rate(at tick: Double) -> Double {
    base * raise(gamma, to: (tick / every).rounded(.down))
  }

  func words(_ time: Timeline) -> String { "times \(brief(gamma)) every \(time.count(every))" }
}

/// A drop at every milestone, `base * gamma ^ (milestones that have been reached)`.
struct Milestones: Shape {
  let base: Double
  let gamma: Double
  /// Ascending; one that is there twice counts twice.
  let milestones: [Double]

  func rate(at tick: Double) -> Double {
    var (low, high) = (0, milestones.count)
    while low < high {
      let middle = (low + high) / 2
      if milestones[middle] <= tick { low = middle + 1 } else { high = middle }
    }
    return base * raise(gamma, to: Double(low))
  }

  func words(_ time: Timeline) -> String {
    guard !milestones.isEmpty else { return "constant" }
    let shown = milestones.prefix(8).map(time.when).joined(separator: ", ")
    let more = milestones.count > 8 ? " and \(milestones.count - 8) more" : ""
    return "times \(brief(gamma)) at \(shown)\(more)"
  }
}

/// A factor per tick, `base * gamma ^ t`.
struct Decay: Shape {
  let base: Double
  let gamma: Double

  func rate(at tick: Double) -> Double { base * raise(gamma, to: tick) }

  func words(_ time: Timeline) -> String { "times \(brief(gamma)) every \(time.clock.rawValue)" }
}

extension Family {
  /// PyTorch's `StepLR`.
  static let stepLR = Family(
    "StepLR", "the rate times gamma every step_size ticks",
    Parameter("step_size", .length(.positive), "ticks between two drops"),
    Parameter("gamma", .number(.atLeast(0)), default: 0.1, "factor of every drop")
  ) { arguments, context throws(SpecError) in
    let time = context.time
    let every = time.ticks(arguments["step_size"])
    let gamma: Double = arguments["gamma"]
    context.show(3 * every)
    if every >= time.span {
      context.warn(
        "StepLR never drops: step_size is \(time.count(every)), and it has \(time.count(time.span))"
      )
    } else if gamma == 1 {
      context.warn("StepLR changes nothing: gamma is 1")
    }
    return Leaf(Stairs(base: context.baseRate, gamma: gamma, every: every), time)
  }

  /// PyTorch's `MultiStepLR`.
  static let multiStepLR = Family(
    "MultiStepLR", "the rate times gamma at every milestone",
    Parameter(
      "milestones", .list(.length()), "when the rate drops; twice in the list counts twice"),
    Parameter("gamma", .number(.atLeast(0)), default: 0.1, "factor of every drop")
  ) { arguments, context throws(SpecError) in
    let time = context.time
    let milestones = (arguments["milestones"] as [Length]).map(time.ticks).sorted()
    let gamma: Double = arguments["gamma"]
    context.show((1.25 * (milestones.last ?? 0)).rounded(.up))
    let late = milestones.filter { $0 >= time.span }
    if milestones.isEmpty || gamma == 1 {
      context.warn("MultiStepLR changes nothing: \(gamma == 1 ? "gamma is 1" : "no milestones")")
    } else if !late.isEmpty {
      context.warn(
        "MultiStepLR: \(late.prefix(3).map(time.when).joined(separator: ", ")) lies past the end,"
          + " \(time.when(time.span))")
    }
    return Leaf(Milestones(base: context.baseRate, gamma: gamma, milestones: milestones), time)
  }

  /// PyTorch's `ExponentialLR`.
  static let exponentialLR = Family(
    "ExponentialLR", "the rate times gamma every tick", countsTicks: true,
    Parameter("gamma", .number(.atLeast(0)), "factor of every tick")
  ) { arguments, context throws(SpecError) in
    let gamma: Double = arguments["gamma"]
    if gamma == 1 { context.warn("ExponentialLR changes nothing: gamma is 1") }
    if gamma > 1 {
      context.warn(
        "ExponentialLR makes the rate grow: gamma is \(brief(gamma))", of: .learningRate)
    }
    return Leaf(Decay(base: context.baseRate, gamma: gamma), context.time)
  }
}
