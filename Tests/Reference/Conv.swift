/// The shapes of one convolution: x `[N, C, H, W]`, w `[K, C / groups, R, S]`, y `[N, K, P, Q]`.
///
/// The arithmetic is that of PyTorch's `Conv2d` with zeros as padding.
public struct ConvGeometry: Hashable, Sendable {
  /// `[C, H, W]`, one image of the input.
  public let input: ImageShape
  /// `[K, P, Q]`, one image of the output.
  public let output: ImageShape
  /// The number of groups; filter k sees only the channels of group k / (K / groups).
  public let groups: Int
  let window: Window

  /// Makes the geometry of `filters` filters of extent `window` over images of shape `input`.
  public init(
    _ input: ImageShape, filters: Int, window: Extent, stride: Extent = 1, padding: Extent = 0,
    dilation: Extent = 1, groups: Int = 1
  ) {
    precondition(
      input.channels % groups == 0 && filters % groups == 0,
      "\(input.channels) channels and \(filters) filters do not divide into \(groups) groups")
    self.input = input
    self.groups = groups
    self.window = Window(extent: window, stride: stride, padding: padding, dilation: dilation)
    let size = self.window.output(height: input.height, width: input.width)
    self.output = ImageShape(filters, size.rows, size.columns)
  }

  /// C / groups, the channels that one filter sees.
  public var channelsPerGroup: Int { input.channels / groups }

  /// `[K, C / groups, R, S]`, the shape of the filters.
  public var filterShape: [Int] {
    [output.channels, channelsPerGroup, window.extent.rows, window.extent.columns]
  }

  /// Visits every multiplication of the convolution: the places of its factors in x and w, of its sum in y.
  ///
  /// For all n, k, p, q and all c, r, s whose input pixel is no border:
  /// x `[n][g C/groups + c][p stride - padding + r dilation][q stride - padding + s dilation]`,
  /// w `[k][c][r][s]`, y `[n][k][p][q]`, with g the group of k.
  func forEachTap(images: Int, _ visit: (_ x: Int, _ w: Int, _ y: Int) -> Void) {
    let filters = ImageShape(channelsPerGroup, window.extent.rows, window.extent.columns)
    for n in 0..<images {
      for k in 0..<output.channels {
        let firstChannel = k / (output.channels / groups) * channelsPerGroup
        for p in 0..<output.height {
          for q in 0..<output.width {
            let y = output.index(n, k, p, q)
            for c in 0..<channelsPerGroup {
              for r in 0..<window.extent.rows {
                guard let h = window.inputRow(p, r, height: input.height) else { continue }
                for s in 0..<window.extent.columns {
                  guard let w = window.inputColumn(q, s, width: input.width) else { continue }
                  visit(input.index(n, firstChannel + c, h, w), filters.index(k, c, r, s), y)
                }
              }
            }
          }
        }
      }
    }
  }
}

/// y[n][k][p][q] = b[k] + sum over c, r, s of w[k][c][r][s] x[n][c][p stride - padding + r dilation][...].
///
/// - Parameters:
///   - x: The input, `[N, C, H, W]`.
///   - w: The filters, `[K, C / groups, R, S]`.
///   - b: The bias, `[K]`, or nil for none.
///   - geometry: The shapes.
/// - Returns: y, `[N, K, P, Q]`.
public func convForward(
  _ x: [Double], _ w: [Double], _ b: [Double]?, _ geometry: ConvGeometry
) -> [Double] {
  let images = geometry.input.images(in: x)
  let pixels = geometry.output.height * geometry.output.width
  var y = (0..<images * geometry.output.count).map { index in
    b.map { $0[index / pixels % geometry.output.channels] } ?? 0
  }
  geometry.forEachTap(images: images) { y[$2] += w[$1] * x[$0] }
  return y
}

/// dx[n][c][h][w] = sum of w[k][c][r][s] dy[n][k][p][q] over every tap that read x[n][c][h][w].
///
/// - Parameters:
///   - dy: The gradient of the output, `[N, K, P, Q]`.
///   - w: The filters, `[K, C / groups, R, S]`.
///   - geometry: The shapes.
/// - Returns: dx, `[N, C, H, W]`.
public func convBackwardInput(
  _ dy: [Double], _ w: [Double], _ geometry: ConvGeometry
) -> [Double] {
  let images = geometry.output.images(in: dy)
  var dx = [Double](repeating: 0, count: images * geometry.input.count)
  geometry.forEachTap(images: images) { dx[$0] += w[$1] * dy[$2] }
  return dx
}

/// dw[k][c][r][s] = sum over n, p, q of dy[n][k][p][q] x[n][c][p stride - padding + r dilation][...].
///
/// - Parameters:
///   - dy: The gradient of the output, `[N, K, P, Q]`.
///   - x: The input, `[N, C, H, W]`.
///   - geometry: The shapes.
/// - Returns: dw, `[K, C / groups, R, S]`.
public func convBackwardFilters(
  _ dy: [Double], _ x: [Double], _ geometry: ConvGeometry
) -> [Double] {
  var dw = [Double](repeating: 0, count: geometry.filterShape.reduce(1, *))
  geometry.forEachTap(images: geometry.input.images(in: x)) { dw[$1] += x[$0] * dy[$2] }
  return dw
}

/// db[k] = sum over n and pixels of dy[n][k][pixel].
///
/// - Parameters:
///   - dy: The gradient of the output, `[N, K, pixels]`; a dense layer has one pixel.
///   - channels: K, the number of biases.
///   - pixels: The pixels of one output map, P x Q.
/// - Returns: db, `[K]`.
public func biasBackward(_ dy: [Double], channels: Int, pixels: Int = 1) -> [Double] {
  var db = [Double](repeating: 0, count: channels)
  for (index, value) in dy.enumerated() {
    db[index / pixels % channels] += value
  }
  return db
}
