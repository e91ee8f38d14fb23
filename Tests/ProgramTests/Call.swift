import Foundation
import Reports
import Support

@testable import gpu_train

/// A call of the program in this process: its exit status and what it printed.
struct Call {
  let status: ExitCode
  let output: String
  let errors: String

  init(_ arguments: String..., locale: String = "C") throws {
    try self.init(arguments, locale: locale)
  }

  /// Files take what is printed: a pipe holds 64 KiB and then waits for a reader.
  init(_ arguments: [String], locale: String = "C") throws {
    let folder = try Scratch()
    let paths = try ["output", "errors"].map { try folder.write("", to: $0) }
    let files = try paths.map { try FileHandle(forWritingTo: URL(filePath: $0)) }
    let log = Log(
      output: files[0].fileDescriptor, errors: files[1].fileDescriptor,
      environment: ["LC_ALL": locale])
    status = Program(log: log).run(arguments)
    for file in files { try file.close() }
    (output, errors) = (try text(of: paths[0]), try text(of: paths[1]))
  }

  /// The rows of a CSV file that was printed as numbers, without the header.
  var rows: [[Double]] {
    output.split(separator: "\n").dropFirst().map { row in
      row.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) ?? .nan }
    }
  }
}
