/// An array of bytes as an IDX file holds it, the format of MNIST and its descendants.
///
/// A big-endian header (two zeros, the element type 8 for bytes, the number of dimensions, then each
/// dimension as 32 bits) is followed by the elements, row major, and by nothing else.
struct IDXFile {
  /// `[count, height, width]` for images, `[count]` for labels.
  let shape: [Int]
  let bytes: [UInt8]
  let source: SourceFile

  /// What turns whole numbers of 16 or 32 bits, which bytes can hold, into bytes; empty for other files.
  private static func conversion(_ magic: Int, rank: Int, file: String) -> String {
    let widths = [0xB00 + rank: 2, 0xC00 + rank: 4]
    guard let width = widths[magic] else { return "" }
    let head = 4 + 4 * rank
    let opened = file.hasSuffix(".gz") ? "gzip.open" : "open"
    let plain = file.hasSuffix(".gz") ? String(file.dropLast(3)) : file
    return
      ", that is whole numbers of \(8 * width) bits where bytes are wanted; move the file away and type"
      + " python3 -c \"import gzip; b = \(opened)('MOVED', 'rb').read(); open('\(plain)', 'wb').write("
      + "b[:2] + bytes([8]) + b[3:\(head)] + b[\(head + width - 1)::\(width)])\""
  }

  /// Reads an IDX file of bytes, plain or gzip, that must have `rank` dimensions.
  init(_ path: String, rank: Int) throws(DataError) {
    var reader = try ByteReader(path)
    let magic = try Self.word(&reader)
    guard magic == 0x800 + rank else {
      let found =
        switch magic {
        case 0x801: "labels (magic 0x801)"
        case 0x803: "images (magic 0x803)"
        default:
          "magic 0x\(String(magic, radix: 16))" + Self.conversion(magic, rank: rank, file: path)
        }
      throw reader.malformed(
        "expected IDX \(rank == 1 ? "labels" : "images") (magic 0x80\(rank)), found \(found)")
    }
    var shape: [Int] = []
    for _ in 0..<rank { shape.append(try Self.word(&reader)) }

    let promise = "the header promises " + shape.map(String.init).joined(separator: " x ")
    var count = 1
    for size in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      guard !overflow, size > 0, product < Int.max - 16 else {
        throw reader.malformed("\(promise) elements, which no file can hold")
      }
      count = product
    }
    bytes = try reader.rest(count, promise: promise + " elements")
    self.shape = shape
    source = reader.source
  }

  private static func word(_ reader: inout ByteReader) throws(DataError) -> Int {
    let bytes = try reader.prefix(4)
    guard bytes.count == 4 else {
      throw reader.malformed("only \(reader.position) bytes, too short for an IDX header")
    }
    return bytes.reduce(0) { $0 << 8 | Int($1) }
  }
}

extension ImageSet {
  /// Reads a set from an IDX file of images and one of labels.
  ///
  /// - Throws: `DataError.malformed` if a file is damaged, the two disagree, or a label is too large.
  init(
    name: String, idxImages: String, idxLabels: String, classNames: [String]
  ) throws(DataError) {
    let labels = try IDXFile(idxLabels, rank: 1)
    let images = try IDXFile(idxImages, rank: 3)
    guard images.shape[0] == labels.shape[0] else {
      throw .malformed(
        file: idxImages,
        reason: "\(images.shape[0]) images, but \(labels.shape[0]) labels in \(idxLabels)")
    }
    if let position = firstLabel(in: labels.bytes, from: classNames.count) {
      throw .malformed(
        file: idxLabels,
        reason: "label \(labels.bytes[position]) at position \(position); "
          + "\(classNames.count) classes have labels 0 to \(classNames.count - 1)")
    }
    self.init(
      name: name, shape: [1, images.shape[1], images.shape[2]], classNames: classNames,
      images: images.bytes, labels: labels.bytes, files: [images.source, labels.source])
  }
}
