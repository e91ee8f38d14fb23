import Datasets
import Networks
import Optimizers
import Reference
import Reports
import Testing
import Training

/// The figures of tensors and parameter groups in logged updates.
@Suite struct LayerReportTests {
  /// Trains, and gives all rows.
  private func rows(
    _ run: TinyRun
  ) throws -> (steps: [StepRow], layers: [[LayerRow]], groups: [[GroupRow]]) {
    let trainer = try run.trainer()
    var steps: [StepRow] = []
    var layers: [[LayerRow]] = []
    var groups: [[GroupRow]] = []
    trainer.onStep = { steps.append($0) }
    trainer.onLayers = {
      layers.append($0)
      groups.append($1)
    }
    while try trainer.next() != nil {}
    return (steps, layers, groups)
  }

  @Test func `the first update's ratio is that of the weights it left`() throws {
    var run = TinyRun()
    (run.options.maxSteps, run.options.logEvery, run.epochs) = (1, 1, 1)
    let trainer = try run.trainer()
    let before = try trainer.weights().tensors
    var rows: [LayerRow] = []
    trainer.onLayers = { layers, _ in rows = layers }
    _ = try trainer.next()
    #expect(rows.map(\.tensor) == ["fc1.weight", "fc1.bias"])
    for ((row, old), new) in zip(zip(rows, before), try trainer.weights().tensors) {
      let change = zip(new.values, old.values).map { Double($0) - Double($1) }
      let norm = gradientNorm([old.values.map { Double($0) }])
      #expect(row.step == 1 && row.epoch == 1 && row.group == 0 && row.learningRate == 0.05)
      #expect(abs(row.weightNorm - norm) <= 1e-5 * norm)
      let ratio = gradientNorm([change]) / norm
      #expect(abs(row.updateRatio - ratio) <= 1e-5 * ratio)
      // Plain SGD's first change is the rate times the gradient.
      #expect(abs(row.gradientNorm * 0.05 - gradientNorm([change])) <= 1e-5 * row.gradientNorm)
    }
  }

  @Test(arguments: [1, 3], [1, 4])
  func `rows come with those of the step log, and norms add up to its norm`(
    every: Int, accumulate: Int
  ) throws {
    var run = TinyRun()
    (run.batch, run.options.accumulate) = (32 / accumulate, accumulate)
    (run.epochs, run.options.logEvery, run.schedule) = (3, every, "cosine")
    run.options.groups = [try ParameterGroup(parsing: "*.bias: scale=0.5")]
    let (steps, layers, groups) = try rows(run)
    #expect(steps.count == 12 / every)
    for (step, (layers, groups)) in zip(steps, zip(layers, groups)) {
      #expect((layers.map(\.step) + groups.map(\.step)).allSatisfy { $0 == step.step })
      #expect((layers.map(\.epoch) + groups.map(\.epoch)).allSatisfy { $0 == step.epoch })
      #expect(layers.map(\.learningRate) == [step.learningRate, step.learningRate / 2])
      #expect(groups.map(\.learningRate) == layers.map(\.learningRate))
      #expect(groups.map(\.gradientNorm) == layers.map(\.gradientNorm))
      let total = gradientNorm([layers.map(\.gradientNorm)])
      #expect(abs(total - step.gradientNorm) <= 1e-5 * total)
    }
    #expect(layers.count == steps.count)
  }

  @Test func `the share of clipped updates is that since the last row`() throws {
    var run = TinyRun()
    (run.epochs, run.options.logEvery) = (3, 4)
    #expect(try rows(run).groups.map { $0[0].clipped } == [0, 0, 0])
    run.options.clipping = .norm(1e-6)
    #expect(try rows(run).groups.map { $0[0].clipped } == [1, 1, 1])
    // A limit between the norms of the twelve updates.
    run.options.clipping = nil
    run.options.logEvery = 1
    let norms = try rows(run).steps.map(\.gradientNorm)
    run.baseRate = 0
    let still = try rows(run).steps.map(\.gradientNorm)
    #expect(norms != still)
    let limit = still.sorted()[5] * 1.0001
    run.options.clipping = .norm(limit)
    run.options.logEvery = 4
    let shares = try rows(run).groups.map { $0[0].clipped }
    let wanted = [0..<4, 4..<8, 8..<12].map { range in
      Double(still[range].filter { $0 > limit }.count) / 4
    }
    #expect(shares == wanted)
  }

  @Test func `of a skipped update nothing is known but its rate`() throws {
    var run = TinyRun()
    (run.weights, run.options.logEvery) = (3e38, 1)
    let trainer = try run.trainer()
    var layers: [LayerRow] = []
    var groups: [GroupRow] = []
    trainer.onLayers = {
      layers += $0
      groups += $1
    }
    #expect(throws: TrainingError.self) { try trainer.next() }
    #expect(layers.count == 8 && groups.count == 4)
    #expect(layers.allSatisfy { $0.step == 0 && $0.learningRate == 0.05 })
    let numbers =
      layers.flatMap { [$0.gradientNorm, $0.weightNorm, $0.updateRatio] }
      + groups.flatMap { [$0.gradientNorm, $0.clipped] }
    #expect(numbers.allSatisfy { $0.isNaN })
  }

  @Test func `weights of 0 have no ratio`() {
    let row = LayerRow(
      step: 3, epoch: 1, tensor: "fc1.bias", group: 1, learningRate: 0.1, gradientNorm: 2,
      weightNorm: 0, updateNorm: 0.2)
    #expect(row.cells == ["3", "1", "fc1.bias", "1", "0.1", "2", "0", "nan"])
  }
}
