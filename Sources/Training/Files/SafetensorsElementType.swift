extension Safetensors {
  /// The element types that become 32-bit floats.
  enum ElementType: String, CaseIterable {
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
    func floats(_ data: UnsafeRawBufferPointer) -> [Float]? {
      let count = data.count / bytes
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
}
