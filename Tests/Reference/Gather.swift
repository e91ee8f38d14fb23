/// y[n][c][pixel] = (bytes[index[n]][c][pixel] / 255 - mean[c]) / std[c].
///
/// - Parameters:
///   - bytes: The dataset, `[images, C, H, W]`.
///   - shape: `[C, H, W]`, one image.
///   - indices: The images of the batch, in order, `[active]`.
///   - batch: N, the images that the batch has room for; the rest are zeros. nil for just the active.
///   - mean: The mean of each channel of the values in [0, 1], `[C]`.
///   - std: The standard deviation of each channel, `[C]`.
/// - Returns: y, `[N, C, H, W]`.
public func gather(
  _ bytes: [UInt8], _ shape: ImageShape, indices: [Int], batch: Int? = nil, mean: [Double],
  std: [Double]
) -> [Double] {
  let pixels = shape.height * shape.width
  var y = [Double](repeating: 0, count: (batch ?? indices.count) * shape.count)
  for (n, image) in indices.enumerated() {
    for i in 0..<shape.count {
      let c = i / pixels
      y[n * shape.count + i] =
        (Double(bytes[image * shape.count + i]) / 255 - mean[c]) / std[c]
    }
  }
  return y
}
