internal import ArgumentParser
internal import Training

// The flags of a training run in the groups of its help; `Settings` says what each is for.

/// What is learned from.
struct DataFlags: ParsableArguments {
  @Option(parsing: .unconditional, help: about("dataset")) var dataset: String?
  @Option(parsing: .unconditional, help: about("validation")) var validation: String?
  @Option(parsing: .unconditional, help: about("normalize")) var normalize: String?
  @Flag(inversion: .prefixedNo, help: about("shuffle")) var shuffle: Bool?
  @Option(parsing: .unconditional, help: about("batch-size")) var batchSize: String?
}

/// What learns.
struct NetworkFlags: ParsableArguments {
  @Option(parsing: .unconditional, help: about("model")) var model: String?
  @Option(parsing: .unconditional, help: about("initializer")) var initializer: String?
  @Option(name: .customLong("init"), parsing: .unconditional, help: about("init"))
  var initialWeights: String?
}

/// How a gradient becomes an update.
struct OptimizerFlags: ParsableArguments {
  @Option(parsing: .unconditionalSingleValue, help: about("optimizer")) var optimizer: [String] = []
  @Option(parsing: .unconditional, help: about("accumulate")) var accumulate: String?
  @Option(parsing: .unconditionalSingleValue, help: about("group")) var group: [String] = []
  @Option(parsing: .unconditional, help: about("layer-decay")) var layerDecay: String?
  @Option(parsing: .unconditional, help: about("weight-decay-schedule"))
  var weightDecaySchedule: String?
  @Option(parsing: .unconditional, help: about("momentum-schedule")) var momentumSchedule: String?
  @Option(parsing: .unconditional, help: about("decay-biases")) var decayBiases: String?
  @Option(parsing: .unconditional, help: about("l1")) var l1: String?
  @Option(parsing: .unconditional, help: about("clip-norm")) var clipNorm: String?
  @Option(parsing: .unconditional, help: about("clip-value")) var clipValue: String?
  @Option(parsing: .unconditional, help: about("clip-adaptive")) var clipAdaptive: String?
  @Option(parsing: .unconditional, help: about("ema")) var ema: String?
  @Option(parsing: .unconditional, help: about("swa-start")) var swaStart: String?
}

/// How far an update goes.
struct RateFlags: ParsableArguments {
  @Option(parsing: .unconditionalSingleValue, help: about("lr")) var lr: [String] = []
  @Option(parsing: .unconditionalSingleValue, help: about("schedule")) var schedule: [String] = []
  @Option(parsing: .unconditionalSingleValue, help: about("set")) var set: [String] = []
  @Option(parsing: .unconditional, help: about("warmup")) var warmup: String?
  @Option(parsing: .unconditional, help: about("clock")) var clock: String?
  @Option(parsing: .unconditional, help: about("monitor")) var monitor: String?
}

/// How long, where, and what is told.
struct RunFlags: ParsableArguments {
  @Option(parsing: .unconditional, help: about("epochs")) var epochs: String?
  @Option(parsing: .unconditional, help: about("max-steps")) var maxSteps: String?
  @Option(parsing: .unconditional, help: about("device")) var device: String?
  @Option(parsing: .unconditional, help: about("seed")) var seed: String?
  @Option(parsing: .unconditional, help: about("out")) var out: String?
  @Option(parsing: .unconditional, help: about("log-every")) var logEvery: String?
  @Option(parsing: .unconditional, help: about("progress")) var progress: String?
  @Option(parsing: .unconditional, help: about("target-accuracy")) var targetAccuracy: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("settings by the flags' names, in YAML; a flag wins", valueName: "file"))
  var config: String?
}
