/// The shapes of one pool: x `[N, C, H, W]`, y `[N, C, P, Q]`.
public struct PoolGeometry: Hashable, Sendable {
  /// `[C, H, W]`, one image of the input.
  public let input: ImageShape
  /// `[C, P, Q]`, one image of the output.
  public let output: ImageShape
  let window: Window

  /// Makes the geometry of a pool over images of shape `input`; the stride defaults to the window.
  public init(
    _ input: ImageShape, window: Extent, stride: Extent? = nil, padding: Extent = 0
  ) {
    precondition(
      2 * padding.rows <= window.rows && 2 * padding.columns <= window.columns,
      "a padding of more than half the window leaves windows with nothing but border")
    self.input = input
    self.window = Window(extent: window, stride: stride ?? window, padding: padding, dilation: 1)
    let size = self.window.output(height: input.height, width: input.width)
    self.output = ImageShape(input.channels, size.rows, size.columns)
  }

  /// Visits every pair of an output and an input under its window, row by row, border left out.
  func forEachTap(images: Int, _ visit: (_ x: Int, _ y: Int) -> Void) {
    for n in 0..<images {
      for c in 0..<input.channels {
        for p in 0..<output.height {
          for q in 0..<output.width {
            for r in 0..<window.extent.rows {
              guard let h = window.inputRow(p, r, height: input.height) else { continue }
              for s in 0..<window.extent.columns {
                guard let w = window.inputColumn(q, s, width: input.width) else { continue }
                visit(input.index(n, c, h, w), output.index(n, c, p, q))
              }
            }
          }
        }
      }
    }
  }
}

/// y[n][c][p][q] = the largest x under the window, and where it stands.
///
/// Of equal values the first in row-major window order counts. NaN is larger than every number,
/// and a later NaN replaces an earlier one: `v > max || v.isNaN`, as in PyTorch's `MaxPool2d`.
///
/// - Parameters:
///   - x: The input, `[N, C, H, W]`.
///   - geometry: The shapes.
/// - Returns: y, `[N, C, P, Q]`, and for each of its values the place h W + w within its input map
///   (as PyTorch's `return_indices=True`).
public func maxPoolForward(
  _ x: [Double], _ geometry: PoolGeometry
) -> (y: [Double], indices: [Int]) {
  let images = geometry.input.images(in: x)
  var y = [Double](repeating: -.infinity, count: images * geometry.output.count)
  var indices = [Int](repeating: -1, count: y.count)
  let map = geometry.input.height * geometry.input.width
  geometry.forEachTap(images: images) { from, to in
    if indices[to] < 0 || x[from] > y[to] || x[from].isNaN {
      y[to] = x[from]
      indices[to] = from % map
    }
  }
  return (y, indices)
}

/// dx[n][c][i] = sum of dy[n][c][p][q] over the outputs whose largest input stands at i.
///
/// - Parameters:
///   - dy: The gradient of the output, `[N, C, P, Q]`.
///   - indices: The places that `maxPoolForward` returned, `[N, C, P, Q]`.
///   - geometry: The shapes.
/// - Returns: dx, `[N, C, H, W]`.
public func maxPoolBackward(
  _ dy: [Double], indices: [Int], _ geometry: PoolGeometry
) -> [Double] {
  var dx = [Double](
    repeating: 0, count: geometry.output.images(in: dy) * geometry.input.count)
  let map = geometry.input.height * geometry.input.width
  let outputMap = geometry.output.height * geometry.output.width
  for (index, place) in indices.enumerated() {
    dx[index / outputMap * map + place] += dy[index]
  }
  return dx
}

/// y[n][c][p][q] = (sum of x under the window) / (R S).
///
/// Border counts as zeros that take part: PyTorch's `AvgPool2d` with its default `count_include_pad=True`.
///
/// - Parameters:
///   - x: The input, `[N, C, H, W]`.
///   - geometry: The shapes.
/// - Returns: y, `[N, C, P, Q]`.
public func averagePoolForward(_ x: [Double], _ geometry: PoolGeometry) -> [Double] {
  let images = geometry.input.images(in: x)
  let taps = Double(geometry.window.extent.rows * geometry.window.extent.columns)
  var y = [Double](repeating: 0, count: images * geometry.output.count)
  geometry.forEachTap(images: images) { y[$1] += x[$0] / taps }
  return y
}

/// dx[n][c][h][w] = sum of dy[n][c][p][q] / (R S) over the windows that cover the pixel.
///
/// - Parameters:
///   - dy: The gradient of the output, `[N, C, P, Q]`.
///   - geometry: The shapes.
/// - Returns: dx, `[N, C, H, W]`.
public func averagePoolBackward(_ dy: [Double], _ geometry: PoolGeometry) -> [Double] {
  let images = geometry.output.images(in: dy)
  let taps = Double(geometry.window.extent.rows * geometry.window.extent.columns)
  var dx = [Double](repeating: 0, count: images * geometry.input.count)
  geometry.forEachTap(images: images) { dx[$0] += dy[$1] / taps }
  return dx
}
