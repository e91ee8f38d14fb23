public import OpenCL

/// A set of labelled images in device memory, as bytes.
public final class DeviceImages {
  /// The shape of an image.
  public let shape: Shape
  /// The number of images.
  public let count: Int

  let bytes: Buffer<UInt8>
  let labels: Buffer<UInt8>
  let scale: Buffer<Float>
  let shift: Buffer<Float>
  private let queue: Queue

  /// Copies images to the device; they are normalised to `byte / 255` until ``normalize(_:)``.
  ///
  /// - Parameters:
  ///   - queue: The device.
  ///   - shape: The shape of an image.
  ///   - images: The pixels, `[image][channel][row][column]`.
  ///   - labels: The class of each image.
  /// - Throws: ``NetworkError`` where the counts do not fit, `OpenCLError` from the device.
  public init(on queue: Queue, shape: Shape, images: [UInt8], labels: [UInt8]) throws {
    guard !labels.isEmpty, images.count == labels.count * shape.count else {
      throw NetworkError(
        "\(labels.count) images of \(shape) take \(labels.count * shape.count) bytes, "
          + "and there are \(images.count)")
    }
    self.queue = queue
    self.shape = shape
    count = labels.count
    bytes = try queue.buffer(images)
    self.labels = try queue.buffer(labels)
    scale = try queue.buffer([Float](repeating: 1 / 255, count: shape.channels))
    shift = try queue.buffer([Float](repeating: 0, count: shape.channels))
  }

  /// From now on a pixel enters the network as `(byte / 255 - mean) / deviation`.
  ///
  /// A channel that never varies (deviation 0) is only shifted.
  public func normalize(_ channels: [(mean: Double, deviation: Double)]) throws {
    precondition(channels.count == shape.channels, "one mean and deviation a channel")
    let deviations = channels.map { $0.deviation > 0 ? $0.deviation : 1 }
    try queue.write(deviations.map { Float(1 / (255 * $0)) }, to: scale)
    try queue.write(zip(channels, deviations).map { Float(-$0.mean / $1) }, to: shift)
  }
}
