import Specs

/// A rate that metrics drive: a fold over their history.
protocol MetricRule: Sendable {
  associatedtype State: Sendable

  /// The state before any metric.
  var start: State { get }

  /// Takes in one metric; says what it made happen, if anything.
  func observe(_ metric: Double, _ state: inout State) -> (Event.Kind, reason: String)?

  func rate(_ state: State) -> Double

  var words: String { get }
}

/// A metric rule as a curve: at epoch e it has seen the metrics of the epochs before e.
struct MetricDriven<Rule: MetricRule>: Curve {
  private struct Progress: Sendable {
    var first: Int
    var next: Int
    var state: Rule.State
  }

  let rule: Rule
  let slot: Int

  func point(at moment: Moment, _ evaluation: inout Evaluation) -> Point {
    let first = moment.firstMetric
    let end = max(first, min(evaluation.metrics.count, first + moment.epoch))
    var progress = Progress(first: first, next: first, state: rule.start)
    if slot < evaluation.folds.count, let kept = evaluation.folds[slot] as? Progress,
      kept.first == first, kept.next <= end
    {
      progress = kept
    }
    if progress.next < end {
      for index in progress.next..<end {
        _ = rule.observe(evaluation.metrics[index], &progress.state)
      }
      progress.next = end
      if slot < evaluation.folds.count { evaluation.folds[slot] = progress }
    }
    return Point(rule.rate(progress.state))
  }

  var words: String { rule.words }

  func events(_ metrics: ArraySlice<Double>) -> [Event] {
    var state = rule.start
    return metrics.indices.compactMap { index in
      let before = rule.rate(state)
      return rule.observe(metrics[index], &state).map { kind, reason in
        Event(
          epoch: index + 1, kind: kind, before: before, after: rule.rate(state), reason: reason)
      }
    }
  }
}

/// When one value of a metric counts as better than another.
struct Improvement: Hashable, Sendable {
  let mode: MetricMode
  let threshold: Double
  let isRelative: Bool

  /// How much better than the best so far a metric must be.
  ///
  /// A relative threshold is a share of the size of the best value, so that it asks for an
  /// improvement also where metrics are negative.
  func margin(_ best: Double) -> Double { isRelative ? threshold * abs(best) : threshold }

  func isBetter(_ metric: Double, than best: Double?) -> Bool {
    guard let best else { return true }
    switch mode {
    case .min: return metric < best - margin(best)
    case .max: return metric > best + margin(best)
    }
  }
}

/// The rate times `factor` whenever the metric has not improved for more than `patience` epochs.
struct Plateau: MetricRule {
  struct State: Hashable, Sendable {
    var rate: Double
    var best: Double?
    var badEpochs = 0
    var cooldown = 0
    /// The exponential mean of the metric, and the weight that it has gathered.
    var mean = 0.0
    var weight = 0.0
  }

  let base: Double
  let factor: Double
  let patience: Int
  let improvement: Improvement
  let cooldown: Int
  let minimum: Double
  let leastChange: Double
  let smoothing: Double

  var start: State { State(rate: base) }

  func rate(_ state: State) -> Double { state.rate }

  func observe(_ metric: Double, _ state: inout State) -> (Event.Kind, reason: String)? {
    guard metric.isFinite else {
      return (
        .notFinite, "the metric is \(metric.shortest), which counts neither as good nor as bad"
      )
    }
    var current = metric
    if smoothing > 0 {
      state.mean = smoothing * state.mean + (1 - smoothing) * metric
      state.weight = smoothing * state.weight + (1 - smoothing)
      current = state.mean / state.weight
    }
    if improvement.isBetter(current, than: state.best) {
      state.best = current
      state.badEpochs = 0
    } else {
      state.badEpochs += 1
    }
    if state.cooldown > 0 {
      state.cooldown -= 1
      state.badEpochs = 0
    }
    guard state.badEpochs > patience else { return nil }
    let bad = state.badEpochs
    state.badEpochs = 0
    state.cooldown = cooldown
    let best = state.best ?? current
    let reason =
      "\(brief(current)) is no improvement on the best, \(brief(best)), by more than"
      + " \(brief(improvement.margin(best))), for \(counted(Double(bad), "epoch")) (patience \(patience))"
    let reduced = max(state.rate * factor, minimum)
    guard state.rate - reduced > leastChange else {
      return (
        .blocked,
        "\(reason), but the rate stays at \(brief(state.rate)): "
          + (state.rate <= minimum
            ? "min_lr is \(brief(minimum))"
            : "a change of at most eps=\(brief(leastChange)) is not made")
      )
    }
    state.rate = reduced
    return (.reduced, reason)
  }

  var words: String {
    "times \(brief(factor)) when the metric has not improved for more than"
      + " \(counted(Double(patience), "epoch"))"
      + (minimum > 0 ? ", down to \(brief(minimum))" : "")
  }
}

extension Family {
  /// PyTorch's `ReduceLROnPlateau`.
  ///
  /// The same values, but for three things: a relative threshold is a share of the size of the best
  /// metric, so that it works below 0; a metric that is NaN or infinite is an event of its own and
  /// does not count; and a reduction that `eps` or `min_lr` prevents is told.
  static let reduceLROnPlateau = Family(
    "ReduceLROnPlateau", "the rate times factor when the metric stops improving", clock: nil,
    Parameter("mode", .choice(["min", "max"]), default: "min", "which direction is better"),
    Parameter("factor", .number(.atLeast(0, below: 1)), default: 0.1, "factor of every reduction"),
    Parameter(
      "patience", .integer(.atLeast(0)), default: 10,
      "epochs without improvement that are tolerated: the next one reduces"),
    Parameter("threshold", .number(.atLeast(0)), default: 1e-4, "what counts as improvement"),
    Parameter(
      "threshold_mode", .choice(["rel", "abs"]), default: "rel", "a share of the best, or absolute"),
    Parameter(
      "cooldown", .integer(.atLeast(0)), default: 0, "epochs after a reduction that do not count"),
    Parameter(
      "min_lr", .either(.number(.atLeast(0)), .tuple(.number(.atLeast(0)), count: 1)), default: 0,
      "the lowest rate"),
    Parameter("eps", .number(.atLeast(0)), default: 1e-8, "smaller reductions are not made"),
    Parameter(
      "smoothing", .number(.atLeast(0, below: 1)), default: 0,
      "the share of the past in an exponential mean of the metric")
  ) { arguments, context throws(SpecError) in
    let minimum: [Double] = arguments["min_lr"]
    let rule = Plateau(
      base: context.baseRate, factor: arguments["factor"], patience: arguments["patience"],
      improvement: Improvement(
        mode: MetricMode(rawValue: arguments["mode"]) ?? .min, threshold: arguments["threshold"],
        isRelative: arguments["threshold_mode"] == "rel"),
      cooldown: arguments["cooldown"], minimum: minimum[0], leastChange: arguments["eps"],
      smoothing: arguments["smoothing"])
    let epochs = context.frame.span(.epoch).rounded(.up)
    if Double(rule.patience) + 2 >= epochs {
      context.warn(
        "ReduceLROnPlateau cannot reduce: with patience \(rule.patience) it needs"
          + " \(rule.patience + 2) metrics, and only \(brief(max(0, epochs - 1))) come before the last"
          + " epoch")
    }
    if rule.base - max(rule.base * rule.factor, rule.minimum) <= rule.leastChange {
      context.warn(
        "ReduceLROnPlateau cannot reduce: from \(brief(rule.base)) to"
          + " \(brief(max(rule.base * rule.factor, rule.minimum))) is a change of at most"
          + " eps=\(brief(rule.leastChange))")
    }
    return MetricDriven(rule: rule, slot: context.slot())
  }
}
