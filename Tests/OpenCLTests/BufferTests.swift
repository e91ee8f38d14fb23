import Glibc
import Testing

@testable import OpenCL

@Suite struct BufferTests {
  @Test(arguments: [1, 15, 16, 17, 31, 33, 100_003])
  func `what is written is read back`(count: Int) throws {
    let queue = try testQueue()
    let values = (0..<count).map { Float($0) / 3 }
    let buffer: Buffer<Float> = try queue.buffer(count: count)
    try queue.write(values, to: buffer)
    #expect(try queue.read(buffer) == values)
    #expect(try queue.read(try queue.buffer(values)) == values)
  }

  @Test func `parts are written and read where they belong`() throws {
    let queue = try testQueue()
    let buffer = try queue.buffer([UInt8](0..<10))
    try queue.write([100, 101], to: buffer, at: 8)
    try queue.write([], to: buffer, at: 10)
    #expect(try queue.read(buffer, from: 7) == [7, 100, 101])
    #expect(try queue.read(buffer, from: 1, count: 2) == [1, 2])
    #expect(try queue.read(buffer, from: 10) == [])
  }

  @Test func `bytes are written and read without a copy in between`() throws {
    let queue = try testQueue()
    let buffer: Buffer<Int32> = try queue.buffer(count: 3)
    try [Int32(1), 2, 3].withUnsafeBytes { try queue.write($0, to: buffer) }
    var values = [Int32](repeating: 0, count: 2)
    try values.withUnsafeMutableBytes { try queue.read(buffer, from: 1, into: $0) }
    #expect(values == [2, 3])
    expectError(.invalidValue, saying: "5 bytes") {
      try [UInt8](repeating: 0, count: 5).withUnsafeBytes { try queue.write($0, to: buffer) }
    }
  }

  @Test func `ranges outside a buffer are refused`() throws {
    let queue = try testQueue()
    let buffer = try queue.buffer([Int32](0..<10))
    let other = try queue.buffer([Int32](0..<5))
    expectError(.invalidValue, saying: "10") { _ = try queue.read(buffer, from: 8, count: 3) }
    expectError(.invalidValue) { _ = try queue.read(buffer, from: -1) }
    expectError(.invalidValue) { _ = try queue.read(buffer, from: 11) }
    expectError(.invalidValue) { try queue.write([1, 2], to: buffer, at: 9) }
    expectError(.invalidValue) { try queue.copy(buffer, to: other) }
    expectError(.invalidValue) { try queue.copy(buffer, to: other, from: 4, count: 7) }
    expectError(.invalidValue) { try queue.copy(buffer, to: other, count: 0) }
    expectError(.invalidValue) { try queue.fill(other, with: 1, from: 3, count: 3) }
    expectError(.invalidValue) { try queue.fill(other, with: 1, from: 5) }
    #expect(try queue.read(other) == [0, 1, 2, 3, 4])
  }

  @Test(arguments: [0, -1, Int.max])
  func `a buffer of an impossible count is refused`(count: Int) throws {
    let queue = try testQueue()
    expectError(.invalidBufferSize, saying: "\(count) Float") {
      _ = try queue.buffer(of: Float.self, count: count)
    }
    if count == 0 { expectError(.invalidBufferSize) { _ = try queue.buffer([Float]()) } }
  }

  @Test func `a buffer larger than the device gives in one piece is refused with both sizes`()
    throws
  {
    let queue = try testQueue()
    let most = queue.device.maxAllocation
    expectError(.invalidBufferSize, saying: "\(most + 1) bytes", "at most \(most) bytes", "batch") {
      _ = try queue.buffer(of: UInt8.self, count: most + 1)
    }
    #expect(OpenCLError(.invalidBufferSize).isOutOfMemory)
  }

  @Test(arguments: [1, 15, 16, 17, 1_000])
  func `a fill sets its range alone`(count: Int) throws {
    let queue = try testQueue()
    let buffer = try queue.buffer([Float](repeating: 1, count: 1_002))
    try queue.fill(buffer, with: .pi, from: 1, count: count)
    let rest = [Float](repeating: 1, count: 1_001 - count)
    #expect(try queue.read(buffer) == [1] + [Float](repeating: .pi, count: count) + rest)
  }

  @Test func `a fill of any size of element works`() throws {
    let queue = try testQueue()
    func filled<T: BitwiseCopyable>(_ value: T) throws -> [T] {
      let buffer: Buffer<T> = try queue.buffer(count: 5)
      try queue.fill(buffer, with: value)
      return try queue.read(buffer)
    }
    #expect(try filled(UInt8(200)) == [200, 200, 200, 200, 200])
    #expect(try filled(Int16(-2)) == [-2, -2, -2, -2, -2])
    #expect(try filled(1e300) == [1e300, 1e300, 1e300, 1e300, 1e300])
    let vector = SIMD4<Int32>(1, 2, 3, 4)
    #expect(try filled(vector) == [vector, vector, vector, vector, vector])
  }

  @Test(arguments: [1, 63, 64, 65, 128, 200])
  func `a fill too large for one command sets its range alone`(count: Int) throws {
    let queue = try testQueue(profiling: true)
    let buffer = try queue.buffer([Float](repeating: 1, count: 300))
    let fill = try Launch.fill(
      buffer, with: 7, from: 10, count: count, label: nil, largestFill: 256)
    _ = try queue.time([fill])
    let rest = [Float](repeating: 1, count: 290 - count)
    let expected = [Float](repeating: 1, count: 10) + [Float](repeating: 7, count: count) + rest
    #expect(try queue.read(buffer) == expected)
  }

  @Test func `a copy moves its range alone`() throws {
    let queue = try testQueue()
    let source = try queue.buffer([Int32](0..<20))
    let destination = try queue.buffer([Int32](repeating: -1, count: 6))
    try queue.copy(source, to: destination, from: 16, at: 1)
    #expect(try queue.read(destination) == [-1, 16, 17, 18, 19, -1])
    try queue.copy(source, to: destination, count: 2)
    #expect(try queue.read(destination) == [0, 1, 17, 18, 19, -1])
  }
}

@Suite struct SliceTests {
  @Test func `a slice is a window on the same memory`() throws {
    let queue = try testQueue()
    let step = queue.device.alignment(of: Int32.self)
    let buffer = try queue.buffer([Int32](0..<Int32(4 * step)))
    #expect(buffer.alignment == step)
    let slice = try buffer.slice(offset: step, count: 3)
    #expect(slice.count == 3)
    #expect(try queue.read(slice) == [Int32(step), Int32(step + 1), Int32(step + 2)])
    try queue.fill(slice, with: 7)
    #expect(try queue.read(buffer, from: step - 1, count: 5).dropFirst().prefix(3) == [7, 7, 7])
    #expect(try queue.read(buffer, from: step - 1, count: 1) == [Int32(step - 1)])
    #expect(try queue.read(buffer, from: step + 3, count: 1) == [Int32(step + 3)])
  }

  @Test func `a slice of a slice counts from its own start`() throws {
    let queue = try testQueue()
    let step = queue.device.alignment(of: Int32.self)
    let buffer = try queue.buffer([Int32](0..<Int32(4 * step)))
    let slice = try buffer.slice(offset: step, count: 3 * step).slice(offset: step, count: step)
    #expect(try queue.read(slice, count: 1) == [Int32(2 * step)])
  }

  @Test func `a slice may read its bytes as another type`() throws {
    let queue = try testQueue()
    let buffer: Buffer<UInt8> = try queue.buffer(count: 3 * queue.device.baseAlignment)
    let floats = try buffer.slice(offset: buffer.alignment, count: 2, of: Float.self)
    try queue.write([1, -2], to: floats)
    let bytes = try queue.read(buffer, from: buffer.alignment, count: 8)
    #expect(bytes == [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0])
  }

  @Test func `a slice keeps its memory alive`() throws {
    let queue = try testQueue()
    var buffer: Buffer<Int32>? = try queue.buffer([Int32](0..<1_000))
    let step = queue.device.alignment(of: Int32.self)
    let slice = try #require(try buffer?.slice(offset: step, count: 2))
    buffer = nil
    // Memory that was freed would be handed out again here.
    let others = try (0..<20).map { _ in try queue.buffer([Int32](repeating: -1, count: 1_000)) }
    #expect(try queue.read(slice) == [Int32(step), Int32(step + 1)])
    #expect(others.count == 20)
  }

  @Test func `a misaligned slice is refused with the alignment`() throws {
    let queue = try testQueue()
    let buffer = try queue.buffer([Int32](0..<1_000))
    try #require(buffer.alignment > 1)
    expectError(.misalignedSlice, saying: "multiple of \(buffer.alignment) elements") {
      _ = try buffer.slice(offset: buffer.alignment + 1, count: 1)
    }
  }

  @Test(arguments: [(0, 0), (0, -1), (-1, 1), (0, 1_001), (1_000, 1), (Int.max, 1), (0, Int.max)])
  func `a slice outside its buffer is refused`(offset: Int, count: Int) throws {
    let queue = try testQueue()
    let buffer = try queue.buffer([Int32](0..<1_000))
    expectError(.invalidValue, saying: "1000 Int32") {
      _ = try buffer.slice(offset: offset, count: count)
    }
  }
}

@Suite struct ReleaseTests {
  @Test func `ten thousand buffers leave no memory behind`() throws {
    let queue = try testQueue()
    let values = [UInt8](repeating: 1, count: 256 << 10)
    let before = try residentBytes()
    for _ in 0..<10_000 {
      let buffer = try queue.buffer(values)
      _ = try buffer.slice(offset: 0, count: 1)
      try queue.fill(buffer, with: 2, count: 1)
    }
    try queue.finish()
    // A leak would hold 2.5 GB; other tests that run meanwhile compile kernels.
    #expect(try residentBytes() - before < 1 << 30)
  }

  @Test func `a launch keeps its buffers alive and lets go of them`() throws {
    let queue = try testQueue()
    let saxpy = try queue.build(saxpySource).kernel(
      "saxpy", of: Int32.self, Float.self, Buffer<Float>.self, Buffer<Float>.self)
    let y = try queue.buffer([Float](repeating: 1, count: 3))
    var x: Buffer<Float>? = try queue.buffer([1, 2, 3])
    weak let watched = x
    var launch: Launch? = try saxpy.bind(over: Grid(3), 3, 10, try #require(x), y)
    x = nil
    #expect(watched != nil)
    try queue.run(try #require(launch))
    #expect(try queue.read(y) == [11, 21, 31])
    launch = nil
    #expect(watched == nil)
  }

  private func residentBytes() throws -> Int {
    let file = try #require(fopen("/proc/self/statm", "r"))
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    try #require(fgets(&line, 256, file) != nil)
    let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
    let pages = try #require(Int(text.split(separator: " ")[1]))
    return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
  }
}
