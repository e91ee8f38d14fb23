import Specs

/// The base rate, always.
struct Constant: Shape {
  let base: Double

  func rate(at tick: Double) -> Double { base }

  func words(_ time: Timeline) -> String { "constant \(brief(base))" }
}

/// `base (end / base) ^ (t / length)`, and `end` from `length` on: a line on a logarithmic scale.
struct Geometric: Shape {
  let base: Double
  let end: Double
  let duration: Double

  func rate(at tick: Double) -> Double {
    guard tick < duration else { return end }
    return base * raise(end / base, to: tick / duration)
  }

  var length: Double? { duration }

  func words(_ time: Timeline) -> String { time.ending("exponential", to: end, at: duration) }
}

/// A decay with the inverse of the time, `base / (1 + decay t / interval)`.
struct InverseTime: Shape {
  let base: Double
  let decay: Double
  let interval: Double
  let isStaircase: Bool

  func rate(at tick: Double) -> Double {
    let time = tick / interval
    return base / (1 + decay * (isStaircase ? time.rounded(.down) : time))
  }

  func words(_ time: Timeline) -> String {
    "divided by 1 + \(brief(decay)) t / \(time.count(interval))"
  }
}

/// A linear ramp of `warmup` ticks, then `base sqrt(timescale / (t + timescale - warmup))`.
///
/// Vaswani et al. 2017 (arXiv 1706.03762), as in Hugging Face's `get_inverse_sqrt_schedule`.
struct InverseSquareRoot: Shape {
  let base: Double
  let warmup: Double
  let timescale: Double

  func rate(at tick: Double) -> Double {
    guard tick >= warmup else { return base * (tick + 1) / warmup }
    return base * (timescale / (tick + timescale - warmup)).squareRoot()
  }

  func words(_ time: Timeline) -> String {
    (warmup > 0 ? "linear to \(brief(base)) at \(time.when(warmup)), then " : "")
      + "inverse square root with timescale \(time.count(timescale))"
  }
}

/// `end + (base - end) (1 - tanh(lower (1 - t / length) + upper t / length)) / 2`, and `end` from
/// `length` on.
///
/// Hsueh et al. 2019 (arXiv 1806.01593), as in timm's `TanhLRScheduler`.
struct TanhDecay: Shape {
  let base: Double
  let end: Double
  let duration: Double
  let lower: Double
  let upper: Double

  func rate(at tick: Double) -> Double {
    guard tick < duration else { return end }
    let share = tick / duration
    let bend = hyperbolicTangent(lower * (1 - share) + upper * share)
    return end + (base - end) * (1 - bend) / 2
  }

  var length: Double? { duration }

  func words(_ time: Timeline) -> String { time.ending("tanh", to: end, at: duration) }
}

/// `end + (base - end) z / (1/2 + z/2)` with `z = 1 - t / length`: slow at first, steep at the end.
///
/// Chen, Wolfe and Kyrillidis 2021 (arXiv 2107.04197).
struct Rex: Shape {
  let base: Double
  let end: Double
  let duration: Double

  func rate(at tick: Double) -> Double {
    guard tick < duration else { return end }
    let left = 1 - tick / duration
    return end + (base - end) * left / (0.5 + left / 2)
  }

  var length: Double? { duration }

  func words(_ time: Timeline) -> String { time.ending("REX", to: end, at: duration) }
}

/// Up, flat, and down at the end of training.
///
/// ```
/// base |   .----------.
///      | .'            '.
///      |'                '.
///      +---+----------+---+--> t
///      warmup  stable  decay
/// ```
/// Warmup-stable-decay, Hu et al. 2024 (arXiv 2404.06395); without warm-up, fastai's flat-cosine.
struct Trapezoid: Shape {
  enum Form: String, Hashable, Sendable, CaseIterable {
    case linear, cosine
    case squareRoot = "1-sqrt"

    /// From 1 to 0 as `share` goes from 0 to 1.
    func remaining(_ share: Double) -> Double {
      switch self {
      case .linear: 1 - share
      case .cosine: (1 + Schedules.cosine(.pi * share)) / 2
      case .squareRoot: 1 - share.squareRoot()
      }
    }
  }

  let base: Double
  let end: Double
  let warmup: Double
  let stable: Double
  let decay: Double
  let warmupForm: Form
  let decayForm: Form

  func rate(at tick: Double) -> Double {
    if tick < warmup {
      // As every warm-up here: the first update is not wasted at rate 0.
      return base * (1 - warmupForm.remaining((tick + 1) / warmup))
    }
    let elapsed = tick - warmup - stable
    if elapsed <= 0 { return base }
    guard elapsed < decay else { return end }
    return end + (base - end) * decayForm.remaining(elapsed / decay)
  }

  var length: Double? { warmup + stable + decay }

  func words(_ time: Timeline) -> String {
    let rise =
      warmup > 0 ? "\(warmupForm.rawValue) to \(brief(base)) at \(time.when(warmup)), " : ""
    return rise + "constant until \(time.when(warmup + stable)), "
      + time.ending(decayForm.rawValue, to: end, at: warmup + stable + decay)
  }
}

/// Factors at given ticks, and between them a line, half a cosine, or the last factor.
struct Piecewise: Shape {
  enum Form: String, Hashable, Sendable, CaseIterable {
    case linear, cosine, constant
  }

  let base: Double
  /// Ascending.
  let ticks: [Double]
  let factors: [Double]
  let form: Form

  func rate(at tick: Double) -> Double {
    var (low, high) = (0, ticks.count)
    while low < high {
      let middle = (low + high) / 2
      if ticks[middle] <= tick { low = middle + 1 } else { high = middle }
    }
    // `low` is the first point after the tick.
    guard low > 0 else { return base * factors[0] }
    let (start, end) = (factors[low - 1], low < ticks.count ? factors[low] : factors[low - 1])
    guard low < ticks.count, form != .constant else { return base * start }
    let share = (tick - ticks[low - 1]) / (ticks[low] - ticks[low - 1])
    let bent = form == .linear ? share : (1 - Schedules.cosine(.pi * share)) / 2
    return base * (start + (end - start) * bent)
  }

  /// After the last of constant pieces nothing leads to an end.
  var length: Double? { form == .constant ? nil : ticks.last }

  func words(_ time: Timeline) -> String {
    let points = zip(ticks, factors).prefix(8).map { tick, factor in
      "\(brief(base * factor)) at \(time.when(tick))"
    }
    return "\(form.rawValue) through \(points.joined(separator: ", "))"
  }
}
