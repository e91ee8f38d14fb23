import Testing

@testable import OpenCL

@Suite struct QueueTests {
  @Test func `launches are timed by the device`() throws {
    let queue = try testQueue(profiling: true)
    let source = """
      kernel void spin(int rounds, global float *x) {
        float v = x[get_global_id(0)];
        for (int i = 0; i < rounds; ++i) v = fma(v, 0.999f, 0.001f);
        x[get_global_id(0)] = v;
      }
      """
    let spin = try queue.build(source).kernel("spin", of: Int32.self, Buffer<Float>.self)
    let x = try queue.buffer([Float](repeating: 0, count: 64))
    let short = try spin.bind(over: Grid(1), label: "short", 100, x)
    let long = try spin.bind(over: Grid(1), label: "long", 100_000, x)
    try queue.run([short, long])
    try queue.finish()
    let seconds = try queue.time([short, long, .fill(x, with: 0), .copy(x, to: x2(queue))])
    #expect(seconds.count == 4)
    #expect(seconds.allSatisfy { 0..<60 ~= $0 })
    #expect(seconds[0] > 0)
    #expect(seconds[1] > 5 * seconds[0], "a thousand times the work: \(seconds)")
    #expect([short.label, long.label, long.name] == ["short", "long", "spin"])
  }

  private func x2(_ queue: Queue) throws -> Buffer<Float> { try queue.buffer(count: 64) }

  @Test func `timing needs a queue with profiling`() throws {
    let queue = try testQueue()
    expectError(.profilingNotAvailable, saying: "profiling: true") { _ = try queue.time([]) }
  }

  @Test func `queues work side by side`() async throws {
    let results = try await withThrowingTaskGroup(of: [Float].self) { group in
      for number in 0..<8 {
        group.addTask {
          let queue = try testQueue()
          let saxpy = try queue.build(saxpySource).kernel(
            "saxpy", of: Int32.self, Float.self, Buffer<Float>.self, Buffer<Float>.self)
          let x = try queue.buffer([Float](repeating: 1, count: 1_000))
          let y = try queue.buffer([Float](repeating: 0, count: 1_000))
          let launch = try saxpy.bind(over: Grid(1_000), 1_000, Float(number), x, y)
          for _ in 0..<100 { try queue.run(launch) }
          try queue.flush()
          return try queue.read(y)
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    let sums = Set(results.map { Set($0) })
    #expect(sums == Set((0..<8).map { [Float(100 * $0)] }))
  }

  @Test func `objects of two queues do not mix`() throws {
    let (queue, other) = (try testQueue(), try testQueue())
    let x = try queue.buffer([Float](repeating: 1, count: 4))
    let foreign = try other.buffer([Float](repeating: 1, count: 4))
    expectError(.invalidContext, saying: "queue that made them") { _ = try other.read(x) }
    expectError(.invalidContext) { try other.write([1], to: x) }
    expectError(.invalidContext) { try queue.copy(x, to: foreign) }
    expectError(.invalidContext) { try other.fill(x, with: 0) }
    let saxpy = try queue.build(saxpySource).kernel(
      "saxpy", of: Int32.self, Float.self, Buffer<Float>.self, Buffer<Float>.self)
    expectError(.invalidContext, saying: "argument 3 of saxpy") {
      _ = try saxpy.bind(over: Grid(4), 4, 1, x, foreign)
    }
    let launch = try saxpy.bind(over: Grid(4), 4, 1, x, x)
    expectError(.invalidContext, saying: "saxpy over 4 x 1 x 1") { try other.run(launch) }
    expectError(.invalidContext) {
      let matrix = Matrix(x, rows: 2, columns: 2)
      _ = try queue.gemm(matrix, Matrix(foreign, rows: 2, columns: 2), into: matrix)
    }
  }
}

@Suite struct ErrorTests {
  @Test func `errors are equal when their codes are`() {
    let first = OpenCLError(.outOfResources, call: "clFinish", detail: "one")
    #expect(first == OpenCLError(.outOfResources, call: "clFlush", log: "two"))
    #expect(first != OpenCLError(.outOfHostMemory, call: "clFinish", detail: "one"))
  }

  @Test func `an error says the call, the code, what happened and what to do`() {
    let error = OpenCLError(.allocationFailure, call: "clCreateBuffer", detail: "12 bytes")
    let text = "\(error)"
    #expect(text.hasPrefix("clCreateBuffer: CL_MEM_OBJECT_ALLOCATION_FAILURE (-4): 12 bytes. "))
    #expect(text.contains("smaller batch"))
    #expect("\(OpenCLError(.init(rawValue: -4242)))" == "OpenCL: unknown code (-4242)")
    #expect("\(OpenCLError(.buildFailure, hint: "", log: "a\nb"))".hasSuffix(" (-11)\na\nb"))
  }

  @Test(arguments: [
    (-4, "CL_MEM_OBJECT_ALLOCATION_FAILURE"), (-19, "CL_KERNEL_ARG_INFO_NOT_AVAILABLE"),
    (-61, "CL_INVALID_BUFFER_SIZE"), (-1001, "CL_PLATFORM_NOT_FOUND_KHR"),
    (-1017, "CLBlastInvalidDimension"), (-2039, "CLBlastUnexpectedError"),
  ])
  func `codes have the names of the headers`(code: Int32, name: String) {
    #expect(OpenCLError.Code(rawValue: code).name == name)
  }

  @Test func `codes fall into the causes that a program reacts to`() {
    func codes(_ cause: (OpenCLError) -> Bool) -> Set<Int32> {
      Set(OpenCLError.Code.names.keys.filter { cause(OpenCLError(.init(rawValue: $0))) })
    }
    #expect(codes(\.isOutOfMemory) == [-4, -5, -6, -61])
    #expect(codes(\.isNoDevice) == [-1, -2, -1001])
    #expect(codes(\.isDeviceLost) == [-14, -36, -1121, -9999])
  }

  @Test func `sizes are given in bytes and in units that people read`() {
    #expect(amount(1_023) == "1023 bytes")
    #expect(amount(1_024) == "1024 bytes (1.0 KiB)")
    #expect(amount(4_563_402_752) == "4563402752 bytes (4.3 GiB)")
  }
}
