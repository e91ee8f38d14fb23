internal import COpenCL
internal import Synchronization

/// A matrix in a buffer, row by row.
public struct Matrix {
  /// Where the numbers are.
  public let buffer: Buffer<Float>
  /// The rows, after a transposition.
  public let rows: Int
  /// The columns, after a transposition.
  public let columns: Int
  /// The element of the buffer that the first row starts at.
  public let offset: Int
  /// The elements from one stored row to the next.
  public let stride: Int
  /// Whether the rows here are the columns of what is stored.
  public let isTransposed: Bool

  /// A matrix stored row by row.
  ///
  /// - Parameters:
  ///   - buffer: Where the numbers are.
  ///   - rows: The rows.
  ///   - columns: The columns.
  ///   - offset: The element of the buffer that the first row starts at.
  ///   - stride: The elements from one row to the next; the columns if left out.
  public init(
    _ buffer: Buffer<Float>, rows: Int, columns: Int, offset: Int = 0, stride: Int? = nil
  ) {
    self.init(
      buffer, rows: rows, columns: columns, offset: offset, stride: stride ?? columns,
      isTransposed: false)
  }

  private init(
    _ buffer: Buffer<Float>, rows: Int, columns: Int, offset: Int, stride: Int, isTransposed: Bool
  ) {
    self.buffer = buffer
    self.rows = rows
    self.columns = columns
    self.offset = offset
    self.stride = stride
    self.isTransposed = isTransposed
  }

  /// The same numbers with rows and columns exchanged; nothing moves.
  public var transposed: Matrix {
    Matrix(
      buffer, rows: columns, columns: rows, offset: offset, stride: stride,
      isTransposed: !isTransposed)
  }

  private var storedRows: Int { isTransposed ? columns : rows }
  private var storedColumns: Int { isTransposed ? rows : columns }

  fileprivate var transposition: CLBlastTranspose {
    isTransposed ? CLBlastTransposeYes : CLBlastTransposeNo
  }

  fileprivate func check(_ name: String) throws(OpenCLError) {
    let end = offset + (storedRows - 1) * stride + storedColumns
    guard rows > 0, columns > 0, offset >= 0, stride >= storedColumns, end <= buffer.count else {
      throw OpenCLError(
        .invalidDimension, call: "CLBlastSgemm",
        detail: "\(name) of \(storedRows) stored rows of \(storedColumns), stride \(stride), from "
          + "element \(offset) does not fit into a buffer of \(buffer.count)", hint: "")
    }
  }
}

// CLBlast 1.5.3 fills its caches without a lock of its own: two first calls at once fail with -2039.
private let clblast = Mutex(())

extension Queue {
  /// The launch of a matrix product by CLBlast: c = alpha a b + beta c, in single precision.
  ///
  /// CLBlast compiles its kernels at the first product of a process, which takes more than ten
  /// seconds on PoCL with an empty cache.
  ///
  /// - Parameters:
  ///   - a: The left matrix `[m, k]`.
  ///   - b: The right matrix `[k, n]`.
  ///   - c: The result `[m, n]`, not transposed.
  ///   - alpha: The factor of the product.
  ///   - beta: The factor of what c holds; with 0 it need not be initialised.
  ///   - label: What the launch is for.
  /// - Returns: The launch, for this queue.
  /// - Throws: ``OpenCLError`` where the shapes do not fit together or into their buffers.
  public func gemm(
    _ a: Matrix, _ b: Matrix, into c: Matrix, alpha: Float = 1, beta: Float = 0,
    label: String? = nil
  ) throws(OpenCLError) -> Launch {
    guard a.columns == b.rows, c.rows == a.rows, c.columns == b.columns, !c.isTransposed else {
      throw OpenCLError(
        .invalidDimension, call: "CLBlastSgemm",
        detail: "a [\(a.rows), \(a.columns)] times b [\(b.rows), \(b.columns)] does not give "
          + "c [\(c.rows), \(c.columns)]\(c.isTransposed ? " transposed" : "")", hint: "")
    }
    try a.check("a")
    try b.check("b")
    try c.check("c")
    for (name, matrix) in [("a", a), ("b", b), ("c", c)] {
      try context.check(matrix.buffer.memory.context, "CLBlastSgemm", name)
    }
    let (m, n, k) = (a.rows, b.columns, a.columns)

    // CLBlast would otherwise allocate this at every call.
    var size = 0
    var queue: OpaquePointer? = pointer
    let code = clblast.withLock { _ in
      CLBlastSGemmTempBufferSize(
        CLBlastLayoutRowMajor, a.transposition, b.transposition, m, n, k, a.offset, a.stride,
        b.offset, b.stride, c.offset, c.stride, &queue, &size)
    }
    try check(code.rawValue, "CLBlastSGemmTempBufferSize", "\(m) x \(n) x \(k)")
    let scratch: Buffer<UInt8>? = size > 0 ? try buffer(count: size) : nil

    let memory = (a.buffer.memory.pointer, b.buffer.memory.pointer, c.buffer.memory.pointer)
    let temporary = scratch?.memory.pointer
    let (left, right) = (a.transposition, b.transposition)
    let (starts, strides) = ((a.offset, b.offset, c.offset), (a.stride, b.stride, c.stride))
    let owners: [AnyObject] = [a.buffer, b.buffer, c.buffer]
    let launch = Launch(
      "gemm", over: Grid(n, m), label: label, call: "CLBlastSgemm", in: context,
      keeping: owners + (scratch.map { [$0] } ?? []), isCompound: true
    ) { queue, event in
      var queue: OpaquePointer? = queue
      return clblast.withLock { _ in
        CLBlastSgemmWithTempBuffer(
          CLBlastLayoutRowMajor, left, right, m, n, k, alpha, memory.0, starts.0, strides.0,
          memory.1, starts.1, strides.1, beta, memory.2, starts.2, strides.2, &queue, event,
          temporary
        ).rawValue
      }
    }
    launch.flops = 2 * Double(m) * Double(n) * Double(k)
    launch.bytes = 4 * (Double(m * k) + Double(k * n) + Double(m * n) * (beta == 0 ? 1 : 2))
    return launch
  }
}
