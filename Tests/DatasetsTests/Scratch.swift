import Foundation
import Testing

/// A folder of its own for one test, removed with everything in it at the end.
struct Scratch: ~Copyable {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "gpu-train-tests-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file, in a subfolder if its name has one, and returns its path.
  @discardableResult
  func write(_ bytes: [UInt8], _ name: String) throws -> String {
    let url = URL(fileURLWithPath: path).appending(path: name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
    return url.path
  }

  @discardableResult
  func write(_ text: String, _ name: String) throws -> String { try write(Array(text.utf8), name) }
}

/// What the command `gzip` makes of the bytes.
func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
  let scratch = try Scratch()
  let path = try scratch.write(bytes, "x")
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = ["gzip", "-n", path]
  try process.run()
  process.waitUntilExit()
  try #require(process.terminationStatus == 0)
  return Array(try Data(contentsOf: URL(fileURLWithPath: path + ".gz")))
}

/// An IDX file: the magic number, the sizes, the elements.
func idx(_ magic: UInt32, _ sizes: [UInt32], _ elements: [UInt8]) -> [UInt8] {
  ([magic] + sizes).flatMap { word in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> $0) } }
    + elements
}
