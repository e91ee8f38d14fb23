internal import ArgumentParser

/// The root of all commands.
struct GPUTrain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gpu-train",
    abstract: "Trains convolutional networks on any OpenCL device.",
    discussion: """
      The first things to type:
        gpu-train                        train LeNet on Fashion-MNIST, 10 epochs
        gpu-train train --help           every flag of training, in groups
        gpu-train schedule cosine        draw a schedule before anything trains

      Exit status: 0 done, 2 usage or configuration, 3 data, 4 device or driver, 5 out of memory, \
      6 diverged, 7 disk, 8 target accuracy missed, 75 stopped by a signal after a checkpoint, \
      130 second Ctrl-C.
      """,
    version: Program.version,
    subcommands: commands,
    defaultSubcommand: Train.self)

  /// Every command; a new one is a file of its own and a word here.
  static let commands: [any Command.Type] = [
    Train.self, Devices.self, ScheduleCommand.self, FindLR.self, Compare.self, Evaluate.self,
    Benchmark.self, ScheduleList.self, OptimizerList.self, LayerList.self, ModelList.self,
    DatasetList.self,
  ]

  /// Flags with a value that are no settings of a training run.
  static let otherValues = [
    "config", "metrics", "steps", "steps-per-epoch", "weights", "start", "end", "stop-factor",
    "svg", "html", "preset", "seeds",
  ]

  static var commandNames: [String] { commands.map { $0._commandName } }
}
