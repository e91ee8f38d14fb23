import Networks
import Testing
import Trials

/// NaN and infinity on their way forward.
@Suite struct NonFinitePoolTests {
  /// One window over the whole image behind a convolution of one pixel.
  static let specimens = [
    Specimen(
      name: "pool within a convolution", input: Shape(1, 2, 2),
      layers: [Conv(3, window: 1), MaxPool(2)]),
    Specimen(
      name: "ReLU and pool within a convolution", input: Shape(1, 1, 4),
      layers: [Conv(3, window: 1), ReLU(), MaxPool([1, 4])]),
    Specimen(
      name: "padded pool behind a ReLU of its own", input: Shape(1, 2, 2),
      layers: [Conv(3, window: 1), MaxPool(1), ReLU(), MaxPool(3, padding: 1)]),
    Specimen(
      name: "mean", input: Shape(1, 2, 2),
      layers: [Conv(3, window: 1), ReLU(), AveragePool(2)]),
  ]

  // An infinite weight makes NaN of a pixel that is 0, and infinities of all others: in every
  // window of the batch the NaN stands elsewhere, among plus and minus infinity.
  @Test(arguments: specimens, [Double.infinity, -.infinity, .nan])
  func `ReLUs and pools let NaN and infinity through`(
    _ specimen: Specimen, _ value: Double
  ) throws {
    let trial = try Trial(specimen, batch: 40)
    let name = trial.network.parameters[0].name
    #expect(try trial.logitsFault() == nil)
    try trial.set(name, at: 1, to: value)
    #expect(try trial.logitsFault() == nil)
    let logits = try trial.network.readLogits()
    #expect(logits.contains { $0.isNaN })
    #expect(value.isNaN || logits.contains { $0.isInfinite || $0 == 0 })
  }
}
