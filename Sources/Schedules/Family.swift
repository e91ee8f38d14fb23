import Specs

/// One named kind of schedule: its declaration, and how a call of it becomes a curve.
struct Family: Sendable {
  typealias Build = @Sendable (Arguments, Context) throws(SpecError) -> any Curve

  let signature: Signature
  /// What its bare numbers count unless the user says otherwise; nil if it counts nothing.
  let clock: Clock?
  /// Whether it counts ticks even where no length is written: a factor per tick, a lambda.
  let countsTicks: Bool
  /// The parameter that names an absolute rate.
  let rateParameter: String?
  /// The parameter that makes the numbers count updates where it is false.
  let epochParameter: String?
  let build: Build

  init(
    _ name: String, aliases: [String] = [], _ summary: String, clock: Clock? = .epoch,
    countsTicks: Bool = false, rate rateParameter: String? = nil, _ parameters: Parameter...,
    build: @escaping Build
  ) {
    self.init(
      name, aliases: aliases, summary, clock: clock, countsTicks: countsTicks,
      rate: rateParameter, parameters: parameters, build: build)
  }

  init(
    _ name: String, aliases: [String] = [], _ summary: String, clock: Clock? = .epoch,
    countsTicks: Bool = false, rate rateParameter: String? = nil,
    epochs epochParameter: String? = nil, parameters: [Parameter], build: @escaping Build
  ) {
    signature = Signature(
      name, aliases: aliases, summary, parameters: parameters + Self.ignoredParameters,
      leading: "optimizer")
    self.clock = clock
    self.countsTicks = countsTicks
    self.rateParameter = rateParameter
    self.epochParameter = epochParameter
    self.build = build
  }

  /// PyTorch's bookkeeping, which has no meaning for a pure function.
  private static let ignoredParameters: [Parameter] = [
    .ignored("last_epoch", .integer(.within(-1...(-1))), default: -1),
    .ignored("verbose", .either(.boolean, .text), default: false),
  ]

  static let catalog = Catalog(
    of: "schedule", all.map(\.signature), elsewhere: elsewhere, modules: foreignModules)

  /// Whether the rates of a parameter are a list.
  func namesList(_ name: String) -> Bool {
    signature.parameters.contains { parameter in
      if case .list = parameter.kind { parameter.name == name } else { false }
    }
  }

  private static let byName = Dictionary(
    uniqueKeysWithValues: all.map { ($0.signature.name, $0) })

  /// Finds the family that a call names and binds its arguments.
  static func bind(_ spec: Spec) throws(SpecError) -> (Family, Arguments) {
    let arguments = try catalog.bind(spec)
    guard let family = byName[arguments.signature.name] else {
      preconditionFailure("\(arguments.signature.name) is in the catalog and has no family")
    }
    return (family, arguments)
  }

  private static let all = groups.flatMap(\.families)

  /// Every family, by where it comes from.
  static let groups: [(origin: String, families: [Family])] = [
    (
      "PyTorch",
      [
        .stepLR, .multiStepLR, .constantLR, .linearLR, .exponentialLR, .polynomialLR,
        .cosineAnnealingLR, .cosineAnnealingWarmRestarts, .cyclicLR, .oneCycleLR, .lambdaLR,
        .multiplicativeLR, .reduceLROnPlateau, .sequentialLR, .chainedScheduler, .swaLR,
      ]
    ),
    (
      "Dive into Deep Learning",
      [
        .squareRootScheduler, .factorScheduler, .multiFactorScheduler, .cosineScheduler,
        .polyScheduler,
      ]
    ),
    (
      "our own",
      [
        .constant, .cosine, .linear, .polynomial, .exponential, .inverseTime, .inverseSquareRoot,
        .tanh, .rex, .cosineRestarts, .warmupStableDecay, .flatCosine, .piecewise, .greedy,
      ]
    ),
    ("what they are composed with", [.warmup, .clamp, .scale, .repeated, .mirrored, .held]),
    (
      "timm",
      [
        .timmCosine, .timmTanh, .timmPolynomial, .timmStep, .timmMultiStep, .timmPlateau,
      ]
    ),
    (
      "transformers",
      [
        .transformersConstant, .transformersConstantWithWarmup, .transformersLinear,
        .transformersCosine, .transformersRestarts, .transformersPolynomial,
        .transformersInverseSqrt, .transformersCosineWithMinimum, .transformersStable,
        .transformersByName,
      ]
    ),
    (
      "Keras",
      [
        .kerasExponential, .kerasCosine, .kerasRestarts, .kerasPiecewise, .kerasPolynomial,
        .kerasInverseTime,
      ]
    ),
  ]
}

extension Arguments {
  /// The absolute rate that a parameter names, the first one of a list; nil if it names none.
  func rate(_ name: String) -> Double? {
    let rates: [Double]? = self[name]
    return rates?.first
  }

  /// The bound lengths of a parameter: none, one or a list.
  func lengths(_ parameter: Parameter) -> [Length] {
    guard parameter.kind.holdsLengths, !parameter.isIgnored else { return [] }
    let values: [Length]? = self[parameter.name]
    return values ?? []
  }

  /// The bound specs of a parameter: none, one or a list.
  func specs(_ parameter: Parameter) -> [Spec] {
    parameter.kind.holdsSpecs ? self[parameter.name] : []
  }
}

extension Parameter.Kind {
  fileprivate var holdsLengths: Bool {
    switch self {
    case .length: true
    case .list(let kind), .tuple(let kind, _), .optional(let kind): kind.holdsLengths
    default: false
    }
  }

  fileprivate var holdsSpecs: Bool {
    switch self {
    case .spec: true
    case .list(let kind): kind.holdsSpecs
    default: false
    }
  }
}
