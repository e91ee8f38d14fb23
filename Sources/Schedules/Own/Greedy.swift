import Specs

/// A rate that rises while the metric improves and falls while it does not.
///
/// After more than `patience` improvements in a row the rate is divided by `factor`, after more than
/// `patience` epochs without one it is multiplied by it, within limits. A rate that has been asked to
/// fall `resetAfter` times at its minimum goes back to the beginning.
/// GreedyLR (arXiv 2512.14527), with the parameters of Hugging Face's `GreedyLR`.
struct Greedy: MetricRule {
  struct State: Sendable {
    var rate: Double
    var best: Double?
    var goodEpochs = 0
    var badEpochs = 0
    /// Epochs that are still not looked at after a change.
    var pause = 0
    var atMinimum = 0
    var window: [Double] = []
  }

  let base: Double
  let factor: Double
  let patience: Int
  let improvement: Improvement
  let cooldown: Int
  let warmup: Int
  let limits: ClosedRange<Double>
  let leastChange: Double
  /// How many metrics are averaged; 1 for none.
  let window: Int
  let resetAfter: Int

  var start: State { State(rate: base) }

  func rate(_ state: State) -> Double { state.rate }

  func observe(_ metric: Double, _ state: inout State) -> (Event.Kind, reason: String)? {
    guard metric.isFinite else {
      return (
        .notFinite, "the metric is \(metric.shortest), which counts neither as good nor as bad"
      )
    }
    state.window = (state.window + [metric]).suffix(window)
    let current = state.window.reduce(0, +) / Double(state.window.count)
    guard state.pause == 0 else {
      state.pause -= 1
      (state.goodEpochs, state.badEpochs) = (0, 0)
      return nil
    }
    if improvement.isBetter(current, than: state.best) {
      state.best = current
      (state.goodEpochs, state.badEpochs) = (state.goodEpochs + 1, 0)
    } else {
      (state.goodEpochs, state.badEpochs) = (0, state.badEpochs + 1)
    }
    if state.goodEpochs > patience { return raise(current, &state) }
    if state.badEpochs > patience { return reduce(current, &state) }
    return nil
  }

  private func raise(_ current: Double, _ state: inout State) -> (Event.Kind, reason: String)? {
    let reason =
      "\(counted(Double(state.goodEpochs), "improvement")) in a row, to \(brief(current))"
    state.goodEpochs = 0
    state.pause = warmup
    state.atMinimum = 0
    let raised = min(state.rate / factor, limits.upperBound)
    guard raised - state.rate > leastChange else { return nil }
    state.rate = raised
    return (.raised, reason)
  }

  private func reduce(_ current: Double, _ state: inout State) -> (Event.Kind, reason: String)? {
    let reason =
      "\(counted(Double(state.badEpochs), "epoch")) without improvement on \(brief(state.best ?? current))"
    state.badEpochs = 0
    state.pause = cooldown
    let reduced = max(state.rate * factor, limits.lowerBound)
    let isReduced = state.rate - reduced > leastChange
    if isReduced { state.rate = reduced }
    if state.rate <= limits.lowerBound { state.atMinimum += 1 }
    if state.atMinimum >= resetAfter {
      state = start
      return (.reset, "\(reason), \(resetAfter) times at the lowest rate")
    }
    return isReduced
      ? (.reduced, reason) : (.blocked, "\(reason), but the rate stays at \(brief(state.rate))")
  }

  var words: String {
    "greedy: divided by \(brief(factor)) after \(counted(Double(patience + 1), "improvement")) in a"
      + " row, times \(brief(factor)) after as many epochs without, between"
      + " \(brief(limits.lowerBound)) and \(brief(limits.upperBound))"
  }
}

extension Family {
  /// Hugging Face's `GreedyLR`.
  static let greedy = Family(
    "greedy", aliases: ["GreedyLR"], "the rate rises while the metric improves, and falls if not",
    clock: nil,
    Parameter("mode", .choice(["min", "max"]), default: "min", "which direction is better"),
    Parameter(
      "factor", .number(.above(0, atMost: 0.999999)), default: 0.95, "the factor of a change"),
    Parameter(
      "patience", .integer(.atLeast(0)), default: 10, "epochs in a row that do not suffice"),
    Parameter("threshold", .number(.atLeast(0)), default: 1e-6, "what counts as improvement"),
    Parameter(
      "threshold_mode", .choice(["rel", "abs"]), default: "abs", "a share of the best, or absolute"),
    Parameter("cooldown", .integer(.atLeast(0)), default: 0, "epochs not looked at after a fall"),
    Parameter("warmup", .integer(.atLeast(0)), default: 0, "epochs not looked at after a rise"),
    Parameter("min_lr", .number(.atLeast(0)), default: 1e-3, "the lowest rate"),
    Parameter("max_lr", .number(.atLeast(0)), default: 1, "the highest rate"),
    Parameter("eps", .number(.atLeast(0)), default: 1e-8, "smaller changes are not made"),
    Parameter("smooth", .boolean, default: false, "whether metrics are averaged"),
    Parameter("window_size", .integer(.atLeast(1)), default: 50, "how many are averaged"),
    Parameter("reset_start", .integer(.atLeast(1)), default: 500, "falls at min_lr until a restart")
  ) { arguments, context throws(SpecError) in
    let (lower, upper): (Double, Double) = (arguments["min_lr"], arguments["max_lr"])
    guard lower <= upper else {
      throw arguments.error("min_lr=\(brief(lower)) is above max_lr=\(brief(upper))", at: "min_lr")
    }
    if !(lower...upper).contains(context.baseRate) {
      context.warn(
        "greedy: the first rate \(brief(context.baseRate)) is outside min_lr=\(brief(lower)) and"
          + " max_lr=\(brief(upper))")
    }
    let rule = Greedy(
      base: context.baseRate, factor: arguments["factor"], patience: arguments["patience"],
      improvement: Improvement(
        mode: MetricMode(rawValue: arguments["mode"]) ?? .min, threshold: arguments["threshold"],
        isRelative: arguments["threshold_mode"] == "rel"),
      cooldown: arguments["cooldown"], warmup: arguments["warmup"], limits: lower...upper,
      leastChange: arguments["eps"], window: arguments["smooth"] ? arguments["window_size"] : 1,
      resetAfter: arguments["reset_start"])
    return MetricDriven(rule: rule, slot: context.slot())
  }
}
