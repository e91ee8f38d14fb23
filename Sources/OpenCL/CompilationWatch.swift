#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif
internal import Synchronization

/// Tells whether kernels are being compiled, and not only read from the driver's cache.
///
/// PoCL compiles a program where it is built and a kernel at its first launch, and leaves both in a
/// folder: what is new there was compiled. Other drivers compile where a program is built, which takes
/// long only where their cache does not have it.
public struct CompilationWatch: Sendable {
  private let began: timespec
  private let folder = DriverSearch.current.poclCache
  private let buildsBefore = Self.longBuilds.load(ordering: .relaxed)

  /// Begins to watch.
  public init() {
    var now = timespec()
    // The clock that the file system stamps with, which lags behind the other.
    clock_gettime(CLOCK_REALTIME_COARSE, &now)
    began = now
  }

  /// Whether something has been compiled since the watch began, or is at this moment.
  public var hasSeenCompilation: Bool {
    Self.longBuilds.load(ordering: .relaxed) != buildsBefore || Self.isInLongBuild
      || holdsNews(folder, depth: 0)
  }

  /// Whether a folder of PoCL's cache has new entries: program/kernel/size below two letters.
  ///
  /// The uppermost has temporary files whatever happens, so that it says nothing by itself.
  private func holdsNews(_ path: String, depth: Int) -> Bool {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return false }
    let changed = status.st_mtim
    let isNew = (changed.tv_sec, changed.tv_nsec) > (began.tv_sec, began.tv_nsec)
    if isNew && depth > 0 { return true }
    return depth < 3 && names(in: path).contains { holdsNews("\(path)/\($0)", depth: depth + 1) }
  }

  // Builds of drivers other than PoCL.

  private static let longBuilds = Atomic(0)
  private static let buildBegan = Atomic(0)

  private static var milliseconds: Int {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return now.tv_sec * 1000 + now.tv_nsec / 1_000_000
  }

  private static var isInLongBuild: Bool {
    let start = buildBegan.load(ordering: .relaxed)
    return start != 0 && milliseconds - start >= 1000
  }

  /// Takes the time of a build, unless PoCL does it.
  static func timed<Value: ~Copyable, Failure: Error>(
    on device: Device, _ build: () throws(Failure) -> Value
  ) throws(Failure) -> Value {
    guard !device.platform.contains("Portable Computing Language") else { return try build() }
    let start = milliseconds
    buildBegan.store(start, ordering: .relaxed)
    defer {
      buildBegan.store(0, ordering: .relaxed)
      if milliseconds - start >= 1000 { longBuilds.add(1, ordering: .relaxed) }
    }
    return try build()
  }
}
