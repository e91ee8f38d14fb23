import Foundation
import Testing

@testable import Datasets

struct CIFARTests {
  /// CIFAR with two images in each file.
  private func small(labelBytes: Int, classes: Int) -> CIFARFormat {
    CIFARFormat(
      name: "cifar10", folder: "batches", trainFiles: ["a.bin", "b.bin"], testFile: "t.bin",
      recordsPerTrainFile: 2, recordsPerTestFile: 2, labelBytes: labelBytes,
      classNames: numberedClasses(classes))
  }

  /// Two records: the label bytes, then three planes that are each filled with one value.
  private func records(_ labels: [[UInt8]], first: UInt8) -> [UInt8] {
    labels.enumerated().flatMap { index, label in
      label
        + (0..<3).flatMap { plane in
          [UInt8](repeating: first + UInt8(index * 3 + plane), count: 1024)
        }
    }
  }

  @Test(arguments: [1, 2])
  func `records become labels and planes`(_ labelBytes: Int) throws {
    let scratch = try Scratch()
    func label(_ value: UInt8) -> [UInt8] { labelBytes == 2 ? [99, value] : [value] }
    try scratch.write(records([label(1), label(2)], first: 0), "batches/a.bin")
    try scratch.write(try gzip(records([label(3), label(4)], first: 6)), "b.bin.gz")
    try scratch.write(records([label(0), label(4)], first: 50), "t.bin")
    let data = try small(labelBytes: labelBytes, classes: 5).read(directory: scratch.path)
    #expect(data.shape == [3, 32, 32])
    #expect(data.train.labels == [1, 2, 3, 4] && data.test.labels == [0, 4])
    let planes = stride(from: 0, to: data.train.images.count, by: 1024).map {
      data.train.images[$0]
    }
    #expect(planes == Array(0..<12))
    #expect(data.train.images[5 * 1024 - 1] == 4 && data.test.images[0] == 50)
    #expect(data.files.map(\.bytes) == Array(repeating: 2 * (3072 + labelBytes), count: 3))
  }

  @Test(arguments: [-1, 1, -3073])
  func `a file of another size is refused`(_ excess: Int) throws {
    let scratch = try Scratch()
    try scratch.write(records([[1], [2]], first: 0), "a.bin")
    try scratch.write([UInt8](repeating: 0, count: 2 * 3073 + excess), "b.bin")
    try scratch.write(records([[1], [2]], first: 0), "t.bin")
    let error = #expect(throws: DataError.self) {
      try small(labelBytes: 1, classes: 5).read(directory: scratch.path)
    }
    let text = try #require(error).description
    #expect(text.contains("b.bin") && text.contains("6146") && text.contains("\(6146 + excess)"))
  }

  @Test func `a label out of range names its file and image`() throws {
    let scratch = try Scratch()
    for (file, label) in [("a.bin", 1), ("b.bin", 5), ("t.bin", 0)] as [(String, UInt8)] {
      try scratch.write(records([[0], [label]], first: 0), file)
    }
    let error = #expect(throws: DataError.self) {
      try small(labelBytes: 1, classes: 5).read(directory: scratch.path)
    }
    let text = try #require(error).description
    #expect(text.contains("b.bin: label 5 at image 1"), "\(text)")
  }

  @Test func `the classes are as many as the names say`() {
    #expect(CIFARFormat.ten.classNames.count == 10)
    #expect(CIFARFormat.hundred.classNames.count == 100)
    #expect(CIFARFormat.hundred.classNames == CIFARFormat.hundred.classNames.sorted())
    #expect(Set(CIFARFormat.hundred.classNames).count == 100)
  }

  @Test(arguments: ["cifar10", "cifar100"])
  func `a missing file names the binary version`(_ name: String) throws {
    let scratch = try Scratch()
    let error = #expect(throws: DataError.self) { try Dataset.load("\(name):\(scratch.path)") }
    let text = try #require(error).description
    #expect(text.contains("binary version") && text.contains(scratch.path), "\(text)")
  }
}

struct CSVTests {
  /// Rows whose label is the row's number modulo 3 and whose four pixels follow from it.
  private func rows(_ range: Range<Int>) -> [String] {
    range.map { "\($0 % 3),\($0),\($0 + 50),0,255" }
  }

  @Test(arguments: ["\n", "\r\n"], [true, false])
  func `a heading, either line end and a missing last one are read`(
    _ end: String, _ hasHeading: Bool
  ) throws {
    let scratch = try Scratch()
    let heading = hasHeading ? ["label,pixel1,pixel2,pixel3,pixel4"] : []
    let train = try scratch.write(
      (heading + rows(0..<4)).joined(separator: end), "train.csv")
    let test = try scratch.write(
      try gzip(Array(((heading + rows(7..<9)).joined(separator: end) + end + end).utf8)), "t.csv.gz"
    )
    let data = try Dataset.load("csv:\(train),\(test)")
    #expect(data.shape == [1, 2, 2] && data.classNames == ["0", "1", "2"])
    #expect(data.train.labels == [0, 1, 2, 0] && data.test.labels == [1, 2])
    #expect(data.train.images == [0, 50, 0, 255, 1, 51, 0, 255, 2, 52, 0, 255, 3, 53, 0, 255])
    #expect(data.test.images == [7, 57, 0, 255, 8, 58, 0, 255])
  }

  @Test(arguments: [
    ("label,p0,p1,p2,p3", [0]), ("p0,p1,p2,p3,label", [4]), ("p0,p1,Class,p2,p3", [2]),
    ("\"p0\",\"p1\",\"p2\",\"p3\",\"target\"", [4]), ("\u{FEFF}p0,p1,p2,p3,y", [4]),
    ("id,p0,p1,p2,p3,label", [5, 0]), (",label,p0,p1,p2,p3", [1, 0]),
    ("index,a,b,c,d,class", [5, 0]),
    ("digit,p0,p1,p2,p3", [0]), ("f0,f1,f2,f3,species", [4]), ("id,f0,f1,f2,f3,kind", [5, 0]),
    ("0x0,0x1,1x0,1x1,digit", [4]),
  ])
  func `the heading says where the label stands and which column counts rows`(
    _ heading: String, _ places: [Int]
  ) throws {
    let scratch = try Scratch()
    let rows = (0..<12).map { row -> String in
      var pixels = [row, row + 50, 0, 255].map(String.init)
      // The label, and before it the number of the row.
      for (place, value) in zip(
        places.reversed(), [places.count == 2 ? "\(row + 70_000)" : "\(row % 3)", "\(row % 3)"])
      {
        pixels.insert(value, at: place)
      }
      return pixels.joined(separator: ",")
    }
    for end in ["\n", "\r\n"] {
      let path = try scratch.write(([heading] + rows).joined(separator: end), "x\(end.count).csv")
      let data = try CSV(train: path, test: path)
      #expect(data.train.labels == (0..<12).map { UInt8($0 % 3) })
      #expect(data.train.images.prefix(8) == [0, 50, 0, 255, 1, 51, 0, 255])
    }
  }

  @Test(arguments: [
    ("version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "git lfs pull"),
    ("<!DOCTYPE html><html></html>", "web page"), ("\n<html>", "web page"),
    ("PK\u{3}\u{4}rest", "zip archive"), ("PAR1", "Parquet"),
  ])
  func `a file of another kind is named as what it is`(_ text: String, _ name: String) throws {
    let scratch = try Scratch()
    let path = try scratch.write(text, "x.csv")
    let error = try #require(throws: DataError.self) { try CSV(train: path) }
    #expect("\(error)".contains(name) && "\(error)".contains("x.csv"))
  }

  @Test(arguments: [UInt8](2...5))
  func `a pickle of any protocol is named as what it is`(_ protocolNumber: UInt8) throws {
    let scratch = try Scratch()
    let path = try scratch.write([0x80, protocolNumber, 0x7d, 0x71], "x.csv")
    let error = try #require(throws: DataError.self) { try CSV(train: path) }
    #expect("\(error)".contains("pickle"))
  }

  @Test func `a file compressed twice is told, and zeros behind a compressed one are not read`()
    throws
  {
    let scratch = try Scratch()
    let once = try gzip(Array(rows(0..<12).joined(separator: "\n").utf8))
    let padded = try scratch.write(once + [UInt8](repeating: 0, count: 700_000), "padded.csv.gz")
    #expect(try CSV(train: padded, test: padded).train.count == 12)
    let twice = try scratch.write(try gzip(once), "twice.csv.gz")
    let error = try #require(throws: DataError.self) { try CSV(train: twice) }
    #expect("\(error)".contains("compressed twice"))
    let garbage = try scratch.write(once + [0, 0, 7], "garbage.csv.gz")
    #expect(throws: DataError.self) { try CSV(train: garbage) }
  }

  @Test(arguments: [
    "p0,p1,p2,p3", "id,p0,p1,p2,p3", ",p0,p1,p2,p3", "unnamed: 0,p0,p1,p2,p3", "index,0,1,2,3",
    "red,green,blue,alpha", "label,class,p0,p1,p2",
  ])
  func `a heading that does not say which column is the label is refused`(_ heading: String) throws
  {
    let scratch = try Scratch()
    let count = heading.split(separator: ",", omittingEmptySubsequences: false).count
    let row = (0..<count).map(String.init).joined(separator: ",")
    let path = try scratch.write(
      ([heading] + Array(repeating: row, count: 12)).joined(separator: "\n"), "x.csv")
    let error = try #require(throws: DataError.self) { try CSV(train: path, test: path) }
    #expect("\(error)".contains("call it label"), "\(error)")
  }

  @Test func `labels in the last column of a file without a heading are not passed over`() throws {
    let scratch = try Scratch()
    // The first pixel varies, as a picture's corner does once in a while.
    func path(_ corner: (Int) -> Int) throws -> String {
      let rows = (0..<60).map { "\(corner($0)),\($0 * 4 % 251),\($0 + 50),255,\($0 % 3)" }
      return try scratch.write(rows.joined(separator: "\n"), "x.csv")
    }
    for corner in [
      { (row: Int) in row == 7 ? 37 : 0 }, { row in row == 7 ? 1 : 0 }, { row in row * 3 },
    ] {
      let file = try path(corner)
      let error = try #require(throws: DataError.self) { try CSV(train: file) }
      #expect("\(error)".contains("last column"), "\(error)")
    }
    // Labels first, beside a last pixel that is 0 or 1.
    let rows = (0..<60).map { "\($0 % 3),\($0),0,0,\($0 % 2)" }
    let file = try scratch.write(rows.joined(separator: "\n"), "y.csv")
    #expect(try CSV(train: file, test: file).train.labels == (0..<60).map { UInt8($0 % 3) })
  }

  @Test func `a heading without labels, and a first column that never changes, are told`() throws {
    let scratch = try Scratch()
    let pixels = (0..<12).map { _ in "1,2,3,4" }
    let path = try scratch.write((["p0,p1,p2,p3"] + pixels).joined(separator: "\n"), "x.csv")
    let none = try #require(throws: DataError.self) { try CSV(train: path) }
    #expect("\(none)".contains("does not tell which column is the label"))
    let last = try scratch.write(
      (0..<12).map { "0,0,9,200,\($0 * 20)" }.joined(separator: "\n"), "y.csv")
    let constant = try #require(throws: DataError.self) { try CSV(train: last) }
    #expect("\(constant)".contains("the label is 0 in all 12 rows"))
  }

  @Test func `without a test file every tenth row is held back`() throws {
    let scratch = try Scratch()
    let path = try scratch.write(rows(0..<25).joined(separator: "\n"), "all.csv")
    let data = try CSV(train: path)
    #expect(data.train.count == 23 && data.test.count == 2)
    #expect(data.test.images == [9, 59, 0, 255, 19, 69, 0, 255])
    #expect(data.train.images[8 * 4] == 8 && data.train.images[9 * 4] == 10)
    #expect(data.test.labels == [0, 1])
  }

  @Test func `three squares are an RGB image`() throws {
    let scratch = try Scratch()
    let row = (0...12).map(String.init).joined(separator: ",")
    let path = try scratch.write(row + "\n" + row, "x.csv")
    #expect(try CSV(train: path, test: path).shape == [3, 2, 2])
  }

  @Test func `rows that straddle the reader's blocks arrive whole`() throws {
    let scratch = try Scratch()
    // 6 MB, more than one block of 4 MB; a row's length does not divide a block's.
    let pixels = (0..<784).map { $0 % 256 }
    let row = pixels.map(String.init).joined(separator: ",")
    let text = (0..<2200).map { "\($0 % 7),\(row)" }.joined(separator: "\n")
    try #require(text.utf8.count > 5_000_000)
    let path = try scratch.write(text, "x.csv")
    let data = try CSV(train: path, test: path)
    #expect(data.train.labels == (0..<2200).map { UInt8($0 % 7) })
    let expected = pixels.map { UInt8($0) }
    for index in stride(from: 0, to: 2200, by: 37) {
      #expect(Array(data.train.images[index * 784..<(index + 1) * 784]) == expected)
    }
  }

  @Test(arguments: [
    ("", "no comma"), ("label,a,b,c,d\n", "no rows"), ("7\n", "no comma"),
    ("1,2,3,4,5\n1,2,3,4\n", "line 2: 3 pixels, but 4 in the first"),
    ("1,2,3,4,5\n1,2,3,4,5,6\n", "line 2, value 6: more than 4 pixels"),
    ("label,a,b,c,d\n1,2,3,4,5\n1,2,256,4,5\n", "line 3, value 3: more than 255"),
    ("1,2,3,4,5\n1,0.5,3,4,5\n", "line 2, value 2: '.' is no digit"),
    ("-1,2,3,4,5\n1,2,3,4,5\n", "line 1, value 1: '-' is no digit"),
    ("1,2,3,4,5\n-1,2,3,4,5\n", "line 2, value 1: '-' is no digit"),
    ("1,2,3,4,5\n1,,3,4,5\n", "line 2, value 2: nothing"),
    ("1,2,3,4,5\n1,2,3,4,\n", "line 2, value 5: nothing"),
    ("1,2,3,4,5\n1,2\r,3,4,5\n", "line 2, value 2: a carriage return"),
    ("1,2,3,4,5\n1,2\u{1b},3,4,5\n", "line 2, value 2: byte 27 is no digit"),
    ("1,2,3,4,5,6\n", "5 pixels per row are neither a square"),
    ("1,2,3,4,99999999999999999999999999\n", "more than 255"),
  ])
  func `a damaged table is refused with its line`(_ table: String, _ part: String) throws {
    let scratch = try Scratch()
    let path = try scratch.write(table, "x.csv")
    let error = #expect(throws: DataError.self) { try CSV(train: path, test: path) }
    let text = try #require(error).description
    #expect(text.hasPrefix("\(path): ") && text.contains(part), "\(text)")
  }

  @Test func `too few rows to hold any back ask for a test file`() throws {
    let scratch = try Scratch()
    let path = try scratch.write(rows(0..<9).joined(separator: "\n"), "x.csv")
    let error = #expect(throws: DataError.self) { try CSV(train: path) }
    #expect(try #require(error).description.contains("9 rows"))
  }

  @Test func `a test file of other images is refused`() throws {
    let scratch = try Scratch()
    let train = try scratch.write("1,2,3,4,5\n", "a.csv")
    let test = try scratch.write("1,2\n", "b.csv")
    let error = #expect(throws: DataError.self) { try CSV(train: train, test: test) }
    #expect(try #require(error).description.contains("1 pixels per row, but 4"))
  }
}

struct SyntheticTests {
  @Test func `the same seed draws the same images, for ever`() {
    let data = Synthetic(count: 100, testCount: 20)
    #expect(data.shape == [1, 28, 28] && data.classes == 10)
    #expect(data.train.labels == (0..<100).map { UInt8($0 % 10) })
    #expect(data.train.images == Synthetic(count: 100, testCount: 20).train.images)
    // Another value here is another dataset under the same name: results could not be compared.
    #expect(fingerprint(data.train.images) == 13_640_420_275_832_071_146)
    #expect(fingerprint(data.test.images) == 6_629_186_537_164_398_631)
  }

  @Test func `a smaller set is the beginning of a larger one`() {
    let small = Synthetic(count: 30, testCount: 10)
    let large = Synthetic(count: 50, testCount: 20)
    #expect(large.train.images.starts(with: small.train.images))
    #expect(large.test.images.starts(with: small.test.images))
  }

  @Test func `another seed and the other set are other images`() {
    let data = Synthetic(count: 50, testCount: 50)
    #expect(data.train.images != data.test.images)
    #expect(Synthetic(count: 50, seed: 1).train.images != data.train.images)
    #expect(Set(images(data.train)).count == 50)
  }

  @Test func `the digits can be told apart, but not all by their nearest neighbour`() {
    let data = Synthetic(count: 300, testCount: 40)
    var hits = 0
    for index in 0..<40 {
      var nearest = (distance: Int.max, label: UInt8(0))
      for known in 0..<300 {
        var distance = 0
        for pixel in 0..<784 {
          distance += abs(
            Int(data.test.images[index * 784 + pixel])
              - Int(data.train.images[known * 784 + pixel]))
        }
        if distance < nearest.distance { nearest = (distance, data.train.labels[known]) }
      }
      if nearest.label == data.test.labels[index] { hits += 1 }
    }
    // One in ten by chance.
    #expect(12...38 ~= hits, "\(hits) of 40")
  }

  private func images(_ set: ImageSet) -> [[UInt8]] {
    (0..<set.count).map { Array(set.images[$0 * 784..<($0 + 1) * 784]) }
  }

  /// FNV-1a, 64 bits.
  private func fingerprint(_ bytes: [UInt8]) -> UInt64 {
    bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
}

struct DatasetSourceTests {
  @Test(
    arguments: [
      ("fashion-mnist", .fashionMNIST(directory: nil)),
      ("mnist:/data/x", .mnist(directory: "/data/x")),
      ("cifar10:a:b", .cifar10(directory: "a:b")), ("cifar100", .cifar100(directory: nil)),
      ("csv:a.csv", .csv(train: "a.csv", test: nil)), ("csv:a,b", .csv(train: "a", test: "b")),
      ("synthetic", .synthetic(count: nil)), ("synthetic:500", .synthetic(count: 500)),
    ] as [(String, DatasetSource)])
  func `a name with or without an argument is understood`(
    _ text: String, _ source: DatasetSource
  ) throws {
    #expect(try DatasetSource(text) == source)
  }

  @Test(arguments: [
    ("fashionmnist", "fashion-mnist, mnist, cifar10, cifar100, csv, synthetic"), ("", "mnist:DIR"),
    ("mnist:", "nothing follows"), ("synthetic:", "nothing follows"), ("synthetic:0", "from 1"),
    ("synthetic:many", "'many'"), ("synthetic:99999999999999999999", "from 1"), ("csv", "csv:FILE"),
    ("csv:,", "csv:FILE"), ("csv:a,b,c", "csv:FILE"), ("folder:x", "use csv:FILE"),
  ])
  func `any other text is refused with what would be right`(_ text: String, _ part: String) throws {
    let error = #expect(throws: DataError.self) { try DatasetSource(text) }
    let reason = try #require(error)
    guard case .unknown = reason else {
      Issue.record("\(reason)")
      return
    }
    #expect(reason.description.contains(part), "\(reason)")
  }

  @Test func `synthetic data has a test image for every five`() throws {
    let data = try Dataset.load("synthetic:50")
    #expect(data.train.count == 50 && data.test.count == 10 && data.files.isEmpty)
    #expect(try Dataset.load("synthetic:1").test.count == 1)
  }

  @Test func `arrays that do not fit their shape are the caller's mistake`() async {
    await #expect(processExitsWith: .failure) {
      _ = ImageSet(
        name: "train", shape: [1, 2, 2], classNames: ["a"], images: [1, 2, 3], labels: [0])
    }
    await #expect(processExitsWith: .failure) {
      _ = ImageSet(
        name: "train", shape: [1, 1, 1], classNames: ["a"], images: [1], labels: [1])
    }
  }
}
