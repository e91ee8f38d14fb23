import OpenCL
import Testing

@Suite struct KernelTests {
  @Test(arguments: [1, 15, 16, 17, 31, 33])
  func `saxpy computes every element and leaves its neighbours alone`(count: Int) throws {
    let queue = try testQueue()
    let program = try queue.build(saxpySource)
    let saxpy = try program.kernel(
      "saxpy", of: Int32.self, Float.self, Buffer<Float>.self, Buffer<Float>.self)
    let x = try queue.buffer((0..<40).map { Float($0) })
    let y = try queue.buffer([Float](repeating: 0.5, count: 40))
    let launch = try saxpy.bind(
      over: .covering(count, local: (8, 1, 1)), Int32(count), 3, x, y)
    try queue.run(launch)
    try queue.run([launch])
    let result = try queue.read(y)
    for i in 0..<40 {
      #expect(result[i] == (i < count ? 6 * Float(i) + 0.5 : 0.5), "element \(i)")
    }
  }
}
