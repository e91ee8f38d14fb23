internal import Glibc

/// A file that grows at its end, each piece handed to the system before `append` returns.
public final class AppendFile {
  /// Where the file is.
  public let path: String
  /// Bytes written so far; a checkpoint keeps it and `init(continuing:keeping:)` cuts back to it.
  public private(set) var length: Int
  private let descriptor: Int32

  /// Makes a new, empty file.
  /// - Throws: `DiskError`, also where the file exists already.
  public init(creating path: String) throws(DiskError) {
    descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw DiskError("create", path, code: errno) }
    self.path = path
    length = 0
  }

  /// Opens a file of an earlier run and drops what was written after the first `length` bytes.
  /// - Throws: `DiskError`, with code `ENODATA` where the file is shorter than that.
  public init(continuing path: String, keeping length: Int) throws(DiskError) {
    descriptor = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
    guard descriptor >= 0 else { throw DiskError("open", path, code: errno) }
    self.path = path
    self.length = length
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw DiskError("open", path, code: errno) }
    guard Int(status.st_size) >= length else { throw DiskError("continue", path, code: ENODATA) }
    if Int(status.st_size) > length {
      guard ftruncate(descriptor, length) == 0 else { throw DiskError("cut", path, code: errno) }
    }
  }

  deinit { close(descriptor) }

  /// Adds a text at the end, wholly or not at all.
  /// - Throws: `DiskError` (a full disk, for one).
  public func append(_ text: String) throws(DiskError) {
    do {
      try write(text, to: descriptor, named: path)
    } catch {
      // A row cut in half would spoil the file for every reader; the cause is reported either way.
      _ = ftruncate(descriptor, length)
      throw error
    }
    length += text.utf8.count
  }
}

/// Writes all of a text to an open file, however many calls it takes.
func write(_ text: String, to descriptor: Int32, named path: String) throws(DiskError) {
  var text = text
  let code: Int32 = text.withUTF8 { bytes in
    var rest = UnsafeRawBufferPointer(bytes)
    while !rest.isEmpty {
      let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
      if count >= 0 {
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
      } else if errno == EAGAIN {
        // A terminal shared with a program that made it non-blocking.
        var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&ready, 1, -1)
      } else if errno != EINTR {
        return errno
      }
    }
    return 0
  }
  if code != 0 { throw DiskError("write", path, code: code) }
}

/// Writes a whole file so that a reader sees the old one or the new one, never a part.
///
/// A pipe or a device (`/dev/stdout`) is written to as it is: it cannot be replaced.
/// - Throws: `DiskError`.
public func writeFile(_ text: String, to path: String) throws(DiskError) {
  var status = stat()
  if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
    let descriptor = open(path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw DiskError("write", path, code: errno) }
    defer { close(descriptor) }
    return try write(text, to: descriptor, named: path)
  }
  let draft = path + ".tmp"
  let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
  guard descriptor >= 0 else { throw DiskError("write", path, code: errno) }
  defer { close(descriptor) }
  do throws(DiskError) {
    try write(text, to: descriptor, named: path)
    guard fsync(descriptor) == 0 else { throw DiskError("write", path, code: errno) }
    guard rename(draft, path) == 0 else { throw DiskError("write", path, code: errno) }
  } catch {
    unlink(draft)
    throw error
  }
}
