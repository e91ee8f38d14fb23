internal import Glibc

extension Safetensors {
  /// Reads a file; F64, F16, BF16 and whole numbers become 32-bit floats if they fit.
  ///
  /// - Throws: `SafetensorsError` if the file cannot be read or breaks any rule of the format.
  public init(contentsOf path: String) throws(SafetensorsError) {
    try self.init(bytes: try contents(of: path), file: path)
  }

  /// Reads the bytes of a file; `file` is its name in errors.
  ///
  /// - Throws: `SafetensorsError` if the bytes break any rule of the format.
  public init(bytes: [UInt8], file: String) throws(SafetensorsError) {
    func refuse(_ reason: String) -> SafetensorsError {
      SafetensorsError(file: file, reason: reason)
    }
    guard bytes.count >= 8 else {
      throw refuse("\(bytes.count) bytes are too few for a safetensors file; it may be cut short")
    }
    let length = bytes.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
    guard length <= UInt64(bytes.count - 8) else {
      throw refuse(
        "the first bytes promise a header of \(length) bytes, but only \(bytes.count - 8) follow; "
          + "the file is cut short or no safetensors file")
    }
    guard length <= UInt64(Self.largestHeader) else {
      throw refuse("a header of \(length) bytes; the most is \(Self.largestHeader)")
    }
    let dataStart = 8 + Int(length)
    let header: Header
    do throws(HeaderScanner.Failure) {
      header = try Header(Array(bytes[8..<dataStart]))
    } catch {
      throw refuse("damaged header, byte \(8 + error.position): \(error.reason)")
    }

    var tensors: [Tensor] = []
    var end = 0
    for entry in header.entries {
      let what = "array '\(entry.name)', \(entry.type) \(entry.shape)"
      guard entry.begin == end, entry.end >= entry.begin else {
        throw refuse(
          "\(what) is said to lie at \(entry.begin) to \(entry.end), but the data before it ends at "
            + "\(end); arrays must follow each other without gap or overlap")
      }
      end = entry.end
      guard end <= bytes.count - dataStart else {
        throw refuse(
          "\(what) ends at \(end), but only \(bytes.count - dataStart) bytes of data are there; "
            + "the file is cut short")
      }
      var count = 1
      for size in entry.shape {
        let (product, overflow) = count.multipliedReportingOverflow(by: size)
        guard !overflow else { throw refuse("\(what) has more elements than can be counted") }
        count = product
      }
      guard let type = ElementType(rawValue: entry.type) else {
        let types = ElementType.allCases.map(\.rawValue).joined(separator: ", ")
        throw refuse("\(what): the types read are \(types); convert it with .float() in PyTorch")
      }
      let (size, overflow) = count.multipliedReportingOverflow(by: type.bytes)
      guard !overflow, size == entry.end - entry.begin else {
        throw refuse("\(what) has \(count) elements, but \(entry.end - entry.begin) bytes of data")
      }
      let data = dataStart + entry.begin..<dataStart + entry.end
      let values = bytes.withUnsafeBytes { type.floats($0[data], count: count) }
      guard let values else { throw refuse("\(what) holds a value that no 32-bit float can hold") }
      tensors.append(Tensor(name: entry.name, shape: entry.shape, values: values))
    }
    guard end == bytes.count - dataStart else {
      throw refuse(
        "the arrays end at byte \(end) of the data, but \(bytes.count - dataStart) bytes are there")
    }
    self.init(tensors, metadata: header.metadata)
  }
}

/// What the JSON header says, in the order of the data.
private struct Header {
  struct Entry {
    let name: String
    let type: String
    let shape: [Int]
    let begin: Int
    let end: Int
  }

  private(set) var entries: [Entry] = []
  private(set) var metadata: [String: String] = [:]

  init(_ text: [UInt8]) throws(HeaderScanner.Failure) {
    var scanner = try HeaderScanner(text)
    var entries: [Entry] = []
    var metadata: [String: String] = [:]
    try scanner.object { scanner, name throws(HeaderScanner.Failure) in
      if name == "__metadata__" {
        try scanner.object { scanner, key throws(HeaderScanner.Failure) in
          metadata[key] = try scanner.string()
        }
      } else {
        entries.append(try Self.entry(name, &scanner))
      }
    }
    try scanner.end()
    self.entries = entries.sorted { ($0.begin, $0.end) < ($1.begin, $1.end) }
    self.metadata = metadata
  }

  private static func entry(
    _ name: String, _ scanner: inout HeaderScanner
  ) throws(HeaderScanner.Failure) -> Entry {
    var type: String?
    var shape: [Int]?
    var offsets: [Int]?
    func integers(_ scanner: inout HeaderScanner) throws(HeaderScanner.Failure) -> [Int] {
      var result: [Int] = []
      try scanner.array { scanner throws(HeaderScanner.Failure) in
        result.append(try scanner.integer())
      }
      return result
    }
    try scanner.object { scanner, key throws(HeaderScanner.Failure) in
      switch key {
      case "dtype": type = try scanner.string()
      case "shape": shape = try integers(&scanner)
      case "data_offsets": offsets = try integers(&scanner)
      default: try scanner.skipValue()
      }
    }
    guard let type, let shape, let offsets, offsets.count == 2 else {
      throw scanner.failure("'\(name)' lacks a dtype, a shape or two data_offsets")
    }
    return Entry(name: name, type: type, shape: shape, begin: offsets[0], end: offsets[1])
  }
}

/// The element types that become 32-bit floats.
private enum ElementType: String, CaseIterable {
  case f32 = "F32"
  case f64 = "F64"
  case f16 = "F16"
  case bf16 = "BF16"
  case i64 = "I64"
  case i32 = "I32"
  case i16 = "I16"
  case i8 = "I8"
  case u8 = "U8"

  var bytes: Int {
    switch self {
    case .f64, .i64: 8
    case .f32, .i32: 4
    case .f16, .bf16, .i16: 2
    case .i8, .u8: 1
    }
  }

  /// The elements as floats, or nil if one does not fit.
  ///
  /// Doubles are rounded, but must not become infinite; whole numbers must be held exactly.
  func floats(_ data: Slice<UnsafeRawBufferPointer>, count: Int) -> [Float]? {
    let data = UnsafeRawBufferPointer(rebasing: data)
    func each<Element: BitwiseCopyable>(
      _ type: Element.Type, _ convert: (Element) -> Float?
    ) -> [Float]? {
      var values: [Float] = []
      values.reserveCapacity(count)
      for index in 0..<count {
        let offset = index * MemoryLayout<Element>.size
        guard let value = convert(data.loadUnaligned(fromByteOffset: offset, as: type)) else {
          return nil
        }
        values.append(value)
      }
      return values
    }
    return switch self {
    case .f32:
      [Float](unsafeUninitializedCapacity: count) { values, filled in
        UnsafeMutableRawBufferPointer(values).copyMemory(from: data)
        filled = count
      }
    case .f64:
      each(Double.self) { Float($0).isInfinite && $0.isFinite ? nil : Float($0) }
    case .f16: each(Float16.self) { Float($0) }
    case .bf16: each(UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
    case .i64: each(Int64.self) { Float(exactly: $0) }
    case .i32: each(Int32.self) { Float(exactly: $0) }
    case .i16: each(Int16.self) { Float($0) }
    case .i8: each(Int8.self) { Float($0) }
    case .u8: each(UInt8.self) { Float($0) }
    }
  }
}

/// All bytes of a file.
private func contents(of path: String) throws(SafetensorsError) -> [UInt8] {
  func unreadable(_ reason: String) -> SafetensorsError {
    SafetensorsError(file: path, reason: reason)
  }
  let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
  guard descriptor >= 0 else { throw unreadable(String(cString: strerror(errno))) }
  defer { close(descriptor) }
  var status = stat()
  guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
    throw unreadable("not a regular file")
  }
  let size = Int(status.st_size)
  var failure: Int32 = 0
  let bytes = [UInt8](unsafeUninitializedCapacity: size) { bytes, filled in
    while filled < size {
      let count = read(descriptor, bytes.baseAddress?.advanced(by: filled), size - filled)
      if count == 0 { break }
      if count > 0 {
        filled += count
      } else if errno != EINTR {
        failure = errno
        break
      }
    }
  }
  guard failure == 0 else { throw unreadable(String(cString: strerror(failure))) }
  return bytes
}
