internal import Glibc

/// A file or folder that could not be made or written, and what the operating system said.
public struct DiskError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was being done, as a verb.
  public enum Operation: String, Hashable, Sendable {
    case create
    case open
    case read
    case write
    case sync
    case close
    case replace
    case syncFolder = "sync the folder of"
    case cutBack = "cut back"
    case `continue`
  }

  /// What failed.
  public let operation: Operation
  /// The file or folder as the user knows it.
  public let path: String
  /// The `errno` of the failed call.
  public let code: Int32

  /// A failure of `operation` on `path` with the system's `errno`.
  public init(_ operation: Operation, _ path: String, code: Int32) {
    self.operation = operation
    self.path = path
    self.code = code
  }

  /// What happened, the system's reason and, where it is known, what to do.
  public var description: String {
    "cannot \(operation.rawValue) \(path): \(String(cString: strerror(code))) "
      + "(errno \(code))\(advice)"
  }

  private var advice: String {
    switch code {
    case ENOSPC, EDQUOT: "; free some space, or write to another disk (a run: --out DIR)"
    case EACCES, EPERM, EROFS: "; write to where you may (a run: --out DIR)"
    case EMFILE, ENFILE: "; too many files are open: raise the limit with ulimit -n"
    case EFBIG: "; the largest size of a file is limited here (ulimit -f)"
    case ENODATA: "; it is shorter than when the run was saved, so the run cannot go on in it"
    default: ""
    }
  }
}
