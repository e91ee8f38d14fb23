import Foundation
import Reports
import Testing

@Suite struct RunFolderTests {
  private func make(_ path: String) throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  @Test func `runs of one name are numbered from 1`() throws {
    let scratch = try Scratch()
    let parent = scratch.path + "/deep/runs"
    let paths = try (1...3).map { _ in try RunFolder(named: "lenet", in: parent).path }
    #expect(paths == (1...3).map { "\(parent)/lenet-\($0)" })
    #expect(try RunFolder(named: "cnn", in: parent).path == "\(parent)/cnn-1")
  }

  @Test func `a new number comes after the highest, and other names do not count`() throws {
    let scratch = try Scratch()
    for name in ["lenet-2", "lenet-9", "lenet-x12", "lenet-", "lenet-wide-40", "lenet-+50"] {
      try make(scratch.path + "/" + name)
    }
    #expect(try RunFolder(named: "lenet", in: scratch.path).path == scratch.path + "/lenet-10")
  }

  @Test func `runs that start together get folders of their own`() async throws {
    let parent = try Scratch()
    let path = parent.path
    let paths = try await withThrowingTaskGroup(of: String.self) { group in
      for _ in 0..<16 { group.addTask { try RunFolder(named: "race", in: path).path } }
      return try await group.reduce(into: Set<String>()) { $0.insert($1) }
    }
    #expect(paths == Set((1...16).map { "\(path)/race-\($0)" }))
  }

  @Test func `a folder asked for is made, and an empty one taken over`() throws {
    let scratch = try Scratch()
    let path = scratch.path + "/a/b"
    #expect(try RunFolder(at: path).path == path)
    try make(scratch.path + "/empty")
    let folder = try RunFolder(at: scratch.path + "/empty")
    #expect(FileManager.default.fileExists(atPath: folder.weightsPath))
    #expect(FileManager.default.fileExists(atPath: folder.logPath))
  }

  @Test func `a folder in use is refused with a free name, and left as it was`() throws {
    let scratch = try Scratch()
    let path = scratch.path + "/run"
    try make(path)
    try "mine".write(toFile: path + "/notes", atomically: true, encoding: .utf8)
    try make(path + "-2")
    let error = #expect(throws: FolderInUse.self) { try RunFolder(at: path + "/") }
    #expect(error?.description.hasSuffix("--out \(path)-3") == true)
    #expect(try FileManager.default.contentsOfDirectory(atPath: path) == ["notes"])
  }

  @Test func `a file in the way is refused`() throws {
    let scratch = try Scratch()
    try "mine".write(toFile: scratch.path + "/run", atomically: true, encoding: .utf8)
    let error = #expect(throws: FolderInUse.self) { try RunFolder(at: scratch.path + "/run") }
    #expect(error?.description.contains("is a file") == true)
  }

  @Test func `a folder that cannot be made names the part that failed`() throws {
    let scratch = try Scratch()
    try "mine".write(toFile: scratch.path + "/file", atomically: true, encoding: .utf8)
    #expect(throws: DiskError(.create, scratch.path + "/file/run", code: ENOTDIR)) {
      try RunFolder(at: scratch.path + "/file/run")
    }
    #expect(throws: DiskError.self) { try RunFolder(named: "lenet", in: "/proc/nowhere") }
  }

  @Test func `settings and surroundings are written whole`() throws {
    let scratch = try Scratch()
    let folder = try RunFolder(at: scratch.path + "/run")
    try folder.write(arguments: "epochs: 3\n")
    try folder.write(arguments: "epochs: 4\n")
    try folder.write(
      RunEnvironment(
        device: "d", driver: "1", openCLVersion: "OpenCL 1.2", programVersion: "0", seed: 0,
        datasetChecksums: [:], commandLine: []))
    #expect(try scratch.text(of: "run/args.yaml") == "epochs: 4\n")
    #expect(try scratch.text(of: "run/env.json").hasPrefix("{\n  \"device\": \"d\",\n"))
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        == ["args.yaml", "env.json", "train.log", "weights"])
  }
}
