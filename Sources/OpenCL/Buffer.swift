internal import COpenCL

/// Elements in the device's memory, shared by whoever holds the buffer and freed with the last.
///
/// A buffer starts out uninitialised. Its elements are plain values that host and device lay out
/// alike: `Float`, `Int32`, `UInt8` and so on, and structs shared through a C header.
public final class Buffer<Element: BitwiseCopyable> {
  /// The number of elements.
  public let count: Int

  let memory: Memory

  init(_ memory: Memory, count: Int) {
    self.memory = memory
    self.count = count
  }

  /// The size in bytes.
  public var byteCount: Int { count * MemoryLayout<Element>.stride }

  /// How many elements lie between two places where a slice may start.
  public var alignment: Int { memory.context.device.alignment(of: Element.self) }

  /// A part of the buffer as a buffer of its own: same memory, which it keeps alive.
  ///
  /// - Parameters:
  ///   - offset: The first element, a multiple of ``alignment``.
  ///   - count: The number of elements.
  /// - Returns: The part.
  /// - Throws: ``OpenCLError`` where the part is empty, misaligned or reaches outside.
  public func slice(offset: Int, count: Int) throws(OpenCLError) -> Buffer {
    try slice(offset: offset, count: count, of: Element.self)
  }

  /// A part of the buffer that holds elements of another type.
  ///
  /// - Parameters:
  ///   - offset: Where the part starts, in elements of this buffer, a multiple of ``alignment``.
  ///   - count: The number of elements of the new type.
  ///   - type: The new type.
  /// - Returns: The part.
  /// - Throws: ``OpenCLError`` where the part is empty, misaligned or reaches outside.
  public func slice<Other: BitwiseCopyable>(
    offset: Int, count: Int, of type: Other.Type
  ) throws(OpenCLError) -> Buffer<Other> {
    let (size, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Other>.stride)
    guard 0..<self.count ~= offset, count > 0, !overflow,
      size <= (self.count - offset) * MemoryLayout<Element>.stride
    else {
      throw OpenCLError(
        .invalidValue, call: "clCreateSubBuffer",
        detail: "a slice of \(count) \(type) from element \(offset) does not fit into "
          + "\(self.count) \(Element.self)", hint: "")
    }
    guard offset.isMultiple(of: alignment) else {
      throw OpenCLError(
        .misalignedSlice, call: "clCreateSubBuffer",
        detail: "a slice cannot start at element \(offset)",
        hint:
          "On \(memory.context.device.name) a slice starts at a multiple of \(alignment) elements "
          + "(\(memory.context.device.baseAlignment) bytes)")
    }
    let start = offset * MemoryLayout<Element>.stride
    return Buffer<Other>(try memory.slice(start: start, size: size), count: count)
  }
}

/// The owner of a `cl_mem`: a whole allocation, or a part of one that it keeps alive.
final class Memory {
  let context: Context
  private let handle: Handle
  private let root: Memory?
  private let start: Int

  init(_ handle: consuming Handle, in context: Context) {
    self.handle = handle
    self.context = context
    root = nil
    start = 0
  }

  private init(_ handle: consuming Handle, of root: Memory, start: Int) {
    self.handle = handle
    context = root.context
    self.root = root
    self.start = start
  }

  var pointer: OpaquePointer { handle.pointer }

  /// OpenCL has no parts of parts, so a part of a part is made from the whole.
  func slice(start: Int, size: Int) throws(OpenCLError) -> Memory {
    let whole = root ?? self
    var region = cl_buffer_region(origin: self.start + start, size: size)
    var code: cl_int = 0
    let made = clCreateSubBuffer(
      whole.pointer, cl_mem_flags(CL_MEM_READ_WRITE),
      cl_buffer_create_type(CL_BUFFER_CREATE_TYPE_REGION), &region, &code)
    let part = try created(made, code, "clCreateSubBuffer", "\(size) bytes from \(region.origin)")
    return Memory(
      Handle(part, release: clReleaseMemObject), of: whole, start: self.start + start)
  }
}
