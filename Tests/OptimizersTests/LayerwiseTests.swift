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
    #expect(parameters.allSatisfy { $0.extent > $0.count })
  }
}
