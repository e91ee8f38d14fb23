import Kernels
import Networks
import OpenCL
import Optimizers
import Reference
import Testing
import Trials

/// Updates of several batches.
@Suite struct AccumulationTests {
  /// Runs an epoch of a trial some times, and gives its weights.
  private func train(_ trial: Trial, accumulate: Int, epochs: Int) throws -> [[Double]] {
    try trial.setRates(0.002, count: 32)
    for _ in 0..<epochs {
      for batch in 1...Int(trial.draw.steps) {
        let ends = batch % accumulate == 0 || batch == Int(trial.draw.steps)
        try ends ? trial.step() : trial.add()
      }
    }
    return try trial.network.weights().map { $0.values.map { Double($0) } }
  }

  @Test(
    arguments: [(8, 4, 32), (8, 4, 96), (8, 3, 29), (1, 5, 7), (17, 2, 50)],
    [LaneShape.wide, LaneShape(4, 1), LaneShape(1, 32)])
  func `small batches give the updates of large ones, also where the last ones are incomplete`(
    _ sizes: (batch: Int, accumulate: Int, count: Int), _ lanes: LaneShape
  ) throws {
    let optimizer = try SGD(momentum: 0.9, weightDecay: 0.01)
    let (batch, accumulate, count) = sizes
    let small = try Trial(
      .windows, batch: batch, count: count, accumulate: accumulate, lanes: lanes,
      optimizer: optimizer)
    let large = try Trial(
      .windows, batch: batch * accumulate, count: count, lanes: lanes, optimizer: optimizer)
    let start = try large.network.weights().map { $0.values.map { Double($0) } }
    let made = try train(small, accumulate: accumulate, epochs: 2)
    let wanted = try train(large, accumulate: 1, epochs: 2)
    for (index, parameter) in small.network.parameters.enumerated() {
      let moved = zip(wanted[index], start[index]).map { $0 - $1 }
      #expect(gradientNorm([moved]) > 0, "\(parameter.name) stands still")
      #expect(
        mismatch(made[index], wanted[index], relative: 2e-6) == nil, "\(parameter.name)")
    }
  }

  @Test func `every batch leaves its own loss, the last one the norm of the sum`() throws {
    let small = try Trial(.windows, batch: 8, count: 29, accumulate: 4)
    let large = try Trial(.windows, batch: 29)
    for _ in 0..<3 { try small.add() }
    try small.step()
    try large.step()
    let entries = try small.updater.readLog(first: 0, count: 4)
    let whole = try large.updater.readLog(first: 0, count: 1)[0]
    #expect(entries.map(\.active) == [8, 8, 8, 5])
    #expect(entries.reduce(0) { $0 + $1.correct } == whole.correct)
    #expect(abs(entries.reduce(0) { $0 + $1.loss } - whole.loss) <= 1e-5 * whole.loss)
    #expect(abs(entries[3].gradientNorm - whole.gradientNorm) <= 1e-5 * whole.gradientNorm)
    let made = try small.updater.readGradients(of: small.network)
    for ((parameter, values), wanted) in zip(
      made, try large.updater.readGradients(of: large.network))
    {
      let fault = mismatch(
        values.map { Double($0) }, wanted.values.map { Double($0) }, relative: 1e-5)
      #expect(fault == nil, "\(parameter.name)")
    }
  }

  @Test(arguments: [0, 1, 2], [LaneShape.wide, LaneShape(1, 32)])
  func `one batch that is not finite skips the update of all, and the next one is clean`(
    bad: Int, _ lanes: LaneShape
  ) throws {
    func trial() throws -> Trial {
      let trial = try Trial(
        .windows, batch: 4, count: 12, accumulate: 3, lanes: lanes, sharing: true,
        optimizer: SGD(momentum: 0.9))
      try trial.setRates(0.002, count: 8)
      return trial
    }
    func update(_ trial: Trial, poisoning bad: Int? = nil) throws {
      let weights = try trial.network.weights().map {
        (name: $0.parameter.name, shape: $0.parameter.shape, values: $0.values)
      }
      for batch in 0..<3 {
        if batch == bad {
          var poisoned = weights
          poisoned[0].values[3] = .nan
          try trial.network.load(poisoned)
        }
        try batch == 2 ? trial.step() : trial.add()
        if batch == bad { try trial.network.load(weights) }
      }
    }
    let undisturbed = try trial()
    for _ in 0..<2 { try update(undisturbed) }

    let disturbed = try trial()
    try update(disturbed)
    let before = try disturbed.bits()
    try update(disturbed, poisoning: bad)
    #expect(try disturbed.bits() == before)
    #expect(try disturbed.updater.readLog(first: 5, count: 1)[0].non_finite > 0)
    let progress = try disturbed.network.queue.read(disturbed.updater.progress)[0]
    #expect(progress.next_drawn == 6 && progress.next_applied == 1)
    try update(disturbed)
    #expect(try disturbed.bits() == undisturbed.bits())
  }

  @Test func `a batch that ends no update takes one launch less`() throws {
    let trial = try Trial(.windows, batch: 4, count: 12, accumulate: 3)
    #expect(trial.addition.count == trial.launches.count - 1)
    #expect(!trial.addition.contains { $0.name == "update" || $0.name == "sum_gradients" })
  }
}
