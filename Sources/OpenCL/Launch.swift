internal import COpenCL

/// Work ready to be enqueued again and again: a kernel with its arguments bound, a fill, a copy or
/// a matrix product.
///
/// A launch keeps its buffers alive. Enqueuing one allocates nothing. Made by
/// ``Kernel/bind(over:label:_:)``, ``fill(_:with:from:count:label:)``,
/// ``copy(_:to:from:at:count:label:)`` and ``Queue/gemm(_:_:into:alpha:beta:label:)``.
public final class Launch {
  /// The kernel's name, or `fill`, `copy` or `gemm`.
  public let name: String
  /// The work-items; for fills and copies the elements, for products the output's columns and rows.
  public let grid: Grid
  /// What the launch is for, such as a layer's name; the kernel's name by default.
  public let label: String
  /// Floating-point operations, where the maker knows them: the sum of profiles and benchmarks.
  public var flops: Double = 0
  /// Bytes moved to and from global memory, where the maker knows them.
  public var bytes: Double = 0

  /// Enqueues on a `cl_command_queue` and, where asked, gives the event: a closure over raw handles,
  /// so that the hot path has no generics.
  let enqueue: (OpaquePointer, UnsafeMutablePointer<OpaquePointer?>?) -> cl_int
  /// Whether the event stands for the last of several commands.
  let isCompound: Bool

  let context: Context

  private let call: StaticString
  private let owners: [AnyObject]

  init(
    _ name: String, over grid: Grid, label: String?, call: StaticString,
    in context: Context, keeping owners: [AnyObject],
    isCompound: Bool = false,
    enqueue: @escaping (OpaquePointer, UnsafeMutablePointer<OpaquePointer?>?) -> cl_int
  ) {
    self.name = name
    self.grid = grid
    self.label = label ?? name
    self.call = call
    self.context = context
    self.owners = owners
    self.isCompound = isCompound
    self.enqueue = enqueue
  }

  func error(_ code: cl_int) -> OpenCLError {
    let what = label == name ? name : "\(name) of \(label)"
    return OpenCLError(.init(code), call: "\(call)", detail: "\(what) over \(grid)")
  }
}

extension Launch {
  /// The writing of one value into a range of a buffer.
  ///
  /// - Parameters:
  ///   - buffer: The destination.
  ///   - value: The value; its size is a power of two of at most 16 bytes.
  ///   - start: The first element.
  ///   - count: How many; all from the first on if left out.
  ///   - label: What the launch is for.
  /// - Returns: The launch.
  /// - Throws: ``OpenCLError`` where the range is empty or reaches outside the buffer.
  public static func fill<Element: BitwiseCopyable>(
    _ buffer: Buffer<Element>, with value: Element, from start: Int = 0, count: Int? = nil,
    label: String? = nil
  ) throws(OpenCLError) -> Launch {
    // NVIDIA's driver hangs or fails from 2 GiB on, so the rest is copied from the first part.
    try fill(
      buffer, with: value, from: start, count: count, label: label, largestFill: 1 << 30)
  }

  static func fill<Element: BitwiseCopyable>(
    _ buffer: Buffer<Element>, with value: Element, from start: Int, count: Int?, label: String?,
    largestFill: Int
  ) throws(OpenCLError) -> Launch {
    let count = count ?? buffer.count - start
    let call: StaticString = "clEnqueueFillBuffer"
    try buffer.checkRange(start, count, atLeast: 1, call)
    let size = MemoryLayout<Element>.size
    precondition(
      [1, 2, 4, 8, 16].contains(size) && size == MemoryLayout<Element>.stride,
      "OpenCL fills with values of 1, 2, 4, 8 or 16 bytes, not with \(Element.self)")
    let pattern = Pattern(value)
    let (memory, first, length) = (buffer.memory.pointer, start * size, count * size)
    let head = min(length, largestFill)
    let launch = Launch(
      "fill", over: Grid(count), label: label, call: call, in: buffer.memory.context,
      keeping: [buffer, pattern],
      isCompound: head < length
    ) { queue, event in
      var code = clEnqueueFillBuffer(
        queue, memory, pattern.bytes, size, first, head, 0, nil, head == length ? event : nil)
      var done = head
      while code == CL_SUCCESS, done < length {
        let part = min(head, length - done)
        code = clEnqueueCopyBuffer(
          queue, memory, memory, first, first + done, part, 0, nil,
          done + part == length ? event : nil)
        done += part
      }
      return code
    }
    launch.bytes = Double(length)
    return launch
  }

  /// A copy between buffers.
  ///
  /// - Parameters:
  ///   - source: Where the elements come from.
  ///   - destination: Where they go.
  ///   - from: The first element of the source.
  ///   - at: The first element of the destination.
  ///   - count: How many; all of the source from the first on if left out.
  ///   - label: What the launch is for.
  /// - Returns: The launch.
  /// - Throws: ``OpenCLError`` where a range is empty or reaches outside its buffer.
  public static func copy<Element: BitwiseCopyable>(
    _ source: Buffer<Element>, to destination: Buffer<Element>, from: Int = 0, at: Int = 0,
    count: Int? = nil, label: String? = nil
  ) throws(OpenCLError) -> Launch {
    let count = count ?? source.count - from
    let call: StaticString = "clEnqueueCopyBuffer"
    try source.checkRange(from, count, atLeast: 1, call)
    try source.memory.context.check(destination.memory.context, call, "the destination")
    try destination.checkRange(at, count, call)
    let stride = MemoryLayout<Element>.stride
    let (read, write) = (source.memory.pointer, destination.memory.pointer)
    let (first, last, length) = (from * stride, at * stride, count * stride)
    let launch = Launch(
      "copy", over: Grid(count), label: label, call: call, in: source.memory.context,
      keeping: [source, destination]
    ) { queue, event in
      clEnqueueCopyBuffer(queue, read, write, first, last, length, 0, nil, event)
    }
    launch.bytes = 2 * Double(length)
    return launch
  }
}

/// The bytes of a value at an address that stays.
private final class Pattern {
  let bytes: UnsafeMutableRawPointer

  init<Element: BitwiseCopyable>(_ value: Element) {
    bytes = .allocate(
      byteCount: MemoryLayout<Element>.size, alignment: MemoryLayout<Element>.alignment)
    bytes.storeBytes(of: value, as: Element.self)
  }

  deinit { bytes.deallocate() }
}
