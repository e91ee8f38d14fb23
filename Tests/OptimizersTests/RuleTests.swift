import Networks
import Optimizers
import Reference
import Specs
import Testing

/// Every rule on the device against PyTorch in double precision, and against the papers.
@Suite struct RuleTests {
  static let steps = [1, 2, 7, 50, 200]

  /// Those that PyTorch has and that look at one weight at a time.
  static let names = [
    "SGD", "Adam", "AdamW", "Adagrad", "Adadelta", "RMSprop", "Adamax", "NAdam", "RAdam", "Rprop",
    "ASGD",
  ]

  @Test(arguments: names, [Rehearsal.processor, Rehearsal.graphics])
  func `200 updates end where PyTorch's end`(_ name: String, _ lanes: Lanes) throws {
    let rehearsal = try Rehearsal(lanes)
    let cases = try fixture("optimizers/pytorch").filter { $0.key.hasPrefix("\(name)(") }
    #expect(cases.count >= 3)
    for (text, tensor) in cases.sorted(by: { $0.key < $1.key }) {
      let spec = try OptimizerSpec(parsing: text)
      let rate = spec.learningRate ?? spec.optimizer.defaultLearningRate
      let weights = try rehearsal.weights(spec.optimizer, after: Self.steps, learningRate: rate)
      for (row, step) in Self.steps.enumerated() {
        let golden = Array(tensor.values[row * 31..<row * 31 + 31])
        let error = normRelativeError(weights[row], Array(golden[..<30]))
        // The last column is how far PyTorch's own single precision was astray.
        let allowed = max(1e-6, 2 * golden[30])
        #expect(error <= allowed, "\(text) after \(step) updates")
      }
    }
  }

  /// A warm-up, a drop and a rate that returns.
  static func rate(_ update: Int) -> Double {
    update < 20 ? 0.01 * Double(update + 1) / 20 : update < 100 ? 0.01 : 0.002
  }

  /// Runs an optimizer and a reference side by side under a changing rate.
  func compare(
    _ text: String, _ lanes: Lanes, allowed: Double = 1e-6,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ reference: (inout [Double], [Double], Double) -> Void
  ) throws {
    let optimizer = try OptimizerSpec(parsing: text).optimizer
    let weights = try Rehearsal(lanes).weights(
      optimizer, after: Self.steps,
      values: {
        HyperParameters(
          learningRate: Self.rate($0), momentum: optimizer.momentum,
          weightDecay: optimizer.weightDecay)
      })
    var expected = Rehearsal.start
    for update in 0..<200 {
      reference(&expected, Rehearsal.gradient(update), Self.rate(update))
      guard let row = Self.steps.firstIndex(of: update + 1) else { continue }
      let error = normRelativeError(weights[row], expected)
      #expect(error <= allowed, "\(text) after \(update + 1)", sourceLocation: sourceLocation)
    }
  }

  @Test(arguments: [Rehearsal.processor, Rehearsal.graphics])
  func `Lion steps along the sign of its momentum`(_ lanes: Lanes) throws {
    for (text, betas, decay) in [
      ("Lion()", (0.9, 0.99), 0.0),
      ("Lion(betas=(0.95, 0.98), weight_decay=0.1)", (0.95, 0.98), 0.1),
      ("Lion(betas=(0.5, 0.5), weight_decay=1)", (0.5, 0.5), 1),
    ] {
      var lion = ReferenceLion(betas: betas, weightDecay: decay)
      // Steps of one length round the same way again and again: 200 halves of 2^-24 at most.
      try compare(text, lanes, allowed: 200 * 0x1p-25) { lion.step(&$0, $1, learningRate: $2) }
    }
  }

  @Test(arguments: [Rehearsal.processor, Rehearsal.graphics])
  func `Adan follows its paper`(_ lanes: Lanes) throws {
    for (text, betas, decay, noProx) in [
      ("Adan()", (0.98, 0.92, 0.99), 0.0, false),
      ("Adan(betas=(0.9, 0.8, 0.95), weight_decay=0.5)", (0.9, 0.8, 0.95), 0.5, false),
      ("Adan(weight_decay=0.5, no_prox=True)", (0.98, 0.92, 0.99), 0.5, true),
    ] {
      var adan = ReferenceAdan(betas: betas, eps: 1e-8, weightDecay: decay, noProx: noProx)
      try compare(text, lanes) { adan.step(&$0, $1, learningRate: $2) }
    }
  }

  @Test(arguments: [Rehearsal.processor, Rehearsal.graphics])
  func `Schedule-Free holds its three sequences in two`(_ lanes: Lanes) throws {
    for (text, rule) in [
      ("ScheduleFreeSGD()", ReferenceScheduleFree(beta: 0.9)),
      (
        "ScheduleFreeSGD(momentum=0.95, weight_decay=0.1, r=1)",
        ReferenceScheduleFree(beta: 0.95, weightDecay: 0.1, power: 1)
      ),
      (
        "ScheduleFreeAdamW(weight_decay=0.1)",
        ReferenceScheduleFree(beta: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.1)
      ),
      (
        "ScheduleFreeAdamW(betas=(0.8, 0.9), eps=1e-4, r=2)",
        ReferenceScheduleFree(beta: 0.8, beta2: 0.9, eps: 1e-4, power: 2)
      ),
    ] {
      var rule = rule
      try compare(text, lanes) { rule.step(&$0, $1, learningRate: $2) }
    }
  }

  @Test func `ASGD takes a new rate one update late, as PyTorch's does`() throws {
    var (eta, step) = (Self.rate(0), 0.0)
    try compare("ASGD(lambd=0.01)", Rehearsal.processor) { w, g, rate in
      for i in w.indices { w[i] = w[i] * (1 - 0.01 * eta) - eta * g[i] }
      step += 1
      eta =
        rate / (1 + 0.01 * rate * step).squareRoot().squareRoot()
        / (1 + 0.01 * rate * step)
        .squareRoot()
    }
  }

  @Test func `Keras' momentum keeps old gradients at the rate that they came with`() throws {
    for nesterov in [false, true] {
      var velocity = [Double](repeating: 0, count: 30)
      try compare(
        "SGD(momentum=0.9, nesterov=\(nesterov), momentum_style=keras)", Rehearsal.processor
      ) { w, g, rate in
        for i in w.indices {
          velocity[i] = 0.9 * velocity[i] - rate * g[i]
          w[i] += nesterov ? 0.9 * velocity[i] - rate * g[i] : velocity[i]
        }
      }
    }
  }

  @Test func `a schedule of the momentum drives Adam's first beta`() throws {
    func beta(_ update: Int) -> Double { 0.95 - 0.1 * Double(update % 50) / 50 }
    let weights = try Rehearsal(Rehearsal.processor).weights(
      Adam(), after: [200],
      values: { HyperParameters(learningRate: 0.01, momentum: beta($0), weightDecay: 0) })
    var w = Rehearsal.start
    var m = w.map { _ in 0.0 }
    var v = m
    var left = 1.0
    for update in 0..<200 {
      let g = Rehearsal.gradient(update)
      left *= 0.999
      // PyTorch corrects with the beta of the update: 1 - beta^t.
      let filled = 1 - (0...update).reduce(1.0) { product, _ in product * beta(update) }
      for i in w.indices {
        m[i] = beta(update) * m[i] + (1 - beta(update)) * g[i]
        v[i] = 0.999 * v[i] + 0.001 * g[i] * g[i]
        w[i] -= 0.01 * m[i] / filled / ((v[i] / (1 - left)).squareRoot() + 1e-8)
      }
    }
    #expect(normRelativeError(weights[0], w) <= 1e-6)
  }

  @Test(
    // Muon mixes the weights of a matrix: a row without a gradient moves with the others.
    arguments: OptimizerSpec.kinds.map { $0.signature.name }.filter { $0 != "Muon" },
    [Rehearsal.processor, Rehearsal.graphics])
  func `a weight that never has a gradient stays where it is, with an eps of 0 too`(
    _ name: String, _ lanes: Lanes
  ) throws {
    let kind = try #require(OptimizerSpec.kinds.first { $0.signature.name == name })
    // Some eps must be above 0, as in the authors' code.
    let hasEps = (try? OptimizerSpec(parsing: "\(name)(eps=0)")) != nil
    let hasDecay = kind.signature.parameters.contains { $0.name == "weight_decay" }
    var arguments = hasEps ? ["eps=0"] : []
    if hasDecay { arguments.append("weight_decay=0") }
    if name == "ASGD" { arguments.append("lambd=0") }
    if name == "LARS" || name == "LAMB" { arguments.append("always_adapt=True") }
    let optimizer = try OptimizerSpec(
      parsing: "\(name)(\(arguments.joined(separator: ", ")))"
    ).optimizer
    let weights = try Rehearsal(lanes).weights(optimizer, after: [20], learningRate: 0.01)
    for i in stride(from: 5, to: 30, by: 11) {
      #expect(weights[0][i] == Rehearsal.start[i], "\(optimizer.text)")
    }
    let allFinite = weights[0].allSatisfy { $0.isFinite }
    #expect(allFinite)
  }
}
