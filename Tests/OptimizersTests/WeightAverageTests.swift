import Kernels
import Networks
import Optimizers
import Reference
import Testing

@Suite struct WeightAverageTests {
  /// Trains with an average, and looks at it and at the weights after each update.
  func train(
    _ optimizer: any Optimizer, _ average: WeightAverage?, _ lanes: Lanes, updates: Int
  ) throws -> (weights: [[Double]], averages: [[Double]]) {
    let rehearsal = try Rehearsal(lanes)
    try rehearsal.load(Rehearsal.start)
    let updater = try Updater(
      rehearsal.network, optimizer, Rehearsal.draw, average: average, rows: 8)
    let values = HyperParameters(
      learningRate: 0.05, momentum: optimizer.momentum, weightDecay: optimizer.weightDecay)
    var course = Course()
    var (weights, averages): ([[Double]], [[Double]]) = ([], [])
    for number in 0..<updates {
      _ = try rehearsal.update(
        updater, number, values, &course, gradient: Rehearsal.gradient(number))
      let before = try rehearsal.current()
      averages.append(try updater.withAverage { try rehearsal.current() })
      // To look changes nothing.
      let after = try rehearsal.current()
      #expect(after == before)
      weights.append(after)
    }
    return (weights, averages)
  }

  @Test(arguments: [Rehearsal.processor, Rehearsal.graphics])
  func `an exponential average starts as the weights and follows them`(_ lanes: Lanes) throws {
    for optimizer in [try SGD(momentum: 0.9), try Adam()] as [any Optimizer] {
      let (weights, averages) = try train(
        optimizer, .exponential(decay: 0.9), lanes, updates: 20)
      var expected = weights[0]
      for (w, a) in zip(weights, averages) {
        expected = zip(expected, w).map { 0.9 * $0 + 0.1 * $1 }
        #expect(normRelativeError(a, expected) <= 1e-6, "\(optimizer.text)")
      }
    }
  }

  @Test(arguments: [0.5, 0.9, 0.9999], [Rehearsal.processor, Rehearsal.graphics])
  func `an average ramps up to its decay, update by update`(decay: Double, _ lanes: Lanes) throws {
    let (weights, averages) = try train(
      SGD(momentum: 0.9), .ramped(decay: decay), lanes, updates: 100)
    var expected = weights[0]
    for (t, (w, a)) in zip(weights, averages).enumerated() {
      // min(d, (1 + t) / (10 + t)), and the weights of the first update as PyTorch's AveragedModel.
      let kept = min(decay, (1 + Double(t)) / (10 + Double(t)))
      if t > 0 { expected = zip(expected, w).map { kept * $0 + (1 - kept) * $1 } }
      #expect(normRelativeError(a, expected) <= 1e-6, "after \(t + 1)")
    }
    // Without the ramp 0.9999 would still be at the first weights.
    #expect(normRelativeError(averages[99], weights[0]) > 0.1)
  }

  @Test(arguments: [0, 1, 7, 30])
  func `a mean of the weights begins where it is told to`(first: Int) throws {
    let (weights, averages) = try train(
      SGD(momentum: 0.9, nesterov: true), .mean(from: first), Rehearsal.processor, updates: 20)
    for number in 0..<20 {
      let window = number < first ? weights[number...number] : weights[first...number]
      let mean = (0..<30).map { i in
        window.reduce(0) { $0 + $1[i] } / Double(window.count)
      }
      #expect(normRelativeError(averages[number], mean) <= 1e-6, "after \(number + 1)")
    }
  }

  @Test(arguments: [Rehearsal.processor, Rehearsal.graphics])
  func `Schedule-Free is scored at its average`(_ lanes: Lanes) throws {
    for (optimizer, rule) in [
      (try ScheduleFreeSGD(), ReferenceScheduleFree(beta: 0.9)),
      (
        try ScheduleFreeAdamW(betas: Betas(0.8, 0.99)),
        ReferenceScheduleFree(beta: 0.8, beta2: 0.99, eps: 1e-8)
      ),
    ] as [(any Optimizer, ReferenceScheduleFree)] {
      let (_, averages) = try train(optimizer, nil, lanes, updates: 50)
      var rule = rule
      var y = Rehearsal.start
      for number in 0..<50 {
        rule.step(&y, Rehearsal.gradient(number), learningRate: 0.05)
        #expect(normRelativeError(averages[number], rule.x) <= 1e-6, "\(optimizer.text)")
      }
    }
  }

  @Test(arguments: [Rehearsal.processor, Rehearsal.graphics])
  func `DoG is scored at an average that forgets its first steps`(_ lanes: Lanes) throws {
    let (weights, averages) = try train(
      DoG(relativeStart: 0.01), nil, lanes, updates: 20)
    var expected = weights[0]
    for (number, (w, a)) in zip(weights, averages).enumerated() {
      let share = 9 / Double(9 + number)
      expected = zip(expected, w).map { $0 + share * ($1 - $0) }
      #expect(normRelativeError(a, expected) <= 1e-6)
    }
    #expect(averages[19] != weights[19])
    // What the user asks for comes first.
    let (own, same) = try train(DoG(gamma: nil), nil, lanes, updates: 3)
    #expect(own == same)
    let (later, mean) = try train(DoG(), .mean(from: 5), lanes, updates: 3)
    #expect(later == mean)
  }

  @Test func `without an average the weights are shown as they are`() throws {
    let (weights, averages) = try train(SGD(), nil, Rehearsal.processor, updates: 3)
    #expect(weights == averages)
  }

  @Test func `a rule that averages itself takes no other average`() throws {
    let network = try Rehearsal(Rehearsal.processor).network
    #expect(throws: OptimizerError.self) {
      try Updater(
        network, ScheduleFreeSGD(), Rehearsal.draw, average: .exponential(decay: 0.9), rows: 4)
    }
  }
}
