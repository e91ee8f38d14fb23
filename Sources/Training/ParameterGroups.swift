public import Schedules
public import Specs

/// Parameters that train with values of their own, chosen by name.
///
/// On the command line: `--group 'conv*: lr=0.01, weight_decay=0'`.
public struct ParameterGroup: Sendable, Hashable {
  /// A pattern for names such as `conv1.weight`; `*` stands for any text, `?` for one character.
  public var pattern: String
  /// The base learning rate; the run's if nil.
  public var learningRate: Double?
  /// A factor of the learning rate.
  public var scale = 1.0
  /// The momentum; the optimizer's if nil.
  public var momentum: Double?
  /// The weight decay; the optimizer's if nil.
  public var weightDecay: Double?
  /// A schedule of its own; the run's if nil.
  public var schedule: Schedule?

  /// A group that so far differs in nothing.
  public init(_ pattern: String) { self.pattern = pattern }

  /// Reads `conv*: lr=0.01, scale=0.5, momentum=0.9, weight_decay=0, schedule=StepLR(10)`.
  ///
  /// - Throws: `SpecError` that names what is wrong and lists the parameters.
  public init(parsing text: String) throws(SpecError) {
    guard let colon = text.firstIndex(of: ":") else {
      throw SpecError(
        "a group is a pattern, a colon and values: 'conv*: lr=0.01, weight_decay=0'",
        at: Place(in: text, 0..<text.count))
    }
    pattern = text[..<colon].trimmed
    let call = "group(\(text[text.index(after: colon)...].trimmed))"
    let arguments = try Catalog(of: "group", [Self.signature]).bind(Spec(parsing: call))
    learningRate = arguments["lr"]
    scale = arguments["scale"]
    momentum = arguments["momentum"]
    weightDecay = arguments["weight_decay"]
    let spec: Spec? = arguments["schedule"]
    schedule = try spec.map { (spec) throws(SpecError) in try Schedule(spec) }
  }

  private static let signature = Signature(
    "group", "parameters with values of their own",
    .init("lr", .optional(.number(.atLeast(0))), default: .nothing, "base learning rate"),
    .init("scale", .number(.atLeast(0)), default: 1, "factor of the learning rate"),
    .init("momentum", .optional(.number(.atLeast(0, below: 1))), default: .nothing, "momentum"),
    .init("weight_decay", .optional(.number(.atLeast(0))), default: .nothing, "weight decay"),
    .init("schedule", .optional(.spec), default: .nothing, "a schedule of its own"))

  /// Whether the pattern fits a name as a whole.
  func matches(_ name: String) -> Bool { Self.matches(Array(pattern), Array(name)) }

  private static func matches(_ pattern: [Character], _ name: [Character]) -> Bool {
    // Greedy with one place to come back to: linear in practice, never exponential.
    var (p, n) = (0, 0)
    var star: (pattern: Int, name: Int)?
    while n < name.count {
      if p < pattern.count, pattern[p] == "*" {
        star = (p, n)
        p += 1
      } else if p < pattern.count, pattern[p] == "?" || pattern[p] == name[n] {
        p += 1
        n += 1
      } else if let (starPattern, starName) = star {
        star = (starPattern, starName + 1)
        p = starPattern + 1
        n = starName + 1
      } else {
        return false
      }
    }
    return pattern[p...].allSatisfy { $0 == "*" }
  }
}

extension Substring {
  fileprivate var trimmed: String {
    var text = self
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
