public import Datasets
internal import Networks
internal import Optimizers
internal import Schedules

extension Settings {
  /// Finds what is wrong with the settings for some data before any device is asked.
  ///
  /// - Throws: The error of the room that refuses, as training would.
  public func check(for data: Dataset) throws {
    let spec = try OptimizerSpec(parsing: optimizer)
    let schedule = try Schedule(parsing: schedule ?? Session.defaultSchedule)
    let options = try Trainer.Options(self)
    if learningRate == .automatic, schedule.ownRate == nil {
      try LearningRateFinder.requireFit(spec.optimizer)
    }
    let outline = try outline(for: data)
    let epoch = try EpochShape(
      of: data.train.count, batch: batchSize, validation: validation, accumulate: accumulate)
    if let file = initialWeights { try outline.require(Safetensors.initial(file).weights) }
    try normalize.require(channels: data.train.channels)
    let run = Run(epochs: epochs, stepsPerEpoch: epoch.updates, maxSteps: maxSteps)
    _ = try RatePlan(
      outline.parameters, spec.optimizer, run, schedule,
      baseRate: Session.baseRate(of: self, spec), options)
    let average = try Trainer.average(options, epochs: epochs, stepsPerEpoch: epoch.updates)
    try Updater.requireFit(spec.optimizer, average)
  }

  /// The network that the settings describe, for images of some data.
  ///
  /// - Throws: The error of the room that refuses.
  func outline(for data: Dataset) throws -> NetworkOutline {
    let outline = try NetworkOutline(
      input: data.train.imageShape, layers: Architecture.layers(model, classes: data.classes))
    try outline.requireOutputs(for: data)
    return outline
  }
}

extension NetworkOutline {
  /// Checks that there is an output for every class of the data.
  ///
  /// - Throws: ``TrainingError/doesNotFit(_:)``.
  func requireOutputs(for data: Dataset) throws(TrainingError) {
    guard data.classes <= classes else {
      throw .doesNotFit(
        "the network has \(classes) outputs, and \(data.name) has \(data.classes) classes")
    }
  }

  /// Checks that weights fit by name and shape.
  ///
  /// - Throws: ``NetworkError`` that lists every name and shape that does not match.
  func require(_ weights: Safetensors) throws(NetworkError) {
    try Parameter.require(parameters, in: weights.tensors.map { ($0.name, $0.shape) })
  }
}

extension Settings.Normalization {
  /// Checks that there is a mean for every channel, or one for all.
  ///
  /// - Throws: ``TrainingError/doesNotFit(_:)``.
  func require(channels: Int) throws(TrainingError) {
    guard case .fixed(let mean, _) = self, mean.count != channels, mean.count != 1 else { return }
    throw TrainingError.doesNotFit(
      "--normalize has \(mean.count) means, and the images have \(channels) channels")
  }
}
