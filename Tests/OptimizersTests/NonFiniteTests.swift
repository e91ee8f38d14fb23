import Kernels
import Networks
import OpenCL
import Optimizers
import Testing
import Trials

/// Steps whose gradient is not finite.
@Suite struct NonFiniteTests {
  @Test(arguments: [LaneShape.wide, LaneShape(1, 32)])
  func `a gradient that is not finite skips the update, and only the update`(
    _ lanes: LaneShape
  ) throws {
    // Every step draws the same images.
    func trial() throws -> Trial {
      let trial = try Trial(
        .windows, batch: 17, lanes: lanes, sharing: true,
        optimizer: SGD(momentum: 0.9, weightDecay: 0.01))
      try trial.setRates(0.001, count: 8)
      return trial
    }
    func weights(_ trial: Trial) throws -> [(name: String, shape: [Int], values: [Float])] {
      try trial.network.weights().map { ($0.parameter.name, $0.parameter.shape, $0.values) }
    }

    let undisturbed = try trial()
    for _ in 0..<3 { try undisturbed.step() }
    let expected = try undisturbed.bits()

    let trial = try trial()
    try trial.step()
    let first = try weights(trial)
    var drawn: UInt32 = 1
    for index in first.indices {
      for value in [Float.nan, .infinity] {
        var poisoned = first
        poisoned[index].values[first[index].values.count / 2] = value
        try trial.network.load(poisoned)
        let before = try trial.bits()
        try trial.step()
        drawn += 1

        #expect(try trial.bits() == before, "\(value) in \(first[index].name)")
        let log = try trial.updater.readLog(first: Int(drawn) - 1, count: 1)[0]
        #expect(log.non_finite > 0, "\(value) in \(first[index].name)")
        #expect(log.applied == 1)
        let progress = try trial.network.queue.read(trial.updater.progress)[0]
        #expect(progress.next_drawn == drawn && progress.next_applied == 1)
      }
    }
    // Neither weights nor velocities remember: the next two updates are the undisturbed ones.
    try trial.network.load(first)
    try trial.step()
    try trial.step()
    #expect(try trial.bits() == expected)
    let progress = try trial.network.queue.read(trial.updater.progress)[0]
    #expect(progress.next_drawn == drawn + 2 && progress.next_applied == 3)
  }
}
