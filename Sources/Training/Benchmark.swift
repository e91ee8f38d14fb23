internal import Kernels
public import Networks
public import OpenCL
public import Optimizers

/// Measures the whole work of training steps on random images.
public final class Benchmark {
  private let queue: Queue
  private let launches: [Launch]
  private let update: [Launch]
  private let batch: Int

  /// Prepares training of a network on random bytes.
  ///
  /// - Parameters:
  ///   - network: The network.
  ///   - optimizer: The update rule.
  ///   - clipping: How gradients are made smaller, if at all.
  ///   - average: The average of the weights that is kept, if any.
  ///   - accumulate: Batches of a step.
  /// - Throws: `OpenCLError` from the device, `OptimizerError` where rule and average do not fit,
  ///   ``TrainingError`` for an update of more than a million images.
  public init(
    _ network: Network, optimizer: any Optimizer, clipping: Clipping? = nil,
    average: WeightAverage? = nil, accumulate: Int = 1
  ) throws {
    queue = network.queue
    batch = network.batch
    parameterCount = network.parameters.reduce(0) { $0 + $1.count }
    // Whole updates: none ends early with an epoch.
    let (step, overflow) = batch.multipliedReportingOverflow(by: accumulate)
    guard !overflow, step <= 1 << 20 else {
      throw TrainingError.doesNotFit(
        "an update of \(accumulate) batches of \(batch) images is too much to time: give less to "
          + "--accumulate or --batch-size")
    }
    let count = max(4, (4096 + step - 1) / step) * step
    var state: UInt64 = 1
    let bytes = [UInt8](unsafeUninitializedCapacity: count * network.input.count) { to, written in
      for index in 0..<(count * network.input.count) {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        to[index] = UInt8(truncatingIfNeeded: state >> 56)
      }
      written = count * network.input.count
    }
    let labels = (0..<count).map { UInt8($0 % network.classes) }
    let images = try DeviceImages(on: queue, shape: network.input, images: bytes, labels: labels)
    let drawing = Drawing(images, batch: batch, accumulate: accumulate, shuffle: true, seed: 0)
    let updater = try Updater(
      network, optimizer, drawing.draw, clipping: clipping, average: average, rows: drawing.steps)
    let values = HyperParameters(
      learningRate: 0.01, momentum: optimizer.momentum, weightDecay: optimizer.weightDecay)
    var course = Course()
    try updater.setRates(
      (0..<drawing.steps).map { [optimizer.coefficients(update: $0, values, &course)] }, first: 0)
    update = updater.step
    let pass = try network.trainingStep(on: images, drawing.draw, updater.progress)
    let other = pass + updater.addition
    launches = (1..<accumulate).flatMap { _ in other } + pass + update
  }

  /// Weights of the network.
  public let parameterCount: Int

  /// Launches of one step.
  public var launchesPerStep: Int { launches.count }

  /// Bytes that one update reads and writes.
  public var bytesPerUpdate: Int { Int(update.reduce(0) { $0 + $1.bytes }) }

  /// Seconds of each of `steps` steps, each finished on the device before the clock is read.
  public func measure(steps: Int) throws -> [Double] { try measure(launches, times: steps) }

  /// Seconds of each of `times` updates alone, by the gradient that the last step left.
  public func measureUpdates(times: Int) throws -> [Double] { try measure(update, times: times) }

  private func measure(_ launches: [Launch], times: Int) throws -> [Double] {
    let clock = ContinuousClock()
    return try (0..<times).map { _ in
      let start = clock.now
      try queue.run(launches)
      try queue.finish()
      return (clock.now - start) / .seconds(1)
    }
  }

  /// Seconds a step without waiting between steps.
  public func measurePipelined(steps: Int) throws -> Double {
    let clock = ContinuousClock()
    let start = clock.now
    for _ in 0..<steps { try queue.run(launches) }
    try queue.finish()
    return (clock.now - start) / .seconds(1) / Double(steps)
  }

  /// Median seconds of each launch of a step, from device events.
  public func profile(steps: Int) throws -> [(launch: Launch, seconds: Double)] {
    var times: [[Double]] = Array(repeating: [], count: launches.count)
    for _ in 0..<steps {
      for (index, time) in try queue.time(launches).enumerated() { times[index].append(time) }
    }
    return zip(launches, times).map { ($0, $1.sorted()[$1.count / 2]) }
  }
}
