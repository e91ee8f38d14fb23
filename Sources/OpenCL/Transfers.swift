internal import COpenCL

extension Queue {
  /// A buffer of uninitialised elements.
  ///
  /// - Throws: ``OpenCLError`` where the size is zero, or more than the device gives in one piece
  ///   or has left.
  public func buffer<Element: BitwiseCopyable>(
    of type: Element.Type = Element.self, count: Int
  ) throws(OpenCLError) -> Buffer<Element> {
    try makeBuffer(count: count, from: nil)
  }

  /// A buffer with a copy of values.
  ///
  /// - Throws: ``OpenCLError`` where there are no values, or more than the device gives in one
  ///   piece or has left.
  public func buffer<Element: BitwiseCopyable>(
    _ values: [Element]
  ) throws(OpenCLError) -> Buffer<Element> {
    try values.withUnsafeBufferPointer { bytes throws(OpenCLError) in
      try makeBuffer(count: values.count, from: bytes.baseAddress)
    }
  }

  /// Writes values into a buffer and returns when they are there.
  ///
  /// - Parameters:
  ///   - values: The values.
  ///   - buffer: The destination.
  ///   - start: The first element to be overwritten.
  /// - Throws: ``OpenCLError`` where the values do not fit or the device fails.
  public func write<Element: BitwiseCopyable>(
    _ values: [Element], to buffer: Buffer<Element>, at start: Int = 0
  ) throws(OpenCLError) {
    try values.withUnsafeBufferPointer { values throws(OpenCLError) in
      try write(UnsafeRawBufferPointer(values), to: buffer, at: start)
    }
  }

  /// Writes bytes into a buffer and returns when they are there.
  ///
  /// - Parameters:
  ///   - bytes: The bytes of whole elements.
  ///   - buffer: The destination.
  ///   - start: The first element to be overwritten.
  /// - Throws: ``OpenCLError`` where the bytes do not fit or the device fails.
  public func write<Element: BitwiseCopyable>(
    _ bytes: UnsafeRawBufferPointer, to buffer: Buffer<Element>, at start: Int = 0
  ) throws(OpenCLError) {
    let stride = MemoryLayout<Element>.stride
    guard bytes.count.isMultiple(of: stride) else {
      throw OpenCLError(
        .invalidValue, call: "clEnqueueWriteBuffer",
        detail: "\(bytes.count) bytes are no whole number of \(Element.self) of \(stride) bytes",
        hint: "")
    }
    try context.check(buffer.memory.context, "clEnqueueWriteBuffer", "the buffer")
    try buffer.checkRange(start, bytes.count / stride, "clEnqueueWriteBuffer")
    guard let source = bytes.baseAddress, bytes.count > 0 else { return }
    try check(
      clEnqueueWriteBuffer(
        pointer, buffer.memory.pointer, cl_bool(CL_TRUE), start * stride, bytes.count, source, 0,
        nil, nil),
      "clEnqueueWriteBuffer", "\(bytes.count) bytes")
  }

  /// Reads elements of a buffer, after everything enqueued before is done.
  ///
  /// - Parameters:
  ///   - buffer: The source.
  ///   - start: The first element.
  ///   - count: How many; all from the first on if left out.
  /// - Returns: The elements.
  /// - Throws: ``OpenCLError`` where the range reaches outside, or earlier work failed.
  public func read<Element: BitwiseCopyable>(
    _ buffer: Buffer<Element>, from start: Int = 0, count: Int? = nil
  ) throws(OpenCLError) -> [Element] {
    let count = count ?? buffer.count - start
    try buffer.checkRange(start, count, "clEnqueueReadBuffer")
    var failure: OpenCLError?
    let values = [Element](unsafeUninitializedCapacity: count) { storage, initialized in
      do throws(OpenCLError) {
        try read(buffer, from: start, into: UnsafeMutableRawBufferPointer(storage))
        initialized = count
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return values
  }

  /// Reads as many bytes of a buffer as the destination takes, after everything enqueued before.
  ///
  /// - Parameters:
  ///   - buffer: The source.
  ///   - start: The first element.
  ///   - bytes: The destination.
  /// - Throws: ``OpenCLError`` where the range reaches outside, or earlier work failed.
  public func read<Element: BitwiseCopyable>(
    _ buffer: Buffer<Element>, from start: Int = 0, into bytes: UnsafeMutableRawBufferPointer
  ) throws(OpenCLError) {
    let stride = MemoryLayout<Element>.stride
    try context.check(buffer.memory.context, "clEnqueueReadBuffer", "the buffer")
    try buffer.checkRange(start, (bytes.count + stride - 1) / stride, "clEnqueueReadBuffer")
    guard let destination = bytes.baseAddress, bytes.count > 0 else { return }
    try check(
      clEnqueueReadBuffer(
        pointer, buffer.memory.pointer, cl_bool(CL_TRUE), start * stride, bytes.count,
        destination, 0, nil, nil),
      "clEnqueueReadBuffer", "\(bytes.count) bytes")
  }

  /// Enqueues a copy between buffers, without waiting for it.
  ///
  /// - Parameters:
  ///   - source: Where the elements come from.
  ///   - destination: Where they go.
  ///   - from: The first element of the source.
  ///   - at: The first element of the destination.
  ///   - count: How many; all of the source from the first on if left out.
  /// - Throws: ``OpenCLError`` where a range reaches outside its buffer or the two overlap.
  public func copy<Element: BitwiseCopyable>(
    _ source: Buffer<Element>, to destination: Buffer<Element>, from: Int = 0, at: Int = 0,
    count: Int? = nil
  ) throws(OpenCLError) {
    try run(.copy(source, to: destination, from: from, at: at, count: count))
  }

  /// Enqueues the writing of one value into a range of a buffer, without waiting for it.
  ///
  /// - Parameters:
  ///   - buffer: The destination.
  ///   - value: The value; its size is a power of two of at most 16 bytes.
  ///   - start: The first element.
  ///   - count: How many; all from the first on if left out.
  /// - Throws: ``OpenCLError`` where the range reaches outside the buffer.
  public func fill<Element: BitwiseCopyable>(
    _ buffer: Buffer<Element>, with value: Element, from start: Int = 0, count: Int? = nil
  ) throws(OpenCLError) {
    try run(.fill(buffer, with: value, from: start, count: count))
  }

  private func makeBuffer<Element: BitwiseCopyable>(
    count: Int, from values: UnsafePointer<Element>?
  ) throws(OpenCLError) -> Buffer<Element> {
    let (size, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    guard size > 0, !overflow else {
      throw OpenCLError(
        .invalidBufferSize, call: "clCreateBuffer", detail: "a buffer of \(count) \(Element.self)",
        hint: "A buffer holds at least one element, and no more than can be counted in bytes")
    }
    guard size <= device.maxAllocation else {
      throw OpenCLError(
        .invalidBufferSize, call: "clCreateBuffer",
        detail: "a buffer of \(count) \(Element.self) needs \(amount(size)), and \(device.name) "
          + "gives at most \(amount(device.maxAllocation)) in one piece")
    }
    let flags = CL_MEM_READ_WRITE | (values == nil ? 0 : CL_MEM_COPY_HOST_PTR)
    var code: cl_int = 0
    let memory = clCreateBuffer(
      context.pointer, cl_mem_flags(flags), size, UnsafeMutablePointer(mutating: values), &code)
    let handle = Handle(
      try created(memory, code, "clCreateBuffer", amount(size)), release: clReleaseMemObject)
    if values == nil { preferHugePages(handle.pointer, size: size) }
    return Buffer(Memory(handle, in: context), count: count)
  }
}

extension Buffer {
  /// Throws unless a range lies inside and is long enough.
  func checkRange(
    _ start: Int, _ count: Int, atLeast minimum: Int = 0, _ call: StaticString
  ) throws(OpenCLError) {
    guard start >= 0, count >= minimum, count <= self.count - start else {
      throw OpenCLError(
        .invalidValue, call: "\(call)",
        detail: "\(count) elements from element \(start) are no range of a buffer of \(self.count)",
        hint: "")
    }
  }
}

/// A number of bytes for people, such as `4294967296 bytes (4.0 GiB)`.
func amount(_ bytes: Int) -> String {
  var (size, unit) = (Double(bytes), "bytes")
  for larger in ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] where size >= 1024 {
    (size, unit) = (size / 1024, larger)
  }
  return unit == "bytes"
    ? "\(bytes) bytes" : "\(bytes) bytes (\((size * 10).rounded() / 10) \(unit))"
}
