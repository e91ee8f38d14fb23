package import Kernels
public import OpenCL

/// A built network: a plan of kernel launches over planned memory on one device.
///
/// ```swift
/// let network = try Network(on: device, input: Shape(1, 28, 28), batch: 256) {
///   Conv(6, window: 5, padding: 2); ReLU(); MaxPool(2)
///   Conv(16, window: 5); ReLU(); MaxPool(2)
///   Dense(120); ReLU(); Dense(84); ReLU(); Dense(10)
/// }
/// ```
public final class Network {
  /// The queue that all work of the network goes to.
  public let queue: Queue
  /// The shape of an image.
  public let input: Shape
  /// The layers as described.
  public let layers: [any Layer]
  /// Images in a batch.
  public let batch: Int
  /// The number of classes: outputs of the last layer.
  public let classes: Int
  /// How the device's lanes are filled with images.
  public let lanes: Lanes
  /// The tensors of the network, in order.
  public let parameters: [Parameter]
  /// Bytes of device memory that the network takes for parameters, gradients and activations.
  public let memory: Int

  /// All parameters, in the order and packing that the kernels read, `parameterExtent` floats.
  package let parameterBuffer: Buffer<Float>
  /// The gradient, laid out as the parameters: what the backward pass leaves there is its first part,
  /// which is all of it for most tensors.
  package let gradientBuffer: Buffer<Float>
  /// The further parts of the gradient, added to the first by the first launch of an update.
  package let partialBuffer: Buffer<Float>
  /// The loss and the hit (1 or 0) of each image of the batch.
  package let losses: Buffer<Float>
  package let hits: Buffer<Float>

  private let program: SharedProgram
  private let arenas: Arenas
  private let labels: Buffer<Int32>
  private let image: TensorID
  private let logits: TensorID
  private let logitGradient: TensorID
  private let forward: [Launch]
  private let backward: [Launch]

  /// Builds the network and initialises its weights.
  ///
  /// - Parameters:
  ///   - device: Where it runs, on a queue of its own.
  ///   - input: The shape of an image `[channels, height, width]`.
  ///   - batch: Images in a batch.
  ///   - initialization: How the weights start; PyTorch's default.
  ///   - seed: Of the initial weights.
  ///   - layers: The layers; flattening before the first dense one is implied.
  /// - Throws: ``NetworkError`` for impossible shapes, `OpenCLError` from the device.
  public convenience init(
    on device: Device, input: Shape, batch: Int, initialization: Initialization = .pytorch,
    seed: UInt64 = 0, @LayerBuilder layers: () -> [any Layer]
  ) throws {
    try self.init(
      on: Queue(device), input: input, batch: batch, initialization: initialization, seed: seed,
      layers: layers())
  }

  /// Builds the network on a queue.
  ///
  /// - Parameters:
  ///   - queue: Where all its work goes.
  ///   - input: The shape of an image `[channels, height, width]`.
  ///   - batch: Images in a batch.
  ///   - initialization: How the weights start; PyTorch's default.
  ///   - seed: Of the initial weights.
  ///   - lanes: The shape of the kernels; the device's by default.
  ///   - sharing: False gives every activation memory of its own, filled with NaN, so that a read
  ///     of something unwritten shows.
  ///   - layers: The layers.
  /// - Throws: ``NetworkError`` for impossible shapes, `OpenCLError` from the device.
  public init(
    on queue: Queue, input: Shape, batch: Int, initialization: Initialization = .pytorch,
    seed: UInt64 = 0, lanes: Lanes? = nil, sharing: Bool = true, layers: [any Layer]
  ) throws {
    guard batch >= 1 else { throw NetworkError("a batch of \(batch) images is empty") }
    let operations = try Operation.join(layers, input: input)
    try Operation.checkMemory(of: operations, batch: batch, on: queue.device)
    let lanes = lanes ?? Lanes(for: queue.device, batch: batch)
    self.queue = queue
    self.input = input
    self.layers = layers
    self.batch = batch
    self.lanes = lanes
    classes = try Operation.classes(of: operations, input: input)

    var allocator = ParameterAllocator()
    var source = Source(lanes)
    source.add(kernel_source_gather())
    source.add(kernel_source_pool())
    source.add(kernel_source_winograd_filters())
    source.add(kernel_source_relu())
    source.add(kernel_source_loss())
    let built = operations.map { $0.built(on: lanes, &allocator, &source) }
    program = try SharedProgram(queue, source.text)
    parameters = allocator.parameters
    parameterBuffer = try queue.buffer(of: Float.self, count: allocator.count)
    gradientBuffer = try queue.buffer(of: Float.self, count: allocator.count)
    partialBuffer = try queue.buffer(of: Float.self, count: max(1, allocator.partialCount))
    // The padding between tensors is summed and updated with them, so it starts and stays zero.
    try queue.fill(gradientBuffer, with: 0)
    try queue.fill(partialBuffer, with: 0)
    labels = try queue.buffer(of: Int32.self, count: lanes.paddedBatch)
    losses = try queue.buffer(of: Float.self, count: lanes.paddedBatch)
    hits = try queue.buffer(of: Float.self, count: lanes.paddedBatch)

    // Step 0 stands for the gather, and one step between forward and backward for the loss: both
    // are bound later, to a data set.
    let context = BuildContext(
      lanes: lanes, program: program, parameters: parameterBuffer, gradients: gradientBuffer,
      partials: partialBuffer)
    var assembly = Assembly()
    image = assembly.tensor(lanes.paddedBatch * input.count)
    assembly.reserve(touching: [image])
    var activations: [(x: TensorID, made: Activation)] = []
    for operation in built {
      let x = activations.last?.made.y ?? image
      activations.append((x, operation.forward(&assembly, context, x: x)))
    }
    logits = activations[activations.count - 1].made.y
    let forwardEnd = assembly.count
    logitGradient = assembly.tensor(lanes.paddedBatch * classes)
    assembly.reserve(touching: [logits, logitGradient])
    var dy: TensorID? = logitGradient
    for (operation, activation) in zip(built, activations).reversed() {
      guard let gradient = dy else { break }
      dy = operation.backward(
        &assembly, context, x: activation.x, activation.made, dy: gradient)
    }
    arenas = try assembly.place(on: queue, sharing: sharing)
    if !sharing {
      for arena in arenas.arenas {
        try queue.fill(arena.slice(offset: 0, count: arena.count / 4, of: Float.self), with: .nan)
      }
    }
    forward = try assembly.bind(arenas, 1..<forwardEnd)
    backward = try assembly.bind(arenas, (forwardEnd + 1)..<assembly.count)
    memory =
      arenas.arenas.reduce(0) { $0 + $1.byteCount } + parameterBuffer.byteCount
      + gradientBuffer.byteCount + partialBuffer.byteCount + labels.byteCount + losses.byteCount
      + hits.byteCount
    try initialize(initialization, seed: seed)
  }

  /// The launches of a training step up to the gradient's parts: gather, forward, loss, backward.
  package func trainingStep(
    on images: DeviceImages, _ draw: Draw, _ progress: Buffer<Progress>
  ) throws -> [Launch] {
    let loss = try program.launch(
      "softmax_cross_entropy", over: lanes.grid(1), label: "loss",
      bytes: 3 * 4 * lanes.paddedBatch * classes,
      arenas(logits), labels, arenas(logitGradient), losses, hits, progress, Int32(classes), draw)
    return [try gather(images, draw, progress)] + forward + [loss] + backward
  }

  /// The launches that score one batch; ``losses`` and ``hits`` add up from the first batch on.
  package func scoringStep(
    on images: DeviceImages, _ draw: Draw, _ progress: Buffer<Progress>
  ) throws -> [Launch] {
    let score = try program.launch(
      "score", over: lanes.grid(1), label: "score", bytes: 4 * lanes.paddedBatch * classes,
      arenas(logits), labels, losses, hits, progress, Int32(classes))
    return [try gather(images, draw, progress)] + forward + [score]
  }

  private func gather(
    _ images: DeviceImages, _ draw: Draw, _ progress: Buffer<Progress>
  ) throws -> Launch {
    guard images.shape == input else {
      throw NetworkError(
        "the network takes images of \(input), and the data set has \(images.shape)")
    }
    // A GPU splits an image among many work-items; a CPU reads it in one sweep.
    let parts = lanes.group > 1 ? min(32, input.height * input.width) : 1
    return try program.launch(
      "gather", over: lanes.grid(parts), label: "gather",
      bytes: 5 * lanes.paddedBatch * input.count,
      images.bytes, images.labels, images.scale, images.shift, progress, arenas(image), labels,
      draw)
  }

  /// Mean and standard deviation of each channel, of bytes divided by 255, summed in integers on
  /// the device.
  public func statistics(of images: DeviceImages) throws -> [(mean: Double, deviation: Double)] {
    let parts = min(64, images.count)
    let channels = images.shape.channels
    let pixels = images.shape.height * images.shape.width
    let sums = try queue.buffer(of: UInt64.self, count: parts * channels * 2)
    try queue.run(
      program.launch(
        "statistics", over: Grid(channels, parts), label: "statistics",
        images.bytes, sums, Int32(images.count), Int32(channels), Int32(pixels)))
    let values = try queue.read(sums)
    let count = Double(images.count) * Double(pixels)
    return (0..<channels).map { channel in
      var sum: UInt64 = 0
      var squares: UInt64 = 0
      for part in 0..<parts {
        sum += values[(part * channels + channel) * 2]
        squares += values[(part * channels + channel) * 2 + 1]
      }
      let mean = Double(sum) / count
      let variance = max(0, Double(squares) / count - mean * mean)
      return (mean / 255, variance.squareRoot() / 255)
    }
  }

  /// The logits of the last scored batch, `[image][class]`.
  ///
  /// A training step may have put gradients in their place since.
  public func readLogits() throws -> [Float] { try unblocked(arenas(logits), count: classes) }

  /// The images of the last batch as they entered the network, `[image][channel][row][column]`; for
  /// tests of networks that share no memory.
  package func readImages() throws -> [Float] { try unblocked(arenas(image), count: input.count) }

  /// The class of each image of the last batch, -1 where the batch has no image; for tests.
  package func readLabels() throws -> [Int32] { try queue.read(labels) }

  /// The values of the batch's images one after another, `count` each, out of blocks of images.
  private func unblocked(_ buffer: Buffer<Float>, count: Int) throws -> [Float] {
    let values = try queue.read(buffer)
    var result = [Float](repeating: 0, count: batch * count)
    for image in 0..<batch {
      let block = image / lanes.block * count * lanes.block
      for i in 0..<count {
        result[image * count + i] = values[block + i * lanes.block + image % lanes.block]
      }
    }
    return result
  }
}
