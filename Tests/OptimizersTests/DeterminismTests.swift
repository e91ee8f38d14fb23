import Foundation
import OpenCL
import Optimizers
import Testing
import Trials

/// The same run twice gives the same bits.
@Suite struct DeterminismTests {
  /// Whether the device is PoCL, which can be told how many threads to use.
  static let isPoCL = (try? Device.all()[0])?.platform == "Portable Computing Language"

  /// The bits of all weights after some updates.
  static func train(_ lanes: LaneShape) throws -> [[UInt32]] {
    // The plain frame, sums over the network, sums over tensors and products of matrices.
    try [
      SGD(momentum: 0.9, nesterov: true) as any Optimizer, Prodigy(), Muon(includesOutput: true),
    ].flatMap { try train(lanes, $0) }
  }

  private static func train(
    _ lanes: LaneShape, _ optimizer: any Optimizer
  ) throws -> [[UInt32]] {
    let trial = try Trial(
      .windows, batch: 17, count: 40, lanes: lanes, sharing: true,
      optimizer: optimizer)
    try trial.setRates(0.001, count: 12)
    for _ in 0..<12 { try trial.step() }
    return try trial.bits()
  }

  @Test(arguments: [LaneShape.wide, LaneShape(1, 32)])
  func `two runs end with the same bits`(_ lanes: LaneShape) throws {
    let first = try Self.train(lanes)
    #expect(try Self.train(lanes) == first)
    #expect(first.joined().allSatisfy { Float(bitPattern: $0).isFinite })
  }

  @Test(.enabled(if: isPoCL))
  func `one thread and two end with the same bits`() throws {
    let results = try [1, 2].map { threads in
      let file = FileManager.default.temporaryDirectory.appending(path: "bits-\(UUID())")
      defer { try? FileManager.default.removeItem(at: file) }
      let (status, text) = try Child.run(
        "DeterminismProbe", environment: ["POCL_MAX_PTHREAD_COUNT": "\(threads)"], output: file)
      #expect(status == 0, "\(text)")
      let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
      #expect(lines.first == "\(threads)", "PoCL runs on that many threads")
      return Array(lines.dropFirst())
    }
    #expect(results[0].count > 1000)
    #expect(results[0] == results[1])
  }
}

@Suite(.enabled(if: Child.output != nil)) struct DeterminismProbe {
  @Test func `writes the device's units and the bits of a run`() throws {
    let output = try #require(Child.output)
    let bits = try [LaneShape.wide, LaneShape(1, 32)].flatMap { try DeterminismTests.train($0) }
    let lines = [try Device.all()[0].computeUnits] + bits.joined().map { Int($0) }
    try lines.map(String.init).joined(separator: "\n")
      .write(to: output, atomically: true, encoding: .utf8)
  }
}
