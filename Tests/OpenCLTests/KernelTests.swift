public import Glibc
import Testing

@testable public import OpenCL

// Any struct of a C header shows how Swift sees those that host and device share.
extension div_t: KernelValue {}

/// As a header shared by host and device would declare it.
private struct Shape: KernelValue {
  var rows: Int32
  var columns: Int32
  var scale: Float
}

private let assortedSource = """
  #line 2 "assorted.cl"
  typedef struct { int rows; int columns; float scale; } Shape;
  #ifndef V
  #define V 1
  #endif
  #define CONCATENATED(a, b) a##b
  #define VECTOR(n) CONCATENATED(float, n)

  kernel void area(Shape shape, global float *out) {
    out[get_global_id(0)] = shape.rows * shape.columns * shape.scale;
  }
  kernel void areas(constant Shape *shapes, global float *out) {
    const int i = get_global_id(0);
    out[i] = shapes[i].rows * shapes[i].columns * shapes[i].scale;
  }
  kernel void double_lanes(global const float16 *x, global VECTOR(4) *y) {
    const int i = get_global_id(0);
    vstore16(2.0f * x[i], i, (global float *)y);
  }
  kernel void integers(char a, uchar b, short c, ushort d, int e, uint f, long g, ulong h,
                       global unsigned int *out) {
    const int i = get_global_id(0);
    out[i] = a + b + c + d + e + f + (uint)g + (uint)h;
  }
  kernel void bytes(global const uchar16 *x, global int *out) {
    const int i = get_global_id(0);
    out[i] = x[i].s0 + x[i].sf;
  }
  kernel void sum(global const float *x, local float *part, global float *out) {
    const int i = get_local_id(0);
    part[i] = x[get_global_id(0)];
    for (int half_size = get_local_size(0) / 2; half_size > 0; half_size /= 2) {
      barrier(CLK_LOCAL_MEM_FENCE);
      if (i < half_size) part[i] += part[i + half_size];
    }
    if (i == 0) out[get_group_id(0)] = part[0];
  }
  kernel __attribute__((reqd_work_group_size(4, 2, 1)))
  void places(global int *out) {
    const size_t place = get_global_id(0)
        + get_global_size(0) * (get_global_id(1) + get_global_size(1) * get_global_id(2));
    out[place] = 1000 * get_local_id(1) + 100 * get_local_id(0) + get_group_id(2);
  }
  kernel void width(global int *out) { out[0] = V; }
  """

@Suite struct KernelTests {
  @Test(arguments: [1, 15, 16, 17, 31, 33])
  func `saxpy computes every element and leaves its neighbours alone`(count: Int) throws {
    let queue = try testQueue()
    let saxpy = try queue.build(saxpySource).kernel(
      "saxpy", of: Int32.self, Float.self, Buffer<Float>.self, Buffer<Float>.self)
    let x = try queue.buffer((0..<40).map { Float($0) })
    let y = try queue.buffer([Float](repeating: 0.5, count: 40))
    let launch = try saxpy.bind(over: .covering(count, local: (8, 1, 1)), Int32(count), 3, x, y)
    try queue.run(launch)
    try queue.run([launch, launch])
    let expected = (0..<40).map { $0 < count ? 9 * Float($0) + 0.5 : 0.5 }
    #expect(try queue.read(y) == expected)
  }

  @Test func `structs are passed by value and in buffers`() throws {
    let queue = try testQueue()
    let program = try queue.build(assortedSource)
    let out = try queue.buffer([Float](repeating: 0, count: 2))
    let shapes = [
      Shape(rows: 3, columns: 5, scale: 0.5), Shape(rows: 2, columns: 4, scale: 10),
    ]
    let area = try program.kernel("area", of: Shape.self, Buffer<Float>.self)
    try queue.run(area.bind(over: Grid(1), shapes[0], out))
    #expect(try queue.read(out) == [7.5, 0])
    let areas = try program.kernel("areas", of: Buffer<Shape>.self, Buffer<Float>.self)
    try queue.run(areas.bind(over: Grid(2), queue.buffer(shapes), out))
    #expect(try queue.read(out) == [7.5, 80])
  }

  @Test func `a struct of a C header becomes an argument with one line`() throws {
    let queue = try testQueue()
    let source = """
      typedef struct { int quot; int rem; } div_t;
      kernel void undo(div_t by, global const div_t *x, global int *out) {
        const int i = get_global_id(0);
        out[i] = x[i].quot * by.quot + x[i].rem + by.rem;
      }
      """
    let undo = try queue.build(source).kernel(
      "undo", of: div_t.self, Buffer<div_t>.self, Buffer<Int32>.self)
    let out: Buffer<Int32> = try queue.buffer(count: 2)
    let x = try queue.buffer([div(17, 5), div(-9, 5)])
    try queue.run(undo.bind(over: Grid(2), div_t(quot: 5, rem: 100), x, out))
    #expect(try queue.read(out) == [117, 91])
  }

  @Test func `pointers to vectors take buffers of scalars`() throws {
    let queue = try testQueue()
    let program = try queue.build(assortedSource)
    let x = try queue.buffer((0..<32).map(Float.init))
    let y: Buffer<Float> = try queue.buffer(count: 32)
    let double = try program.kernel("double_lanes", of: Buffer<Float>.self, Buffer<Float>.self)
    try queue.run(double.bind(over: Grid(2), x, y))
    #expect(try queue.read(y) == (0..<32).map { 2 * Float($0) })

    let out: Buffer<Int32> = try queue.buffer(count: 2)
    let bytes = try program.kernel("bytes", of: Buffer<UInt8>.self, Buffer<Int32>.self)
    try queue.run(bytes.bind(over: Grid(2), queue.buffer([UInt8](0..<32)), out))
    #expect(try queue.read(out) == [15, 47])
  }

  @Test func `integers of every width arrive`() throws {
    let queue = try testQueue()
    let integers = try queue.build(assortedSource).kernel(
      "integers", of: Int8.self, UInt8.self, Int16.self, UInt16.self, Int32.self, UInt32.self,
      Int64.self, UInt64.self, Buffer<UInt32>.self)
    let out: Buffer<UInt32> = try queue.buffer(count: 1)
    try queue.run(
      integers.bind(over: Grid(1), -1, 200, -300, 60_000, -70_000, 4_000_000_000, -5, 6, out))
    #expect(try queue.read(out) == [3_999_989_900])
  }

  @Test func `local memory is as large as asked for`() throws {
    let queue = try testQueue()
    let sum = try queue.build(assortedSource).kernel(
      "sum", of: Buffer<Float>.self, LocalMemory<Float>.self, Buffer<Float>.self)
    let x = try queue.buffer((0..<64).map(Float.init))
    let out: Buffer<Float> = try queue.buffer(count: 4)
    try queue.run(sum.bind(over: Grid(64, local: (16, 1, 1)), x, LocalMemory(16), out))
    #expect(try queue.read(out) == [120, 376, 632, 888])
    let most = queue.device.localMemory
    expectError(.outOfResources, saying: "sum", "\(most) bytes") {
      _ = try sum.bind(over: Grid(16, local: (16, 1, 1)), x, LocalMemory(most / 4 + 1), out)
    }
  }

  @Test func `options reach the compiler`() throws {
    let queue = try testQueue()
    let out: Buffer<Int32> = try queue.buffer(count: 1)
    for (options, width) in [([], Int32(1)), (["-DV=8", "-DUNUSED"], 8)] {
      let kernel = try queue.build(assortedSource, options: options)
        .kernel("width", of: Buffer<Int32>.self)
      try queue.run(kernel.bind(over: Grid(1), out))
      #expect(try queue.read(out) == [width])
    }
  }

  @Test func `a program knows its kernels`() throws {
    let program = try testQueue().build(assortedSource)
    let expected = ["area", "areas", "bytes", "double_lanes", "integers", "places", "sum", "width"]
    #expect(program.kernelNames.sorted() == expected)
    expectError(.invalidKernelName, saying: "'areal'", "double_lanes") {
      _ = try program.kernel("areal", of: Buffer<Float>.self)
    }
  }

  @Test func `a build error carries the compiler's log with file and line`() throws {
    let queue = try testQueue()
    let source = """
      #line 2 "broken.cl"
      kernel void broken(global float *x) {
        x[0] = undeclared;
      }
      """
    expectError(.buildFailure, saying: "broken.cl:3", "undeclared", "-DV=8") {
      _ = try queue.build(source, options: ["-DV=8"])
    }
  }

  @Test func `fast-math is refused`() async {
    await #expect(processExitsWith: .failure) {
      _ = try testQueue().build(saxpySource, options: ["-cl-fast-relaxed-math"])
    }
  }
}

@Suite struct SignatureTests {
  @Test func `another number of arguments is refused`() throws {
    let program = try testQueue().build(saxpySource)
    expectError(.signatureMismatch, saying: "saxpy", "takes 4", "declares 3") {
      _ = try program.kernel("saxpy", of: Int32.self, Float.self, Buffer<Float>.self)
    }
    expectError(.signatureMismatch, saying: "takes 4", "declares 0") {
      _ = try program.kernel("saxpy")
    }
  }

  @Test func `arguments in another order are refused`() throws {
    let program = try testQueue().build(saxpySource)
    expectError(.signatureMismatch, saying: "parameter 0, count, is `int`", "`float`") {
      _ = try program.kernel(
        "saxpy", of: Float.self, Int32.self, Buffer<Float>.self, Buffer<Float>.self)
    }
  }

  @Test func `arguments of another type are refused`() throws {
    let program = try testQueue().build(saxpySource)
    expectError(.signatureMismatch, saying: "x, is `__global float *`", "`__global int *`") {
      _ = try program.kernel(
        "saxpy", of: Int32.self, Float.self, Buffer<Int32>.self, Buffer<Float>.self)
    }
    expectError(.signatureMismatch, saying: "parameter 0", "`uint`") {
      _ = try program.kernel(
        "saxpy", of: UInt32.self, Float.self, Buffer<Float>.self, Buffer<Float>.self)
    }
    expectError(.signatureMismatch, saying: "parameter 3", "`__local float *`") {
      _ = try program.kernel(
        "saxpy", of: Int32.self, Float.self, Buffer<Float>.self, LocalMemory<Float>.self)
    }
    expectError(.signatureMismatch, saying: "parameter 1", "`Shape`") {
      _ = try program.kernel(
        "saxpy", of: Int32.self, Shape.self, Buffer<Float>.self, Buffer<Float>.self)
    }
  }

  @Test(arguments: [
    (CL.global, "float*", "__global float *"), (CL.global, "float16*", "__global float *"),
    (CL.constant, "const float4 *", "__global float *"), (CL.local, "uchar8*", "__local uchar *"),
    (CL.global, "unsigned int*", "__global uint *"), (CL.global, "uint2*", "__global uint *"),
    (CL.global, "unsigned char*", "__global uchar *"), (CL.value, "unsigned", "uint"),
    (CL.value, "float4", "float4"), (CL.value, "struct Shape", "Shape"),
    (CL.global, "Shape2*", "__global Shape2 *"), (CL.global, "half8*", "__global half *"),
    (CL.value, "signed char", "char"),
  ])
  func `drivers' spellings of a type are one`(space: CL, type: String, meaning: String) {
    #expect("\(KernelParameter(qualifier: space.rawValue, type: type))" == meaning)
  }

  /// The address qualifiers of cl.h.
  enum CL: UInt32 {
    case global = 0x119B
    case local, constant, value
  }
}

@Suite struct GridTests {
  @Test func `covering rounds up to whole work-groups`() {
    let grid = Grid.covering(33, 5, 1, local: (16, 4, 1))
    #expect((grid.x, grid.y, grid.z) == (48, 8, 1))
    #expect(grid.local == (16, 4, 1))
    #expect(grid.count == 384)
    #expect(grid.localCount == 64)
    #expect(Grid.covering(32, local: (16, 1, 1)).x == 32)
  }

  @Test func `all three dimensions reach the kernel`() throws {
    let queue = try testQueue()
    let places = try queue.build(assortedSource).kernel("places", of: Buffer<Int32>.self)
    let out: Buffer<Int32> = try queue.buffer(count: 8 * 2 * 3)
    try queue.run(places.bind(over: Grid(8, 2, 3, local: (4, 2, 1)), out))
    var expected: [Int32] = []
    for z in 0..<3 as Range<Int32> {
      for y in 0..<2 as Range<Int32> {
        for x in 0..<8 as Range<Int32> { expected.append(1_000 * y + 100 * (x % 4) + z) }
      }
    }
    #expect(try queue.read(out) == expected)
  }

  @Test func `a work-group that does not fit is refused before the driver is asked`() throws {
    let queue = try testQueue()
    let program = try queue.build(assortedSource)
    let out: Buffer<Int32> = try queue.buffer(count: 1)
    let width = try program.kernel("width", of: Buffer<Int32>.self)
    expectError(.invalidGrid, saying: "0 x 1 x 1") { _ = try width.bind(over: Grid(0), out) }
    expectError(.invalidWorkGroupSize, saying: "33 x 1 x 1 by 16 x 1 x 1", "covering") {
      _ = try width.bind(over: Grid(33, local: (16, 1, 1)), out)
    }
    let most = width.maxWorkGroupSize
    expectError(.invalidWorkGroupSize, saying: "\(2 * most) work-items", "allows \(most)") {
      _ = try width.bind(over: Grid(2 * most, local: (2 * most, 1, 1)), out)
    }
    let places = try program.kernel("places", of: Buffer<Int32>.self)
    expectError(.invalidWorkGroupSize, saying: "requires work-groups of 4 x 2 x 1") {
      _ = try places.bind(over: Grid(8, local: (8, 1, 1)), out)
    }
  }
}
