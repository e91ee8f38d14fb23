import Specs

/// What a spec says before any run is known: whose rates it names and what its numbers count.
///
/// Making one also checks every name and argument in the spec.
struct Survey {
  /// A part whose bare numbers count a clock.
  private(set) var bareNumbers: [(clock: Clock, place: Spec)] = []
  /// The clocks that parts follow by default.
  private(set) var clocks: Set<Clock> = []
  /// A bare number of a sequence or a milestone, which counts the clock of the parts.
  private(set) var bareBoundary: Spec?
  /// The first absolute rate that the text names, and how it does.
  private(set) var naming: (rate: Double, text: String)?
  /// The first absolute rate that a class has by default.
  private(set) var defaultRate: Double?
  private(set) var metricMode: MetricMode?

  var namedRate: Double? { naming?.rate }

  init(of spec: Spec) throws(SpecError) { try visit(spec) }

  private mutating func visit(_ spec: Spec) throws(SpecError) {
    switch spec.form {
    case .product(let a, let b):
      for factor in [a, b] {
        if case .number(let value) = factor.form {
          guard value >= 0 else {
            throw SpecError("a schedule cannot be multiplied by \(factor)", at: factor.place)
          }
        } else {
          try visit(factor)
        }
      }
    case .sequence(let segments):
      for segment in segments {
        try visit(segment.spec)
        if segment.length?.unit == .ticks { bareBoundary = bareBoundary ?? spec }
      }
    case .call: try visitCall(spec)
    case .number:
      throw SpecError(
        "a schedule is expected, not \(spec): write constant(\(spec)) for a fixed rate",
        at: spec.place)
    case .function:
      throw SpecError(
        "a schedule is expected, not a lambda: write LambdaLR(\(spec))", at: spec.place)
    default: throw SpecError("a schedule is expected, not \(spec)", at: spec.place)
    }
  }

  private mutating func visitCall(_ spec: Spec) throws(SpecError) {
    let (family, arguments) = try Family.bind(spec)
    var children: [Spec] = []
    var lengths: [Length] = []
    for parameter in family.signature.parameters {
      children += arguments.specs(parameter)
      lengths += arguments.lengths(parameter)
    }
    let isBare = family.countsTicks || lengths.contains { $0.unit == .ticks }
    if let clock = family.clock(for: arguments) {
      clocks.insert(clock)
      if isBare { bareNumbers.append((clock, spec)) }
    } else if isBare {
      bareBoundary = bareBoundary ?? spec
    }
    if let name = family.rateParameter, let rate = arguments.rate(name) {
      if arguments.isGiven(name) {
        let value = family.namesList(name) ? "[\(brief(rate)), ...]" : brief(rate)
        naming = naming ?? (rate, "\(family.signature.name) names \(name)=\(value)")
      } else {
        defaultRate = defaultRate ?? rate
      }
    }
    if family.signature.parameters.contains(where: { $0.name == "mode" }),
      let mode = MetricMode(rawValue: arguments["mode"])
    {
      metricMode = metricMode ?? mode
    }
    for child in children { try visit(child) }
  }

  /// The clock that the bare numbers of sequences count.
  ///
  /// - Throws: `SpecError` if parts count different clocks without saying so.
  func boundaryClock(_ requested: Clock?) throws(SpecError) -> Clock {
    if let requested { return requested }
    let bareClocks = Set(bareNumbers.map(\.clock))
    let advice =
      "give the lengths units (5ep for epochs, 500it for updates), or say --clock epoch or --clock step"
    if bareClocks.count > 1 {
      let names = [Clock.epoch, .step].compactMap { clock in
        bareNumbers.first { $0.clock == clock }.map { (clock, $0.place) }
      }
      throw SpecError(
        names.map { clock, spec in
          .init("\(spec) counts \(clock == .epoch ? "epochs" : "updates")", at: spec.place)
        }, help: "both in one schedule would be a mix-up: \(advice)")
    }
    if let bareBoundary, clocks.count > 1 {
      throw SpecError(
        "its parts count epochs and updates, so a bare number is ambiguous: \(advice)",
        at: bareBoundary.place)
    }
    if let clock = bareClocks.first ?? (clocks.count == 1 ? clocks.first : nil) { return clock }
    // Where no part counts anything, PyTorch's milestones count epochs and our own lengths updates.
    if case .call(let call) = bareBoundary?.form, call.name == Family.sequentialLR.signature.name {
      return .epoch
    }
    return .step
  }
}

extension Family {
  /// The clock that a call follows if the user does not ask for one.
  func clock(for arguments: Arguments) -> Clock? {
    guard clock == .epoch else { return clock }
    if let epochParameter, !(arguments[epochParameter] as Bool) { return .step }
    let units = Set(signature.parameters.flatMap(arguments.lengths).map(\.unit))
    return units.contains(.steps) && !units.contains(.epochs) && !units.contains(.ticks)
      ? .step : .epoch
  }
}
