import Foundation
import Support
import Testing

/// The same run again, in a process of its own each time.
@Suite struct RepetitionTests {
  private let folder: Scratch

  init() throws { folder = try Scratch() }

  /// A convolution, so that many partial sums have an order to keep.
  private let flags = [
    "--dataset", "synthetic:400", "--model", "conv(4, 5) relu maxpool(4) dense(10)",
    "--batch-size", "64", "--epochs", "2", "--log-every", "1", "--validation", "0.1",
    "--schedule", "OneCycleLR(max_lr=0.1)",
  ]

  private func run(
    _ name: String, _ arguments: [String], environment: [String: String] = [:]
  ) throws {
    let outcome = try Binary(
      arguments + ["--out", name], in: folder, environment: environment
    ).finish()
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  private func expectSame(
    _ a: String, _ b: String, sourceLocation: SourceLocation = #_sourceLocation
  )
    throws
  {
    let weights = ["weights/last.safetensors", "weights/best.safetensors"]
    for file in weights + ["steps.csv", "layers.csv", "groups.csv"] {
      #expect(
        try bytes(of: folder.file("\(a)/\(file)")) == bytes(of: folder.file("\(b)/\(file)")),
        "\(file)", sourceLocation: sourceLocation)
    }
    func untimed(_ name: String) throws -> [[String: String]] {
      try rows(of: folder.file("\(name)/metrics.csv")).map {
        $0.filter { $0.key != "seconds" && $0.key != "images_per_second" }
      }
    }
    #expect(try untimed(a) == untimed(b), sourceLocation: sourceLocation)
  }

  @Test func `threads and repetitions change no bit`() throws {
    try run("first", flags)
    try run("again", flags)
    try run("one", flags, environment: ["POCL_MAX_PTHREAD_COUNT": "1"])
    try run("two", flags, environment: ["POCL_MAX_PTHREAD_COUNT": "2"])
    for other in ["again", "one", "two"] { try expectSame("first", other) }
    #expect(try rows(of: folder.file("first/steps.csv")).count == 12)
    try run("other", flags + ["--seed", "1"])
    #expect(
      try bytes(of: folder.file("other/steps.csv")) != bytes(of: folder.file("first/steps.csv")))
  }

  @Test func `a run's settings repeat it, and its report says with what it was made`() throws {
    try run("first", flags + ["--lr", "0.30000000000000004", "--warmup", "2it"])
    try run("again", ["--config", "first/args.yaml"])
    try expectSame("first", "again")
    #expect(
      try text(of: folder.file("first/args.yaml")) == text(of: folder.file("again/args.yaml")))
    let json = try JSONSerialization.jsonObject(
      with: Data(bytes(of: folder.file("again/env.json"))))
    let environment = try #require(json as? [String: Any])
    #expect(
      environment["command_line"] as? [String]
        == [Binary.path, "--config", "first/args.yaml", "--out", "again"])
    #expect(environment["seed"] as? Int == 0)
  }

  @Test func `runs that start together get a folder each`() throws {
    let short = Array(flags.prefix(6)) + ["--max-steps", "1"]
    let runs = try (0..<3).map { _ in try Binary(short, in: folder) }
    for run in runs { #expect(try run.finish().status == 0) }
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.file("runs"))
    #expect(names.sorted() == ["network-1", "network-2", "network-3"])
  }
}
