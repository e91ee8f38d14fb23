// A dataset reads like the noun that it is: `let data = try CSV(train: "digits.csv")`.
// swift-format-ignore: AlwaysUseLowerCamelCase
/// Reads images from CSV, plain or .gz: one row per image, its label first, then its pixels, 0 to 255.
///
/// A first line that does not start with a digit is a heading. Pixels are planar and row major; their
/// number tells the shape: a square of one channel, else a square of three. Classes are numbered.
/// - Parameters:
///   - train: the file to learn from.
///   - test: the file to be judged by; without it every tenth row of `train` is held back.
/// - Throws: `DataError` if a file cannot be read, a row has another length or a value is no byte.
public func CSV(train: String, test: String? = nil) throws(DataError) -> Dataset {
  var trainRows = try CSVRows(train)
  var testRows: CSVRows
  if let test {
    testRows = try CSVRows(test)
    guard testRows.width == trainRows.width else {
      throw .malformed(
        file: test, reason: "\(testRows.width) pixels per row, but \(trainRows.width) in \(train)")
    }
  } else {
    guard trainRows.labels.count >= 10 else {
      throw .malformed(
        file: train,
        reason: "\(trainRows.labels.count) rows; every tenth is held back as test set, so at least "
          + "10 are needed, or name a test set: csv:\(train),TEST")
    }
    testRows = trainRows.splitOffEveryTenth()
  }
  let shape = try trainRows.imageShape()
  let largest = max(trainRows.labels.max() ?? 0, testRows.labels.max() ?? 0)
  let classNames = numberedClasses(Int(largest) + 1)
  func set(_ name: String, _ rows: CSVRows) -> ImageSet {
    ImageSet(
      name: name, shape: shape, classNames: classNames, images: rows.pixels, labels: rows.labels,
      files: [rows.source])
  }
  return Dataset(name: "csv", train: set("train", trainRows), test: set("test", testRows))
}

/// The rows of a CSV file, each a label and `width` pixels.
private struct CSVRows {
  private(set) var labels: [UInt8] = []
  private(set) var pixels: [UInt8] = []
  /// Pixels per row.
  private(set) var width = 0
  private(set) var source: SourceFile

  /// Where in the file the parser stands.
  private struct Cursor {
    var line = 1
    /// The field of the line, 0 for the label.
    var field = 0
    var value = 0
    var digits = 0
    var afterReturn = false
  }

  init(_ path: String) throws(DataError) {
    var reader = try ByteReader(path)
    source = reader.source
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 22, alignment: 64)
    defer { chunk.deallocate() }
    var count = try reader.read(into: chunk)

    let firstLine = chunk[..<count].prefix { $0 != UInt8(ascii: "\n") }
    guard firstLine.count < chunk.count else {
      throw reader.malformed("the first line has more than \(chunk.count) bytes; is it text?")
    }
    width = firstLine.count { $0 == UInt8(ascii: ",") }
    guard width > 0 else {
      throw reader.malformed("the first line has no comma; expected label, pixel, pixel, ...")
    }
    let row = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: width + 1)
    defer { row.deallocate() }

    var cursor = Cursor()
    var start = 0
    if let first = firstLine.first, !isDigit(first) {
      start = min(firstLine.count + 1, count)
      cursor.line = 2
    }
    while count > 0 {
      try parse(UnsafeRawBufferPointer(rebasing: chunk[start..<count]), &cursor, row, path)
      start = 0
      count = try reader.read(into: chunk)
    }
    if cursor.field > 0 || cursor.digits > 0 {
      // The last line may lack its end.
      let end = [UInt8(ascii: "\n")]
      let result = end.withUnsafeBytes { end in
        Result { () throws(DataError) in try parse(end, &cursor, row, path) }
      }
      try result.get()
    }
    guard !labels.isEmpty else { throw reader.malformed("no rows") }
    source = reader.source
  }

  private mutating func parse(
    _ text: UnsafeRawBufferPointer, _ cursor: inout Cursor,
    _ row: UnsafeMutableBufferPointer<UInt8>, _ path: String
  ) throws(DataError) {
    func malformed(_ reason: String) -> DataError {
      .malformed(
        file: path, reason: "line \(cursor.line), value \(cursor.field + 1): \(reason)")
    }
    for byte in text {
      if cursor.afterReturn, byte != UInt8(ascii: "\n") {
        throw malformed("a carriage return in the middle of the line")
      }
      if isDigit(byte) {
        cursor.value = cursor.value * 10 + Int(byte - UInt8(ascii: "0"))
        cursor.digits += 1
        guard cursor.value <= 255 else { throw malformed("more than 255") }
        continue
      }
      switch byte {
      case UInt8(ascii: "\r"):
        cursor.afterReturn = true
        continue
      case UInt8(ascii: "\n") where cursor.field == 0 && cursor.digits == 0:
        // An empty line.
        break
      case UInt8(ascii: "\n"), UInt8(ascii: ","):
        guard cursor.digits > 0 else { throw malformed("nothing where a number should be") }
        guard cursor.field <= width else { throw malformed("more than \(width) pixels in the row") }
        row[cursor.field] = UInt8(cursor.value)
        cursor.value = 0
        cursor.digits = 0
        cursor.field += 1
        if byte == UInt8(ascii: ",") { continue }
        guard cursor.field == width + 1 else {
          throw malformed("\(cursor.field - 1) pixels in the row, \(width) in the first")
        }
        labels.append(row[0])
        pixels.append(contentsOf: row[1...])
        cursor.field = 0
      default:
        throw malformed(
          "byte \(byte) ('\(Character(UnicodeScalar(byte)))') is no digit; "
            + "labels and pixels are whole numbers from 0 to 255")
      }
      cursor.line += 1
      cursor.afterReturn = false
    }
  }

  /// `[channels, height, width]` of the images that have `width` pixels.
  func imageShape() throws(DataError) -> [Int] {
    for channels in [1, 3] where width % channels == 0 {
      let side = Int(Double(width / channels).squareRoot())
      if channels * side * side == width { return [channels, side, side] }
    }
    throw .malformed(
      file: source.path,
      reason: "\(width) pixels per row are neither a square grey image nor a square RGB image")
  }

  /// Moves rows 10, 20, 30, ... to a set of their own.
  mutating func splitOffEveryTenth() -> CSVRows {
    var kept = self
    var moved = self
    kept.labels = []
    kept.pixels = []
    moved.labels = []
    moved.pixels = []
    pixels.withUnsafeBufferPointer { pixels in
      for index in labels.indices {
        let image = pixels[index * width..<(index + 1) * width]
        if index % 10 == 9 {
          moved.labels.append(labels[index])
          moved.pixels.append(contentsOf: image)
        } else {
          kept.labels.append(labels[index])
          kept.pixels.append(contentsOf: image)
        }
      }
    }
    self = kept
    return moved
  }
}

private func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }
