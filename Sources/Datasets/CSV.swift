// A dataset reads like the noun that it is: `let data = try CSV(train: "digits.csv")`.
// swift-format-ignore: AlwaysUseLowerCamelCase
/// Reads images from CSV, plain or .gz: one row per image, its label and its pixels, 0 to 255.
///
/// A first line whose first field is empty, or has a letter, a quote or # in it, is a heading. It says which column is the
/// label (`label`, `class`, `target`, `y`) and which only counts rows (`id`, `index`, or no name);
/// where all others have one name with different numbers, the label is the one that has not. Without a
/// heading the label comes first, and a file where it seems to be last is refused. Pixels are planar
/// and row major; their number tells the shape: a square of one channel, else a square of three.
/// Classes are numbered.
/// - Parameters:
///   - train: the file to learn from.
///   - test: the file to be judged by; without it every tenth row of `train` is held back.
/// - Returns: images of shape `[1 or 3, side, side]`, classes `0` to the largest label.
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
  private var columns = 0
  private var label = 0
  /// The column that counts rows, which says nothing.
  private var rowNumber: Int?
  private(set) var source: SourceFile

  /// Where in the file the parser stands.
  private struct Cursor {
    let path: String
    var line = 1
    /// The field of the line, 0 for the label.
    var field = 0
    var value = 0
    var digits = 0
    var isAfterReturn = false
    var hasNoHeading = false

    func malformed(_ reason: String) -> DataError {
      .malformed(file: path, reason: "line \(line), value \(field + 1): \(reason)")
    }
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
    columns = firstLine.count { $0 == UInt8(ascii: ",") } + 1
    guard columns > 1 else {
      throw reader.malformed("the first line has no comma; expected label, pixel, pixel, ...")
    }
    let row = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: columns)
    defer { row.deallocate() }

    var cursor = Cursor(path: path)
    var start = 0
    // Excel begins its files with the byte-order mark of UTF-8.
    let mark = firstLine.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    if CSVHeading.isHeading(firstLine.dropFirst(mark)) {
      let heading = CSVHeading(firstLine.dropFirst(mark))
      guard let label = heading.label else {
        throw reader.malformed(
          "the heading does not tell which column is the label: call it label, and no other one label,"
            + " class, target or y")
      }
      (self.label, rowNumber) = (label, heading.rowNumber)
      start = min(firstLine.count + 1, count)
      cursor.line = 2
    } else {
      start = mark
      cursor.hasNoHeading = true
    }
    width = columns - (rowNumber == nil ? 1 : 2)
    while count > 0 {
      guard reader.position <= ByteReader.largestContents else {
        throw reader.malformed("more than \(ByteReader.largestContents) bytes")
      }
      try parse(UnsafeRawBufferPointer(rebasing: chunk[start..<count]), &cursor, row)
      start = 0
      count = try reader.read(into: chunk)
    }
    // The last line may lack its end.
    if cursor.field > 0 || cursor.digits > 0 {
      try end(with: UInt8(ascii: "\n"), &cursor, row)
    }
    guard !labels.isEmpty else { throw reader.malformed("no rows") }
    if cursor.hasNoHeading, labels.count > 10, let doubt = doubtAboutLabels() {
      throw reader.malformed(doubt)
    }
    source = reader.source
  }

  /// Why the first column, which is the label where no heading says otherwise, is probably none.
  private func doubtAboutLabels() -> String? {
    let advice = "put a heading above the rows that calls the column of labels label"
    let first = LabelColumn(labels)
    let last = LabelColumn((1...labels.count).lazy.map { pixels[$0 * width - 1] })
    if last.looksLikeLabels, !first.looksLikeLabels || last.classes > first.classes {
      return
        "without a heading the label is the first column, and here the last column looks like it, with"
        + " \(last.classes) classes: \(advice)"
    }
    guard first.isConstant else { return nil }
    return
      "the label is \(labels[0]) in all \(labels.count) rows, so there is nothing to tell apart. It was"
      + " read from the first column; if labels stand elsewhere, \(advice)"
  }

  private mutating func parse(
    _ text: UnsafeRawBufferPointer, _ cursor: inout Cursor,
    _ row: UnsafeMutableBufferPointer<UInt8>
  ) throws(DataError) {
    guard let bytes = text.bindMemory(to: UInt8.self).baseAddress else { return }
    let count = text.count
    var position = 0
    while position < count {
      if cursor.isAfterReturn, bytes[position] != UInt8(ascii: "\n") {
        throw cursor.malformed("a carriage return in the middle of the line")
      }
      if cursor.field == rowNumber {
        // A number of any length, or a name.
        while position < count, !Self.endsField(bytes[position]) { position &+= 1 }
        (cursor.digits, cursor.value) = (1, 0)
        if position < count {
          try end(with: bytes[position], &cursor, row)
          position &+= 1
        }
        continue
      }
      // A table is nearly all digits: plain pointer arithmetic keeps debug builds fast.
      var digits = cursor.digits
      var value = cursor.value
      while position < count, digits < 4 {
        let digit = bytes[position] &- 0x30
        if digit > 9 { break }
        value = value &* 10 &+ Int(digit)
        digits &+= 1
        position &+= 1
      }
      cursor.digits = digits
      cursor.value = value
      if position < count {
        try end(with: bytes[position], &cursor, row)
        position &+= 1
      }
    }
  }

  private static func endsField(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
  }

  /// Takes the byte behind a number: a comma, a line end, or the reason for an error.
  private mutating func end(
    with byte: UInt8, _ cursor: inout Cursor, _ row: UnsafeMutableBufferPointer<UInt8>
  ) throws(DataError) {
    guard cursor.value <= 255, cursor.digits < 4 else { throw cursor.malformed("more than 255") }
    let isLineEnd = byte == UInt8(ascii: "\n")
    if byte == UInt8(ascii: "\r") {
      cursor.isAfterReturn = true
      return
    }
    guard isLineEnd || byte == UInt8(ascii: ",") else {
      let text = 0x20..<0x7f ~= byte ? "'\(UnicodeScalar(byte))'" : "byte \(byte)"
      throw cursor.malformed(
        "\(text) is no digit; labels and pixels are whole numbers from 0 to 255")
    }
    if isLineEnd, cursor.field == 0, cursor.digits == 0 {
      // An empty line.
      cursor.line += 1
      cursor.isAfterReturn = false
      return
    }
    guard cursor.digits > 0 else { throw cursor.malformed("nothing where a number should be") }
    guard cursor.field < columns else {
      throw cursor.malformed("more than \(width) pixels in the row")
    }
    row[cursor.field] = UInt8(cursor.value)
    cursor.value = 0
    cursor.digits = 0
    cursor.field += 1
    guard isLineEnd else { return }

    guard cursor.field == columns else {
      throw .malformed(
        file: cursor.path,
        reason:
          "line \(cursor.line): \(cursor.field - columns + width) pixels, but \(width) in the first"
          + " line")
    }
    labels.append(row[label])
    if label == 0, rowNumber == nil {
      pixels.append(contentsOf: row[1...])
    } else {
      for column in 0..<columns where column != label && column != rowNumber {
        pixels.append(row[column])
      }
    }
    cursor.field = 0
    cursor.line += 1
    cursor.isAfterReturn = false
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

  /// Moves every tenth row, beginning with the tenth, to a set of their own.
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
