import OpenCL
import Testing

@Suite struct GEMMTests {
  @Test(arguments: [(false, false), (false, true), (true, false), (true, true)])
  func `a product equals the naive loop`(transposeA: Bool, transposeB: Bool) throws {
    let queue = try testQueue(profiling: true)
    let (m, n, k, offset, extra) = (5, 17, 9, 3, 2)
    var generator = Lehmer(state: 7)
    func numbers(_ rows: Int, _ columns: Int) -> [Float] {
      (0..<offset + rows * (columns + extra)).map { _ in generator.next() }
    }
    let (x, y, z) = (
      transposeA ? numbers(k, m) : numbers(m, k), transposeB ? numbers(n, k) : numbers(k, n),
      numbers(m, n)
    )
    func stored(_ values: [Float], _ rows: Int, _ columns: Int) throws -> Matrix {
      try Matrix(
        queue.buffer(values), rows: rows, columns: columns, offset: offset, stride: columns + extra)
    }
    let a = transposeA ? try stored(x, k, m).transposed : try stored(x, m, k)
    let b = transposeB ? try stored(y, n, k).transposed : try stored(y, k, n)
    let c = try stored(z, m, n)
    let launch = try queue.gemm(a, b, into: c, alpha: 0.5, beta: -2)
    #expect(launch.flops == Double(2 * m * n * k))
    let seconds = try queue.time([launch])
    #expect(seconds[0] > 0)

    var expected = z
    for row in 0..<m {
      for column in 0..<n {
        var sum = 0.0
        for i in 0..<k {
          let left =
            transposeA ? x[offset + i * (m + extra) + row] : x[offset + row * (k + extra) + i]
          let right =
            transposeB ? y[offset + column * (k + extra) + i] : y[offset + i * (n + extra) + column]
          sum += Double(left) * Double(right)
        }
        let place = offset + row * (n + extra) + column
        expected[place] = Float(0.5 * sum - 2 * Double(z[place]))
      }
    }
    let result = try queue.read(c.buffer)
    // Nine products below 1 and their sum, each rounded to 2^-24.
    for (place, (own, other)) in zip(result, expected).enumerated() {
      #expect(abs(own - other) <= 2e-6, "element \(place), seed 7")
    }
  }

  @Test func `a product that does not fit is refused`() throws {
    let queue = try testQueue()
    let buffer: Buffer<Float> = try queue.buffer(count: 12)
    let a = Matrix(buffer, rows: 3, columns: 4)
    let c = try Matrix(queue.buffer(count: 9), rows: 3, columns: 3)
    expectError(.invalidDimension, saying: "a [3, 4] times b [3, 4]") {
      _ = try queue.gemm(a, a, into: c)
    }
    expectError(.invalidDimension, saying: "transposed") {
      _ = try queue.gemm(a, a.transposed, into: c.transposed)
    }
    expectError(.invalidDimension, saying: "b of 3 stored rows of 4", "buffer of 12") {
      let b = Matrix(buffer, rows: 3, columns: 4, offset: 1).transposed
      _ = try queue.gemm(a, b, into: c)
    }
    expectError(.invalidDimension, saying: "stride 3") {
      let b = Matrix(buffer, rows: 3, columns: 4, stride: 3).transposed
      _ = try queue.gemm(a, b, into: c)
    }
  }
}

/// The minimal standard generator of Park and Miller, as uniform numbers in -1 ..< 1.
private struct Lehmer {
  var state: UInt64

  mutating func next() -> Float {
    state = state * 48_271 % 2_147_483_647
    return Float(state) / 1_073_741_824 - 1
  }
}
