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

  /// Loads the data, builds the network and prepares training.
  ///
  /// - Throws: The error of the room that refuses: `DataError`, `OpenCLError`, `NetworkError`,
  ///   `SpecError`, `SafetensorsError`.
  public init(_ settings: Settings) throws {
    device = try Device.select(settings.device)
    data = try Dataset.load(settings.dataset)
    let optimizer = try OptimizerSpec(parsing: settings.optimizer)
    let network = try Network(
      on: Queue(device), input: data.train.imageShape, batch: settings.batchSize,
      initialization: settings.initializer, seed: settings.seed,
      layers: Architecture.layers(settings.model, classes: data.classes))
    if let file = settings.initialWeights {
      try network.load(Safetensors(contentsOf: file))
    }
    var options = Trainer.Options()
    options.validation = settings.validation
    options.normalize = settings.normalize
    options.seed = settings.seed
    options.shuffle = settings.shuffle
    options.maxSteps = settings.maxSteps
    options.logEvery = settings.logEvery
    options.monitor = settings.monitor
    options.clock = settings.clock.map { $0 == .epoch ? .epoch : .step }
    options.warmup = try settings.warmup.map(Self.warmupLength)
    options.momentumSchedule = try settings.momentumSchedule.map { try Schedule(parsing: $0) }
    options.weightDecaySchedule = try settings.weightDecaySchedule.map {
      try Schedule(parsing: $0)
    }
    options.groups = try settings.group.map(Self.groups) ?? []
    options.layerDecay = settings.layerDecay
    options.clipping =
      settings.clipNorm.map(Clipping.norm) ?? settings.clipValue.map(Clipping.value)
      ?? settings.clipAdaptive.map(Clipping.adaptive)
    options.l1 = settings.l1
    options.decayBiases = settings.decayBiases
    options.averageDecay = settings.ema
    options.averageStart = try settings.swaStart.map(Self.warmupLength)
    let baseRate = settings.learningRate ?? optimizer.learningRate
    let schedule = try Schedule(parsing: settings.schedule ?? Self.defaultSchedule)
    trainer = try Trainer(
      network, on: data, epochs: settings.epochs, optimizer: optimizer.optimizer,
      learningRate: schedule, baseRate: baseRate, options: options)
    var used = settings
    used.schedule = settings.schedule ?? Self.defaultSchedule
    used.learningRate =
      baseRate ?? (schedule.ownRate == nil ? optimizer.optimizer.defaultLearningRate : nil)
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

extension Network {
  /// Sets the weights to those of a file.
  ///
  /// - Throws: ``NetworkError`` that lists every name and shape that does not match.
  public func load(_ weights: Safetensors) throws {
    try load(weights.tensors.map { (name: $0.name, shape: $0.shape, values: $0.values) })
  }
}
