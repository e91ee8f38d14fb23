internal import OpenCL
internal import Reports

extension DelayedNotice {
  /// Says that kernels are compiled, where they really are and it takes more than a moment.
  static func compiling(on log: Log) -> DelayedNotice {
    let watch = CompilationWatch()
    return DelayedNotice(
      "compiling kernels (first run only)", when: { watch.hasSeenCompilation }, on: log)
  }
}
