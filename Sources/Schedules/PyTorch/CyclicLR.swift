import Specs

/// Up and down between two rates, for ever.
///
/// ```
/// max  |   /\      triangular        triangular2: every peak half as high
///      |  /  \    /\                 exp_range: the height is gamma ^ t
///      | /    \  /  \  /\
/// base |/      \/    \/  \___
/// ```
/// Smith 2017 (arXiv 1506.01186). Momentum goes the other way round.
struct Triangle: Shape {
  enum Height: Hashable, Sendable {
    case full
    /// 1/2, 1/4, ... per cycle.
    case halved
    /// gamma ^ t.
    case decaying(Double)
    /// A lambda of the cycle, from 1, or of the tick.
    case function(Function, ofCycle: Bool)
  }

  let base: Double
  let peak: Double
  let up: Double
  let down: Double
  let height: Height
  /// Momentum at the base and at the peak rate.
  let momentum: (atBase: Double, atPeak: Double)?

  /// Where between base (0) and peak (1) the tick lies.
  private func share(at tick: Double) -> Double {
    let size = up + down
    let cycle = (1 + tick / size).rounded(.down)
    let x = 1 + tick / size - cycle
    let ratio = up / size
    let share = x <= ratio ? x / ratio : (x - 1) / (ratio - 1)
    switch height {
    case .full: return share
    case .halved: return share / raise(2, to: cycle - 1)
    case .decaying(let gamma): return share * raise(gamma, to: tick)
    case .function(let function, let ofCycle): return share * function(ofCycle ? cycle : tick)
    }
  }

  func rate(at tick: Double) -> Double { base + (peak - base) * share(at: tick) }

  func momentum(at tick: Double) -> Double? {
    momentum.map { $0.atBase - ($0.atBase - $0.atPeak) * share(at: tick) }
  }

  func words(_ time: Timeline) -> String {
    "up and down between \(brief(base)) and \(brief(peak)) every \(time.count(up + down))"
  }
}

extension Family {
  /// PyTorch's `CyclicLR`.
  static let cyclicLR = Family(
    "CyclicLR", "up and down between base_lr and max_lr", clock: .step, rate: "base_lr",
    Parameter("base_lr", .number(.atLeast(0)), "the lower rate"),
    Parameter("max_lr", .number(.atLeast(0)), "the upper rate"),
    Parameter("step_size_up", .length(.positive), default: 2000, "how long the way up takes"),
    Parameter(
      "step_size_down", .optional(.length(.positive)), default: .nothing,
      "how long the way down takes, as the way up if none"),
    Parameter(
      "mode", .choice(["triangular", "triangular2", "exp_range"]), default: "triangular",
      "what becomes of the height: full, halved every cycle, gamma ^ t"),
    Parameter("gamma", .number(.atLeast(0)), default: 1, "for exp_range"),
    Parameter(
      "scale_fn", .optional(.function), default: .nothing, "the height instead of mode, as a lambda"
    ),
    Parameter(
      "scale_mode", .choice(["cycle", "iterations"]), default: "cycle", "what scale_fn is given"),
    Parameter("cycle_momentum", .boolean, default: true, "whether momentum goes the other way"),
    Parameter("base_momentum", .number(.share), default: 0.8, "momentum at max_lr"),
    Parameter("max_momentum", .number(.share), default: 0.9, "momentum at base_lr")
  ) { arguments, context throws(SpecError) in
    let time = context.time
    let up = time.ticks(arguments["step_size_up"])
    let down = (arguments["step_size_down"] as Length?).map(time.ticks) ?? up
    let height: Triangle.Height
    if let function: Function = arguments["scale_fn"] {
      height = .function(function, ofCycle: arguments["scale_mode"] == "cycle")
    } else {
      switch arguments["mode"] as String {
      case "triangular2": height = .halved
      case "exp_range": height = .decaying(arguments["gamma"])
      default: height = .full
      }
    }
    let shape = Triangle(
      base: arguments["base_lr"], peak: arguments["max_lr"], up: up, down: down, height: height,
      momentum: arguments["cycle_momentum"]
        ? (arguments["max_momentum"], arguments["base_momentum"]) : nil)
    if shape.peak <= shape.base {
      context.warn(
        "CyclicLR: max_lr \(brief(shape.peak)) is not above base_lr \(brief(shape.base))")
    }
    context.show(2 * (up + down))
    if up > time.span {
      context.warn(
        "CyclicLR never reaches max_lr: the way up takes \(time.count(up)), and it has"
          + " \(time.count(time.span))")
    }
    return Leaf(shape, time)
  }
}
