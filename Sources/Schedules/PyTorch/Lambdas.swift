import Specs

/// A lambda as a factor, `base * f(t)`.
struct LambdaFactor: Shape {
  let base: Double
  let function: Function

  func rate(at tick: Double) -> Double { base * function(tick) }

  func words(_ time: Timeline) -> String { "times \(function)" }
}

/// `base * f(1) * f(2) * ... * f(t)`: a fold over all ticks.
struct LambdaProduct: Curve {
  private struct Progress: Sendable {
    var tick = 0
    var product = 1.0
  }

  let base: Double
  let function: Function
  let time: Timeline
  let slot: Int

  func point(at moment: Moment, _ evaluation: inout Evaluation) -> Point {
    let tick = time.clock == .epoch ? moment.epoch : moment.step
    var progress = Progress()
    if slot < evaluation.folds.count, let kept = evaluation.folds[slot] as? Progress,
      kept.tick <= tick
    {
      progress = kept
    }
    while progress.tick < tick {
      progress.tick += 1
      progress.product *= function(Double(progress.tick))
    }
    if slot < evaluation.folds.count { evaluation.folds[slot] = progress }
    return Point(base * progress.product)
  }

  var words: String { "every \(time.clock.rawValue) times \(function)" }
}

extension Family {
  /// PyTorch's `LambdaLR`.
  static let lambdaLR = Family(
    "LambdaLR", "the rate times a lambda of the tick", countsTicks: true,
    Parameter("lr_lambda", .either(.function, .list(.function)), "lambda e: 0.95 ** e")
  ) { arguments, context throws(SpecError) in
    Leaf(
      LambdaFactor(base: context.baseRate, function: try onlyLambda(arguments)), context.time)
  }

  /// PyTorch's `MultiplicativeLR`.
  static let multiplicativeLR = Family(
    "MultiplicativeLR", "the rate times the product of a lambda over all ticks so far",
    countsTicks: true,
    Parameter("lr_lambda", .either(.function, .list(.function)), "lambda e: 0.95")
  ) { arguments, context throws(SpecError) in
    LambdaProduct(
      base: context.baseRate, function: try onlyLambda(arguments), time: context.time,
      slot: context.slot())
  }

  private static func onlyLambda(_ arguments: Arguments) throws(SpecError) -> Function {
    let functions: [Function] = arguments["lr_lambda"]
    guard functions.count == 1 else {
      throw arguments.error(
        "one lambda is wanted, not \(functions.count): each parameter group has a schedule of its own",
        at: "lr_lambda")
    }
    return functions[0]
  }
}
