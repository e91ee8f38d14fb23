public import Datasets
public import Networks
public import OpenCL

extension ImageSet {
  /// The shape of an image as networks take it.
  public var imageShape: Shape { Shape(channels, height, width) }
}

extension DeviceImages {
  /// Copies a set of images to the device.
  ///
  /// - Throws: `OpenCLError` from the device.
  public convenience init(on queue: Queue, _ set: ImageSet) throws {
    try self.init(on: queue, shape: set.imageShape, images: set.images, labels: set.labels)
  }
}

extension Network {
  /// Checks that there is an output for every class of the data.
  ///
  /// - Throws: ``TrainingError/doesNotFit(_:)``.
  func requireOutputs(for data: Dataset) throws(TrainingError) {
    guard data.classes <= classes else {
      throw .doesNotFit(
        "the network has \(classes) outputs, and \(data.name) has \(data.classes) classes")
    }
  }
}
