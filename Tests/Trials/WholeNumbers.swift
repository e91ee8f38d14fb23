import Reference

extension ReferenceNetwork {
  /// Sets the weights to whole numbers of at most 2, most of them 0 where a sum has many terms, and
  /// the last layer's to a power of two less, so that logits stay below 8.
  mutating func setWholeNumbers(_ walks: [Walk], on x: [Double], seed: UInt32) {
    for (index, layer) in walks.filter({ !$0.name.isEmpty }).enumerated() {
      let (weights, bias) = (2 * index, 2 * index + 1)
      let share = min(0.75, 12 / Double(layer.terms))
      parameters[weights].values = randomValues(
        parameters[weights].values.count, seed: seed &+ UInt32(16 + weights), in: 0...1
      ).map { $0 < share / 2 ? -1 : $0 < share ? 1 : 0 }
      parameters[bias].values = randomValues(
        parameters[bias].values.count, seed: seed &+ UInt32(16 + bias)
      ).map { layer.hasBias ? (2 * $0).rounded() : 0 }
    }
    let largest = forward(x).reduce(1) { max($0, $1.magnitude) }
    let factor = largest < 8 ? 1 : 4 / Double(sign: .plus, exponent: largest.exponent, significand: 1)
    for index in parameters.indices.suffix(2) {
      parameters[index].values = parameters[index].values.map { $0 * factor }
    }
  }

  /// Whether no sum of the forward pass can round in single precision, whatever its order.
  ///
  /// All values are multiples of a power of two; the sums of the terms' magnitudes stay below 2^16
  /// of it, which leaves room for Winograd's quarters and larger sums. Means over windows of three
  /// or nine places do round.
  func isExact(_ walks: [Walk], on x: [Double]) -> Bool {
    var magnitudes = self
    for index in parameters.indices {
      magnitudes.parameters[index].values = parameters[index].values.map(\.magnitude)
    }
    var unit = 1.0
    let last = walks.lastIndex { !$0.name.isEmpty }
    for (index, (walk, y)) in zip(walks, magnitudes.activations(x.map(\.magnitude))).enumerated() {
      if case .averagePool = walk.twin {
        guard walk.terms.nonzeroBitCount == 1 else { return false }
        unit /= Double(walk.terms)
      }
      if index == last {
        unit *= parameters[parameters.count - 2].values.reduce(1) {
          $1 == 0 ? $0 : min($0, $1.magnitude)
        }
      }
      guard y.allSatisfy({ $0 < 0x1p16 * unit }) else { return false }
    }
    return true
  }
}
