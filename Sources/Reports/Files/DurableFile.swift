internal import Glibc

/// Files that are replaced whole: after a crash or a full disk there is the old one or the new one.
public enum DurableFile {
  private static let prefix = ".gpu-train."
  private static let suffix = ".tmp"

  /// Replaces the file at `path` with `bytes`, and returns once the disk has them.
  ///
  /// A temporary file in the same folder is written and synced, then renamed over the old one, then
  /// the folder is synced. A symbolic link at `path` is replaced, not followed.
  /// - Throws: `DiskError`; the old file is intact and the temporary one removed, unless only the
  ///   last step failed, when the new file is in place but may not survive a loss of power.
  public static func write(_ bytes: [UInt8], to path: String) throws(DiskError) {
    try write(bytes, to: path, calls: SystemCalls())
  }

  /// Replaces the file at `path` with `text` as UTF-8.
  ///
  /// - Throws: `DiskError`, as for bytes.
  public static func write(_ text: String, to path: String) throws(DiskError) {
    try write(Array(text.utf8), to: path)
  }

  /// Removes the temporary files that a killed process left in a folder.
  ///
  /// Only for a folder that no other process is writing to.
  public static func removeLeftovers(in folder: String) {
    for name in entries(of: folder) where name.hasPrefix(prefix) && name.hasSuffix(suffix) {
      unlink("\(folder)/\(name)")
    }
  }

  static func write(
    _ bytes: [UInt8], to path: String, calls: SystemCalls
  ) throws(DiskError) {
    let slash = path.lastIndex(of: "/")
    let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let random = String(UInt64.random(in: .min ... .max), radix: 16)
    let temporary = "\(folder)/\(prefix)\(random)\(suffix)"
    func failure(_ operation: DiskError.Operation, _ errno: Errno = .current) -> DiskError {
      DiskError(operation, path, code: errno.code)
    }

    let descriptor = calls.open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(.create) }
    var failed: DiskError?
    do throws(Errno) {
      try calls.writeAll(bytes, to: descriptor)
    } catch {
      failed = failure(.write, error)
    }
    if failed == nil, calls.fsync(descriptor) < 0 { failed = failure(.sync) }
    if calls.close(descriptor) < 0, failed == nil { failed = failure(.close) }
    if failed == nil, calls.rename(temporary, path) < 0 { failed = failure(.replace) }
    if let failed {
      _ = calls.unlink(temporary)
      throw failed
    }

    let directory = calls.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { throw failure(.syncFolder) }
    defer { _ = calls.close(directory) }
    // Some network file systems cannot sync a folder and need not: they answer EINVAL.
    if calls.fsync(directory) < 0, errno != EINVAL { throw failure(.syncFolder) }
  }
}
