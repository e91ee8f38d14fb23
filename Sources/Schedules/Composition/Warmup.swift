import Specs

/// A ramp to the rate that the following part starts with, rising with every update.
///
/// Update i of w has the share `s + (1 - s) g((i + 1) / w)` of that rate, where g is the form of the
/// ramp: it never begins with a wasted update at rate 0, and the last update has the full rate.
/// ```
/// linear  |      ____      constant |     _____     cosine |     .---
///         |   .-'                   |____|                 |   .'
///         |.-'                      |                      |.-'
/// ```
struct Warmup: Curve {
  let steps: Int
  let form: WarmupForm
  let startFactor: Double
  let target: Point
  /// `5 epochs`.
  let duration: String
  /// Whether nothing follows.
  let isLast: Bool
  let end: Extent

  func point(at moment: Moment, _ evaluation: inout Evaluation) -> Point {
    guard moment.step < steps else { return target }
    let share = Double(moment.step + 1) / Double(steps)
    let factor: Double
    switch form {
    case .linear: factor = startFactor + (1 - startFactor) * share
    case .cosine:
      factor = startFactor + (1 - startFactor) * (1 - Schedules.cosine(.pi * share)) / 2
    case .exponential: factor = raise(startFactor, to: 1 - share)
    case .constant: factor = startFactor
    }
    return Point(target.learningRate * factor, momentum: target.momentum)
  }

  var extent: Extent? { end }

  var words: String {
    "warm-up \(duration) to \(brief(target.learningRate))" + (isLast ? ", then constant" : "")
  }
}

extension Family {
  /// A ramp to the rate that the following part starts with.
  static let warmup = Family(
    "warmup", "a ramp to the rate that the next part starts with, rising with every update",
    clock: nil,
    Parameter("length", .length(), "how long"),
    Parameter(
      "mode", .choice(WarmupForm.allCases.map(\.rawValue)), default: "linear",
      "the form of the ramp"),
    Parameter(
      "start_factor", .optional(.number(.within(0...1))), default: .nothing,
      "the share that the ramp comes from, 0 (constant: 1/3, exponential: 0.01) if none")
  ) { arguments, context throws(SpecError) in
    let length: Length = arguments["length"]
    guard let form = WarmupForm(rawValue: arguments["mode"]) else {
      throw arguments.error("unknown mode", at: "mode")
    }
    let usual: [WarmupForm: Double] = [.constant: 1.0 / 3, .exponential: 0.01]
    let startFactor: Double = arguments["start_factor"] ?? usual[form] ?? 0
    guard form != .exponential || startFactor > 0 else {
      throw arguments.error("an exponential ramp cannot come from 0", at: "start_factor")
    }
    let clock = context.clock(of: length)
    let ticks = context.frame.ticks(length, clock)
    let boundary = context.frame.boundary(ticks, clock, after: .zero)
    let run = context.frame.run
    if boundary.step >= run.totalSteps - context.frame.startStep {
      context.warn(
        "the warm-up of \(length) lasts \(counted(Double(boundary.step), "step")), the whole run"
          + " \(run.totalSteps): the full rate is never used")
    }
    return Warmup(
      steps: boundary.step, form: form, startFactor: startFactor,
      target: context.target ?? Point(context.baseRate),
      duration: counted(ticks, clock.rawValue), isLast: context.target == nil,
      end: Extent(clock: clock, ticks: ticks))
  }
}
