import Foundation
import Testing

@testable import Training

/// System calls of which the n-th fails, counted over all kinds.
private final class Faults {
  private(set) var calls = 0
  let failing: Int
  let code: Int32

  init(failing: Int, code: Int32) {
    self.failing = failing
    self.code = code
  }

  private func fails() -> Bool {
    calls += 1
    if calls == failing { errno = code }
    return calls == failing
  }

  /// Real calls on real files, but for the failing one; a write takes 1000 bytes at most.
  var systemCalls: SystemCalls {
    var calls = SystemCalls()
    let real = SystemCalls()
    calls.open = { self.fails() ? -1 : real.open($0, $1) }
    calls.write = {
      self.fails() ? -1 : real.write($0, UnsafeRawBufferPointer(rebasing: $1.prefix(1000)))
    }
    calls.fsync = { self.fails() ? -1 : real.fsync($0) }
    // A failed close has closed all the same.
    calls.close = { descriptor in
      let fails = self.fails()
      let code = self.code
      let status = real.close(descriptor)
      if fails { errno = code }
      return fails ? -1 : status
    }
    calls.rename = { self.fails() ? -1 : real.rename($0, $1) }
    return calls
  }
}

struct DurableFileTests {
  private let old = [UInt8](repeating: 1, count: 500)
  private let new = [UInt8](repeating: 2, count: 2500)

  @Test func `a file is made and replaced`() throws {
    let scratch = try Scratch()
    let path = scratch.file("last.safetensors")
    try DurableFile.write(old, to: path)
    #expect(try bytes(of: path) == old)
    try DurableFile.write(new, to: path)
    #expect(try bytes(of: path) == new)
    try DurableFile.write([], to: path)
    #expect(try bytes(of: path) == [])
    try DurableFile.write("lr: 0.1\n", to: path)
    #expect(try text(of: path) == "lr: 0.1\n")
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
        #expect(try bytes(of: path) == (error.operation == .syncFolder ? new : old))
        operations.append(error.operation)
      }
      #expect(try scratch.names() == ["last.safetensors"])
      failing += 1
    }
    #expect(
      operations == [
        .create, .write, .write, .write, .sync, .close, .rename, .syncFolder, .syncFolder,
      ])
    #expect(try bytes(of: path) == new)
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
      #expect(try bytes(of: path) == [1, 2, 3])
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
    let path = scratch.file(String(repeating: "n", count: 255))
    try DurableFile.write(old, to: path)
    #expect(try bytes(of: path) == old)
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
    #expect(Set(try bytes(of: path)).count == 1)
    #expect(try bytes(of: path).count == 100_000)
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

  @Test func `the error says what failed, where, and what helps`() {
    let error = DiskError(path: "runs/a/weights/last.safetensors", operation: .write, code: ENOSPC)
    #expect(
      error.description == "writing runs/a/weights/last.safetensors failed: "
        + "No space left on device (errno 28); free some space, or choose another place with --out")
  }
}

struct AppendingFileTests {
  @Test func `lines are added behind those that are there`() throws {
    let scratch = try Scratch()
    let path = scratch.file("metrics.csv")
    do {
      var file = try AppendingFile(path)
      try file.append(line: "epoch,loss")
      try file.append(line: "1,0.5")
      #expect(try text(of: path) == "epoch,loss\n1,0.5\n")
    }
    var file = try AppendingFile(path)
    #expect(file.size == 17)
    try file.append(line: "2,0.25")
    try file.sync()
    #expect(try text(of: path) == "epoch,loss\n1,0.5\n2,0.25\n")
  }

  @Test func `a run that goes on keeps what its checkpoint knew`() throws {
    let scratch = try Scratch()
    let path = scratch.file("metrics.csv")
    try DurableFile.write("epoch\n1\n2\n3\n", to: path)
    var file = try AppendingFile(path, keeping: 8)
    try file.append(line: "2")
    #expect(try text(of: path) == "epoch\n1\n2\n")
  }

  @Test(
    arguments: [[], [1], [1, 5], [4095]],
    // A block of the search is 4096 bytes.
    [0, 1, 4095, 4096, 4097, 10_000])
  func `a line that a crash tore off is dropped`(_ lines: [Int], _ torn: Int) throws {
    let scratch = try Scratch()
    let path = scratch.file("steps.csv")
    let whole = lines.map { String(repeating: "x", count: $0) + "\n" }.joined()
    try DurableFile.write(whole + String(repeating: "y", count: torn), to: path)
    var file = try AppendingFile(path)
    #expect(file.size == whole.utf8.count)
    try file.append(line: "next")
    let found = try text(of: path)
    #expect(found == whole + "next\n")
  }

  @Test func `keeping more than is there keeps what is there`() throws {
    let scratch = try Scratch()
    try DurableFile.write("epoch\n", to: scratch.file("metrics.csv"))
    let file = try AppendingFile(scratch.file("metrics.csv"), keeping: 100)
    #expect(file.size == 6)
  }

  @Test func `a full disk is an error`() throws {
    var file = try AppendingFile("/dev/full")
    let error = #expect(throws: DiskError.self) { try file.append(line: "1,0.5") }
    #expect(error?.code == ENOSPC && error?.path == "/dev/full")
  }

  @Test func `a line that fits only in part leaves no part`() throws {
    let scratch = try Scratch()
    let path = scratch.file("metrics.csv")
    let faults = Faults(failing: 4, code: ENOSPC)
    var file = try AppendingFile(path, calls: faults.systemCalls)
    try file.append(line: "first")
    let long = String(repeating: "7", count: 3000)
    #expect(throws: DiskError.self) { try file.append(line: long) }
    #expect(try text(of: path) == "first\n")
    try file.append(line: long)
    #expect(try text(of: path) == "first\n\(long)\n")
  }
}
