import Kernels
import OpenCL
import Optimizers
import Reference

@testable import Networks

/// Updates of a few weights on the device by given gradients, through the ``Updater`` of training.
struct Rehearsal {
  let network: Network

  static let processor = Lanes(width: 16, group: 1, batch: 1)
  /// One image, again and again.
  static let draw: Draw = {
    var draw = Draw()
    (draw.batch, draw.count, draw.total) = (1, 1, 1)
    (draw.steps, draw.accumulate) = (1, 1)
    return draw
  }()
  static let graphics = Lanes(width: 1, group: 32, batch: 1)

  /// Thirty weights that are exact in single precision; those of the fixture.
  static let start = start(30)

  /// The same, as many as asked for.
  static func start(_ count: Int) -> [Double] {
    (0..<count).map { Double($0 * 37 % 61 - 30) / 32 }
  }

  /// The gradient of an update, from 0; those of the fixture.
  static func gradient(_ update: Int) -> [Double] { gradient(update, count: 30) }

  /// The same of as many weights as asked for.
  static func gradient(_ update: Int, count: Int) -> [Double] {
    (0..<count).map { i in
      if i % 11 == 5 { return 0 }
      let spread = (update * 7919 + i * 104_729 + update * i * 31) % 2001 - 900
      return Double(spread) / 1024 / Double(1 << (i % 7))
    }
  }

  /// The same and a pull towards a solution; the generator's.
  static func pull(_ update: Int, _ weights: [Double]) -> [Double] {
    zip(gradient(update, count: weights.count), weights).enumerated().map { i, at in
      let target = Double(i * 53 % 47 - 23) / 32
      return i % 11 == 5 ? at.0 : at.0 + (at.1 - target) / Double(1 << (i % 7 + 2))
    }
  }

  /// Filters, a wide matrix and a tall one, with their biases: the shapes of the fixture of rules
  /// that look at more than one weight.
  static func layers(_ lanes: Lanes) throws -> Rehearsal {
    Rehearsal(
      network: try Network(
        on: Queue(Device.all()[0]), input: Shape(2, 3, 4), batch: 1, lanes: lanes,
        layers: [Conv(5, window: 2), Dense(3), Dense(7)]))
  }

  /// Tensors of more weights than one work-item updates, whose sums come in several parts.
  static func chunks(_ lanes: Lanes) throws -> Rehearsal {
    Rehearsal(
      network: try Network(
        on: Queue(Device.all()[0]), input: Shape(3, 6, 6), batch: 1, lanes: lanes,
        layers: [Conv(20, window: 3), Dense(20), Dense(110), Dense(3)]))
  }

  private init(network: Network) { self.network = network }

  /// The number of weights.
  var count: Int { network.parameters.reduce(0) { $0 + $1.count } }

  init(_ lanes: Lanes) throws {
    network = try Network(
      on: Queue(Device.all()[0]), input: Shape(5, 1, 1), batch: 1, lanes: lanes,
      layers: [Dense(5)])
  }

  /// The weights after each of some updates.
  ///
  /// - Parameters:
  ///   - optimizer: The update rule.
  ///   - steps: After how many updates to look, ascending.
  ///   - learningRate: Of every update, where there are no `values`.
  ///   - values: What each update is told; the optimizer's own momentum and decay if left out.
  ///   - gradient: The gradient of each update, at the weights.
  /// - Returns: All weights each.
  /// - Throws: `OpenCLError` from the device.
  func weights(
    _ optimizer: any Optimizer, after steps: [Int], learningRate: Double = 0,
    values: ((Int) -> HyperParameters)? = nil,
    gradient: (Int, [Double]) -> [Double] = { Rehearsal.gradient($0, count: $1.count) }
  ) throws -> [[Double]] {
    let values =
      values
      ?? { _ in
        HyperParameters(
          learningRate: learningRate, momentum: optimizer.momentum,
          weightDecay: optimizer.weightDecay)
      }
    let count = steps.last ?? 0
    try load(Self.start(self.count))
    // A small ring, so that the table wraps around.
    let updater = try Updater(network, optimizer, Rehearsal.draw, rows: 16)
    var course = Course()
    var result: [[Double]] = []
    for update in 0..<count {
      let row = optimizer.coefficients(update: update, values(update), &course)
      try updater.setRates([[row]], first: update)
      try set(gradient(update, current()))
      try run(updater)
      if steps.contains(update + 1) { result.append(try current()) }
    }
    return result
  }

  /// One update with given values and gradient.
  ///
  /// - Returns: Its row of the log.
  func update(
    _ updater: Updater, _ number: Int, _ values: HyperParameters, _ course: inout Course,
    gradient: [Double]
  ) throws -> StepLog {
    let row = updater.optimizer.coefficients(update: number, values, &course)
    try updater.setRates([[row]], first: number)
    try set(gradient)
    try run(updater)
    return try updater.readLog(first: number, count: 1)[0]
  }

  func run(_ updater: Updater) throws {
    // The first launch of a training step moves the counters on; here the host does.
    var progress = try network.queue.read(updater.progress)[0]
    (progress.drawn, progress.applied) = (progress.next_drawn, progress.next_applied)
    try network.queue.write([progress], to: updater.progress)
    try network.queue.run(updater.step)
  }

  func load(_ values: [Double]) throws {
    var place = 0
    try network.load(
      network.parameters.map { parameter in
        defer { place += parameter.count }
        return (
          parameter.name, parameter.shape,
          values[place..<place + parameter.count].map { Float($0) }
        )
      })
  }

  func set(_ gradient: [Double]) throws {
    var place = 0
    for parameter in network.parameters {
      let values = gradient[place..<place + parameter.count].map { Float($0) }
      try network.queue.write(
        parameter.packed(values), to: network.gradientBuffer, at: parameter.offset)
      place += parameter.count
    }
  }

  func current() throws -> [Double] {
    try network.weights().flatMap { $0.values.map { Double($0) } }
  }
}

/// |a - b| / |b|.
func normRelativeError(_ a: [Double], _ b: [Double]) -> Double {
  let difference = zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  return (difference / b.reduce(0) { $0 + $1 * $1 }).squareRoot()
}
