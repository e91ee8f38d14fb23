import Foundation

/// What the loss of one batch amounts to.
public struct BatchLoss: Hashable, Sendable {
  /// The mean of the losses of the active images.
  public var mean: Double
  /// The loss of each image, `[N]`; 0 for inactive ones.
  public var perImage: [Double]
  /// The number of active images whose largest logit is that of their label.
  public var correct: Int
}

/// loss[n] = log(sum over j of exp(x[n][j])) - x[n][label[n]], the mean over the active images.
///
/// The mean is that of PyTorch's `CrossEntropyLoss`. The prediction is the first of the largest
/// logits; the first NaN counts as the largest, as in `torch.argmax`.
///
/// - Parameters:
///   - x: The logits, `[N, classes]`.
///   - labels: The class of each image, `[N]`, from 0; those of inactive images are not looked at.
///   - classes: The number of classes.
///   - active: The number of images that count, from the first; nil for all.
/// - Returns: The losses and the number of correct predictions.
public func softmaxCrossEntropyForward(
  _ x: [Double], labels: [Int], classes: Int, active: Int? = nil
) -> BatchLoss {
  let images = x.count / classes
  let active = active ?? images
  var result = BatchLoss(mean: 0, perImage: [Double](repeating: 0, count: images), correct: 0)
  for n in 0..<active {
    let logits = x[n * classes..<(n + 1) * classes]
    let label = labels[n]
    result.perImage[n] = logSumExp(logits) - x[n * classes + label]
    if firstMaximum(logits) == label {
      result.correct += 1
    }
  }
  result.mean = result.perImage.reduce(0, +) / Double(active)
  return result
}

/// dx[n][j] = (softmax(x[n])[j] - (j == label[n] ? 1 : 0)) / active, and 0 for inactive images.
///
/// - Parameters:
///   - x: The logits, `[N, classes]`.
///   - labels: The class of each image, `[N]`, from 0.
///   - classes: The number of classes.
///   - active: The number of images that count, from the first; nil for all.
/// - Returns: The gradient of the mean loss, `[N, classes]`.
public func softmaxCrossEntropyBackward(
  _ x: [Double], labels: [Int], classes: Int, active: Int? = nil
) -> [Double] {
  let active = active ?? x.count / classes
  var dx = [Double](repeating: 0, count: x.count)
  for n in 0..<active {
    let logits = x[n * classes..<(n + 1) * classes]
    let normaliser = logSumExp(logits)
    for j in 0..<classes {
      let probability = exp(x[n * classes + j] - normaliser)
      dx[n * classes + j] = (probability - (j == labels[n] ? 1 : 0)) / Double(active)
    }
  }
  return dx
}

/// log(sum of exp(value)), shifted by the largest value so that nothing overflows.
private func logSumExp(_ values: ArraySlice<Double>) -> Double {
  let largest = values.reduce(-Double.infinity) { $1 > $0 || $1.isNaN ? $1 : $0 }
  return largest + log(values.reduce(0) { $0 + exp($1 - largest) })
}

/// The place of the first largest value, or of the first NaN.
private func firstMaximum(_ values: ArraySlice<Double>) -> Int? {
  let place =
    values.firstIndex { $0.isNaN } ?? values.max().flatMap { values.firstIndex(of: $0) }
  return place.map { $0 - values.startIndex }
}
