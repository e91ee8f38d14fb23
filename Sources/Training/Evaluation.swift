public import Datasets
internal import Networks
internal import OpenCL
public import Reports

/// The scoring of a trained network on a dataset's test images.
public final class Evaluation {
  /// The images.
  public let data: Dataset
  private let scoring: Scoring

  /// Loads the data, the network and its weights.
  ///
  /// Pixels are normalised as in training: by what the weights' file says, else by the settings.
  ///
  /// - Parameters:
  ///   - settings: The run's settings, perhaps with another device, dataset or batch size.
  ///   - weights: The file with the weights.
  /// - Throws: The error of the room that refuses.
  public init(_ settings: Settings, weights: String) throws {
    data = try Dataset.load(settings.dataset)
    let file = try Safetensors(contentsOf: weights)
    try settings.outline(for: data).require(file)
    let device = try Device.select(settings.device)
    let network = try Network(
      on: Queue(device), input: data.train.imageShape, batch: settings.batchSize,
      layers: Architecture.layers(settings.model, classes: data.classes))
    try network.load(file)
    let test = try DeviceImages(on: network.queue, data.test)
    let channels =
      try file.metadata[Trainer.normalizationKey].flatMap(Trainer.normalization)
      ?? Trainer.normalization(
        settings.normalize, network, DeviceImages(on: network.queue, data.train))
    guard channels.count == test.shape.channels else {
      throw TrainingError.doesNotFit(
        "\(weights) was trained on images of \(channels.count) channels, and \(data.name) has "
          + "\(test.shape.channels)")
    }
    try test.normalize(channels)
    scoring = try Scoring(
      network, Drawing(test, batch: settings.batchSize, shuffle: false, seed: settings.seed))
  }

  /// Mean loss and share of right answers.
  ///
  /// - Throws: `OpenCLError` from the device.
  public func score() throws -> Score { try scoring.score() }
}
