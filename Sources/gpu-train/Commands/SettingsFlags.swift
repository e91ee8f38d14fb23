internal import ArgumentParser
internal import Training

/// The flags of a training run, as text: `Settings` gives them their types and finds the mistakes.
struct SettingsFlags: ParsableArguments {
  @Option(parsing: .unconditional, help: about("device")) var device: String?
  @Option(parsing: .unconditional, help: about("dataset")) var dataset: String?
  @Option(parsing: .unconditional, help: about("model")) var model: String?
  @Option(parsing: .unconditional, help: about("epochs")) var epochs: String?
  @Option(parsing: .unconditional, help: about("max-steps")) var maxSteps: String?
  @Option(parsing: .unconditional, help: about("batch-size")) var batchSize: String?
  @Option(parsing: .unconditional, help: about("accumulate")) var accumulate: String?
  @Option(parsing: .unconditionalSingleValue, help: about("optimizer")) var optimizer: [String] = []
  @Option(parsing: .unconditionalSingleValue, help: about("lr")) var lr: [String] = []
  @Option(parsing: .unconditionalSingleValue, help: about("schedule")) var schedule: [String] = []
  @Option(parsing: .unconditionalSingleValue, help: about("set")) var set: [String] = []
  @Option(parsing: .unconditional, help: about("warmup")) var warmup: String?
  @Option(parsing: .unconditional, help: about("momentum-schedule")) var momentumSchedule: String?
  @Option(parsing: .unconditional, help: about("weight-decay-schedule"))
  var weightDecaySchedule: String?
  @Option(parsing: .unconditionalSingleValue, help: about("group")) var group: [String] = []
  @Option(parsing: .unconditional, help: about("layer-decay")) var layerDecay: String?
  @Option(parsing: .unconditional, help: about("clip-norm")) var clipNorm: String?
  @Option(parsing: .unconditional, help: about("clip-value")) var clipValue: String?
  @Option(parsing: .unconditional, help: about("clip-adaptive")) var clipAdaptive: String?
  @Option(parsing: .unconditional, help: about("l1")) var l1: String?
  @Option(parsing: .unconditional, help: about("decay-biases")) var decayBiases: String?
  @Option(parsing: .unconditional, help: about("ema")) var ema: String?
  @Option(parsing: .unconditional, help: about("swa-start")) var swaStart: String?
  @Option(parsing: .unconditional, help: about("initializer")) var initializer: String?
  @Option(parsing: .unconditional, help: about("clock")) var clock: String?
  @Option(parsing: .unconditional, help: about("monitor")) var monitor: String?
  @Option(parsing: .unconditional, help: about("validation")) var validation: String?
  @Option(parsing: .unconditional, help: about("normalize")) var normalize: String?
  @Option(parsing: .unconditional, help: about("seed")) var seed: String?
  @Flag(inversion: .prefixedNo, help: about("shuffle")) var shuffle: Bool?
  @Option(name: .customLong("init"), parsing: .unconditional, help: about("init"))
  var initialWeights: String?
  @Option(parsing: .unconditional, help: about("log-every")) var logEvery: String?
  @Option(parsing: .unconditional, help: about("out")) var out: String?
  @Option(parsing: .unconditional, help: about("progress")) var progress: String?
  @Option(parsing: .unconditional, help: about("target-accuracy")) var targetAccuracy: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("settings by the flags' names, in YAML; a flag wins", valueName: "file"))
  var config: String?

  /// The texts of the settings that a comparison may be given several of, by name.
  var choices: [String: [String]] {
    ["schedule": schedule, "optimizer": optimizer, "lr": lr].filter { !$0.value.isEmpty }
  }

  /// What a command that trains once has to say about those; one text each.
  var repetitions: [String] {
    choices.filter { $0.value.count > 1 }.keys.sorted().map {
      "--\($0) is given several times, and a run has one; gpu-train compare tries them all"
    }
  }

  /// The text of every setting that was given, by name; of several, the last.
  var texts: [String: String] {
    let texts = [
      "device": device, "dataset": dataset, "model": model, "epochs": epochs,
      "max-steps": maxSteps, "batch-size": batchSize, "accumulate": accumulate,
      "optimizer": optimizer.last, "lr": lr.last,
      "schedule": schedule.last,
      "set": set.isEmpty ? nil : set.joined(separator: "\n"), "warmup": warmup, "momentum-schedule": momentumSchedule,
      "weight-decay-schedule": weightDecaySchedule,
      "group": group.isEmpty ? nil : group.joined(separator: "; "),
      "layer-decay": layerDecay, "clip-norm": clipNorm, "clip-value": clipValue,
      "clip-adaptive": clipAdaptive, "l1": l1,
      "decay-biases": decayBiases, "ema": ema, "swa-start": swaStart,
      "initializer": initializer, "clock": clock, "monitor": monitor,
      "validation": validation, "normalize": normalize, "seed": seed,
      "shuffle": shuffle.map { $0 ? "true" : "false" }, "init": initialWeights,
      "log-every": logEvery, "out": out, "progress": progress, "target-accuracy": targetAccuracy,
    ]
    return texts.compactMapValues { $0 }
  }
}

/// The help of a flag whose setting is described where it is read.
func about(_ name: String) -> ArgumentHelp {
  ArgumentHelp(
    stringLiteral: Settings.meaning(of: name)
  ).named(Settings.placeholder(of: name))
}

extension ArgumentHelp {
  fileprivate func named(_ value: String) -> ArgumentHelp {
    ArgumentHelp(abstract, valueName: value.isEmpty ? nil : value)
  }
}
