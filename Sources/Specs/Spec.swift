/// A description in the one text grammar: of a schedule, an optimizer, a layer, an augmentation.
///
/// ```
/// CosineAnnealingLR(T_max=50, eta_min=0)
/// torch.optim.SGD(model.parameters(), momentum=0.9, nesterov=True)
/// LinearLR(0.1, total_iters=5) for 5ep then cosine * 0.5
/// ```
/// Two specs are equal if they say the same, wherever they were written.
public struct Spec: Sendable {
  /// What a spec says.
  public indirect enum Form: Hashable, Sendable {
    /// `name(arguments)` or a bare `name`.
    case call(Call)
    /// A number; `1/3` and `50 * math.pi` are numbers too.
    case number(Double)
    /// `true` or `false`, also with Python's capitals.
    case boolean(Bool)
    /// `none`, also `None`.
    case none
    /// A text in quotes.
    case text(String)
    /// `[1, 2]` or Python's tuple `(1, 2)`.
    case list([Spec])
    /// `5ep`, `500it`, `10%`.
    case length(Length)
    /// `lambda e: 0.95 ** e`.
    case function(Function)
    /// `A * B`.
    case product(Spec, Spec)
    /// `A for 5ep then B`.
    case sequence([Segment])
    /// A number that depends on the updates of an epoch: `len(loader) * 30`.
    case computed(Formula)
    /// An expression of Python that says nothing here, such as `[p for p in parameters]`.
    case other(String)
  }

  /// One part of a sequence.
  public struct Segment: Hashable, Sendable {
    /// What applies in this part.
    public var spec: Spec
    /// How long it applies; nil if its own length or the rest of the run decides.
    public var length: Length?

    /// A part of a sequence that lasts as long as is said.
    public init(_ spec: Spec, for length: Length? = nil) {
      self.spec = spec
      self.length = length
    }
  }

  /// A name with arguments.
  public struct Call: Sendable {
    /// The name without the modules before it: `SGD` of `torch.optim.SGD(...)`.
    public var name: String
    /// The arguments in the order of the text.
    public var arguments: [Argument]
    /// The modules or objects before the name, which do not count when calls are compared.
    public var path: [String]

    /// A name with arguments.
    public init(_ name: String, _ arguments: [Argument] = [], path: [String] = []) {
      self.name = name
      self.arguments = arguments
      self.path = path
    }

    /// The name with what stands before it: `args.epochs`.
    public var fullName: String { (path + [name]).joined(separator: ".") }
  }

  /// `value` or `label=value`.
  public struct Argument: Sendable {
    /// The name before the equals sign.
    public var label: String?
    /// The value.
    public var value: Spec
    /// Where the label was written.
    public var labelPlace: Place?

    /// An argument, with its name or by its position.
    public init(_ label: String? = nil, _ value: Spec, labelPlace: Place? = nil) {
      self.label = label
      self.value = value
      self.labelPlace = labelPlace
    }
  }

  /// What the spec says.
  public var form: Form
  /// Where it was written; nil if it was built in Swift.
  public var place: Place?

  /// A spec that says this.
  public init(_ form: Form, at place: Place? = nil) {
    self.form = form
    self.place = place
  }

  /// A name with arguments.
  public static func call(_ name: String, _ arguments: Argument...) -> Spec {
    Spec(.call(Call(name, arguments)))
  }

  /// Reads one spec; an assignment before it (`scheduler = ...`), lines that name its parts, and
  /// comments are allowed.
  ///
  /// - Throws: `SpecError` with the column of what cannot be read.
  public init(parsing text: String) throws(SpecError) {
    self = try Script(text).onlySpec()
  }

  /// Reads several specs, separated by blanks, commas, semicolons or line ends:
  /// `conv(6, 5, padding=2) relu maxpool(2) dense(10)`.
  ///
  /// Brackets around all of them are allowed.
  /// - Throws: `SpecError` with the column of what cannot be read.
  public static func several(parsing text: String) throws(SpecError) -> [Spec] {
    let parser = try Parser(text)
    let lowering = Lowering(source: text)
    var specs: [Spec] = []
    for syntax in try parser.several() { specs.append(try lowering.spec(syntax)) }
    return specs
  }
}

extension Spec: Hashable {
  /// Whether two specs say the same.
  public static func == (a: Spec, b: Spec) -> Bool { a.form == b.form }

  /// Hashes what the spec says.
  public func hash(into hasher: inout Hasher) { hasher.combine(form) }
}

extension Spec.Call: Hashable {
  /// Whether two calls say the same.
  public static func == (a: Spec.Call, b: Spec.Call) -> Bool {
    a.name == b.name && a.arguments == b.arguments
  }

  /// Hashes what the call says.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(arguments)
  }
}

extension Spec.Argument: Hashable {
  /// Whether two arguments say the same.
  public static func == (a: Spec.Argument, b: Spec.Argument) -> Bool {
    a.label == b.label && a.value == b.value
  }

  /// Hashes what the argument says.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(label)
    hasher.combine(value)
  }
}

extension Spec: CustomStringConvertible {
  /// The spec in canonical spelling; reading it gives an equal spec.
  public var description: String {
    switch form {
    case .call(let call): call.description
    case .number(let value): value.shortest
    case .boolean(let value): value ? "true" : "false"
    case .none: "none"
    case .text(let text): quoted(text)
    case .list(let elements): "[\(elements.map(\.description).joined(separator: ", "))]"
    case .length(let length): length.description
    case .function(let function): function.description
    case .computed(let formula): formula.description
    case .other(let text): text
    case .product(let a, let b):
      "\(a.isSequence ? "(\(a))" : "\(a)") * \(b.isInfix ? "(\(b))" : "\(b)")"
    case .sequence(let segments):
      segments.map { segment in
        let spec = segment.spec.isSequence ? "(\(segment.spec))" : "\(segment.spec)"
        return segment.length.map { "\(spec) for \($0)" } ?? spec
      }.joined(separator: " then ")
    }
  }

  private var isSequence: Bool {
    switch form {
    // A lambda would swallow what follows it.
    case .sequence, .function, .computed: true
    default: false
    }
  }

  private var isInfix: Bool {
    if case .product = form { return true }
    return isSequence
  }
}

extension Spec.Call: CustomStringConvertible {
  /// The call in canonical spelling, without parentheses if there is nothing in them.
  public var description: String {
    guard !arguments.isEmpty else { return name }
    let items = arguments.map { argument in
      argument.label.map { "\($0)=\(argument.value)" } ?? argument.value.description
    }
    return "\(name)(\(items.joined(separator: ", ")))"
  }
}

/// A text as the grammar writes it.
func quoted(_ text: String) -> String {
  var escaped = ""
  for character in text {
    switch character {
    case "\\": escaped += "\\\\"
    case "'": escaped += "\\'"
    case "\n": escaped += "\\n"
    case "\t": escaped += "\\t"
    default: escaped.append(character)
    }
  }
  return "'\(escaped)'"
}
