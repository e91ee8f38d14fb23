import Foundation
import Testing

@testable import OpenCL

/// Why no device is found, by what registers drivers and what the environment says.
@Suite final class DriverSearchTests {
  private let folder = FileManager.default.temporaryDirectory
    .appending(path: "drivers-\(UUID().uuidString)").path

  init() throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  private func register(_ library: String, as name: String) throws {
    try (library + "\n").write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
  }

  private func hint(_ environment: [String: String] = [:]) -> String {
    DriverSearch(environment: environment, vendorsFolder: folder).hint
  }

  @Test(arguments: ["OCL_ICD_VENDORS", "OPENCL_VENDOR_PATH"])
  func `a variable that sends the search elsewhere is named`(variable: String) throws {
    #expect(hint([variable: "/nonexistent"]).contains("/nonexistent, which does not exist"))
    #expect(hint([variable: "/nonexistent"]).contains("unset \(variable)"))
    #expect(hint([variable: folder + "/"]).contains("registers no driver"))
    #expect(hint([variable: "/nonexistent"]).contains("apt-get install pocl-opencl-icd"))
  }

  @Test func `a library that cannot be loaded is named with its file`() throws {
    try register("libnonexistent.so.1", as: "mine.icd")
    #expect(hint().contains("\(folder)/mine.icd names libnonexistent.so.1"))
    #expect(hint().contains("cannot open shared object"))
    #expect(hint(["OCL_ICD_VENDORS": "\(folder)/mine.icd"]).contains("libnonexistent.so.1"))
    try register("libpocl-nonexistent.so.2", as: "pocl.icd")
    #expect(hint().contains("apt-get install --reinstall pocl-opencl-icd"))
  }

  @Test func `a cache folder that PoCL cannot write is named with the line to type`() throws {
    // Any library that can be loaded stands for PoCL's.
    try register("libOpenCL.so.1", as: "pocl.icd")
    for (environment, path) in [
      (["POCL_CACHE_DIR": "/proc/none"], "/proc/none"),
      (["XDG_CACHE_HOME": "/proc/none"], "/proc/none/pocl/kcache"),
      (["HOME": "/proc/none"], "/proc/none/.cache/pocl/kcache"),
      (["POCL_CACHE_DIR": folder + "/pocl.icd"], "pocl.icd is a file"),
      (["POCL_CACHE_DIR": folder + "/pocl.icd/deeper"], "pocl.icd is a file"),
    ] {
      #expect(hint(environment).contains(path), "\(hint(environment))")
      #expect(hint(environment).contains("POCL_CACHE_DIR=/tmp/pocl-cache gpu-train"))
      #expect(!hint(environment).contains("apt-get"))
    }
    let fine = hint(["POCL_CACHE_DIR": folder + "/a/b"])
    #expect(fine.contains("apt-get install pocl-opencl-icd"))
    #expect(!FileManager.default.fileExists(atPath: folder + "/a"), "to look leaves nothing")
    #expect(
      hint(["POCL_CACHE_DIR": folder, "POCL_DEVICES": "cuda"]).contains("POCL_DEVICES is 'cuda'"))
  }

  @Test func `a NVIDIA driver without its device points at the container`() throws {
    guard !FileManager.default.fileExists(atPath: "/dev/nvidiactl") else { return }
    try register("libOpenCL.so.1", as: "nvidia.icd")
    #expect(hint().contains("/dev/nvidiactl") && hint().contains("--gpus all"))
  }
}

@Suite struct CompilationWatchTests {
  private static func source(_ salt: Int) -> String {
    "__kernel void probe(__global float *x) { x[0] += \(salt); }"
  }

  private func run(_ source: String) throws {
    let queue = try Queue(Device.all()[0])
    let program = try queue.build(source)
    let buffer = try queue.buffer(of: Float.self, count: 16)
    try queue.run([program.kernel("probe", of: Buffer<Float>.self).bind(over: Grid(1), buffer)])
    try queue.finish()
  }

  @Test func `what is compiled is seen, what comes from the cache is not`() async {
    await #expect(processExitsWith: .success) {
      let folder = FileManager.default.temporaryDirectory
        .appending(path: "cache-\(UUID().uuidString)").path
      setenv("POCL_CACHE_DIR", folder, 1)
      defer { try? FileManager.default.removeItem(atPath: folder) }
      let tests = CompilationWatchTests()
      let first = CompilationWatch()
      guard !first.hasSeenCompilation else { exit(1) }
      try tests.run(Self.source(1))
      guard first.hasSeenCompilation else { exit(2) }
      usleep(50_000)
      let second = CompilationWatch()
      try tests.run(Self.source(1))
      guard !second.hasSeenCompilation else { exit(3) }
      try tests.run(Self.source(2))
      exit(second.hasSeenCompilation ? 0 : 4)
    }
  }
}
