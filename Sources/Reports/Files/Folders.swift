internal import Glibc

/// The names in a folder; none where it cannot be read, which making something in it will report.
func entries(of path: String) -> [String] {
  guard let folder = opendir(path) else { return [] }
  defer { closedir(folder) }
  var names: [String] = []
  while let entry = readdir(folder) {
    let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    if name != "." && name != ".." { names.append(name) }
  }
  return names
}

/// Makes a folder and those above it.
func makeFolders(_ path: String) throws(DiskError) {
  var end = path.startIndex
  while end < path.endIndex {
    end = path[end...].dropFirst().firstIndex(of: "/") ?? path.endIndex
    let part = String(path[..<end])
    guard mkdir(part, 0o755) == 0 || errno == EEXIST else {
      throw DiskError(.create, part, code: errno)
    }
  }
  var status = stat()
  guard stat(path, &status) == 0 else { throw DiskError(.create, path, code: errno) }
  guard status.st_mode & S_IFMT == S_IFDIR else {
    throw DiskError(.create, path, code: ENOTDIR)
  }
}
