import Foundation
import Reports
import Support
import Testing

@testable import Training

/// Judged by the official library: its files and its verdicts are in Tests/Fixtures/safetensors.
struct SafetensorsTests {
  private static let fixtures = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Fixtures/safetensors")

  private static func fixture(_ name: String) throws -> [UInt8] {
    try bytes(of: fixtures.appending(path: name).path)
  }

  /// What the generator's `ramp` makes: -1 and on in steps of 1/8.
  private func ramp(_ name: String, _ shape: [Int]) -> Safetensors.Tensor {
    let count = shape.reduce(1, *)
    return Safetensors.Tensor(
      name: name, shape: shape, values: (0..<count).map { Float($0) / 8 - 1 })
  }

  private var floats: [Safetensors.Tensor] {
    [
      ramp("fc1.weight", [4, 6]), ramp("conv1.weight", [2, 1, 3, 3]), ramp("conv1.bias", [2]),
      ramp("scale", []), ramp("é", [1]), ramp("\u{1f600}", [1]), ramp("\u{fb01}", [1]),
      ramp("empty", [0, 3]), ramp("quote\"\\\n\u{1}", [3]),
    ]
  }

  @Test func `the bytes are those that PyTorch writes`() throws {
    #expect(try Safetensors(floats).encoded() == Self.fixture("floats.safetensors"))
  }

  @Test func `what PyTorch wrote is read`() throws {
    let read = try Safetensors(bytes: Self.fixture("floats.safetensors"), file: "floats")
    #expect(read.metadata == ["format": "pt"])
    #expect(Set(read.tensors) == Set(floats))
    #expect(read["conv1.weight"]?.shape == [2, 1, 3, 3])
    #expect(read["conv2.weight"] == nil)
  }

  @Test func `a file keeps every bit and every text`() throws {
    let scratch = try Scratch()
    let path = scratch.file("weights.safetensors")
    let patterns: [UInt32] = [
      0, 0x8000_0000, 1, 0x7f80_0000, 0xff80_0000, 0x7fc0_1234, 0x7fa0_0001,
    ]
    let written = Safetensors(
      [.init(name: "x", shape: [7], values: patterns.map { Float(bitPattern: $0) })],
      metadata: ["a\"\\": "\u{0}\u{1f}\t\r\n\u{8}\u{c}é\u{1f600}", "": ""])
    try written.write(to: path)
    let read = try Safetensors(contentsOf: path)
    #expect(read["x"]?.values.map(\.bitPattern) == patterns)
    #expect(read.metadata == written.metadata)
    #expect(try bytes(of: path).count % 8 == 4)
  }

  @Test func `other types become floats`() throws {
    let read = try Safetensors(bytes: Self.fixture("types.safetensors"), file: "types")
    for type in ["F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8"] {
      #expect(read[type]?.values == [0, 1, -2, 100], "\(type)")
    }
    #expect(read["U8"]?.values == [0, 1, 2, 255])
    let fractions = try #require(read["F64 fractions"]?.values)
    #expect(fractions[0] == 0.1 && fractions[1] == 0)
    #expect(fractions[2].sign == .minus && fractions[3].isNaN)
    #expect(read["F16 edges"]?.values == [65504, 0x1p-24, -.infinity, 0x1.998p-4])
  }

  struct Case: CustomTestStringConvertible {
    let name: String
    let isAccepted: Bool
    let contents: [UInt8]

    var testDescription: String { name }
  }

  /// Small files, good and hostile, with the verdict of the official library.
  static let cases: [Case] = {
    guard let lines = try? text(of: fixtures.appending(path: "cases.txt").path) else { return [] }
    return lines.split(separator: "\n").map { line in
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
      let digits = Array(fields[2])
      let contents = stride(from: 0, to: digits.count, by: 2).compactMap {
        UInt8(String(digits[$0...$0 + 1]), radix: 16)
      }
      return Case(
        name: String(fields[0]), isAccepted: fields[1] == "accept", contents: contents)
    }
  }()

  @Test func `the table of cases is there`() {
    #expect(Self.cases.count > 80)
  }

  @Test(arguments: cases)
  func `the verdict is the official library's, but keys must not repeat`(_ file: Case) {
    let isAccepted =
      file.isAccepted && !["a key twice", "an unknown field twice"].contains(file.name)
    let result = Result { try Safetensors(bytes: file.contents, file: "x.safetensors") }
    switch result {
    case .success: #expect(isAccepted)
    case .failure(let error): #expect(!isAccepted, "\(error)")
    }
  }

  @Test func `every truncation and every excess byte is refused`() throws {
    let whole = try Self.fixture("floats.safetensors")
    for count in whole.indices {
      #expect(throws: SafetensorsError.self, "\(count) bytes") {
        try Safetensors(bytes: Array(whole[..<count]), file: "x")
      }
    }
    #expect(throws: SafetensorsError.self) { try Safetensors(bytes: whole + [0], file: "x") }
  }

  @Test func `a damaged byte in the header never crashes the reader`() throws {
    let whole = try Self.fixture("types.safetensors")
    let seed = UInt64.random(in: .min ... .max)
    var random = Seeded(state: seed)
    for _ in 0..<2000 {
      var damaged = whole
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        damaged[Int.random(in: 0..<720, using: &random)] = .random(in: 0...255, using: &random)
      }
      // Some damage, to a name or an unused bit, is none: then all must still add up.
      if let read = try? Safetensors(bytes: damaged, file: "x") {
        for tensor in read.tensors {
          #expect(tensor.shape.reduce(1, *) == tensor.values.count, "seed \(seed)")
        }
      }
    }
  }

  @Test(arguments: [
    (#"{"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}}"#, "F8_E4M3"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, "only 4 bytes"),
    (#"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,4]}}"#, "needs 12 bytes, but has 4"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{}}"#, "'a' stands there twice"),
    (#"{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}"#, "byte 29 of the header"),
  ])
  func `an error names the file, the place and the numbers`(_ header: String, _ part: String) {
    let error = #expect(throws: SafetensorsError.self) {
      try Safetensors(bytes: file(header, data: 4), file: "x.safetensors")
    }
    #expect(error?.description.hasPrefix("x.safetensors: ") == true)
    #expect(error?.description.contains(part) == true, "\(String(describing: error))")
  }

  @Test(arguments: [
    ("F64", 8, [0, 0, 0, 0, 0, 0, 0xe0, 0x7f]), ("I64", 8, [1, 0, 0, 0, 1, 0, 0, 0]),
  ])
  func `a number that no float holds is refused`(_ type: String, _ count: Int, _ number: [UInt8]) {
    var contents = file(
      #"{"a":{"dtype":"\#(type)","shape":[1],"data_offsets":[0,8]}}"#, data: count)
    contents.replaceSubrange(contents.count - 8..<contents.count, with: number)
    #expect(throws: SafetensorsError.self) { try Safetensors(bytes: contents, file: "x") }
  }

  @Test func `nesting that would exhaust the stack is refused`() {
    let header = #"{"a":{"x":"# + String(repeating: "[", count: 200_000)
    let error = #expect(throws: SafetensorsError.self) {
      try Safetensors(bytes: file(header, data: 0), file: "x")
    }
    #expect(error?.reason.contains("nested") == true)
  }

  @Test func `a header beyond 16 MiB is refused unread`() {
    let error = #expect(throws: SafetensorsError.self) {
      try Safetensors(
        bytes: file(String(repeating: " ", count: 16 << 20) + "{}", data: 0), file: "x")
    }
    #expect(error?.reason.contains("16777216") == true)
  }

  @Test(arguments: [0, UInt8.max])
  func `a large file of another kind is refused unread`(_ byte: UInt8) throws {
    let scratch = try Scratch()
    let path = scratch.file("x.safetensors")
    try DurableFile.write([UInt8](repeating: byte, count: 8), to: path)
    // Larger than any memory; the file system stores the hole for nothing.
    try #require(truncate(path, 1 << 43) == 0)
    #expect(throws: SafetensorsError.self) { try Safetensors(contentsOf: path) }
  }

  @Test(arguments: ["missing.safetensors", "."])
  func `a file that cannot be read is an error`(_ name: String) throws {
    let scratch = try Scratch()
    #expect(throws: SafetensorsError.self) { try Safetensors(contentsOf: scratch.file(name)) }
  }

  @Test func `two arrays of one name are the caller's mistake`() async {
    await #expect(processExitsWith: .failure) {
      _ = Safetensors([
        .init(name: "a", shape: [], values: [1]), .init(name: "a", shape: [], values: [2]),
      ]).encoded()
    }
  }

  /// A file with this header and `count` zeros of data.
  private func file(_ header: String, data count: Int) -> [UInt8] {
    let header = Array(header.utf8)
    let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
    return length + header + [UInt8](repeating: 0, count: count)
  }
}

/// A linear congruential generator (Knuth, MMIX), so that a failure can be repeated.
struct Seeded: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ state >> 33
  }
}
