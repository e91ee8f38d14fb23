import Foundation
import Reference
import Testing

@Suite struct FixtureTests {
  /// A safetensors file in memory, written and read back.
  private func read(_ header: String, length: Int? = nil, data: [UInt8]) throws -> [String:
    ReferenceTensor]
  {
    var bytes = Data()
    withUnsafeBytes(of: UInt64(length ?? header.utf8.count).littleEndian) {
      bytes.append(contentsOf: $0)
    }
    bytes.append(contentsOf: header.utf8)
    bytes.append(contentsOf: data)
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).safetensors")
    try bytes.write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    return try readSafetensors(file)
  }

  @Test func `tensors of every type are read by name and shape, metadata is left out`() throws {
    let tensors = try read(
      """
      {"__metadata__": {"format": "pt"},
       "a": {"dtype": "U8", "shape": [2, 1], "data_offsets": [12, 14]},
       "b": {"dtype": "F32", "shape": [], "data_offsets": [8, 12]},
       "c": {"dtype": "I64", "shape": [1], "data_offsets": [0, 8]}}
      """, data: [254, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0xC0, 0x3F, 7, 200])
    #expect(
      tensors == [
        "a": ReferenceTensor(shape: [2, 1], values: [7, 200]),
        "b": ReferenceTensor(shape: [], values: [1.5]),
        "c": ReferenceTensor(shape: [1], values: [-2]),
      ])
  }

  @Test(arguments: [
    ("F32", "[2]", "[0, 4]"),  // fewer bytes than the shape asks for
    ("F32", "[1]", "[2, 6]"),  // beyond the data
    ("F32", "[1]", "[4, 0]"),
    ("F32", "[1]", "[0, 3]"),  // no whole number
    ("BF16", "[2]", "[0, 4]"),
  ])
  func `a tensor that does not fit its bytes throws`(dtype: String, shape: String, offsets: String)
  {
    #expect(throws: FixtureError.self) {
      _ = try read(
        #"{"a": {"dtype": "\#(dtype)", "shape": \#(shape), "data_offsets": \#(offsets)}}"#,
        data: [0, 0, 0, 0])
    }
  }

  @Test func `a header longer than its file throws`() {
    #expect(throws: FixtureError.self) { _ = try read("{}", length: 1 << 40, data: []) }
  }
}

@Suite struct ComparisonTests {
  @Test func `a mismatch is measured by the largest expected value and names its place`() {
    #expect(mismatch([100, 0.5], [100, 0], relative: 0.01) == nil)
    #expect(
      mismatch([100, 2], [100, 0], relative: 0.01)?.hasPrefix("value 1 of 2 is 2.0") == true)
    #expect(mismatch([1], [1, 2], relative: 1) != nil)
  }

  @Test func `NaN agrees with NaN alone and an infinity with itself alone`() {
    #expect(mismatch([.nan, .infinity], [.nan, .infinity], relative: 0) == nil)
    #expect(mismatch([.nan], [1], relative: 1e9) != nil)
    #expect(mismatch([1], [.nan], relative: 1e9) != nil)
    #expect(mismatch([.infinity], [-.infinity], relative: 1e9) != nil)
    #expect(mismatch([.infinity], [1], relative: 1e9) != nil)
  }
}
