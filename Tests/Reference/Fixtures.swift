public import Foundation

/// A tensor of a fixture.
public struct ReferenceTensor: Hashable, Sendable {
  /// The lengths of its axes.
  public var shape: [Int]
  /// Its values, row-major.
  public var values: [Double]

  /// Makes a tensor of `values`, row-major, in `shape`.
  public init(shape: [Int], values: [Double]) {
    self.shape = shape
    self.values = values
  }
}

/// What is wrong with a fixture.
public struct FixtureError: Error, CustomStringConvertible {
  /// The file and its fault.
  public let description: String
}

/// The tensors of `Tests/Fixtures/<name>.safetensors`.
///
/// - Parameter name: The file's name without its extension; a subfolder may precede it.
/// - Returns: The tensors by name.
/// - Throws: `FixtureError`, or Foundation's error if the file cannot be read.
public func fixture(_ name: String) throws -> [String: ReferenceTensor] {
  let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  return try readSafetensors(tests.appending(path: "Fixtures/\(name).safetensors"))
}

/// The tensors of a safetensors file: U64 length, JSON header of that length, data.
///
/// Strict enough for files that the official library wrote: every tensor must lie inside the data
/// and have the bytes that its shape asks for. It reads F64, F32, I64, I32 and U8, all as Double.
///
/// - Parameter file: Where it is.
/// - Returns: The tensors by name; `__metadata__` is left out.
/// - Throws: `FixtureError`, or Foundation's error if the file cannot be read.
public func readSafetensors(_ file: URL) throws -> [String: ReferenceTensor] {
  struct Entry: Decodable {
    var dtype: String?
    var shape: [Int]?
    var data_offsets: [Int]?
  }
  func fault(_ text: String) -> FixtureError {
    FixtureError(description: "\(file.lastPathComponent): \(text)")
  }

  let bytes = try Data(contentsOf: file)
  guard bytes.count >= 8 else { throw fault("\(bytes.count) bytes, too short for a header") }
  let length = bytes.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
  guard length <= UInt64(bytes.count - 8) else { throw fault("the header of \(length) is cut off") }
  let header = bytes[8..<8 + Int(length)]
  let data = bytes[(8 + Int(length))...]

  var tensors: [String: ReferenceTensor] = [:]
  for (name, entry) in try JSONDecoder().decode([String: Entry].self, from: header)
  where name != "__metadata__" {
    guard let dtype = entry.dtype, let shape = entry.shape, let offsets = entry.data_offsets,
      offsets.count == 2, offsets[0] >= 0, offsets[0] <= offsets[1], offsets[1] <= data.count
    else { throw fault("\(name) has no type, shape or place inside the data") }
    let part = data[data.startIndex + offsets[0]..<data.startIndex + offsets[1]]
    let values =
      switch dtype {
      case "F64": numbers(part, Double.self) { $0 }
      case "F32": numbers(part, Float.self) { Double($0) }
      case "I64": numbers(part, Int64.self) { Double($0) }
      case "I32": numbers(part, Int32.self) { Double($0) }
      case "U8": numbers(part, UInt8.self) { Double($0) }
      default: throw fault("\(name) is \(dtype), which is not read here")
      }
    guard values.count == shape.reduce(1, *) else {
      throw fault("\(name) of shape \(shape) has \(part.count) bytes of \(dtype)")
    }
    tensors[name] = ReferenceTensor(shape: shape, values: values)
  }
  return tensors
}

/// The little-endian numbers of some bytes; none if the bytes are no whole numbers.
private func numbers<Number: BitwiseCopyable>(
  _ bytes: Data, _ type: Number.Type, _ double: (Number) -> Double
) -> [Double] {
  let size = MemoryLayout<Number>.size
  guard bytes.count % size == 0 else { return [] }
  return bytes.withUnsafeBytes { raw in
    (0..<bytes.count / size).map {
      double(raw.loadUnaligned(fromByteOffset: $0 * size, as: Number.self))
    }
  }
}
