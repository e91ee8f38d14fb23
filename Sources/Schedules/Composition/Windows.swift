import Specs

/// A curve whose rate stays within limits.
struct Clamped: Curve {
  let curve: any Curve
  let limits: ClosedRange<Double>

  func point(at moment: Moment, _ evaluation: inout Evaluation) -> Point {
    var point = curve.point(at: moment, &evaluation)
    point.learningRate = min(max(point.learningRate, limits.lowerBound), limits.upperBound)
    return point
  }

  var extent: Extent? { curve.extent }

  var words: String {
    var words = [curve.words]
    if limits.lowerBound > 0 { words.append("never below \(brief(limits.lowerBound))") }
    if limits.upperBound < .infinity { words.append("never above \(brief(limits.upperBound))") }
    return words.joined(separator: ", ")
  }

  func events(_ metrics: ArraySlice<Double>) -> [Event] { curve.events(metrics) }
}

/// A curve that stops where it is after a time.
struct Held: Curve {
  let curve: any Curve
  let end: Boundary

  func point(at moment: Moment, _ evaluation: inout Evaluation) -> Point {
    guard end.isReached(at: moment) else { return curve.point(at: moment, &evaluation) }
    let last = Moment(step: end.step, epoch: end.epoch, firstMetric: moment.firstMetric)
    return curve.point(at: last, &evaluation)
  }

  var extent: Extent? {
    Extent(clock: end.clock, ticks: Double(end.clock == .epoch ? end.epoch : end.step))
  }

  var words: String { "\(curve.words), then constant" }

  func events(_ metrics: ArraySlice<Double>) -> [Event] {
    curve.events(metrics.prefix(end.epoch))
  }
}

/// A curve over and over again, each time from its beginning, or there and back.
struct Periodic: Curve {
  enum Pattern: Hashable, Sendable {
    /// Again from the beginning; each time `decay` times the time before.
    case again(decay: Double)
    /// Backwards every second time, so that it never jumps.
    case mirrored
  }

  let curve: any Curve
  let period: Boundary
  let pattern: Pattern
  /// How often, after which the last value holds; without end if nil.
  let times: Int?

  func point(at moment: Moment, _ evaluation: inout Evaluation) -> Point {
    let length = period.clock == .epoch ? period.epoch : period.step
    let tick = period.clock == .epoch ? moment.epoch : moment.step
    var round = tick / length
    var rest = tick % length
    if let times, round >= times { (round, rest) = (times - 1, length) }
    let isBackwards = pattern == .mirrored && round % 2 == 1
    var local = Moment(firstMetric: moment.firstMetric)
    if isBackwards {
      // The way back: at one epoch per tick, updates go back with their epochs.
      let back = length - rest
      local.step =
        period.clock == .step ? back : max(0, 2 * period.step * (round / 2 + 1) - moment.step)
      local.epoch =
        period.clock == .epoch ? back : max(0, 2 * period.epoch * (round / 2 + 1) - moment.epoch)
    } else {
      let isOver = rest == length
      local.step = isOver ? period.step : moment.step - round * period.step
      local.epoch = isOver ? period.epoch : moment.epoch - round * period.epoch
      local.firstMetric += round * period.epoch
    }
    var point = curve.point(at: local, &evaluation)
    if case .again(let decay) = pattern, decay != 1 {
      point.learningRate *= raise(decay, to: Double(round))
    }
    return point
  }

  var extent: Extent? {
    times.map { times in
      let length = period.clock == .epoch ? period.epoch : period.step
      return Extent(clock: period.clock, ticks: Double(times) * Double(length))
    }
  }

  var words: String {
    let every =
      period.clock == .epoch
      ? counted(Double(period.epoch), "epoch") : counted(Double(period.step), "step")
    switch pattern {
    case .mirrored: return "\(curve.words), there and back every \(every)"
    case .again(let decay):
      let less = decay == 1 ? "" : ", times \(brief(decay)) each time"
      return "\(curve.words), again every \(every)\(less)"
    }
  }

  func events(_ metrics: ArraySlice<Double>) -> [Event] {
    guard pattern != .mirrored, period.epoch > 0 else { return curve.events(metrics) }
    return stride(from: metrics.startIndex, to: metrics.endIndex, by: period.epoch).flatMap {
      start in
      curve.events(metrics[start..<min(start + period.epoch, metrics.endIndex)])
    }
  }
}

extension Family {
  /// A schedule whose rate stays within limits.
  static let clamp = Family(
    "clamp", "a schedule whose rate stays within limits", clock: nil,
    Parameter("schedule", .spec, "what is limited"),
    Parameter("min", .number(.atLeast(0)), default: 0, "the rate never falls below"),
    Parameter("max", .number(.atLeast(0)), default: Spec(.number(.infinity)), "nor rises above")
  ) { arguments, context throws(SpecError) in
    let (lower, upper): (Double, Double) = (arguments["min"], arguments["max"])
    guard lower <= upper else {
      throw arguments.error("min=\(brief(lower)) is above max=\(brief(upper))", at: "min")
    }
    return Clamped(
      curve: try Resolver.build(arguments["schedule"], context), limits: lower...upper)
  }

  /// A schedule over and over again.
  static let repeated = Family(
    "repeat", "a schedule over and over again, each time from its beginning", clock: nil,
    Parameter("schedule", .spec, "what is repeated"),
    Parameter(
      "every", .optional(.length(.positive)), default: .nothing, "when the next round begins"),
    Parameter("times", .optional(.integer(.atLeast(1))), default: .nothing, "how many rounds"),
    Parameter("decay", .number(.atLeast(0)), default: 1, "factor of every further round")
  ) { arguments, context throws(SpecError) in
    try Resolver.periodic(.again(decay: arguments["decay"]), arguments["times"], arguments, context)
  }

  /// A schedule there and back.
  static let mirrored = Family(
    "mirror", "a schedule forwards, then backwards, and so on", clock: nil,
    Parameter("schedule", .spec, "what is mirrored"),
    Parameter(
      "every", .optional(.length(.positive)), default: .nothing, "when the direction turns"),
    Parameter("times", .optional(.integer(.atLeast(1))), default: .nothing, "how many ways")
  ) { arguments, context throws(SpecError) in
    try Resolver.periodic(.mirrored, arguments["times"], arguments, context)
  }

  /// A schedule that stops where it is.
  static let held = Family(
    "hold", "a schedule that stops where it is", clock: nil,
    Parameter("schedule", .spec, "what is stopped"),
    Parameter("after", .length(), "when it stops")
  ) { arguments, context throws(SpecError) in
    try Resolver.succession(
      [Resolver.Part(spec: arguments["schedule"], length: arguments["after"])], context)
  }
}

extension Resolver {
  fileprivate static func periodic(
    _ pattern: Periodic.Pattern, _ times: Int?, _ arguments: Arguments, _ context: Context
  ) throws(SpecError) -> any Curve {
    let spec: Spec = arguments["schedule"]
    let period: Boundary
    if let every: Length = arguments["every"] {
      let clock = context.clock(of: every)
      period = context.frame.boundary(context.frame.ticks(every, clock), clock, after: .zero)
    } else {
      guard let extent = try build(spec, context.child(spec)).extent else {
        throw arguments.error(
          "\(spec) has no end of its own: say when the next round begins, every=5ep")
      }
      period = context.frame.boundary(extent.ticks, extent.clock, after: .zero)
    }
    guard period.step > 0 else {
      throw arguments.error("a round must last at least one update", at: "every")
    }
    if period.clock == .step { context.findings.usesSteps = true }
    let child = context.child(spec, context.frame.part(from: .zero, to: period))
    let curve = try build(spec, child)
    context.findings.add(child.findings)
    return Periodic(curve: curve, period: period, pattern: pattern, times: times)
  }
}
