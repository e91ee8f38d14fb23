internal import ArgumentParser
internal import Training

/// The flags of a training run, as text: `Settings` gives them their types and finds the mistakes.
struct SettingsFlags: ParsableArguments {
  @OptionGroup(title: "Data") var data: DataFlags
  @OptionGroup(title: "Network") var network: NetworkFlags
  @OptionGroup(title: "Optimizer") var updates: OptimizerFlags
  @OptionGroup(title: "Learning rate") var rate: RateFlags
  @OptionGroup(title: "Run") var run: RunFlags

  var config: String? { run.config }

  /// The texts of the settings that a comparison may be given several of, by name.
  var choices: [String: [String]] {
    ["schedule": rate.schedule, "optimizer": updates.optimizer, "lr": rate.lr].filter {
      !$0.value.isEmpty
    }
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
      "device": run.device, "dataset": data.dataset, "model": network.model, "epochs": run.epochs,
      "max-steps": run.maxSteps, "batch-size": data.batchSize, "accumulate": updates.accumulate,
      "optimizer": updates.optimizer.last, "lr": rate.lr.last,
      "schedule": rate.schedule.last,
      "set": rate.set.isEmpty ? nil : rate.set.joined(separator: "\n"), "warmup": rate.warmup,
      "momentum-schedule": updates.momentumSchedule,
      "weight-decay-schedule": updates.weightDecaySchedule,
      "group": updates.group.isEmpty ? nil : updates.group.joined(separator: "; "),
      "layer-decay": updates.layerDecay, "clip-norm": updates.clipNorm,
      "clip-value": updates.clipValue,
      "clip-adaptive": updates.clipAdaptive, "l1": updates.l1,
      "decay-biases": updates.decayBiases, "ema": updates.ema, "swa-start": updates.swaStart,
      "initializer": network.initializer, "clock": rate.clock, "monitor": rate.monitor,
      "validation": data.validation, "normalize": data.normalize, "seed": run.seed,
      "shuffle": data.shuffle.map { $0 ? "true" : "false" }, "init": network.initialWeights,
      "log-every": run.logEvery, "out": run.out, "progress": run.progress,
      "target-accuracy": run.targetAccuracy,
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
