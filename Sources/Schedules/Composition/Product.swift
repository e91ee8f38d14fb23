import Specs

/// Curves on the same base rate, multiplied as factors of it.
///
/// `rate = base * (a / base) * (b / base) * ...`
struct Product: Curve {
  let curves: [any Curve]
  let base: Double

  func point(at moment: Moment, _ evaluation: inout Evaluation) -> Point {
    var product = curves[0].point(at: moment, &evaluation)
    for curve in curves.dropFirst() {
      let point = curve.point(at: moment, &evaluation)
      // A base rate of 0 has no factors; what scales it is 0 as well.
      product.learningRate = base == 0 ? 0 : product.learningRate * (point.learningRate / base)
      product.momentum = product.momentum ?? point.momentum
    }
    return product
  }

  var extent: Extent? {
    let extents = curves.compactMap(\.extent)
    guard extents.count == curves.count, Set(extents.map(\.clock)).count == 1 else { return nil }
    return extents.max { $0.ticks < $1.ticks }
  }

  var words: String { curves.map { "(\($0.words))" }.joined(separator: " x ") }

  func events(_ metrics: ArraySlice<Double>) -> [Event] { curves.flatMap { $0.events(metrics) } }
}

/// A curve times a number.
struct Scaled: Curve {
  let curve: any Curve
  let factor: Double

  func point(at moment: Moment, _ evaluation: inout Evaluation) -> Point {
    var point = curve.point(at: moment, &evaluation)
    point.learningRate *= factor
    return point
  }

  var extent: Extent? { curve.extent }

  var words: String { "\(brief(factor)) x (\(curve.words))" }

  func events(_ metrics: ArraySlice<Double>) -> [Event] { curve.events(metrics) }
}

extension Resolver {
  static func product(_ specs: [Spec], _ context: Context) throws(SpecError) -> any Curve {
    var context = context
    var factors: [Spec] = []
    var scale = 1.0
    for spec in specs {
      if case .number(let value) = spec.form { scale *= value } else { factors.append(spec) }
    }
    var named: (rate: Double, spec: Spec)?
    for factor in factors {
      guard let rate = try Survey(of: factor).namedRate else { continue }
      if let named, named.rate != rate {
        throw SpecError(
          [
            .init("\(named.spec) names the rate \(brief(named.rate))", at: named.spec.place),
            .init("\(factor) names the rate \(brief(rate))", at: factor.place),
          ], help: "at most one factor can name a rate; the others scale it")
      }
      named = (rate, factor)
    }
    if let named {
      context.baseRate = named.rate
      context.isRateGiven = true
    }
    guard !factors.isEmpty else { throw context.error("a product needs a schedule") }
    var curves: [any Curve] = []
    for factor in factors { curves.append(try build(factor, context)) }
    let product = curves.count == 1 ? curves[0] : Product(curves: curves, base: context.baseRate)
    return scale == 1 ? product : Scaled(curve: product, factor: scale)
  }
}

extension Family {
  /// PyTorch's `ChainedScheduler`: the product of what its schedulers do to the rate.
  ///
  /// PyTorch lets each scheduler change what the last one left behind; those that set the rate
  /// instead of scaling it (LambdaLR, CosineAnnealingWarmRestarts, ...) silently discard the others.
  /// Here it is always the product.
  static let chainedScheduler = Family(
    "ChainedScheduler", "the product of several schedulers", clock: nil,
    Parameter("schedulers", .list(.spec), "the schedulers that are multiplied")
  ) { arguments, context throws(SpecError) in
    let schedulers: [Spec] = arguments["schedulers"]
    guard !schedulers.isEmpty else {
      throw arguments.error("at least one scheduler is needed", at: "schedulers")
    }
    var overwriting: [String] = []
    for scheduler in schedulers {
      guard case .call = scheduler.form else { continue }
      let (family, arguments) = try Family.bind(scheduler)
      let name = family.signature.name
      let overwrites =
        [
          Family.lambdaLR, .cosineAnnealingWarmRestarts, .cyclicLR, .oneCycleLR,
        ].map(\.signature.name).contains(name)
      let hasFloor = name == Family.cosineAnnealingLR.signature.name && arguments["eta_min"] != 0.0
      if overwrites || hasFloor { overwriting.append(name) }
    }
    if schedulers.count > 1, !overwriting.isEmpty {
      context.note(
        "ChainedScheduler multiplies its schedulers; PyTorch would let "
          + "\(overwriting.joined(separator: " and ")) overwrite what the others do")
    }
    return try Resolver.product(schedulers, context)
  }

  /// A schedule times a number.
  static let scale = Family(
    "scale", "a schedule times a number", clock: nil,
    Parameter("schedule", .spec, "what is scaled"),
    Parameter("factor", .number(.atLeast(0)), "by how much")
  ) { arguments, context throws(SpecError) in
    Scaled(
      curve: try Resolver.build(arguments["schedule"], context), factor: arguments["factor"])
  }
}
