import Foundation
import Reports
import Testing

@Suite struct JSONTests {
  private let sample = JSON.object([
    .init("z", .number(0.1)), .init("a", .array([.integer(1), .null, .bool(true)])),
    .init("nothing", .array([])), .init("seed", .unsigned(.max)), .init("nan", .number(.nan)),
    .init("text", "tab\tquote\" back\\ bell\u{7} line\nümlaut"),
  ])

  @Test func `one line holds the keys in the order given and null for NaN`() {
    #expect(
      sample.line == #"{"z": 0.1, "a": [1, null, true], "nothing": [], "#
        + #""seed": 18446744073709551615, "nan": null, "#
        + #""text": "tab\tquote\" back\\ bell\u0007 line\nümlaut"}"#)
  }

  @Test func `a page is the same value over indented lines`() throws {
    #expect(sample.page.hasPrefix("{\n  \"z\": 0.1,\n  \"a\": [\n    1,\n    null,\n"))
    #expect(sample.page.hasSuffix("\"\n}"))
    let line = try JSONSerialization.jsonObject(with: Data(sample.line.utf8))
    let page = try JSONSerialization.jsonObject(with: Data(sample.page.utf8))
    #expect(line as? NSDictionary == page as? NSDictionary)
    #expect((page as? NSDictionary)?.count == 6)
  }

  @Test func `the environment reads the same however its checksums were collected`() throws {
    func environment(_ files: [String]) -> RunEnvironment {
      RunEnvironment(
        device: "pthread", driver: "3.1", openCLVersion: "OpenCL 3.0", programVersion: "0.1.0",
        seed: 7,
        datasetChecksums: Dictionary(uniqueKeysWithValues: files.map { ($0, "sum of \($0)") }),
        commandLine: ["gpu-train", "--model", "conv(6, 5)"])
    }
    let files = (0..<20).map { "file-\($0)" }
    let page = environment(files).json.page
    #expect(page == environment(files.reversed()).json.page)
    let value = try JSONSerialization.jsonObject(with: Data(page.utf8))
    let read = try #require(value as? [String: Any])
    #expect(read["command_line"] as? [String] == ["gpu-train", "--model", "conv(6, 5)"])
    #expect(read["seed"] as? Int == 7)
    #expect((read["dataset_checksums"] as? [String: String])?["file-3"] == "sum of file-3")
    #expect(
      Set(read.keys) == [
        "device", "driver", "opencl_version", "program_version", "seed", "dataset_checksums",
        "command_line",
      ])
  }
}
