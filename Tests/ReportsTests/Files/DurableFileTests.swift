import Foundation
import Testing

@testable import Reports

struct DurableFileTests {
  private let old = [UInt8](repeating: 1, count: 500)
  private let new = [UInt8](repeating: 2, count: 2500)

  @Test func `a file is made and replaced`() throws {
    let scratch = try Scratch()
    let path = scratch.file("last.safetensors")
    try DurableFile.write(old, to: path)
    #expect(try scratch.bytes(of: "last.safetensors") == old)
    try DurableFile.write(new, to: path)
    #expect(try scratch.bytes(of: "last.safetensors") == new)
    try DurableFile.write([], to: path)
    #expect(try scratch.bytes(of: "last.safetensors") == [])
    try DurableFile.write("lr: 0.1\n", to: path)
    #expect(try scratch.text(of: "last.safetensors") == "lr: 0.1\n")
    #expect(try scratch.names() == ["last.safetensors"])
  }

  @Test(arguments: [ENOSPC, EIO])
  func `whichever call fails, the old file or the new one is there and nothing else`(
    _ code: Int32
  ) throws {
    let scratch = try Scratch()
    let path = scratch.file("last.safetensors")
    var failing = 1
    var operations: [DiskError.Operation] = []
    while true {
      try DurableFile.write(old, to: path)
      let faults = Faults(failing: failing, code: code)
      do {
        try DurableFile.write(new, to: path, calls: faults.systemCalls)
        // The last close, of the folder, has nothing left to lose.
        if faults.calls < failing { break }
      } catch {
        #expect(error.code == code && error.path == path)
        #expect(
          try scratch.bytes(of: "last.safetensors") == (error.operation == .syncFolder ? new : old))
        operations.append(error.operation)
      }
      #expect(try scratch.names() == ["last.safetensors"])
      failing += 1
    }
    #expect(
      operations == [
        .create, .write, .write, .write, .sync, .close, .replace, .syncFolder, .syncFolder,
      ])
    #expect(try scratch.bytes(of: "last.safetensors") == new)
  }

  @Test func `a file beyond the limit of the shell leaves the old one`() async {
    await #expect(processExitsWith: .success) {
      let scratch = try Scratch()
      let path = scratch.file("last.safetensors")
      try DurableFile.write([1, 2, 3], to: path)
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 4096, rlim_max: 4096)
      try #require(setrlimit(__rlimit_resource_t(1), &limit) == 0)
      let error = #expect(throws: DiskError.self) {
        try DurableFile.write([UInt8](repeating: 0, count: 10_000), to: path)
      }
      #expect(error?.code == EFBIG && error?.operation == .write)
      #expect(try scratch.bytes(of: "last.safetensors") == [1, 2, 3])
      #expect(try scratch.names() == ["last.safetensors"])
    }
  }

  @Test func `a folder that is not there is an error`() throws {
    let scratch = try Scratch()
    let error = #expect(throws: DiskError.self) {
      try DurableFile.write([1], to: scratch.file("no/x"))
    }
    #expect(error?.operation == .create && error?.code == ENOENT)
  }

  @Test func `a name as long as the file system allows can be replaced`() throws {
    let scratch = try Scratch()
    let name = String(repeating: "n", count: 255)
    try DurableFile.write(old, to: scratch.file(name))
    #expect(try scratch.bytes(of: name) == old)
  }

  @Test func `writers of one file do not mix their bytes`() async throws {
    let scratch = try Scratch()
    let path = scratch.file("tuned")
    await withTaskGroup { group in
      for writer in UInt8(0)..<20 {
        group.addTask {
          try? DurableFile.write([UInt8](repeating: writer, count: 100_000), to: path)
        }
      }
    }
    #expect(Set(try scratch.bytes(of: "tuned")).count == 1)
    #expect(try scratch.bytes(of: "tuned").count == 100_000)
    #expect(try scratch.names() == ["tuned"])
  }

  @Test func `leftovers of a killed process are removed, other files are not`() throws {
    let scratch = try Scratch()
    // A rename that only pretends leaves what a kill just before it leaves.
    var calls = SystemCalls()
    calls.rename = { _, _ in 0 }
    try DurableFile.write(new, to: scratch.file("last.safetensors"), calls: calls)
    #expect(try scratch.names().count == 1)
    try DurableFile.write(old, to: scratch.file("best.safetensors"))
    try DurableFile.write(old, to: scratch.file(".hidden.tmp"))
    DurableFile.removeLeftovers(in: scratch.path)
    #expect(try scratch.names() == [".hidden.tmp", "best.safetensors"])
  }

  @Test func `a symbolic link is replaced, and what it points to is left alone`() throws {
    let scratch = try Scratch()
    try DurableFile.write(old, to: scratch.file("shared"))
    try #require(symlink("shared", scratch.file("last.safetensors")) == 0)
    try DurableFile.write(new, to: scratch.file("last.safetensors"))
    #expect(try scratch.bytes(of: "last.safetensors") == new)
    #expect(try scratch.bytes(of: "shared") == old)
  }
}
