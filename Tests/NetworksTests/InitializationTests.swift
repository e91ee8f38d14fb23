import OpenCL
import Testing

@testable import Networks

@Suite struct InitializationTests {
  /// 32 filters of 18 channels and 3 x 5 pixels in two groups: a fan-in of 270 and a fan-out of 240.
  static let filters = Parameter(
    name: "conv1.weight", shape: [32, 18, 3, 5], offset: 0, extent: 8640, fanIn: 270, fanOut: 240,
    tile: 1, partials: .init(offset: 0, parts: 1, stride: 0))
  static let bias = Parameter(
    name: "conv1.bias", shape: [4321], offset: 0, extent: 4336, fanIn: 270, fanOut: 240, tile: 1,
    partials: .init(offset: 0, parts: 1, stride: 0))

  static let uniform: [(Initialization, Double)] = [
    (.pytorch, (1 / 270.0).squareRoot()), (.xavierUniform, (6 / 510.0).squareRoot()),
    (.kaimingUniform, (6 / 270.0).squareRoot()),
  ]
  static let normal: [(Initialization, Double)] = [
    (.xavierNormal, (2 / 510.0).squareRoot()), (.kaimingNormal, (2 / 270.0).squareRoot()),
  ]

  @Test(arguments: uniform)
  func `uniform weights fill their bounds evenly`(_ rule: Initialization, bound: Double) {
    let values = rule.values(for: Self.filters, seed: 1).map { Double($0) / bound }
    #expect(values.count == 8640)
    #expect(values.allSatisfy { $0 >= -1 && $0 <= 1 })
    // A tenth of the values is expected in each tenth of the range, give or take 28.
    for tenth in 0..<10 {
      let low = Double(tenth) / 5 - 1
      let share = values.filter { $0 >= low && $0 < low + 0.2 }.count
      #expect(abs(share - 864) < 5 * 28, "from \(low)")
    }
    expectMoments(values, variance: 1 / 3.0)
  }

  @Test(arguments: normal)
  func `normal weights have their deviation and the tails of the bell`(
    _ rule: Initialization, deviation: Double
  ) {
    let values = rule.values(for: Self.filters, seed: 1).map { Double($0) / deviation }
    expectMoments(values, variance: 1)
    for (limit, share) in [(1.0, 0.3173), (2, 0.0455), (3, 0.0027)] {
      let found = Double(values.filter { abs($0) > limit }.count)
      let expected = share * 8640
      #expect(abs(found - expected) < 5 * expected.squareRoot(), "beyond \(limit) deviations")
    }
    // Both halves of Box-Muller: neighbours are as independent as any others.
    let pairs = stride(from: 0, to: 8640, by: 2).reduce(0) { $0 + values[$1] * values[$1 + 1] }
    #expect(abs(pairs) < 5 * 4320.0.squareRoot())
  }

  private func expectMoments(
    _ values: [Double], variance: Double, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let square = values.reduce(0) { $0 + $1 * $1 } / count
    #expect(abs(mean) < 5 * (variance / count).squareRoot(), sourceLocation: sourceLocation)
    // The variance of x^2 is at most twice the square of x's, for a normal x.
    #expect(
      abs(square - variance) < 5 * variance * (2 / count).squareRoot(),
      sourceLocation: sourceLocation)
  }

  @Test func `biases start as PyTorch's do, or at zero`() {
    let bound = Float((1 / 270.0).squareRoot())
    let biases = Initialization.pytorch.values(for: Self.bias, seed: 1)
    #expect(biases.count == 4321)
    #expect(biases.allSatisfy { abs($0) <= bound } && biases.contains { abs($0) > 0.99 * bound })
    for rule in Initialization.allCases where rule != .pytorch {
      #expect(rule.values(for: Self.bias, seed: 1).allSatisfy { $0 == 0 }, "\(rule)")
    }
  }

  @Test(arguments: Initialization.allCases)
  func `values follow from seed and the tensor's name, and from nothing else`(
    _ rule: Initialization
  ) {
    func values(_ name: String = "conv1.weight", seed: UInt64) -> [Float] {
      let filters = Parameter(
        name: name, shape: [32, 18, 3, 5], offset: 0, extent: 8640, fanIn: 270, fanOut: 240,
        tile: 1, partials: .init(offset: 0, parts: 1, stride: 0))
      return rule.values(for: filters, seed: seed)
    }
    let first = values(seed: 7)
    #expect(values(seed: 7) == first)
    for other in [values("conv2.weight", seed: 7), values(seed: 8), values(seed: 7 + (1 << 32))] {
      #expect(zip(first, other).filter { $0 == $1 }.count < 10)
    }
  }

  @Test func `a network starts with the values of its rule, whatever its lanes`() throws {
    let queue = try Queue(Device.all()[0])
    let layers: [any Layer] = [Conv(5, window: 3), ReLU(), Dense(3)]
    func start(_ lanes: Lanes, seed: UInt64) throws -> Network {
      try Network(
        on: queue, input: Shape(2, 4, 5), batch: 1, initialization: .kaimingNormal, seed: seed,
        lanes: lanes, layers: layers)
    }
    func values(_ network: Network) throws -> [[Float]] { try network.weights().map(\.values) }
    let network = try start(Lanes(width: 16, group: 1, batch: 1), seed: 3)
    let wide = try values(network)
    #expect(try values(start(Lanes(width: 1, group: 32, batch: 1), seed: 3)) == wide)
    #expect(try values(start(Lanes(width: 16, group: 1, batch: 1), seed: 4)) != wide)
    let rule = Initialization.kaimingNormal
    #expect(wide[0] == rule.values(for: network.parameters[0], seed: 3))
    #expect(wide[2] == rule.values(for: network.parameters[2], seed: 3))
  }
}
