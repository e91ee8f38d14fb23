import Networks
import OpenCL
import Reference
import Testing
import Trials

/// Weights on their way to the device and back.
@Suite struct WeightTests {
  @Test(arguments: [LaneShape.wide, LaneShape(1, 32)], [Specimen.windows, .groups])
  func `weights that are loaded are read back unchanged, in PyTorch's names and shapes`(
    _ lanes: LaneShape, _ specimen: Specimen
  ) throws {
    let network = try Trial(specimen, batch: 17, lanes: lanes).network
    let tensors = network.parameters.enumerated().map { index, parameter in
      (
        name: parameter.name, shape: parameter.shape,
        values: randomValues(parameter.count, seed: UInt32(index)).map { Float($0) }
      )
    }
    // By name, not by place.
    try network.load(tensors.reversed())
    for ((parameter, values), tensor) in zip(try network.weights(), tensors) {
      #expect(parameter.name == tensor.name)
      #expect(values == tensor.values, "\(parameter.name)")
    }
  }

  @Test func `parameters have the names, shapes and fans of PyTorch's layers`() throws {
    let network = try Trial(.groups, batch: 17).network
    #expect(
      network.parameters.map { "\($0.name) \($0.shape) \($0.fanIn) \($0.fanOut)" } == [
        "conv1.weight [6, 1, 3, 3] 9 9", "conv1.bias [6] 9 9",
        "conv2.weight [12, 2, 3, 3] 18 36", "conv2.bias [12] 18 36",
        "conv3.weight [24, 1, 1, 1] 1 2",
        "conv4.weight [14, 12, 2, 1] 24 14", "conv4.bias [14] 24 14",
        "fc1.weight [5, 56] 56 5", "fc1.bias [5] 56 5",
      ])
  }

  @Test func `weights that do not fit are all named, and nothing is changed`() throws {
    let network = try Trial(.windows, batch: 17).network
    let before = try network.weights().map(\.values)
    var tensors = network.parameters.map {
      (name: $0.name, shape: $0.shape, values: [Float](repeating: 1, count: $0.count))
    }
    tensors.removeAll { $0.name == "fc2.bias" }
    tensors[0].shape = [7, 3, 25]
    tensors.append(("conv9.weight", [1], [1]))
    let error = #expect(throws: NetworkError.self) { try network.load(tensors) }
    #expect(
      error?.description == """
        the weights do not fit the network:
          conv1.weight is [7, 3, 25], and the network needs [7, 3, 5, 5]
          fc2.bias [10] is missing
          conv9.weight [1] has no place in the network
        """)
    #expect(try network.weights().map(\.values) == before)
  }
}
