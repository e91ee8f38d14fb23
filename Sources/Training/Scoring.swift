internal import Kernels
internal import Networks
internal import OpenCL
internal import Reports

/// The scoring of a network on a set of images.
final class Scoring {
  private let network: Network
  private let launches: [Launch]
  private let progress: Buffer<Kernels.Progress>
  private let drawing: Drawing

  init(_ network: Network, _ drawing: Drawing) throws {
    self.network = network
    self.drawing = drawing
    progress = try network.queue.buffer([Kernels.Progress()])
    launches = try network.scoringStep(on: drawing.images, drawing.draw, progress)
  }

  /// Mean loss and share of right answers over the whole set.
  func score() throws -> Score {
    let queue = network.queue
    try queue.write([Kernels.Progress()], to: progress)
    for _ in 0..<drawing.steps { try queue.run(launches) }
    let loss = try queue.read(network.losses).reduce(0) { $0 + Double($1) }
    let hits = try queue.read(network.hits).reduce(0) { $0 + Double($1) }
    return Score(loss: loss / Double(drawing.count), accuracy: hits / Double(drawing.count))
  }
}
