internal import Glibc

/// A file or folder that could not be made or written.
public struct DiskError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What was tried, as a verb: `write`, `create`, `open`.
  public let action: String
  /// The file or folder as the user knows it.
  public let path: String
  /// The system's `errno`.
  public let code: Int32

  /// A failure of `action` on `path` with the system's `errno`.
  public init(_ action: String, _ path: String, code: Int32) {
    self.action = action
    self.path = path
    self.code = code
  }

  /// What happened, the system's reason, and what to do.
  public var description: String {
    "cannot \(action) \(path): \(String(cString: strerror(code))) (errno \(code))\(advice)"
  }

  private var advice: String {
    switch code {
    case ENOSPC, EDQUOT: "; free some space, or choose a folder on another disk with --out DIR"
    case EACCES, EPERM, EROFS: "; choose a folder that you may write to with --out DIR"
    case EMFILE, ENFILE: "; too many files are open: raise the limit with ulimit -n"
    case ENODATA: "; it is shorter than when the run was saved, so the run cannot go on in it"
    default: ""
    }
  }
}
