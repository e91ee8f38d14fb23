/// What the JSON header of a safetensors file says, once it has been found to be true of the data.
struct SafetensorsHeader {
  /// An array and where it lies.
  struct Entry {
    let name: String
    let type: Safetensors.ElementType
    let shape: [Int]
    /// Bytes from the start of the data.
    let range: Range<Int>
  }

  /// In the order of the data.
  private(set) var entries: [Entry] = []
  private(set) var metadata: [String: String] = [:]

  /// Reads the header of a file that has `dataSize` bytes behind it.
  init(_ text: [UInt8], dataSize: Int) throws(HeaderScanner.Failure) {
    var scanner = try HeaderScanner(text)
    var claims: [Claim] = []
    var metadata: [String: String] = [:]
    try scanner.object { scanner, name throws(HeaderScanner.Failure) in
      if name == "__metadata__" {
        try scanner.object { scanner, key throws(HeaderScanner.Failure) in
          metadata[key] = try scanner.string()
        }
      } else {
        claims.append(try Claim(name, &scanner))
      }
    }
    try scanner.end()
    self.metadata = metadata

    claims.sort { ($0.begin, $0.end) < ($1.begin, $1.end) }
    var end = 0
    for claim in claims {
      let entry = try claim.checked(after: end, dataSize: dataSize)
      end = entry.range.upperBound
      entries.append(entry)
    }
    guard end == dataSize else {
      throw HeaderScanner.Failure(
        reason: "the arrays end at byte \(end) of the data, but \(dataSize) bytes are there")
    }
  }
}

/// What a header says of an array, true or not.
private struct Claim {
  let name: String
  let type: String
  let shape: [Int]
  let begin: Int
  let end: Int

  init(_ name: String, _ scanner: inout HeaderScanner) throws(HeaderScanner.Failure) {
    func integers(_ scanner: inout HeaderScanner) throws(HeaderScanner.Failure) -> [Int] {
      var result: [Int] = []
      try scanner.array { scanner throws(HeaderScanner.Failure) in
        result.append(try scanner.integer())
      }
      return result
    }
    var type: String?
    var shape: [Int]?
    var offsets: [Int]?
    try scanner.object { scanner, key throws(HeaderScanner.Failure) in
      switch key {
      case "dtype": type = try scanner.string()
      case "shape": shape = try integers(&scanner)
      case "data_offsets": offsets = try integers(&scanner)
      default: try scanner.skipValue()
      }
    }
    guard let type, let shape, let offsets, offsets.count == 2 else {
      throw HeaderScanner.Failure(
        reason: "array '\(name)' lacks a dtype, a shape or two data_offsets")
    }
    self.name = name
    self.type = type
    self.shape = shape
    begin = offsets[0]
    end = offsets[1]
  }

  /// The entry, if it follows the one before, fits the data, and its size is that of its shape.
  func checked(
    after previousEnd: Int, dataSize: Int
  ) throws(HeaderScanner.Failure) -> SafetensorsHeader.Entry {
    func refuse(_ reason: String) -> HeaderScanner.Failure {
      HeaderScanner.Failure(reason: "array '\(name)', \(self.type) \(shape), \(reason)")
    }
    guard begin == previousEnd, end >= begin else {
      throw refuse(
        "is said to lie at \(begin) to \(end), but the data before it ends at \(previousEnd); "
          + "arrays must follow each other without gap or overlap")
    }
    guard end <= dataSize else {
      throw refuse(
        "ends at byte \(end) of the data, but only \(dataSize) bytes are there; "
          + "the file is cut short")
    }
    guard let type = Safetensors.ElementType(rawValue: self.type) else {
      let types = Safetensors.ElementType.allCases.map(\.rawValue).joined(separator: ", ")
      throw refuse("has a type that is not read (\(types)); convert it with .float() in PyTorch")
    }
    var size = type.bytes
    for dimension in shape {
      let (product, overflow) = size.multipliedReportingOverflow(by: dimension)
      guard !overflow else { throw refuse("has more elements than can be counted") }
      size = product
    }
    guard size == end - begin else {
      throw refuse("needs \(size) bytes, but has \(end - begin)")
    }
    return SafetensorsHeader.Entry(name: name, type: type, shape: shape, range: begin..<end)
  }
}
