import Reference
import Testing

@Suite struct ConvTests {
  static let geometries = [
    ConvGeometry(ImageShape(1, 5, 7), filters: 1, window: 1),
    ConvGeometry(ImageShape(3, 6, 5), filters: 2, window: [3, 2], padding: [1, 0]),
    ConvGeometry(ImageShape(2, 9, 7), filters: 3, window: [2, 3], stride: [3, 2], padding: 2),
    ConvGeometry(ImageShape(1, 8, 9), filters: 2, window: 3, padding: [2, 1], dilation: [3, 2]),
    ConvGeometry(ImageShape(6, 5, 4), filters: 9, window: [3, 1], stride: [1, 2], groups: 3),
    ConvGeometry(ImageShape(4, 4, 5), filters: 4, window: 3, padding: 1, groups: 4),
    // A stride that leaves the last rows and columns unread.
    ConvGeometry(ImageShape(2, 8, 8), filters: 2, window: 3, stride: 4),
  ]

  @Test(arguments: geometries)
  func `gradients of a convolution are its finite differences`(_ geometry: ConvGeometry) {
    let x = randomValues(2 * geometry.input.count, seed: 1)
    let w = randomValues(geometry.filterShape.reduce(1, *), seed: 2)
    let b = randomValues(geometry.output.channels, seed: 3)
    let dy = randomValues(2 * geometry.output.count, seed: 4)

    expectClose(
      convBackwardInput(dy, w, geometry),
      numericalGradient(at: x) { dot(convForward($0, w, b, geometry), dy) },
      relative: differenceTolerance)
    expectClose(
      convBackwardFilters(dy, x, geometry),
      numericalGradient(at: w) { dot(convForward(x, $0, b, geometry), dy) },
      relative: differenceTolerance)
    let pixels = geometry.output.height * geometry.output.width
    expectClose(
      biasBackward(dy, channels: geometry.output.channels, pixels: pixels),
      numericalGradient(at: b) { dot(convForward(x, w, $0, geometry), dy) },
      relative: differenceTolerance)
  }

  @Test(arguments: 0..<4)
  func `a convolution is PyTorch's`(_ number: Int) throws {
    let expected = try Tensors("operations", prefix: "conv.\(number).")
    let g = try expected.integers("geometry")
    let geometry = ConvGeometry(
      ImageShape(g[0], g[1], g[2]), filters: g[3], window: [g[4], g[5]], stride: [g[6], g[7]],
      padding: [g[8], g[9]], dilation: [g[10], g[11]], groups: g[12])
    let (x, w, dy) = try (expected("x"), expected("w"), expected("dy"))
    let y = try convForward(x, w, expected("b"), geometry)
    try expectClose(y, expected("y"), relative: roundingTolerance)
    try expectClose(
      convBackwardInput(dy, w, geometry), expected("dx"), relative: roundingTolerance)
    try expectClose(
      convBackwardFilters(dy, x, geometry), expected("dw"), relative: roundingTolerance)
    let pixels = geometry.output.height * geometry.output.width
    try expectClose(
      biasBackward(dy, channels: g[3], pixels: pixels), expected("db"), relative: roundingTolerance)
  }

  @Test func `a convolution without bias starts its sums at zero`() {
    let geometry = ConvGeometry(ImageShape(1, 2, 3), filters: 1, window: 2)
    #expect(convForward([1, 2, 3, 4, 5, 6], [1, 10, 100, 1000], nil, geometry) == [5421, 6532])
  }

  @Test func `a window larger than its padded input is refused`() async {
    await #expect(processExitsWith: .failure) {
      _ = ConvGeometry(ImageShape(1, 4, 9), filters: 1, window: 7, padding: 1)
    }
  }

  @Test func `channels that do not divide into the groups are refused`() async {
    await #expect(processExitsWith: .failure) {
      _ = ConvGeometry(ImageShape(3, 4, 4), filters: 2, window: 1, groups: 2)
    }
  }
}
