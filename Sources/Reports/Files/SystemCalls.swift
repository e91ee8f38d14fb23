internal import Glibc

/// The calls that change the disk, in one place so that a test can make any one of them fail.
///
/// Each returns a negative number and sets `errno` when it fails, as the C functions do. A signal in
/// the middle, such as the one that asks for a checkpoint, is no failure: the call is made again.
struct SystemCalls {
  /// Opens `path` with flags; new files get mode 0666 less the umask.
  var open: (_ path: String, _ flags: Int32) -> Int32 = { path, flags in
    again { Glibc.open(path, flags, 0o666) }
  }
  /// Waits where a program that shares the terminal made it non-blocking.
  var write: (_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int = { descriptor, bytes in
    while true {
      let count = again { Glibc.write(descriptor, bytes.baseAddress, bytes.count) }
      if count >= 0 || errno != EAGAIN { return count }
      var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      _ = poll(&ready, 1, -1)
    }
  }
  var fsync: (_ descriptor: Int32) -> Int32 = { descriptor in again { Glibc.fsync(descriptor) } }
  /// Linux has closed the descriptor even when it reports a signal.
  var close: (_ descriptor: Int32) -> Int32 = { descriptor in
    let status = Glibc.close(descriptor)
    return status < 0 && errno == EINTR ? 0 : status
  }
  var rename: (_ from: String, _ to: String) -> Int32 = { Glibc.rename($0, $1) }
  var unlink: (_ path: String) -> Int32 = { Glibc.unlink($0) }
  var truncate: (_ descriptor: Int32, _ size: Int) -> Int32 = { descriptor, size in
    again { Glibc.ftruncate(descriptor, size) }
  }

  /// Writes every byte: a call may write fewer than it is given.
  ///
  /// - Throws: the `errno` of the call that failed.
  func writeAll(_ bytes: [UInt8], to descriptor: Int32) throws(Errno) {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        write(descriptor, UnsafeRawBufferPointer(rebasing: $0[written...]))
      }
      if count > 0 {
        written += count
      } else if count == 0 {
        throw Errno(code: EIO)
      } else {
        throw .current
      }
    }
  }
}

/// The reason that a C function gave for its failure.
struct Errno: Error {
  let code: Int32

  /// What the last failed call on this thread left behind.
  static var current: Errno { Errno(code: errno) }
}

/// Makes a call until no signal interrupts it.
func again<Status: FixedWidthInteger>(_ call: () -> Status) -> Status {
  while true {
    let status = call()
    if status >= 0 || errno != EINTR { return status }
  }
}
