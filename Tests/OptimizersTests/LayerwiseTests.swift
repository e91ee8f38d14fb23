import Kernels
import Networks
import Optimizers
import Reference
import Testing

/// Rules that look at more than one weight, against PyTorch and their authors' code in double
/// precision, on filters and matrices that do not fill their tiles.
@Suite struct LayerwiseTests {
  static let steps = [1, 7, 50, 200]

  static let names = [
    "LARS", "LAMB", "Adafactor", "Prodigy", "DAdaptSGD", "DAdaptAdam", "DoG", "Muon",
  ]

  /// Rules that estimate the distance to a solution are pulled towards one.
  static let pulled = ["Prodigy", "DAdaptSGD", "DAdaptAdam", "DoG"]

  @Test(arguments: names, [Rehearsal.processor, Rehearsal.graphics])
  func `200 updates end where the reference's end`(_ name: String, _ lanes: Lanes) throws {
    let rehearsal = try Rehearsal.layers(lanes)
    let count = rehearsal.count
    let cases = try fixture("optimizers/layerwise").filter { $0.key.hasPrefix("\(name)(") }
    #expect(cases.count >= 3)
    for (text, tensor) in cases.sorted(by: { $0.key < $1.key }) {
      let spec = try OptimizerSpec(parsing: text)
      let rate = spec.learningRate ?? spec.optimizer.defaultLearningRate
      let weights = try rehearsal.weights(
        spec.optimizer, after: Self.steps, learningRate: rate,
        gradient: {
          Self.pulled.contains(name)
            ? Rehearsal.pull($0, $1) : Rehearsal.gradient($0, count: $1.count)
        })
      for (row, step) in Self.steps.enumerated() {
        let golden = Array(tensor.values[row * (count + 1)..<(row + 1) * (count + 1)])
        let error = normRelativeError(weights[row], Array(golden[..<count]))
        // The last column is how far the reference's own single precision was astray.
        let allowed = max(1e-6, 2 * golden[count])
        #expect(error <= allowed, "\(text) after \(step) updates")
      }
    }
  }

  @Test(arguments: [Rehearsal.processor, Rehearsal.graphics])
  func `the rehearsed tensors do not fill their tiles`(_ lanes: Lanes) throws {
    let parameters = try Rehearsal.layers(lanes).network.parameters.filter { !$0.isBias }
    #expect(parameters.map(\.shape) == [[5, 2, 2, 2], [3, 30], [7, 3]])
    let allPadded = parameters.allSatisfy { $0.extent > $0.count }
    #expect(allPadded)
  }

  /// Cuts values into the tensors of a network.
  func split(_ values: [Double], _ network: Network) -> Tensors {
    var place = 0
    return network.parameters.map { parameter in
      defer { place += parameter.count }
      return (parameter.shape, Array(values[place..<place + parameter.count]))
    }
  }

  /// A warm-up from 0, a drop, and a rate of 0 on the way.
  static func rate(_ update: Int) -> Double { [0, 0.01, 0.02, 0.02, 0, 0.005, 0.005][update] }

  /// Runs a rule and a reference side by side on tensors of several chunks.
  func compare(
    _ text: String, _ lanes: Lanes, allowed: Double = 1e-6, scale: Double = 1,
    isSteady: Bool = false, sourceLocation: SourceLocation = #_sourceLocation,
    _ reference: (inout Tensors, Tensors, Double) -> Void
  ) throws {
    let rehearsal = try Rehearsal.chunks(lanes)
    let longest = rehearsal.network.parameters.reduce(0) { max($0, $1.extent) }
    #expect(longest > 2 * 2048)
    let optimizer = try OptimizerSpec(parsing: text).optimizer
    let weights = try rehearsal.weights(
      optimizer, after: [7],
      values: {
        HyperParameters(
          learningRate: scale * Self.rate($0), momentum: optimizer.momentum,
          weightDecay: optimizer.weightDecay)
      },
      gradient: { Rehearsal.gradient(isSteady ? 0 : $0, count: $1.count) })
    var expected = split(Rehearsal.start(rehearsal.count), rehearsal.network)
    for update in 0..<7 {
      let gradient = Rehearsal.gradient(isSteady ? 0 : update, count: rehearsal.count)
      reference(&expected, split(gradient, rehearsal.network), scale * Self.rate(update))
    }
    for (now, tensor) in zip(split(weights[0], rehearsal.network), expected) {
      let error = normRelativeError(now.values, tensor.values)
      #expect(error <= allowed, "\(text), \(tensor.shape)", sourceLocation: sourceLocation)
    }
  }

  @Test(arguments: [Rehearsal.processor, Rehearsal.graphics])
  func `a tensor of many chunks has one norm`(_ lanes: Lanes) throws {
    var lamb = ReferenceLAMB(weightDecay: 0.1)
    try compare("LAMB(weight_decay=0.1, max_grad_norm=None)", lanes) {
      lamb.step(&$0, $1, learningRate: $2)
    }
  }

  @Test(arguments: [Rehearsal.processor, Rehearsal.graphics])
  func `rows and columns are those of the weights, however they are packed`(
    _ lanes: Lanes
  ) throws {
    var adafactor = ReferenceAdafactor()
    try compare("Adafactor()", lanes) { adafactor.step(&$0, $1, learningRate: $2) }
  }

  @Test(arguments: [Rehearsal.processor, Rehearsal.graphics])
  func `Prodigy's distance is that of the whole network, and waits at a rate of 0`(
    _ lanes: Lanes
  ) throws {
    var prodigy = ReferenceProdigy(d0: 0.01)
    try compare("Prodigy(d0=0.01)", lanes, scale: 50, isSteady: true) { w, g, rate in
      var all = w.flatMap(\.values)
      prodigy.step(&all, g.flatMap(\.values), learningRate: rate)
      var place = 0
      for k in w.indices {
        w[k].values = Array(all[place..<place + w[k].values.count])
        place += w[k].values.count
      }
    }
    #expect(prodigy.d > 0.02, "the distance grew in the test")
  }

  @Test(arguments: [Rehearsal.processor, Rehearsal.graphics])
  func `Muon's matrices are whole tensors, of filters too`(_ lanes: Lanes) throws {
    var rules = [ReferenceMuon](repeating: ReferenceMuon(), count: 8)
    // A quintic step multiplies the small singular values and their rounding by 3.4, five times.
    try compare(
      "Muon(weight_decay=0, output_layer=True, adamw_scale=0)", lanes, allowed: 1e-5
    ) { w, g, rate in
      for k in w.indices where w[k].shape.count > 1 {
        rules[k].step(
          &w[k].values, g[k].values, rows: w[k].shape[0], learningRate: rate)
      }
    }
  }

  @Test(arguments: names, [Rehearsal.processor, Rehearsal.graphics])
  func `a gradient that is not finite leaves no trace`(_ name: String, _ lanes: Lanes) throws {
    let optimizer = try OptimizerSpec(parsing: name).optimizer
    let values = HyperParameters(
      learningRate: 0.1, momentum: optimizer.momentum, weightDecay: optimizer.weightDecay)
    func train(skipping poison: Double?) throws -> (weights: [Double], scales: [Float]) {
      let rehearsal = try Rehearsal.layers(lanes)
      let updater = try Updater(rehearsal.network, optimizer, Rehearsal.draw, rows: 8)
      try rehearsal.load(Rehearsal.start(rehearsal.count))
      var course = Course()
      for update in 0..<4 {
        let row = optimizer.coefficients(update: update, values, &course)
        try updater.setRates([[row]], first: update)
        var gradient = Rehearsal.gradient(update, count: rehearsal.count)
        if let poison {
          let good = gradient[60]
          gradient[60] = poison
          try rehearsal.set(gradient)
          try rehearsal.run(updater)
          gradient[60] = good
        }
        try rehearsal.set(gradient)
        try rehearsal.run(updater)
      }
      return (try rehearsal.current(), try updater.readScales())
    }
    let undisturbed = try train(skipping: nil)
    let allFinite = undisturbed.weights.allSatisfy { $0.isFinite }
    #expect(allFinite)
    for poison in [Double.nan, .infinity] {
      let disturbed = try train(skipping: poison)
      #expect(disturbed.weights == undisturbed.weights)
      #expect(disturbed.scales == undisturbed.scales)
    }
  }

  @Test(arguments: ["Prodigy", "DAdaptSGD", "DAdaptAdam"])
  func `a distance that is estimated for all weights refuses different rates`(
    _ name: String
  ) throws {
    let optimizer = try OptimizerSpec(parsing: "\(name)(d0=0.01)").optimizer
    let rehearsal = try Rehearsal.layers(Rehearsal.processor)
    let start = Rehearsal.start(rehearsal.count)
    let updater = try Updater(
      rehearsal.network, optimizer, Rehearsal.draw, groups: [0, 0, 1, 1, 1, 1], rows: 8)
    func row(_ update: Int, _ rates: [Double]) -> [Coefficients] {
      rates.map {
        optimizer.coefficients(
          update: update,
          HyperParameters(
            learningRate: $0, momentum: optimizer.momentum, weightDecay: optimizer.weightDecay))
      }
    }
    let error = #expect(throws: OptimizerError.self) {
      try updater.setRates([row(0, [1, 0.5])], first: 0)
    }
    #expect(error?.description.contains("1.0 and 0.5") == true)
    #expect(error?.description.contains("--group") == true)
    // A rate of 0 freezes a group.
    try rehearsal.load(start)
    for update in 0..<5 {
      try updater.setRates([row(update, [0, 1])], first: update)
      try rehearsal.set(Rehearsal.gradient(update, count: rehearsal.count))
      try rehearsal.run(updater)
    }
    let moved = try rehearsal.current()
    #expect(Array(moved[..<45]) == Array(start[..<45]))
    let allFinite = moved.allSatisfy { $0.isFinite }
    #expect(moved != start && allFinite)
  }

  @Test(arguments: Self.pulled, [Rehearsal.processor, Rehearsal.graphics])
  func `the gradients of a frozen group count for nothing`(_ name: String, _ lanes: Lanes) throws {
    let optimizer = try OptimizerSpec(parsing: name).optimizer
    /// What becomes of the weights that are not frozen, where the frozen ones' gradients are scaled.
    func train(scale: Double) throws -> [Double] {
      let rehearsal = try Rehearsal.layers(lanes)
      let updater = try Updater(
        rehearsal.network, optimizer, Rehearsal.draw, groups: [0, 0, 1, 1, 1, 1], rows: 8)
      try rehearsal.load(Rehearsal.start(rehearsal.count))
      for update in 0..<5 {
        let row = [0.0, 1.0].map {
          optimizer.coefficients(
            update: update,
            HyperParameters(learningRate: $0, momentum: optimizer.momentum, weightDecay: 0))
        }
        try updater.setRates([row], first: update)
        let gradient = Rehearsal.gradient(update, count: rehearsal.count)
        try rehearsal.set(gradient.enumerated().map { $0 < 45 ? scale * $1 : $1 })
        try rehearsal.run(updater)
      }
      return Array(try rehearsal.current()[45...])
    }
    let once = try train(scale: 1)
    #expect(try train(scale: 64) == once)
    #expect(once != Array(Rehearsal.start(try Rehearsal.layers(lanes).count)[45...]))
  }

  @Test(arguments: ["Prodigy", "DAdaptSGD", "DAdaptAdam"])
  func `a group that no tensor belongs to has no say`(_ name: String) throws {
    let optimizer = try OptimizerSpec(parsing: "\(name)(d0=0.01)").optimizer
    func train(groups: [Int], rates: [Double]) throws -> [Double] {
      let rehearsal = try Rehearsal.layers(Rehearsal.processor)
      let updater = try Updater(
        rehearsal.network, optimizer, Rehearsal.draw, groups: groups, rows: 8)
      try rehearsal.load(Rehearsal.start(rehearsal.count))
      for update in 0..<4 {
        let row = rates.map {
          optimizer.coefficients(
            update: update,
            HyperParameters(learningRate: $0, momentum: optimizer.momentum, weightDecay: 0))
        }
        try updater.setRates([row], first: update)
        try rehearsal.set(Rehearsal.gradient(update, count: rehearsal.count))
        try rehearsal.run(updater)
      }
      return try rehearsal.current()
    }
    let alone = try train(groups: [0, 0, 0, 0, 0, 0], rates: [0.5])
    let beside = try train(groups: [1, 1, 1, 1, 1, 1], rates: [1, 0.5])
    #expect(alone == beside)
  }

  @Test func `other rules take a rate for each group`() throws {
    for name in Self.names where !["Prodigy", "DAdaptSGD", "DAdaptAdam"].contains(name) {
      let optimizer = try OptimizerSpec(parsing: name).optimizer
      let network = try Rehearsal.layers(Rehearsal.processor).network
      let updater = try Updater(
        network, optimizer, Rehearsal.draw, groups: [0, 1, 0, 1, 0, 1], rows: 2)
      try updater.setRates(
        [
          [1, 0.5].map {
            optimizer.coefficients(
              update: 0, HyperParameters(learningRate: $0, momentum: 0.9, weightDecay: 0))
          }
        ], first: 0)
    }
  }

  @Test(arguments: [
    ("LARS", 3), ("LAMB", 3), ("Adafactor", 5), ("Prodigy", 3), ("DAdaptSGD", 3),
    ("DAdaptAdam", 3), ("DoG", 3), ("Muon", 19), ("Muon(ns_steps=2)", 10), ("Adam", 1),
  ])
  func `a rule launches what it says`(_ text: String, _ count: Int) throws {
    let optimizer = try OptimizerSpec(parsing: text).optimizer
    let network = try Rehearsal.layers(Rehearsal.processor).network
    let updater = try Updater(network, optimizer, Rehearsal.draw, rows: 2)
    #expect(optimizer.rule.launches == count)
    // The first launch sums the gradient.
    #expect(updater.step.count == count + 1)
  }
}
