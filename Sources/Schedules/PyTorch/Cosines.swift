import Specs

/// `end + (base - end) (1 + cos(pi (t / length) ^ k)) / 2`, and `end` from `length` on.
///
/// ```
/// base |--.
///      |   '.
///      |     '.
///  end |       '--______
///      +---------+-----> t
///             length
/// ```
/// Loshchilov and Hutter 2017 (arXiv 1608.03983); k-decay: Zhang and Li 2020 (arXiv 2004.05909).
struct HalfCosine: Shape {
  let base: Double
  let end: Double
  let duration: Double
  var k = 1.0

  func rate(at tick: Double) -> Double {
    guard tick < duration else { return end }
    // PyTorch's order of operations: near the end 1 + cos loses digits, and they are the same ones.
    let angle =
      k == 1 ? .pi * tick / duration : .pi * raise(tick, to: k) / raise(duration, to: k)
    return end + (base - end) * (1 + cosine(angle)) / 2
  }

  var length: Double? { duration }

  func words(_ time: Timeline) -> String { time.ending("cosine", to: end, at: duration) }
}

/// Half cosines, or other ways down, one after the other, each `growth` times as long as the one
/// before and with `decay` times its height.
///
/// ```
/// base |.   .       .
///      | '   '-.     '--.
///      |  '.    '.       '-.
///  end |    '     '---      '-----
///      +----+-------+--------------> t
/// ```
struct Restarts: Shape {
  /// The way down within a cycle.
  enum Form: Hashable, Sendable {
    case cosine
    /// `(1 - s) ^ power` of the share s that is over.
    case power(Double)
    /// `(1 - tanh(lower (1 - s) + upper s)) / 2` of the share s that is over.
    case tanh(lower: Double, upper: Double)

    fileprivate var name: String {
      switch self {
      case .cosine: "cosine"
      case .power: "polynomial"
      case .tanh: "tanh"
      }
    }
  }

  let base: Double
  let end: Double
  /// Ticks of the first cycle.
  let first: Double
  let growth: Double
  let decay: Double
  /// How many cycles; without end if nil.
  let limit: Int?
  var k = 1.0
  var form = Form.cosine
  /// Whether `decay` shrinks what is above `end`, as Keras has it, or all of the peak, as timm.
  var isDecayAboveEnd = false

  func rate(at tick: Double) -> Double {
    let cycle = cycle(at: tick)
    if let limit, cycle >= Double(limit) { return end }
    let length = first * raise(growth, to: cycle)
    let elapsed = tick - start(of: cycle)
    // Cycles that shrink below a tick would restart without end.
    guard length >= 1 || growth >= 1, elapsed < length else { return end }
    let shrinkage = raise(decay, to: cycle)
    let height = isDecayAboveEnd ? (base - end) * shrinkage : base * shrinkage - end
    return end + height * remaining(elapsed, of: length)
  }

  /// From 1 to 0 within a cycle.
  private func remaining(_ elapsed: Double, of length: Double) -> Double {
    let (a, b) = k == 1 ? (elapsed, length) : (raise(elapsed, to: k), raise(length, to: k))
    switch form {
    case .cosine: return (1 + cosine(.pi * a / b)) / 2
    case .power(let power): return raise(1 - a / b, to: power)
    case .tanh(let lower, let upper):
      return (1 - hyperbolicTangent(lower * (1 - a / b) + upper * (a / b))) / 2
    }
  }

  /// The tick that a cycle begins at; whole numbers stay exact.
  func start(of cycle: Double) -> Double {
    growth == 1 ? first * cycle : first * (raise(growth, to: cycle) - 1) / (growth - 1)
  }

  func cycle(at tick: Double) -> Double {
    guard growth != 1 else { return (tick / first).rounded(.down) }
    let grown = 1 + tick / first * (growth - 1)
    guard grown > 0 else { return .greatestFiniteMagnitude }  // Past the last of shrinking cycles.
    var cycle = max(0, logarithm(grown, base: growth).rounded(.down))
    // The logarithm is off by one at exact restarts.
    if start(of: cycle) > tick { cycle -= 1 }
    if start(of: cycle + 1) <= tick { cycle += 1 }
    return max(0, cycle)
  }

  var length: Double? { limit.map { start(of: Double($0)) } }

  func words(_ time: Timeline) -> String {
    if limit == 1 { return time.ending(form.name, to: end, at: first) }
    var words = "\(form.name) to \(brief(end)) with restarts every \(time.count(first))"
    if growth != 1 { words += ", each \(brief(growth)) times as long" }
    if decay != 1 { words += ", each \(brief(decay)) times as high" }
    if let length, length < time.span { words += ", then constant from \(time.when(length))" }
    return words
  }
}

extension Family {
  /// PyTorch's `CosineAnnealingLR`; unlike there, the rate does not rise again after `T_max`.
  static let cosineAnnealingLR = Family(
    "CosineAnnealingLR", "half a cosine from the rate to eta_min over T_max ticks",
    Parameter("T_max", .length(), "how long it takes"),
    Parameter("eta_min", .number(.atLeast(0)), default: 0, "the last rate, which holds")
  ) { arguments, context throws(SpecError) in
    let time = context.time
    let shape = HalfCosine(
      base: context.baseRate, end: arguments["eta_min"], duration: time.ticks(arguments["T_max"]))
    context.checkDecay("CosineAnnealingLR", shape, length: shape.duration)
    return Leaf(shape, time)
  }

  /// PyTorch's `CosineAnnealingWarmRestarts`, with exact restarts for every `T_mult`.
  static let cosineAnnealingWarmRestarts = Family(
    "CosineAnnealingWarmRestarts",
    "cosines from the rate to eta_min, each T_mult times as long as the one before",
    Parameter("T_0", .length(.positive), "how long the first one takes"),
    Parameter("T_mult", .number(.positive), default: 1, "factor of every further length"),
    Parameter("eta_min", .number(.atLeast(0)), default: 0, "the lowest rate")
  ) { arguments, context throws(SpecError) in
    let time = context.time
    let shape = Restarts(
      base: context.baseRate, end: arguments["eta_min"], first: time.ticks(arguments["T_0"]),
      growth: arguments["T_mult"], decay: 1, limit: nil)
    context.checkRestarts("CosineAnnealingWarmRestarts", shape)
    return Leaf(shape, time)
  }
}

extension Context {
  func checkRestarts(_ name: String, _ shape: Restarts) {
    show(shape.start(of: min(2, Double(shape.limit ?? 2))))
    if shape.first == 1, shape.growth == 1, shape.decay == 1 {
      warn("\(name) changes nothing: every cycle is one \(clock.rawValue) long")
    }
    guard time.span.isFinite, time.span > 0 else { return }
    let cycle = shape.cycle(at: time.span)
    let (start, next) = (shape.start(of: cycle), shape.start(of: cycle + 1))
    if cycle < 1e15, start < time.span, shape.limit.map({ cycle < Double($0) }) ?? true {
      note(
        "\(name) ends in the middle of a cycle: the last one goes from \(time.when(start)) to"
          + " \(time.when(next)), and training ends at \(time.when(time.span))")
    }
  }
}
