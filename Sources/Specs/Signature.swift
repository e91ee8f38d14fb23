/// What may stand in the parentheses after a name: the declaration that calls are bound against.
///
/// ```swift
/// let stepLR = Signature(
///   "StepLR", "multiplies the rate by gamma every step_size epochs",
///   Parameter("step_size", .integer(.atLeast(1)), "epochs between two drops"),
///   Parameter("gamma", .number(), default: 0.1, "factor of every drop"))
/// let arguments = try stepLR.bind(Spec(parsing: "StepLR(10, gamma=0.5)"))
/// let gamma: Double = arguments["gamma"]
/// ```
public struct Signature: Hashable, Sendable {
  /// The name.
  public let name: String
  /// Other names with the same meaning.
  public let aliases: [String]
  /// What it does, in one line.
  public let summary: String
  /// The parameters in the order of positional arguments.
  public let parameters: [Parameter]
  /// How many of them may be given without their names; Python's `*` stands behind these.
  public let positional: Int
  /// What a constructor of Python takes before them, by name or as the first value, and nothing here
  /// needs: `optimizer`, `params`.
  public let leading: String?

  /// A declaration; parameters without a default are required.
  public init(
    _ name: String, aliases: [String] = [], _ summary: String, _ parameters: Parameter...
  ) {
    self.init(name, aliases: aliases, summary, parameters: parameters)
  }

  /// A declaration; parameters without a default are required.
  public init(
    _ name: String, aliases: [String] = [], _ summary: String, parameters: [Parameter],
    positional: Int? = nil, leading: String? = nil
  ) {
    self.name = name
    self.leading = leading
    self.aliases = aliases
    self.summary = summary
    self.parameters = parameters
    self.positional = positional ?? parameters.count
  }

  /// How a call is written: `StepLR(step_size, gamma=0.1)`.
  public var usage: String {
    let items = parameters.filter { !$0.isIgnored }.map(\.usage)
    return items.isEmpty ? name : "\(name)(\(items.joined(separator: ", ")))"
  }

  /// The usage, and below it every parameter with its default, its kind and its meaning.
  public var help: String {
    let shown = parameters.filter { !$0.isIgnored }
    let width = shown.map(\.usage.count).max() ?? 0
    let lines = shown.map { parameter in
      let margin = String(repeating: " ", count: width - parameter.usage.count)
      return "  \(parameter.usage)\(margin)  \(parameter.kind), \(parameter.summary)"
    }
    return ([usage] + lines).joined(separator: "\n")
  }
}

/// One parameter of a signature.
public struct Parameter: Hashable, Sendable {
  /// What a value may be.
  public indirect enum Kind: Hashable, Sendable {
    /// A whole number.
    case integer(Limits = .any)
    /// Any number but NaN.
    case number(Limits = .any)
    /// `true` or `false`.
    case boolean
    /// A text, in quotes or a bare word.
    case text
    /// One of these words, in quotes or bare.
    case choice([String])
    /// `5ep`, `500it`, `10%` or a number of ticks.
    case length(Limits = .atLeast(0))
    /// A lambda of one number.
    case function
    /// A nested spec.
    case spec
    /// Any number of values of a kind in brackets.
    case list(Kind)
    /// So many values of a kind in brackets.
    case tuple(Kind, count: Int)
    /// One kind or another.
    case either(Kind, Kind)
    /// `none` or a kind.
    case optional(Kind)
  }

  /// The name.
  public let name: String
  /// Other names with the same meaning.
  public let aliases: [String]
  /// What a value may be.
  public let kind: Kind
  /// The value if none is given; nil if one must be.
  public let defaultValue: Spec?
  /// What it means, in one line.
  public let summary: String
  /// Whether it is accepted for the sake of others' spelling and has no effect.
  public let isIgnored: Bool

  /// A required parameter.
  public init(_ name: String, aliases: [String] = [], _ kind: Kind, _ summary: String) {
    self.init(name, aliases, kind, nil, summary, isIgnored: false)
  }

  /// A parameter that may be left out.
  public init(
    _ name: String, aliases: [String] = [], _ kind: Kind, default defaultValue: Spec,
    _ summary: String
  ) {
    self.init(name, aliases, kind, defaultValue, summary, isIgnored: false)
  }

  /// A parameter that is accepted for the sake of others' spelling, has no effect and is not shown.
  public static func ignored(
    _ name: String, _ kind: Kind, default defaultValue: Spec = .nothing
  ) -> Parameter {
    Parameter(name, [], kind, defaultValue, "has no effect", isIgnored: true)
  }

  private init(
    _ name: String, _ aliases: [String], _ kind: Kind, _ defaultValue: Spec?, _ summary: String,
    isIgnored: Bool
  ) {
    self.name = name
    self.aliases = aliases
    self.kind = kind
    self.defaultValue = defaultValue
    self.summary = summary
    self.isIgnored = isIgnored
  }

  /// How the parameter stands in a call: `gamma=0.1`, or `step_size` if it is required.
  public var usage: String { defaultValue.map { "\(name)=\($0)" } ?? name }
}

/// An interval that numbers must lie in.
public struct Limits: Hashable, Sendable, CustomStringConvertible {
  private var lower = -Double.infinity
  private var includesLower = true
  private var upper = Double.infinity
  private var includesUpper = true

  /// No limits.
  public static let any = Limits()
  /// More than 0.
  public static let positive = Limits.above(0)
  /// From 0 to 1, both included.
  public static let share = Limits.within(0...1)

  /// This much or more.
  public static func atLeast(_ lower: Double) -> Limits { Limits(lower: lower) }

  /// More than this, and at most `upper`.
  public static func above(_ lower: Double, atMost upper: Double = .infinity) -> Limits {
    Limits(lower: lower, includesLower: false, upper: upper)
  }

  /// This much or more, but less than `upper`.
  public static func atLeast(_ lower: Double, below upper: Double) -> Limits {
    Limits(lower: lower, upper: upper, includesUpper: false)
  }

  /// In this range, both ends included.
  public static func within(_ range: ClosedRange<Double>) -> Limits {
    Limits(lower: range.lowerBound, upper: range.upperBound)
  }

  /// Whether a number lies within.
  public func contains(_ value: Double) -> Bool {
    (includesLower ? value >= lower : value > lower)
      && (includesUpper ? value <= upper : value < upper)
  }

  /// The limits in words, empty if there are none.
  public var description: String {
    var parts: [String] = []
    if lower == upper { return "only \(lower.shortest)" }
    if lower.isFinite {
      parts.append("\(includesLower ? "at least" : "more than") \(lower.shortest)")
    }
    if upper.isFinite {
      parts.append("\(includesUpper ? "at most" : "less than") \(upper.shortest)")
    }
    return parts.joined(separator: " and ")
  }
}

extension Parameter.Kind: CustomStringConvertible {
  /// The kind in words.
  public var description: String {
    func limited(_ words: String, _ limits: Limits) -> String {
      limits == .any ? words : "\(words), \(limits)"
    }
    switch self {
    case .integer(let limits): return limited("whole number", limits)
    case .number(let limits): return limited("number", limits)
    case .boolean: return "true or false"
    case .text: return "text"
    case .choice(let words): return words.joined(separator: " or ")
    case .length(let limits):
      return limits == .atLeast(0) ? "length" : limited("length", limits)
    case .function: return "lambda"
    case .spec: return "spec"
    case .list(let kind): return "list of [\(kind)]"
    case .tuple(let kind, let count): return "\(count) values (\(kind))"
    case .either(let a, let b): return "\(a) or \(b)"
    case .optional(let kind): return "\(kind) or none"
    }
  }
}

extension Spec: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByStringLiteral, ExpressibleByArrayLiteral
{
  /// A number.
  public init(floatLiteral value: Double) { self.init(.number(value)) }
  /// A number.
  public init(integerLiteral value: Int) { self.init(.number(Double(value))) }
  /// `true` or `false`.
  public init(booleanLiteral value: Bool) { self.init(.boolean(value)) }
  /// A text.
  public init(stringLiteral value: String) { self.init(.text(value)) }
  /// A list.
  public init(arrayLiteral elements: Spec...) { self.init(.list(elements)) }

  /// The spec `none`.
  public static let nothing = Spec(.none)
}
