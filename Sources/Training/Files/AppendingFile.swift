internal import Glibc

/// A text file that grows by whole lines, such as a table of metrics or a log.
///
/// Every line reaches the operating system before `append` returns, so a crash of the program loses
/// none, and a line that does not fit on the disk leaves no part of itself behind.
public struct AppendingFile: ~Copyable {
  /// The path as it was opened.
  public let path: String
  /// The size in bytes, to be kept with a checkpoint and given back as `keeping`.
  public private(set) var size: Int
  private let descriptor: Int32
  private let calls: SystemCalls

  /// Opens a file for appending, and creates it if there is none.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - keeping: how many bytes of it to keep, for a run that goes on from a checkpoint; `size` is
  ///     less if the file has fewer. Without it all is kept up to the last complete line.
  /// - Throws: `DiskError`.
  public init(_ path: String, keeping: Int? = nil) throws(DiskError) {
    try self.init(path, keeping: keeping, calls: SystemCalls())
  }

  init(_ path: String, keeping: Int? = nil, calls: SystemCalls) throws(DiskError) {
    let descriptor = calls.open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw DiskError(path: path, operation: .open, code: errno)
    }
    let found = Self.sizeOfWholeLines(descriptor)
    let size = min(keeping ?? found.whole, found.all)
    if size < found.all, calls.truncate(descriptor, size) < 0 {
      let error = DiskError(path: path, operation: .cutBack, code: errno)
      _ = calls.close(descriptor)
      throw error
    }
    self.path = path
    self.size = size
    self.descriptor = descriptor
    self.calls = calls
  }

  deinit { _ = calls.close(descriptor) }

  /// Adds a line; its end is added too.
  ///
  /// - Throws: `DiskError` if the line could not be written whole; the file is then as it was.
  public mutating func append(line: String) throws(DiskError) {
    let bytes = Array((line + "\n").utf8)
    do throws(Errno) {
      try calls.writeAll(bytes, to: descriptor)
    } catch {
      _ = calls.truncate(descriptor, size)
      throw DiskError(path: path, operation: .write, code: error.code)
    }
    size += bytes.count
  }

  /// Waits until the disk has every line, so that not even a loss of power can take one.
  ///
  /// - Throws: `DiskError`.
  public func sync() throws(DiskError) {
    if calls.fsync(descriptor) < 0 {
      throw DiskError(path: path, operation: .sync, code: errno)
    }
  }

  /// The size of a file, and its size up to and including the last line end.
  private static func sizeOfWholeLines(_ descriptor: Int32) -> (whole: Int, all: Int) {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return (0, 0) }
    let all = Int(status.st_size)
    var end = all
    var block = [UInt8](repeating: 0, count: 4096)
    while end > 0 {
      let start = max(0, end - block.count)
      let count = pread(descriptor, &block, end - start, start)
      guard count == end - start else { return (all, all) }
      if let line = block[..<count].lastIndex(of: UInt8(ascii: "\n")) {
        return (start + line + 1, all)
      }
      end = start
    }
    return (0, all)
  }
}
