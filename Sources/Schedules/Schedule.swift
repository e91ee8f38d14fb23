@_exported public import Specs

/// A learning-rate schedule, or the schedule of any other hyper-parameter.
///
/// A schedule is a description: it holds no state and no optimizer. Made concrete for a run, it
/// becomes a ``Plan``, which is a pure function of the point in training.
///
/// ```swift
/// let schedule = try Schedule(parsing: "CosineAnnealingLR(T_max=20, eta_min=0.01)")
/// let plan = try schedule.resolved(
///   for: Run(epochs: 30, stepsPerEpoch: 235), baseRate: 0.3, warmup: .epochs(5))
/// plan.value(at: Tick(step: 470, epoch: 2)).learningRate
/// ```
/// It is read from the same text as PyTorch's constructors, or put together in Swift:
/// ```swift
/// let schedule: Schedule = .cosine(from: 0.1, over: .epochs(25)).warmup(.epochs(5))
/// ```
/// Both give the same value; ``description`` prints it as text, which is also how it is coded.
public struct Schedule: Hashable, Sendable {
  /// The schedule as the grammar has it.
  public let spec: Spec

  /// Reads a schedule: `StepLR(10, gamma=0.5)`, `LinearLR(0.1) for 5ep then cosine`.
  ///
  /// - Throws: `SpecError` with the column, if the text cannot be read, names an unknown schedule
  ///   or gives arguments that do not fit.
  public init(parsing text: String) throws(SpecError) {
    let script = try Script(text)
    guard let reading = try ScheduleReading(script) else {
      throw SpecError(
        "these lines make no schedule", at: script.place(0..<0), help: Self.catalog.help)
    }
    guard reading.unset.isEmpty else { throw SpecError(unset: reading.unset) }
    self = reading.schedule
  }

  /// A schedule from a spec.
  ///
  /// - Throws: `SpecError` if the spec names an unknown schedule or gives arguments that do not fit.
  public init(_ spec: Spec) throws(SpecError) {
    let spec = Self.catalog.stripped(spec)
    _ = try Survey(of: spec)
    self.spec = spec
  }

  /// A spec that is put together by Swift; whether its values make sense shows when it is resolved.
  init(unchecked spec: Spec) { self.spec = spec }

  /// Every schedule that text may name.
  public static var catalog: Catalog { Family.catalog }

  /// The rate that the schedule names by itself (`base_lr`, `max_lr`, `lr`, `from`), in the text or
  /// by a class's default; nil if it scales the rate that it is given.
  public var ownRate: Double? {
    guard let survey = try? Survey(of: spec) else { return nil }
    return survey.namedRate ?? survey.defaultRate
  }

  /// Which direction of the metric counts as better; nil if no metric is looked at.
  public var metricMode: MetricMode? { (try? Survey(of: spec))?.metricMode }

  /// Settles every length, rate and clock for a run.
  ///
  /// - Parameters:
  ///   - run: How long training lasts.
  ///   - baseRate: The rate that the user asks for; a rate that the schedule names wins over it,
  ///     and a note says so.
  ///   - defaultRate: The rate if neither the user nor the schedule names one.
  ///   - clock: What bare numbers count; nil follows each class: `step` for OneCycleLR, CyclicLR and
  ///     our own, `epoch` for PyTorch's other classes and the chapter's.
  ///   - warmup: How long the rate ramps up to the one that the schedule starts with. Update i of w
  ///     has (i + 1) / w of it; the schedule then begins from its own start.
  /// - Returns: The plan.
  /// - Throws: `SpecError` if arguments do not fit, if bare numbers count both clocks, if no rate is
  ///   known, or if a lambda gives no finite number.
  public func resolved(
    for run: Run, baseRate: Double? = nil, defaultRate: Double? = nil, clock: Clock? = nil,
    warmup: Length? = nil
  ) throws(SpecError) -> Plan {
    let schedule = warmup.map { self.warmup($0) } ?? self
    return try Resolver.plan(
      schedule, run: run, baseRate: baseRate, defaultRate: defaultRate, clock: clock)
  }
}

extension Schedule: CustomStringConvertible {
  /// The schedule as text, in canonical spelling.
  public var description: String { spec.description }
}

extension Schedule: Codable {
  /// Reads the text of a schedule.
  public init(from decoder: any Decoder) throws {
    try self.init(parsing: decoder.singleValueContainer().decode(String.self))
  }

  /// Writes the text of the schedule.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
