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
  let build: Build

  init(
    _ name: String, aliases: [String] = [], _ summary: String, clock: Clock? = .epoch,
    countsTicks: Bool = false, rate rateParameter: String? = nil, _ parameters: Parameter...,
    build: @escaping Build
  ) {
    signature = Signature(
      name, aliases: aliases, summary, parameters: parameters + Self.ignoredParameters,
      leading: "optimizer")
    self.clock = clock
    self.countsTicks = countsTicks
    self.rateParameter = rateParameter
    self.build = build
  }

  /// PyTorch's bookkeeping, which has no meaning for a pure function.
  private static let ignoredParameters: [Parameter] = [
    .ignored("last_epoch", .integer(.within(-1...(-1))), default: -1),
    .ignored("verbose", .either(.boolean, .text), default: false),
  ]

  static let catalog = Catalog(
    of: "schedule", all.map(\.signature), elsewhere: huggingFace.mapValues { "\($0) instead" })

  /// Hugging Face's functions, whose warm-up begins at a rate of 0.
  private static let huggingFace = [
    "get_constant_schedule": "constant",
    "get_constant_schedule_with_warmup": "constant with --warmup 500it",
    "get_linear_schedule_with_warmup": "linear with --warmup 500it",
    "get_cosine_schedule_with_warmup": "cosine with --warmup 500it",
    "get_cosine_with_hard_restarts_schedule_with_warmup":
      "cosine_restarts(t_initial=2000it) with --warmup 500it",
    "get_polynomial_decay_schedule_with_warmup": "polynomial with --warmup 500it",
    "get_inverse_sqrt_schedule": "inverse_sqrt with --warmup 500it",
    "get_wsd_schedule": "warmup_stable_decay",
    "get_scheduler": "the schedule itself, such as cosine with --warmup 500it",
  ]

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

  private static let all: [Family] = [
    // PyTorch's.
    .stepLR, .multiStepLR, .constantLR, .linearLR, .exponentialLR, .polynomialLR,
    .cosineAnnealingLR, .cosineAnnealingWarmRestarts, .cyclicLR, .oneCycleLR, .lambdaLR,
    .multiplicativeLR, .reduceLROnPlateau, .sequentialLR, .chainedScheduler,
    // The chapter's.
    .squareRootScheduler, .factorScheduler, .multiFactorScheduler, .cosineScheduler, .polyScheduler,
    // Our own.
    .constant, .cosine, .linear, .polynomial, .exponential, .inverseTime, .inverseSquareRoot,
    .tanh, .rex, .cosineRestarts, .warmupStableDecay, .flatCosine, .piecewise, .greedy,
    // What they are composed with.
    .warmup, .clamp, .scale, .repeated, .mirrored, .held,
  ]
}

extension Arguments {
  /// The bound lengths of a parameter: none, one or a list.
  func lengths(_ parameter: Parameter) -> [Length] {
    guard parameter.kind.holdsLengths else { return [] }
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
