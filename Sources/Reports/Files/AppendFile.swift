internal import Glibc

/// A text file that grows at its end, such as a table of metrics or a log.
///
/// Every piece reaches the operating system before `append` returns, so a crash of the program
/// loses none, and a piece that does not fit on the disk leaves no part of itself behind.
public struct AppendFile: ~Copyable {
  /// The path as it was opened.
  public let path: String
  /// Bytes written so far; a checkpoint keeps it and `init(continuing:keeping:)` cuts back to it.
  public private(set) var length: Int
  private let descriptor: Int32
  private let calls: SystemCalls

  /// Makes a new, empty file.
  ///
  /// - Throws: `DiskError`, also where the file exists already.
  public init(creating path: String) throws(DiskError) {
    try self.init(creating: path, calls: SystemCalls())
  }

  init(creating path: String, calls: SystemCalls) throws(DiskError) {
    let descriptor = calls.open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC)
    guard descriptor >= 0 else { throw DiskError(.create, path, code: errno) }
    self.path = path
    self.length = 0
    self.descriptor = descriptor
    self.calls = calls
  }

  /// Opens a file of an earlier run and drops what was written after the first `length` bytes.
  ///
  /// Without a length all is kept up to the last whole line: a crash may have torn the next.
  /// - Throws: `DiskError`, with code `ENODATA` where the file is shorter than `length`.
  public init(continuing path: String, keeping length: Int? = nil) throws(DiskError) {
    try self.init(continuing: path, keeping: length, calls: SystemCalls())
  }

  init(continuing path: String, keeping length: Int?, calls: SystemCalls) throws(DiskError) {
    let descriptor = calls.open(path, O_RDWR | O_APPEND | O_CLOEXEC)
    guard descriptor >= 0 else { throw DiskError(.open, path, code: errno) }
    do throws(DiskError) {
      let size = try size(of: descriptor, named: path)
      let kept =
        if let length { length } else {
          try lengthOfWholeLines(in: descriptor, size: size, named: path)
        }
      guard size >= kept else { throw DiskError(.continue, path, code: ENODATA) }
      if size > kept, calls.truncate(descriptor, kept) < 0 {
        throw DiskError(.cutBack, path, code: errno)
      }
      self.length = kept
    } catch {
      _ = calls.close(descriptor)
      throw error
    }
    self.path = path
    self.descriptor = descriptor
    self.calls = calls
  }

  deinit { _ = calls.close(descriptor) }

  /// Adds a text at the end, wholly or not at all.
  ///
  /// - Throws: `DiskError` (a full disk, for one); the file is then as it was.
  public mutating func append(_ text: String) throws(DiskError) {
    let bytes = Array(text.utf8)
    do throws(Errno) {
      try calls.writeAll(bytes, to: descriptor)
    } catch {
      // A row cut in half would spoil the file for every reader; the cause is reported either way.
      _ = calls.truncate(descriptor, length)
      throw DiskError(.write, path, code: error.code)
    }
    length += bytes.count
  }

  /// Waits until the disk has every byte, so that not even a loss of power can take one.
  ///
  /// - Throws: `DiskError`.
  public func sync() throws(DiskError) {
    if calls.fsync(descriptor) < 0 { throw DiskError(.sync, path, code: errno) }
  }
}

/// The bytes in an open file; none in what is not a regular file.
private func size(of descriptor: Int32, named path: String) throws(DiskError) -> Int {
  var status = stat()
  guard fstat(descriptor, &status) == 0 else { throw DiskError(.open, path, code: errno) }
  return status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : 0
}

/// The bytes of an open file up to and including its last line end.
private func lengthOfWholeLines(
  in descriptor: Int32, size: Int, named path: String
) throws(DiskError) -> Int {
  var end = size
  var block = [UInt8](repeating: 0, count: 4096)
  while end > 0 {
    let start = max(0, end - block.count)
    let count = again { pread(descriptor, &block, end - start, start) }
    guard count == end - start else {
      throw DiskError(.read, path, code: count < 0 ? errno : EIO)
    }
    if let line = block[..<count].lastIndex(of: UInt8(ascii: "\n")) { return start + line + 1 }
    end = start
  }
  return 0
}
