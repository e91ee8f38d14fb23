import Kernels
import Networks
import OpenCL
import Optimizers
import Testing
import Trials

/// Every kernel under Oclgrind, an OpenCL device that watches each access to memory.
///
/// Oclgrind does not share a process with PoCL: a child process runs the suites below.
@Suite struct OclgrindTests {
  @Test func `Oclgrind sees no race, no access out of bounds and no uninitialised read`() throws {
    let (text, log) = try Child.watch("OclgrindProbe")
    #expect(log == "", "\(text)")
  }

  @Test func `Oclgrind sees a race and a read of something unwritten where there is one`() throws {
    let (text, log) = try Child.watch("OclgrindControl")
    #expect(log.contains("data race"), "\(text)\(log)")
    #expect(log.contains("Uninitialized"), "\(text)\(log)")
  }
}

@Suite(.enabled(if: Child.output != nil)) struct OclgrindProbe {
  @Test func `every kernel runs, in a processor's shape and in a graphics processor's`() throws {
    var run: Set<String> = []
    let (processor, graphics) = (LaneShape(4, 1), LaneShape(1, 4))
    for (specimen, shapes) in [
      (Specimen.medley, [processor, graphics]), (.bare, [processor, graphics]),
      (.smallWinograd, [processor]),
    ] {
      for lanes in shapes {
        // Memory filled with NaN would be initialised in Oclgrind's eyes.
        let trial = try Trial(
          specimen, batch: 3, count: 5, lanes: lanes, sharing: true,
          optimizer: SGD(momentum: 0.5, nesterov: true))
        let (network, queue) = (trial.network, trial.network.queue)
        #expect(queue.device.platform == "Oclgrind")
        for step in 0..<2 {
          let faults = try trial.faults(ofStep: step)
          #expect(faults == [], "\(specimen) on \(lanes)")
        }
        let scoring = try network.scoringStep(
          on: trial.images, trial.draw, queue.buffer([Progress()]))
        try queue.run(scoring + scoring)
        _ = try network.statistics(of: trial.images)
        run.formUnion((trial.launches + scoring).map(\.name) + ["statistics"])
      }
    }
    for lanes in [processor, graphics] {
      let pair = try Trial(
        .medley, batch: 3, count: 5, accumulate: 2, lanes: lanes, sharing: true)
      try pair.add()
      try pair.step()
      try pair.network.queue.run(pair.updater.measuredStep)
      run.formUnion((pair.addition + pair.updater.measuredStep).map(\.name))
    }
    // Names end with a number for each way that a file is specialised.
    let names = Set(run.map { $0.replacing(/_[0-9]+$/, with: "") })
    // The others run in the probe of the optimizers.
    let others = KernelFile.all
      .filter { ["measure.cl", "adafactor.cl", "muon.cl"].contains($0.name) }
      .flatMap(\.kernels)
    #expect(
      names.union(others + ["clip_units", "show_average"])
        == Set(KernelFile.all.flatMap(\.kernels)))
  }
}

@Suite(.enabled(if: Child.output != nil)) struct OclgrindControl {
  @Test func `kernels with faults`() throws {
    let queue = try Queue(Device.all()[0])
    let program = try queue.build(
      """
      kernel void race(global int *x) { x[0] = get_global_id(0); }
      kernel void unwritten(global const int *x, global int *y) { y[0] = x[1] ? 1 : 2; }
      """)
    let race = try program.kernel("race", of: Buffer<Int32>.self)
    let unwritten = try program.kernel("unwritten", of: Buffer<Int32>.self, Buffer<Int32>.self)
    let x = try queue.buffer(of: Int32.self, count: 2)
    let y = try queue.buffer(of: Int32.self, count: 1)
    try queue.run([race.bind(over: Grid(4), x), unwritten.bind(over: Grid(1), x, y)])
    try queue.finish()
  }
}
