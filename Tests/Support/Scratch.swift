public import Foundation

/// A folder of its own for one test, removed with everything in it at the end.
public final class Scratch: Sendable {
  /// The folder's absolute path.
  public let path: String

  /// Makes the folder.
  ///
  /// - Throws: Foundation's error where the temporary folder cannot be written to.
  public init() throws {
    path =
      FileManager.default.temporaryDirectory.appending(path: "gpu-train-tests-\(UUID())").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The path of a file in the folder.
  public func file(_ name: String) -> String { path + "/" + name }

  /// Writes a file and returns its path.
  ///
  /// - Throws: Foundation's error where it cannot be written.
  @discardableResult
  public func write(_ text: String, to name: String) throws -> String {
    try text.write(toFile: file(name), atomically: true, encoding: .utf8)
    return file(name)
  }
}

/// The contents of a file.
///
/// - Throws: Foundation's error where it cannot be read.
public func bytes(of path: String) throws -> [UInt8] {
  try Array(Data(contentsOf: URL(filePath: path)))
}

/// The contents of a text file.
///
/// - Throws: Foundation's error where it cannot be read.
public func text(of path: String) throws -> String {
  String(decoding: try bytes(of: path), as: UTF8.self)
}

/// What was written to a pipe, which is closed for writing by this.
///
/// - Throws: Foundation's error where it cannot be read.
public func text(of pipe: Pipe) throws -> String {
  try pipe.fileHandleForWriting.close()
  return String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
}
