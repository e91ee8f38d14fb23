import Reference
import Testing

@Suite struct PoolTests {
  static let geometries = [
    PoolGeometry(ImageShape(3, 6, 4), window: 2),
    PoolGeometry(ImageShape(1, 7, 5), window: [3, 2]),
    PoolGeometry(ImageShape(2, 7, 6), window: 3, stride: 1, padding: 1),
    PoolGeometry(ImageShape(1, 9, 8), window: [2, 4], stride: [3, 1], padding: [1, 2]),
    PoolGeometry(ImageShape(2, 5, 5), window: 5),
  ]

  static func geometry(_ g: [Int]) -> PoolGeometry {
    PoolGeometry(
      ImageShape(g[0], g[1], g[2]), window: [g[3], g[4]], stride: [g[5], g[6]],
      padding: [g[7], g[8]])
  }

  @Test(arguments: geometries)
  func `gradients of both pools are their finite differences`(_ geometry: PoolGeometry) {
    let x = distinctValues(2 * geometry.input.count, seed: 5)
    let dy = randomValues(2 * geometry.output.count, seed: 6)
    let indices = maxPoolForward(x, geometry).indices
    expectClose(
      maxPoolBackward(dy, indices: indices, geometry),
      numericalGradient(at: x) { dot(maxPoolForward($0, geometry).y, dy) },
      relative: differenceTolerance)
    expectClose(
      averagePoolBackward(dy, geometry),
      numericalGradient(at: x) { dot(averagePoolForward($0, geometry), dy) },
      relative: differenceTolerance)
  }

  @Test(arguments: 0..<3)
  func `a max-pool and its choice among equals and NaN are PyTorch's`(_ number: Int) throws {
    let expected = try Tensors("operations", prefix: "maxpool.\(number).")
    let geometry = try Self.geometry(expected.integers("geometry"))
    let (y, indices) = try maxPoolForward(expected("x"), geometry)
    #expect(try y == expected("y"))
    #expect(try indices == expected.integers("indices"))
    let dx = try maxPoolBackward(expected("dy"), indices: indices, geometry)
    try expectClose(dx, expected("dx"), relative: roundingTolerance)
    let withNaN = try maxPoolForward(expected("with_nan"), geometry)
    #expect(try withNaN.indices == expected.integers("nan_indices"))
  }

  @Test(arguments: 0..<3)
  func `an average-pool is PyTorch's`(_ number: Int) throws {
    let expected = try Tensors("operations", prefix: "avgpool.\(number).")
    let geometry = try Self.geometry(expected.integers("geometry"))
    let y = try averagePoolForward(expected("x"), geometry)
    try expectClose(y, expected("y"), relative: roundingTolerance)
    let dx = try averagePoolBackward(expected("dy"), geometry)
    try expectClose(dx, expected("dx"), relative: roundingTolerance)
  }

  @Test func `a window of minus infinity alone has its first value as maximum`() {
    let geometry = PoolGeometry(ImageShape(1, 2, 2), window: 2)
    let (y, indices) = maxPoolForward(Array(repeating: -.infinity, count: 4), geometry)
    #expect(y == [-.infinity])
    #expect(indices == [0])
  }

  @Test func `a padding of more than half the window is refused`() async {
    await #expect(processExitsWith: .failure) {
      _ = PoolGeometry(ImageShape(1, 8, 8), window: 3, padding: 2)
    }
  }
}
