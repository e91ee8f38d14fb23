public import Datasets
public import Networks
public import OpenCL
internal import Optimizers
internal import Reports
internal import Schedules
public import Specs

/// A training run as its settings describe it, built and ready for its first step.
public final class Session {
  /// The settings as used: what was left open is filled in.
  public let settings: Settings
  /// Where the run takes place.
  public let device: Device
  /// The images.
  public let data: Dataset
  /// The trainer with its network.
  public let trainer: Trainer
  /// The trials that the learning rate was chosen by, where the settings ask for them.
  public let rateChoice: RateChoice?

  /// What was taken off the names of all initial weights, such as `module.`; empty for nothing.
  public var initialPrefix: String {
    get throws { try settings.initialWeights.map { try Safetensors.initial($0).prefix } ?? "" }
  }

  /// Loads the data, builds the network and prepares training.
  ///
  /// A rate of `auto` is found by short trials, unless the schedule names its own.
  ///
  /// - Parameters:
  ///   - settings: What to train, and how.
  ///   - onTrial: Called after each trial of a rate with all trials so far.
  /// - Throws: The error of the room that refuses: `DataError`, `OpenCLError`, `NetworkError`,
  ///   `SpecError`, `SafetensorsError`; ``TrainingError`` where no rate trains.
  public convenience init(
    _ settings: Settings, onTrial: ([RateChoice.Trial]) -> Void = { _ in }
  ) throws {
    let data = try Dataset.load(settings.dataset)
    // What can be told without a device comes before a device that is missing.
    try settings.check(for: data)
    try self.init(settings, on: data, onTrial: onTrial)
  }

  /// Prepares training on data that is there, with settings that were checked for it.
  convenience init(
    _ settings: Settings, on data: Dataset, onTrial: ([RateChoice.Trial]) -> Void = { _ in }
  ) throws {
    let device = try Device.select(settings.device)
    let network = try Network(settings, for: data, on: device)
    try self.init(settings, device, data, network, onTrial: onTrial)
  }

  /// The base rate that settings name: the flag's, or the optimizer's.
  static func baseRate(of settings: Settings, _ spec: OptimizerSpec) -> Double? {
    switch settings.learningRate {
    case .fixed(let rate): rate
    case .automatic, nil: spec.learningRate
    }
  }

  /// Prepares another run on the data and the compiled network of an earlier one, which is over:
  /// its weights are set to their start.
  ///
  /// - Parameters:
  ///   - settings: Settings with the device, dataset, model and batch size of the earlier run.
  ///   - earlier: The earlier run.
  /// - Throws: The error of the room that refuses.
  package convenience init(_ settings: Settings, reusing earlier: Session) throws {
    precondition(
      Self.isShared(settings, earlier.settings), "the network was built for another shape")
    let network = earlier.trainer.network
    try network.start(settings)
    try self.init(settings, earlier.device, earlier.data, network)
  }

  /// Whether one network on one device serves the runs of both settings.
  static func isShared(_ a: Settings, _ b: Settings) -> Bool {
    a.device == b.device && a.dataset == b.dataset && a.model == b.model
      && a.batchSize == b.batchSize
  }

  /// Prepares training of a network with the weights that it starts from.
  private init(
    _ settings: Settings, _ device: Device, _ data: Dataset, _ network: Network,
    onTrial: ([RateChoice.Trial]) -> Void = { _ in }
  ) throws {
    self.device = device
    self.data = data
    let spec = try OptimizerSpec(parsing: settings.optimizer)
    let schedule = try Schedule(parsing: settings.schedule ?? Self.defaultSchedule)
    let options = try Trainer.Options(settings)
    var baseRate = Self.baseRate(of: settings, spec)
    var choice: RateChoice?
    if settings.learningRate == .automatic, schedule.ownRate == nil {
      let found = try RateTrials(
        network, on: data, epochs: settings.epochs, optimizer: spec.optimizer,
        learningRate: schedule, options: options
      ).find(onProgress: onTrial)
      baseRate = found.rate
      choice = found
    }
    rateChoice = choice
    trainer = try Trainer(
      network, on: data, epochs: settings.epochs, optimizer: spec.optimizer,
      learningRate: schedule, baseRate: baseRate, options: options)
    var used = settings
    used.schedule = settings.schedule ?? Self.defaultSchedule
    let rate = baseRate ?? (schedule.ownRate == nil ? spec.optimizer.defaultLearningRate : nil)
    used.learningRate = rate.map(Settings.LearningRate.fixed)
    self.settings = used
  }

  /// A cosine to 0 over the run, per update.
  public static let defaultSchedule = "cosine"

  /// Reads parameter groups, separated by semicolons.
  ///
  /// - Throws: `SpecError` that points at what is wrong.
  public static func groups(_ text: String) throws(SpecError) -> [ParameterGroup] {
    var groups: [ParameterGroup] = []
    for part in text.split(separator: ";") where !part.allSatisfy(\.isWhitespace) {
      groups.append(try ParameterGroup(parsing: String(part)))
    }
    return groups
  }

  /// Reads the length of a warm-up, which must say its unit: `5ep`, `500it` or `10%`.
  ///
  /// - Throws: `SpecError` that points at what is wrong.
  public static func warmupLength(_ text: String) throws(SpecError) -> Length {
    let spec = try Spec(parsing: text)
    guard case .length(let length) = spec.form else {
      throw SpecError("a length with its unit is expected: 5ep, 500it or 10%", at: spec.place)
    }
    return length
  }
}

extension Trainer.Options {
  /// The options that settings name.
  ///
  /// - Throws: `SpecError` for a warm-up, a schedule or a group that cannot be read.
  public init(_ settings: Settings) throws {
    validation = settings.validation
    normalize = settings.normalize
    seed = settings.seed
    shuffle = settings.shuffle
    accumulate = settings.accumulate
    maxSteps = settings.maxSteps
    logEvery = settings.logEvery
    monitor = settings.monitor
    clock = settings.clock.map { $0 == .epoch ? .epoch : .step }
    warmup = try settings.warmup.map(Session.warmupLength)
    momentumSchedule = try settings.momentumSchedule.map { try Schedule(parsing: $0) }
    weightDecaySchedule = try settings.weightDecaySchedule.map { try Schedule(parsing: $0) }
    groups = try settings.group.map(Session.groups) ?? []
    layerDecay = settings.layerDecay
    clipping =
      settings.clipNorm.map(Clipping.norm) ?? settings.clipValue.map(Clipping.value)
      ?? settings.clipAdaptive.map(Clipping.adaptive)
    l1 = settings.l1
    decayBiases = settings.decayBiases
    averageDecay = settings.ema
    averageStart = try settings.swaStart.map(Session.warmupLength)
  }
}

extension Network {
  /// Builds the network of settings with the weights that it starts from.
  ///
  /// - Throws: The error of the room that refuses.
  convenience init(_ settings: Settings, for data: Dataset, on device: Device) throws {
    try self.init(
      on: Queue(device), input: data.train.imageShape, batch: settings.batchSize,
      initialization: settings.initializer, seed: settings.seed,
      layers: Architecture.layers(settings.model, classes: data.classes))
    try loadStart(settings)
  }

  /// Sets the weights back to those that settings start from.
  ///
  /// - Throws: The error of the room that refuses.
  func start(_ settings: Settings) throws {
    try initialize(settings.initializer, seed: settings.seed)
    try loadStart(settings)
  }

  private func loadStart(_ settings: Settings) throws {
    if let file = settings.initialWeights { try load(Safetensors.initial(file).weights) }
  }

  /// Sets the weights to those of a file.
  ///
  /// - Throws: ``NetworkError`` that lists every name and shape that does not match.
  public func load(_ weights: Safetensors) throws {
    try load(weights.tensors.map { (name: $0.name, shape: $0.shape, values: $0.values) })
  }
}
