import Kernels
import Networks
import OpenCL
import Optimizers
import Specs
import Testing
import Trials

/// Every rule under Oclgrind, with what may go on around it in the same update.
///
/// Oclgrind does not share a process with PoCL: a child process runs the suite below.
@Suite struct OptimizerOclgrindTests {
  @Test func `Oclgrind sees no fault in any rule, clipped and averaged`() throws {
    let (text, log) = try Child.watch("OptimizerProbe")
    #expect(log == "", "\(text)")
  }
}

// Oclgrind is not made for two threads.
@Suite(.enabled(if: Child.output != nil), .serialized) struct OptimizerProbe {
  @Test(
    arguments: OptimizerSpec.kinds.map { $0.signature.name } + [
      "SGD(momentum=0.9, nesterov=True)", "Adam(amsgrad=True)",
      "RMSprop(centered=True, momentum=0.9)", "LARS(momentum=0.9, nesterov=True)",
      "Prodigy(betas=(0, 0.999))", "Muon(nesterov=False, ns_steps=2, output_layer=True)",
    ],
    [Lanes(width: 4, group: 1, batch: 1), Lanes(width: 1, group: 4, batch: 1)])
  func `three updates`(_ text: String, _ lanes: Lanes) throws {
    let optimizer = try OptimizerSpec(parsing: text).optimizer
    // Rules that look at more than one weight have kernels for filters, matrices and vectors.
    let rehearsal =
      optimizer.rule.launches == 1 ? try Rehearsal(lanes) : try Rehearsal.layers(lanes)
    let start = Rehearsal.start(rehearsal.count)
    #expect(rehearsal.network.queue.device.platform == "Oclgrind")
    let averagesItself = optimizer.rule.averageShare != nil
    let updater = try Updater(
      rehearsal.network, optimizer, Rehearsal.draw, clipping: .adaptive(0.01),
      average: averagesItself ? nil : .exponential(decay: 0.9), rows: 4)
    try rehearsal.load(start)
    var course = Course()
    let values = HyperParameters(
      learningRate: 0.1, momentum: optimizer.momentum, weightDecay: 0.1, l1: 0.1)
    for update in 0..<3 {
      let log = try rehearsal.update(
        updater, update, values, &course, gradient: Rehearsal.gradient(update, count: start.count))
      #expect(log.clipped == 1)
    }
    let moved = try rehearsal.current()
    #expect(moved != start)
    _ = try updater.withAverage { try rehearsal.current() }
  }
}
