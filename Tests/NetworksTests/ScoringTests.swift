import Kernels
import Networks
import OpenCL
import Reference
import Testing
import Trials

@Suite struct ScoringTests {
  @Test(arguments: [LaneShape.wide, LaneShape(1, 32)])
  func `scores add up over all batches of a set, between training steps too`(
    _ lanes: LaneShape
  ) throws {
    let trial = try Trial(.windows, batch: 17, count: 40, lanes: lanes, sharing: true)
    let (network, queue) = (trial.network, trial.network.queue)
    let progress = try queue.buffer([Progress()])
    let launches = try network.scoringStep(on: trial.images, trial.draw, progress)
    let expected = trial.twin.loss(trial.pixels, labels: trial.labels)
    for _ in 0..<2 {
      try trial.step()
      try queue.write([Progress()], to: progress)
      for _ in 0..<3 { try queue.run(launches) }
      let loss = try queue.read(network.losses).reduce(0) { $0 + Double($1) } / 40
      let hits = try queue.read(network.hits).reduce(0) { $0 + Double($1) }
      // Each loss is a few units of 2^-24 off, and three are added up in single precision.
      #expect(abs(loss - expected.mean) < 16 * 0x1p-24 * expected.mean)
      #expect(hits == Double(expected.correct))
    }
  }
}
