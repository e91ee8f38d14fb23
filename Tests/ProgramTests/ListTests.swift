import Datasets
import Networks
import Optimizers
import Schedules
import Specs
import Testing

@testable import gpu_train

/// The commands that list what exists.
@Suite struct ListTests {
  static let names = [
    "schedules": Schedule.catalog.names, "optimizers": OptimizerSpec.catalog.names,
    "layers": Architecture.catalog.names, "models": Architecture.names,
    "datasets": DatasetKind.all.map(\.name),
  ]

  @Test(arguments: names.keys.sorted())
  func `a list names everything, in lines of at most 80 columns`(command: String) throws {
    let call = try Call(command)
    #expect(call.status == .done && call.errors.isEmpty)
    let lines = call.output.split(separator: "\n", omittingEmptySubsequences: false)
    for line in lines { #expect(line.count <= 80, "\(line)") }
    for name in Self.names[command] ?? [] {
      #expect(lines.contains { $0 == name || $0.hasPrefix(name + "(") || $0.hasPrefix(name) })
    }
  }

  @Test(arguments: names.keys.sorted())
  func `each can be shown in full, in as many columns`(command: String) throws {
    for name in Self.names[command] ?? [] {
      let call = try Call(command, name)
      #expect(call.status == .done && call.output.hasPrefix(name), "\(name)")
      for line in call.output.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
    }
  }

  @Test func `a schedule is shown with its defaults, what it counts and what its parameters mean`()
    throws
  {
    #expect(
      try Call("schedules", "StepLR(10)").output == """
        StepLR(step_size, gamma=0.1)
          the rate times gamma every step_size ticks; counts epochs

          step_size  length, more than 0, ticks between two drops
          gamma=0.1  number, at least 0, factor of every drop

        """)
    let list = try Call("schedules").output
    #expect(
      list.contains("CyclicLR(base_lr, max_lr, step_size_up=2000, step_size_down=none,\n    mode"))
    #expect(list.contains("OneCycleLR(max_lr,"))
  }

  @Test func `parameters without effect are not listed`() throws {
    let text = try Call("schedules").output + Call("schedules", "CosineLRScheduler").output
    for name in ["last_epoch", "verbose", "noise_pct", "initialize"] {
      #expect(!text.contains(name))
    }
  }

  @Test(arguments: [
    ("schedules", "StepRL", "did you mean StepLR?"),
    ("schedules", "GradualWarmupScheduler", "with --warmup 5ep"),
    ("optimizers", "Adm", "did you mean Adam?"), ("layers", "cnov", "did you mean conv?"),
    ("models", "lenett", "did you mean lenet?"), ("datasets", "minst", "did you mean mnist?"),
  ])
  func `an unknown name gets the nearest`(command: String, name: String, hint: String) throws {
    let call = try Call(command, name)
    #expect(call.status == .usage && call.output.isEmpty && call.errors.contains(hint))
  }

  @Test func `optimizers are listed with their rate and their state`() throws {
    let text = try Call("optimizers").output
      .split(whereSeparator: \.isWhitespace).joined(separator: " ")
    for kind in OptimizerSpec.kinds { #expect(text.contains("\(kind.signature.name)(lr=")) }
    #expect(text.contains("lr 0.05, 0 floats of state a weight"))
    #expect(text.contains("Duchi, Hazan, Singer 2011; lr 0.01, 1 float of state a weight"))
    // An update is one launch unless the rule looks at more than one weight.
    #expect(text.contains("1 float of state a weight, 1 launch "))
    #expect(text.contains("lr 1, 4 floats of state a weight, 3 launches"))
  }

  @Test func `models are listed as the layers that can be typed`() throws {
    let text = try Call("models").output
    #expect(text.contains("conv(6, 5, padding=2) relu maxpool(2) conv(16, 5) relu maxpool(2)"))
    #expect(text.contains("dense(128) relu dense(10)"))
  }

  @Test func `a flag that a list does not have is refused`() throws {
    let call = try Call("schedules", "--all")
    #expect(call.status == .usage)
    #expect(call.errors.contains("--all: no such flag; gpu-train schedules --help lists them"))
  }

  @Test func `the flags of training stand in groups, in 80 columns`() throws {
    for command in ["train", "compare"] {
      let help = try Call(command, "--help").output
      let titles = ["DATA:", "NETWORK:", "OPTIMIZER:", "LEARNING RATE:", "RUN:"]
      let places = titles.compactMap { help.firstRange(of: "\n\($0)\n")?.lowerBound }
      #expect(places.count == titles.count && places == places.sorted())
      for line in help.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
    }
  }

  @Test func `the help of the program says what to type first`() throws {
    let help = try Call("--help").output
    #expect(help.contains("\n  gpu-train train --help           every flag"))
    for line in help.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
  }
}
