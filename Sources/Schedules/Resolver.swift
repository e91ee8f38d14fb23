import Specs

/// What is known where a part of a schedule is built.
struct Context {
  /// The part's stretch of the run.
  var frame: Frame
  /// The rate that relative parts scale.
  var baseRate: Double
  /// Whether the user asked for a rate, which then wins over a class's default.
  var isRateGiven: Bool
  /// What bare numbers count by the user's wish.
  let requestedClock: Clock?
  /// What the bare numbers of sequences and milestones count.
  let boundaryClock: Clock
  /// What the part after a warm-up starts with.
  var target: Point?
  /// Whether only the part's extent is asked for.
  ///
  /// What does not matter for it is then left out, so that nested sequences are not built twice on
  /// every level.
  var asksOnlyExtent = false
  /// The clock of the part.
  var clock = Clock.epoch
  /// The spec of the part, for errors.
  var spec: Spec
  var findings: Findings

  var time: Timeline { Timeline(clock: clock, frame: frame) }

  func warn(_ text: String, of subject: Note.Subject = .anyValue) {
    findings.notes.append(Note(.warning, of: subject, text))
  }

  func note(_ text: String, of subject: Note.Subject = .anyValue) {
    findings.notes.append(Note(.note, of: subject, text))
  }

  /// Reserves a place for a fold's memory.
  func slot() -> Int {
    findings.slots.count += 1
    return findings.slots.count - 1
  }

  func error(_ message: String) -> SpecError { SpecError(message, at: spec.place) }

  /// Says how many ticks it takes until all of the part has been seen.
  func show(_ ticks: Double) {
    guard frame.endStep >= frame.run.totalSteps, ticks > time.span, ticks < 1e9 else { return }
    let steps = clock == .step ? ticks : ticks * Double(frame.run.stepsPerEpoch)
    findings.lastStep = max(findings.lastStep, frame.startStep + Int(steps.rounded(.up)))
  }

  /// Says what becomes of a shape that ends before or after its time does, with the rates that it
  /// has at its end and where its time ends.
  func checkEnd(_ name: String, _ length: Double, rates: (end: Double, cut: Double)) {
    show(length)
    let time = time
    if length > time.span {
      warn(
        "\(name) is cut off: it lasts \(time.count(length)) but has \(time.count(time.span)), so the"
          + " rate ends at \(brief(rates.cut)) instead of \(brief(rates.end))")
    } else if length < time.span {
      note(
        "\(name) ends at \(time.when(length)) and holds \(brief(rates.end)) for the remaining"
          + " \(time.count(time.span - length))")
    }
  }

  /// Where a part ends by itself, in a stretch of the run.
  func extent(of spec: Spec, in frame: Frame) throws(SpecError) -> Extent? {
    var context = child(spec, frame)
    context.asksOnlyExtent = true
    return try Resolver.build(spec, context).extent
  }

  /// A context for a part of this one, with findings of its own.
  func child(_ spec: Spec, _ frame: Frame) -> Context {
    var child = self
    child.spec = spec
    child.frame = frame
    child.target = nil
    child.findings = Findings(slots: findings.slots)
    return child
  }
}

/// What building a schedule brings to light.
final class Findings {
  final class Slots { var count = 0 }

  var notes: [Note] = []
  var usesSteps = false
  /// Updates until all has been seen, where the run is too short for it.
  var lastStep = 0
  let slots: Slots

  init(slots: Slots = Slots()) { self.slots = slots }

  func add(_ other: Findings) {
    notes += other.notes
    usesSteps = usesSteps || other.usesSteps
    lastStep = max(lastStep, other.lastStep)
  }
}

/// Turns specs into curves.
enum Resolver {
  static func plan(
    _ schedule: Schedule, run: Run, baseRate: Double?, defaultRate: Double?, clock: Clock?
  ) throws(SpecError) -> Plan {
    // Lengths made from `len(loader)` are settled here; what they are part of counts updates.
    let clock = clock ?? (schedule.spec.countsLoader ? .step : nil)
    let schedule = Schedule(unchecked: schedule.spec.settingStepsPerEpoch(run.stepsPerEpoch))
    let survey = try Survey(of: schedule.spec)
    let named = survey.namedRate ?? (baseRate == nil ? survey.defaultRate : nil)
    guard let rate = baseRate ?? named ?? defaultRate else {
      throw SpecError(
        "\(schedule) scales a learning rate, and none is given: say --lr 0.1 or the like",
        at: schedule.spec.place)
    }
    guard rate.isFinite, rate >= 0 else {
      throw SpecError("a learning rate of \(rate.shortest) is impossible", at: nil)
    }
    let context = Context(
      frame: Frame(run), baseRate: rate, isRateGiven: baseRate != nil, requestedClock: clock,
      boundaryClock: try survey.boundaryClock(clock), spec: schedule.spec, findings: Findings())
    if let baseRate, let naming = survey.naming, naming.rate != baseRate {
      context.note(
        "\(naming.text), which wins over --lr \(brief(baseRate))", of: .learningRate)
    }
    let curve = try build(schedule.spec, context)
    let findings = context.findings
    var plan = Plan(
      schedule, curve, run: run, clock: clock ?? (findings.usesSteps ? .step : .epoch),
      slots: findings.slots.count, notes: findings.notes, metricMode: survey.metricMode)
    if findings.lastStep > run.totalSteps {
      plan.wholeRun = Run(steps: findings.lastStep, stepsPerEpoch: run.stepsPerEpoch)
    }
    plan.notes += try check(plan)
    return plan
  }

  /// Builds a part; what it finds out is added to the findings of the context.
  static func build(_ spec: Spec, _ context: Context) throws(SpecError) -> any Curve {
    switch spec.form {
    case .product(let a, let b):
      return try product([a, b], context)
    case .sequence(let segments):
      return try succession(segments.map { Part(spec: $0.spec, length: $0.length) }, context)
    default: return try call(spec, context)
    }
  }

  private static func call(_ spec: Spec, _ context: Context) throws(SpecError) -> any Curve {
    let (family, arguments) = try Family.bind(spec)
    var context = context
    context.spec = spec
    context.clock =
      context.requestedClock ?? family.clock(for: arguments) ?? context.boundaryClock
    if family.clock != nil, context.clock == .step { context.findings.usesSteps = true }
    if let name = family.rateParameter, let rate = arguments.rate(name),
      arguments.isGiven(name) || !context.isRateGiven
    {
      context.baseRate = rate
    }
    return try family.build(arguments, context)
  }

  /// Looks at values all over the run.
  private static func check(_ plan: Plan) throws(SpecError) -> [Note] {
    let (run, place) = (plan.run, plan.schedule.spec.place)
    let samples = 1000
    var steps = Set((0..<samples).map { run.totalSteps / samples * $0 })
    steps.insert(run.totalSteps - 1)
    if run.epochs <= samples { steps.formUnion((0..<run.epochs).map { $0 * run.stepsPerEpoch }) }
    if run.totalSteps <= samples { steps.formUnion(0..<run.totalSteps) }
    var notes: [Note] = []
    var isAscending = false
    var evaluation = Evaluation(metrics: [], slots: plan.slots)
    for step in steps.sorted() {
      let tick = run.tick(step, of: .step)
      let raw = plan.unclampedRate(at: tick, &evaluation)
      guard raw.isFinite else {
        throw SpecError(
          "the schedule gives \(raw.shortest) at epoch \(tick.epoch), step \(step): a rate must be a"
            + " finite number", at: place)
      }
      if raw < 0, !isAscending {
        isAscending = true
        notes.append(
          Note(
            .warning,
            "the schedule gives \(brief(raw)) at epoch \(tick.epoch), step \(step): a negative"
              + " rate is taken as 0"))
      }
      if step == 0, raw == 0 {
        notes.append(
          Note(
            .warning, of: .learningRate,
            "the first rate is 0: nothing is learned until it rises"
              + (plan.clock == .epoch ? ", which wastes the whole first epoch" : "")))
      }
    }
    return notes
  }
}
