import Foundation
import Testing

@testable import Reports

struct AppendFileTests {
  @Test func `lines are added behind those that are there`() throws {
    let scratch = try Scratch()
    let path = scratch.file("metrics.csv")
    do {
      var file = try AppendFile(creating: path)
      try file.append("epoch,loss\n")
      try file.append("1,0.5\n")
      #expect(try scratch.text(of: "metrics.csv") == "epoch,loss\n1,0.5\n")
    }
    var file = try AppendFile(continuing: path)
    #expect(file.length == 17)
    try file.append("2,0.25\n")
    try file.sync()
    #expect(try scratch.text(of: "metrics.csv") == "epoch,loss\n1,0.5\n2,0.25\n")
  }

  @Test func `a run that goes on keeps what its checkpoint knew`() throws {
    let scratch = try Scratch()
    let path = scratch.file("metrics.csv")
    try DurableFile.write("epoch\n1\n2\n3\n", to: path)
    var file = try AppendFile(continuing: path, keeping: 8)
    try file.append("2\n")
    #expect(try scratch.text(of: "metrics.csv") == "epoch\n1\n2\n")
    #expect(file.length == 10)
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
    var file = try AppendFile(continuing: path)
    #expect(file.length == whole.utf8.count)
    try file.append("next\n")
    let found = try scratch.text(of: "steps.csv")
    #expect(found == whole + "next\n")
  }

  @Test func `a file with less than was to be kept is refused and left as it was`() throws {
    let scratch = try Scratch()
    let path = scratch.file("metrics.csv")
    try DurableFile.write("epoch\n", to: path)
    #expect(throws: DiskError(.continue, path, code: ENODATA)) {
      _ = try AppendFile(continuing: path, keeping: 100)
    }
    #expect(try scratch.text(of: "metrics.csv") == "epoch\n")
  }

  @Test func `a file to go on with must be there`() throws {
    let scratch = try Scratch()
    let path = scratch.file("metrics.csv")
    #expect(throws: DiskError(.open, path, code: ENOENT)) {
      _ = try AppendFile(continuing: path)
    }
    #expect(try scratch.names() == [])
  }

  @Test func `a new file never takes the place of another, nor of a link to nothing`() throws {
    let scratch = try Scratch()
    try DurableFile.write("precious\n", to: scratch.file("file"))
    try #require(symlink("nothing", scratch.file("link")) == 0)
    for name in ["file", "link"] {
      #expect(throws: DiskError(.create, scratch.file(name), code: EEXIST)) {
        _ = try AppendFile(creating: scratch.file(name))
      }
    }
    #expect(try scratch.text(of: "file") == "precious\n")
    #expect(try scratch.names() == ["file", "link"])
  }

  @Test func `a full disk is an error`() throws {
    var file = try AppendFile(continuing: "/dev/full")
    #expect(throws: DiskError(.write, "/dev/full", code: ENOSPC)) { try file.append("1,0.5\n") }
    #expect(file.length == 0)
  }

  @Test func `a line that fits only in part leaves no part`() throws {
    let scratch = try Scratch()
    let path = scratch.file("metrics.csv")
    let faults = Faults(failing: 4, code: ENOSPC)
    var file = try AppendFile(creating: path, calls: faults.systemCalls)
    try file.append("first\n")
    let long = String(repeating: "7", count: 3000) + "\n"
    #expect(throws: DiskError(.write, path, code: ENOSPC)) { try file.append(long) }
    #expect(try scratch.text(of: "metrics.csv") == "first\n")
    try file.append(long)
    #expect(try scratch.text(of: "metrics.csv") == "first\n\(long)")
  }

  @Test func `a file that cannot be cut back is closed, once, and left as it was`() throws {
    let scratch = try Scratch()
    let path = scratch.file("metrics.csv")
    try DurableFile.write("epoch\n1\n", to: path)
    // Opening is the first call, cutting back the second.
    let faults = Faults(failing: 2, code: EIO)
    #expect(throws: DiskError(.cutBack, path, code: EIO)) {
      _ = try AppendFile(continuing: path, keeping: 6, calls: faults.systemCalls)
    }
    #expect(faults.calls == 3, "closing is the third and last")
    #expect(try scratch.text(of: "metrics.csv") == "epoch\n1\n")
  }

  @Test func `a file that cannot be synced is an error`() throws {
    let scratch = try Scratch()
    let path = scratch.file("metrics.csv")
    let faults = Faults(failing: 2, code: EIO)
    let file = try AppendFile(creating: path, calls: faults.systemCalls)
    #expect(throws: DiskError(.sync, path, code: EIO)) { try file.sync() }
  }
}
