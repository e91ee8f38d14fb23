internal import Glibc

/// A file that could not be written, and what the operating system said.
public struct DiskError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was being done to the file.
  public enum Operation: String, Hashable, Sendable {
    case create = "creating"
    case open = "opening"
    case write = "writing"
    case sync = "syncing"
    case close = "closing"
    case rename = "replacing"
    case syncFolder = "syncing the folder of"
    case cutBack = "cutting back"
  }

  /// The file that should have been written.
  public let path: String
  /// What failed.
  public let operation: Operation
  /// The `errno` of the failed call.
  public let code: Int32

  /// The failure in words: the operation, the file, the cause and, where it is known, what helps.
  public var description: String {
    let remedy =
      switch code {
      case ENOSPC, EDQUOT: "; free some space, or choose another place with --out"
      case EACCES, EPERM, EROFS: "; choose a place that may be written to with --out"
      case EFBIG: "; the largest size of a file is limited here (ulimit -f)"
      default: ""
      }
    return "\(operation.rawValue) \(path) failed: \(String(cString: strerror(code))) "
      + "(errno \(code))\(remedy)"
  }
}
