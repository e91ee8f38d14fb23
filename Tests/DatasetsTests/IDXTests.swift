import Foundation
import Testing

@testable import Datasets

struct IDXTests {
  /// Four training images of 2 rows and 3 columns, and two test images.
  private let trainImages = idx(0x803, [4, 2, 3], Array(0..<24))
  private let trainLabels = idx(0x801, [4], [3, 1, 4, 9])
  private let testImages = idx(0x803, [2, 2, 3], Array(100..<112))
  private let testLabels = idx(0x801, [2], [5, 0])

  /// Writes the four files, one of them replaced.
  private func write(
    _ scratch: borrowing Scratch, replacing name: String = "", by bytes: [UInt8] = [],
    suffix: String = ""
  ) throws {
    for (file, contents) in [
      ("train-images-idx3-ubyte", trainImages), ("train-labels-idx1-ubyte", trainLabels),
      ("t10k-images-idx3-ubyte", testImages), ("t10k-labels-idx1-ubyte", testLabels),
    ] {
      try scratch.write(file == name ? bytes : contents, file + suffix)
    }
  }

  @Test func `the files' bytes arrive in order`() throws {
    let scratch = try Scratch()
    try write(scratch)
    let data = try FashionMNIST(directory: scratch.path)
    #expect(data.name == "fashion-mnist" && data.shape == [1, 2, 3])
    #expect(data.classes == 10 && data.classNames[9] == "Ankle boot")
    #expect(data.train.images == Array(0..<24) && data.train.labels == [3, 1, 4, 9])
    #expect(data.test.images == Array(100..<112) && data.test.labels == [5, 0])
    #expect(data.train.count == 4 && data.train.height == 2 && data.train.width == 3)
  }

  @Test func `a file and its gzip give the same bytes and the same checksum`() throws {
    let scratch = try Scratch()
    try write(scratch)
    let plain = try MNIST(directory: scratch.path)
    let packed = try Scratch()
    for file in try FileManager.default.contentsOfDirectory(atPath: scratch.path) {
      let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: scratch.path + "/" + file)))
      try packed.write(try gzip(bytes), file + ".gz")
    }
    let unpacked = try MNIST(directory: packed.path)
    #expect(unpacked.train.images == plain.train.images)
    #expect(unpacked.test.labels == plain.test.labels)
    #expect(unpacked.files.map(\.crc32) == plain.files.map(\.crc32))
    #expect(plain.files.map(\.bytes) == [40, 12, 28, 10])
    #expect(Set(plain.files.map(\.checksum)).count == 4)
  }

  @Test func `a checksum is written with all its zeros`() {
    #expect(SourceFile(path: "x", bytes: 1, crc32: 0x0a).checksum == "0000000a")
    #expect(SourceFile(path: "x", bytes: 1, crc32: .max).checksum == "ffffffff")
  }

  @Test func `torchvision's folders and the older names are found`() throws {
    let scratch = try Scratch()
    try scratch.write(trainImages, "MNIST/raw/train-images-idx3-ubyte")
    try scratch.write(trainLabels, "MNIST/raw/train-labels-idx1-ubyte")
    try scratch.write(testImages, "t10k-images.idx3-ubyte")
    try scratch.write(testLabels, "t10k-labels.idx1-ubyte")
    #expect(try MNIST(directory: scratch.path).test.labels == [5, 0])
  }

  @Test func `gzip in several parts is one file`() throws {
    let scratch = try Scratch()
    let parts = try gzip(Array(trainImages[..<7])) + gzip(Array(trainImages[7...]))
    try write(scratch, replacing: "train-images-idx3-ubyte", by: parts)
    #expect(try MNIST(directory: scratch.path).train.images == Array(0..<24))
  }

  /// A damaged file, and what its error must say.
  struct Damage: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let file: String
    let bytes: [UInt8]
    let says: [String]

    init(_ name: String, _ file: String, _ bytes: [UInt8], _ says: String...) {
      testDescription = name
      self.file = file
      self.bytes = bytes
      self.says = says
    }
  }

  @Test(arguments: [
    Damage("empty", "train-images-idx3-ubyte", [], "0 bytes"),
    Damage("header cut", "train-images-idx3-ubyte", idx(0x803, [4, 2], []), "12 bytes"),
    Damage(
      "cut short", "train-images-idx3-ubyte", idx(0x803, [4, 2, 3], Array(0..<23)), "4 x 2 x 3",
      "40", "39"),
    Damage(
      "too long", "t10k-images-idx3-ubyte", idx(0x803, [2, 2, 3], Array(0..<13)), "28", "29"),
    Damage(
      "labels cut short", "t10k-labels-idx1-ubyte", idx(0x801, [2], [1]), "promises 2", "10", "9"),
    Damage(
      "four billion images", "train-images-idx3-ubyte",
      idx(0x803, [.max, 28, 28], [UInt8](repeating: 0, count: 84)), "4294967295 x 28 x 28",
      "3367254359296", "100"),
    Damage(
      "more than 2^63 pixels", "train-images-idx3-ubyte", idx(0x803, [.max, .max, .max], [0]),
      "4294967295 x 4294967295 x 4294967295"),
    Damage("no images", "train-images-idx3-ubyte", idx(0x803, [0, 28, 28], []), "0 x 28 x 28"),
    Damage("no columns", "train-images-idx3-ubyte", idx(0x803, [4, 28, 0], []), "4 x 28 x 0"),
    Damage(
      "swapped", "train-images-idx3-ubyte", idx(0x801, [4], [3, 1, 4, 9]), "expected IDX images",
      "found labels"),
    Damage(
      "32-bit floats", "train-images-idx3-ubyte", idx(0xd03, [1, 1, 1], [0, 0, 0, 0]), "0xd03"),
    Damage("not IDX at all", "train-labels-idx1-ubyte", Array("<html>".utf8), "0x3c68746d"),
    Damage(
      "fewer labels", "train-labels-idx1-ubyte", idx(0x801, [3], [3, 1, 4]), "4 images", "3 labels"),
    Damage(
      "label out of range", "train-labels-idx1-ubyte", idx(0x801, [4], [3, 1, 10, 9]), "label 10",
      "position 2", "0 to 9"),
    Damage(
      "labels of 32 bits", "train-labels-idx1-ubyte", idx(0xC01, [1], [0, 0, 0, 3]),
      "whole numbers of 32 bits", "b[:2] + bytes([8]) + b[3:8] + b[11::4]"),
    Damage(
      "other shape than the training set", "t10k-images-idx3-ubyte",
      idx(0x803, [2, 3, 2], Array(0..<12)), "3 x 2", "2 x 3"),
  ])
  func `a damaged file is refused with its name and its numbers`(_ damage: Damage) throws {
    let scratch = try Scratch()
    try write(scratch, replacing: damage.file, by: damage.bytes)
    let error = #expect(throws: DataError.self) { try MNIST(directory: scratch.path) }
    let text = try #require(error).description
    for part in damage.says + ["-ubyte"] { #expect(text.contains(part), "\(text)") }
  }

  @Test(arguments: [false, true])
  func `no truncation goes unnoticed, plain or gzip`(_ isPacked: Bool) throws {
    let whole = isPacked ? try gzip(trainImages) : trainImages
    let scratch = try Scratch()
    for count in whole.indices {
      try write(scratch, replacing: "train-images-idx3-ubyte", by: Array(whole[..<count]))
      #expect(throws: DataError.self, "\(count) of \(whole.count) bytes") {
        try MNIST(directory: scratch.path)
      }
    }
    try write(scratch, replacing: "train-images-idx3-ubyte", by: whole + [isPacked ? 7 : 0])
    #expect(throws: DataError.self) { try MNIST(directory: scratch.path) }
  }

  @Test func `no damaged bit of gzip changes a pixel`() throws {
    let whole = try gzip(trainImages)
    let scratch = try Scratch()
    for bit in 0..<whole.count * 8 {
      var damaged = whole
      damaged[bit / 8] ^= 1 << (bit % 8)
      let path = try scratch.write(damaged, "x")
      // Some bits of the header, such as the time, carry nothing.
      if let file = try? IDXFile(path, rank: 3) {
        #expect(file.bytes == Array(0..<24), "bit \(bit)")
      }
    }
  }

  @Test func `a bomb is left after its promised size`() throws {
    let scratch = try Scratch()
    let zeros = [UInt8](repeating: 0, count: 50_000_000)
    try write(
      scratch, replacing: "train-images-idx3-ubyte", by: try gzip(idx(0x803, [4, 2, 3], zeros)))
    let error = #expect(throws: DataError.self) { try MNIST(directory: scratch.path) }
    let text = try #require(error).description
    let held = text.firstMatch(of: /at least (\d+)/).flatMap { Int($0.1) }
    #expect(try #require(held) < 300_000, "\(text)")
  }

  @Test func `a small gzip cannot promise what would fill the memory`() throws {
    let scratch = try Scratch()
    try write(
      scratch, replacing: "train-images-idx3-ubyte",
      by: try gzip(idx(0x803, [4_000_000_000, 28, 28], [UInt8](repeating: 7, count: 1000))))
    let error = #expect(throws: DataError.self) { try MNIST(directory: scratch.path) }
    let text = try #require(error).description
    #expect(
      text.contains("3136000000016 bytes") && text.contains("bytes of gzip cannot"), "\(text)")
  }

  @Test(arguments: ["train-images-idx3-ubyte", "t10k-labels-idx1-ubyte"])
  func `a missing file names the folder and what to install`(_ file: String) throws {
    let scratch = try Scratch()
    try write(scratch)
    try FileManager.default.removeItem(atPath: scratch.path + "/" + file)
    let error = #expect(throws: DataError.self) { try FashionMNIST(directory: scratch.path) }
    let text = try #require(error).description
    for part in [scratch.path, file, "apt-get install dataset-fashion-mnist", "fashion-mnist:DIR"] {
      #expect(text.contains(part), "\(text)")
    }
  }

  @Test(.timeLimit(.minutes(1)))
  func `a pipe or a folder in the place of a file is refused`() throws {
    let scratch = try Scratch()
    try write(scratch)
    let path = scratch.path + "/train-images-idx3-ubyte"
    try FileManager.default.removeItem(atPath: path)
    try #require(mkfifo(path, 0o600) == 0)
    #expect(throws: DataError.unreadable(file: path, reason: "not a regular file")) {
      try MNIST(directory: scratch.path)
    }
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    #expect(throws: DataError.unreadable(file: path, reason: "not a regular file")) {
      try MNIST(directory: scratch.path)
    }
  }

  private static let debianPath = "/usr/share/datasets/fashion-mnist"

  @Test(.enabled(if: FileManager.default.fileExists(atPath: debianPath)))
  func `Debian's Fashion-MNIST is the published one`() throws {
    let data = try FashionMNIST()
    #expect(data.shape == [1, 28, 28] && data.train.count == 60_000 && data.test.count == 10_000)
    // As `gzip -lv` prints them.
    #expect(data.files.map(\.checksum) == ["b4f29f28", "741a4657", "678fe0b1", "80142c1f"])
    for (set, each) in [(data.train, 6000), (data.test, 1000)] {
      var counts = [Int](repeating: 0, count: 10)
      for label in set.labels { counts[Int(label)] += 1 }
      #expect(counts == [Int](repeating: each, count: 10))
    }
  }
}
