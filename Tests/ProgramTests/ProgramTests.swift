import Foundation
import Reports
import Support
import Testing
import Training

@testable import gpu_train

/// The program in this process, up to where a device is needed.
@Suite struct ProgramTests {
  @Test func `the shell is told what the documentation promises`() {
    let promised: [ExitCode: Int32] = [
      .done: 0, .usage: 2, .data: 3, .device: 4, .memory: 5, .diverged: 6, .disk: 7,
      .targetMissed: 8, .stopped: 75, .interrupted: 130,
    ]
    for (status, number) in promised { #expect(status.rawValue == number) }
    #expect(Set(ExitCode.allCases) == Set(promised.keys).union([.unexpected]))
    #expect(SettingsError([""]).exitCode == .usage)
    #expect(DiskError(.write, "x", code: ENOSPC).exitCode == .disk)
  }

  @Test func `every setting has its flag`() throws {
    let help = try Call("train", "--help").output
    for name in Settings.names + ["config", "no-shuffle"] {
      #expect(help.contains("--\(name)"), "\(name)")
    }
    // A value that no setting accepts shows that each flag arrives at its setting.
    for name in Settings.names where name != "shuffle" {
      let call = try Call("--\(name)=")
      #expect(call.errors == "error: --\(name): needs a value\n")
      #expect(call.status == .usage)
    }
  }

  @Test func `help and version are results`() throws {
    for arguments in ["--help", "-h", "help"] {
      let call = try Call(arguments)
      #expect(call.status == .done && call.errors.isEmpty)
      #expect(call.output.contains("SUBCOMMANDS"))
    }
    let version = try Call("--version")
    #expect(version.output == "\(Program.version)\n" && version.status == .done)
  }

  @Test(arguments: [
    ("--epcohs", "--epochs"), ("--modle=lenet", "--model"), ("-lr", "--lr"),
    ("--learning-rate", "--lr"), ("--no-shufle", "--no-shuffle"), ("--batch", "--batch-size"),
    ("--cofnig", "--config"), ("--hepl", "--help"),
  ])
  func `an unknown flag gets the one that was meant`(typed: String, meant: String) throws {
    let flag = typed.split(separator: "=")[0]
    let call = try Call(typed, "3")
    #expect(call.status == .usage && call.output.isEmpty)
    #expect(call.errors.contains("\(flag): no such flag; did you mean \(meant)?\n"))
  }

  @Test func `a flag that resembles none is sent to the list`() throws {
    let call = try Call("--xyzzy")
    #expect(
      call.errors == "error: --xyzzy: no such flag; gpu-train train --help lists them\n")
  }

  @Test(arguments: [
    ("trian", "train"), ("evalute", "evaluate"), ("device", "devices"), ("bench", "benchmark"),
  ])
  func `an unknown command gets the one that was meant`(typed: String, meant: String) throws {
    let call = try Call(typed)
    #expect(call.status == .usage)
    #expect(call.errors == "error: \(typed): no such command; did you mean \(meant)?\n")
  }

  @Test func `a word that resembles no command gets the list`() throws {
    let call = try Call("xyzzy")
    #expect(call.errors.contains("the commands are train, devices, "))
    #expect(call.status == .usage)
  }

  @Test func `unknown flags, missing values and wrong values are told together`() throws {
    let call = try Call(
      "--epcohs", "3", "--lr", "--batch-size", "0", "--seed", "-1", "stray", "--progress")
    #expect(call.status == .usage && call.output.isEmpty)
    #expect(
      call.errors == """
        error: 6 problems:
          - --epcohs: no such flag; did you mean --epochs?
          - stray: nothing is expected here
          - --batch-size 0: must be a whole number of at least 1
          - --lr: needs a value
          - --seed -1: must be a whole number of at least 0
          - --progress: needs a value

        """)
  }

  @Test func `a file and the command line are told together`() throws {
    let folder = try Scratch()
    let path = try folder.write("batch_size: 32\nepochs: 0\n", to: "c.yaml")
    let call = try Call("--config", path, "--modle", "x")
    #expect(
      call.errors == """
        error: 3 problems:
          - --modle: no such flag; did you mean --model?
          - \(path):1: batch_size: no such setting; did you mean batch-size?
          - \(path):2: epochs: 0: must be a whole number of at least 1

        """)
  }

  @Test func `a negative number is a value and not a flag`() throws {
    #expect(try Call("--lr", "-0.1").errors == "error: --lr -0.1: must not be negative\n")
  }

  @Test func `evaluate needs a run that is there`() throws {
    let folder = try Scratch()
    let call = try Call("evaluate", "--jsn", folder.path, "--weights", "first")
    #expect(call.status == .usage)
    #expect(call.errors.contains("\(folder.path): no run is there"))
    #expect(call.errors.contains("did you mean --json?"))
    #expect(call.errors.contains("--weights first: must be best or last"))
    #expect(try Call("evaluate").errors.contains("which run?"))
  }

  @Test func `evaluate takes the run's settings, the command line wins`() throws {
    let folder = try Scratch()
    var settings = Settings()
    (settings.dataset, settings.batchSize) = ("mnist", 64)
    _ = try folder.write(settings.yaml, to: "args.yaml")
    var command = Evaluate()
    command.words = [folder.path]
    command.device = nil
    command.dataset = nil
    command.batchSize = "32"
    command.weights = "last"
    command.json = false
    let request = try command.request()
    #expect(request.settings.dataset == "mnist" && request.settings.batchSize == 32)
    #expect(request.weightsPath == folder.path + "/weights/last.safetensors")
  }

  @Test func `benchmark tells its mistakes together`() throws {
    let call = try Call("benchmark", "--stesp", "3", "--steps", "0", "--batch-size", "x")
    #expect(
      call.errors == """
        error: 3 problems:
          - --stesp: no such flag; did you mean --steps?
          - --steps 0: must be a whole number of at least 1
          - --batch-size x: must be a whole number of at least 1

        """)
  }

  @Test func `output that cannot be written ends with the disk's status`() throws {
    let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
    let log = Log(output: full.fileDescriptor, errors: full.fileDescriptor)
    #expect(Program(log: log).run(["--help"]) == .disk)
  }
}
