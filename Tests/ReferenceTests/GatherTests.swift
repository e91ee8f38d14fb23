import Reference
import Testing

@Suite struct GatherTests {
  @Test func `bytes are picked by index, normalised by channel and filled up with zeros`() {
    let shape = ImageShape(2, 1, 2)
    let bytes: [UInt8] = [0, 51, 102, 255, /* next image */ 255, 255, 0, 0]
    let y = gather(
      bytes, shape, indices: [1, 0, 1], batch: 4, mean: [0.2, 0.4], std: [0.5, 0.1])
    let first = [1.6, 1.6, -4, -4]
    let second = [-0.4, 0, 0, 6]
    expectClose(y, first + second + first + [0, 0, 0, 0], relative: 1e-15)
  }
}
