internal import Glibc

/// Writes a result to the file that a user has named.
///
/// A regular file is replaced whole. Anything else that has that name, such as a pipe, `/dev/stdout`
/// or a link, is not what the user wants replaced: it is written to.
/// - Throws: `DiskError`.
public func writeResult(_ text: String, to path: String) throws(DiskError) {
  var status = stat()
  guard lstat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG else {
    return try DurableFile.write(text, to: path)
  }
  let calls = SystemCalls()
  let descriptor = calls.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC)
  guard descriptor >= 0 else { throw DiskError(.open, path, code: errno) }
  do throws(Errno) {
    try calls.writeAll(Array(text.utf8), to: descriptor)
  } catch {
    _ = calls.close(descriptor)
    throw DiskError(.write, path, code: error.code)
  }
  if calls.close(descriptor) < 0 { throw DiskError(.close, path, code: errno) }
}
