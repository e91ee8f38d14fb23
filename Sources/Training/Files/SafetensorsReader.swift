internal import Glibc

extension Safetensors {
  /// The largest file that is read: 16 GiB.
  private static let largestFile = 1 << 34

  /// Reads a file; F64, F16, BF16 and whole numbers become 32-bit floats if they fit.
  ///
  /// - Throws: `SafetensorsError` if the file cannot be read or breaks any rule of the format.
  public init(contentsOf path: String) throws(SafetensorsError) {
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw SafetensorsError(file: path, reason: String(cString: strerror(errno)))
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw SafetensorsError(file: path, reason: "not a regular file")
    }
    try self.init(size: Int(status.st_size), file: path) { range throws(SafetensorsError) in
      var failure: String?
      let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { bytes, filled in
        while filled < range.count, failure == nil {
          let count = pread(
            descriptor, bytes.baseAddress?.advanced(by: filled), range.count - filled,
            range.lowerBound + filled)
          if count > 0 {
            filled += count
          } else if count == 0 {
            failure = "it became shorter while it was read"
          } else if errno != EINTR {
            failure = String(cString: strerror(errno))
          }
        }
      }
      if let failure { throw SafetensorsError(file: path, reason: failure) }
      return bytes
    }
  }

  /// Reads the bytes of a file; `file` is its name in errors.
  ///
  /// - Throws: `SafetensorsError` if the bytes break any rule of the format.
  public init(bytes: [UInt8], file: String) throws(SafetensorsError) {
    try self.init(size: bytes.count, file: file) { Array(bytes[$0]) }
  }

  /// Reads a file of `size` bytes piece by piece: no data before the header has proved right.
  private init(
    size: Int, file: String, read: (Range<Int>) throws(SafetensorsError) -> [UInt8]
  ) throws(SafetensorsError) {
    func refuse(_ reason: String) -> SafetensorsError {
      SafetensorsError(file: file, reason: reason)
    }
    guard size >= 10 else {
      throw refuse("\(size) bytes are too few for a safetensors file; it may be cut short")
    }
    guard size <= Self.largestFile else {
      throw refuse("\(size) bytes; the most is \(Self.largestFile)")
    }
    let length = try read(0..<8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard 2...UInt64(size - 8) ~= length else {
      throw refuse(
        "the first bytes promise a header of \(length) bytes, and \(size - 8) follow; "
          + "the file is cut short or no safetensors file")
    }
    guard length <= UInt64(Self.largestHeader) else {
      throw refuse("a header of \(length) bytes; the most is \(Self.largestHeader)")
    }
    let dataStart = 8 + Int(length)
    let text = try read(8..<dataStart)
    let header: SafetensorsHeader
    do throws(HeaderScanner.Failure) {
      header = try SafetensorsHeader(text, dataSize: size - dataStart)
    } catch {
      throw refuse(error.reason)
    }
    var tensors: [Tensor] = []
    for entry in header.entries {
      let range = entry.range
      let data = try read(dataStart + range.lowerBound..<dataStart + range.upperBound)
      guard let values = data.withUnsafeBytes({ entry.type.floats($0) }) else {
        throw refuse(
          "array '\(entry.name)', \(entry.type.rawValue), holds a value that no 32-bit float can hold"
        )
      }
      tensors.append(Tensor(name: entry.name, shape: entry.shape, values: values))
    }
    self.init(tensors, metadata: header.metadata)
  }
}
