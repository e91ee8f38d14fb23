import Foundation
import Reports
import Support
import Testing
import Networks
import Training

@Suite struct SettingsTests {
  @Test func `a run that is told nothing is the one that the documentation promises`() throws {
    let settings = try Settings(flags: [:])
    #expect(settings == Settings())
    #expect(settings.dataset == "fashion-mnist" && settings.model == "lenet")
    #expect(settings.epochs == 10 && settings.maxSteps == nil && settings.batchSize == 256)
    #expect(settings.optimizer == "SGD(momentum=0.9)" && settings.learningRate == nil)
    #expect(settings.schedule == nil && settings.warmup == nil && settings.clock == nil)
    #expect(settings.monitor == .testLoss && settings.validation == 0)
    #expect(settings.normalize == .automatic && settings.seed == 0 && settings.shuffle)
    #expect(settings.initialWeights == nil && settings.logEvery == 50 && settings.out == nil)
    #expect(settings.progress == .auto && settings.targetAccuracy == nil)
    #expect(settings.device == "0")
  }

  @Test func `every flag becomes a typed value`() throws {
    let settings = try Settings(flags: Self.everything)
    #expect(settings.device == "pocl" && settings.dataset == "mnist:/data")
    #expect(settings.model == "conv(6, 5) relu dense(10)" && settings.epochs == 3)
    #expect(settings.maxSteps == 700 && settings.batchSize == 64)
    #expect(settings.accumulate == 4)
    #expect(
      settings.optimizer == "Adam(betas=(0.9, 0.99))" && settings.learningRate == .fixed(1e-3))
    #expect(settings.schedule == "StepLR(10, 0.5)" && settings.warmup == "5ep")
    #expect(settings.clock == .step && settings.monitor == .validationAccuracy)
    #expect(settings.validation == 0.1)
    #expect(settings.normalize == .fixed(mean: [0.5, 0.4, 0.3], deviation: [0.25, 0.2, 0.1]))
    #expect(
      settings.seed == .max && !settings.shuffle && settings.initialWeights == "a.safetensors")
    #expect(settings.logEvery == 1 && settings.out == "runs/mine" && settings.progress == .json)
    #expect(settings.targetAccuracy == 0.9)
    #expect(settings.momentumSchedule == "linear(5ep, to=0.9)" && settings.layerDecay == 0.8)
    #expect(settings.weightDecaySchedule == "constant" && settings.group == "conv*: lr=0.01")
    #expect(settings.initializer == .xavierUniform)
    #expect(settings.clipNorm == 1 && settings.clipValue == nil && settings.clipAdaptive == nil)
    #expect(settings.l1 == 1e-5 && settings.decayBiases)
    #expect(settings.ema == .ramped(0.999) && settings.swaStart == nil)
    #expect(Set(Self.everything.keys) == Set(Settings.names))
  }

  @Test(arguments: [
    ("0.999", Settings.AverageDecay.ramped(0.999), "0.999"),
    ("constant(0.999)", .constant(0.999), "constant(0.999)"),
    ("constant(decay=.9)", .constant(0.9), "constant(0.9)"), ("9e-1", .ramped(0.9), "0.9"),
  ])
  func `the decay of an average is read and written back`(
    text: String, decay: Settings.AverageDecay, written: String
  ) throws {
    let settings = try Settings(flags: ["ema": text])
    #expect(settings.ema == decay)
    #expect(settings.yaml.contains("ema: '\(written)'\n"))
    let folder = try Scratch()
    let file = try folder.write(settings.yaml, to: "args.yaml")
    #expect(try Settings(flags: [:], configuration: file).ema == decay)
  }

  static let everything = [
    "device": "pocl", "dataset": "mnist:/data", "model": "conv(6, 5) relu dense(10)",
    "epochs": "3", "max-steps": "700", "batch-size": "64", "accumulate": "4",
    "optimizer": "Adam(betas=(0.9, 0.99))", "lr": "1e-3", "schedule": "StepLR(10, 0.5)",
    "warmup": "5ep", "clock": "step", "monitor": "validation_accuracy", "validation": "0.1",
    "normalize": "0.5,0.4,0.3, 0.25,0.2,0.1", "seed": "18446744073709551615", "shuffle": "false",
    "init": "a.safetensors", "log-every": "1", "out": "runs/mine", "progress": "json",
    "target-accuracy": "0.9", "set": "args.epochs=3", "momentum-schedule": "linear(5ep, to=0.9)",
    "weight-decay-schedule": "constant", "group": "conv*: lr=0.01", "layer-decay": "0.8",
    "clip-norm": "1", "clip-value": "none", "clip-adaptive": "none", "l1": "1e-5",
    "decay-biases": "true", "ema": "0.999", "swa-start": "none",
    "initializer": "xavier_uniform",
  ]

  @Test(arguments: [
    ("epochs", "0"), ("epochs", "1.5"), ("epochs", "ten"), ("epochs", ""),
    ("epochs", "99999999999999999999"), ("max-steps", "-1"), ("batch-size", "0"), ("lr", "-0.1"),
    ("lr", "nan"), ("lr", "inf"), ("lr", "fast"), ("validation", "1"), ("validation", "-0.1"),
    ("normalize", "0.5"), ("normalize", "0.5,0"), ("normalize", "0.1,0.2,0.3"),
    ("normalize", "a,b"), ("normalize", ","), ("seed", "-1"), ("seed", "18446744073709551616"),
    ("shuffle", "maybe"), ("log-every", "0"), ("progress", "baar"), ("clock", "epochs"),
    ("monitor", "test-loss-"), ("target-accuracy", "90"),
    ("layer-decay", "0"), ("layer-decay", "1.5"), ("clip-norm", "0"), ("clip-value", "-1"),
    ("clip-adaptive", "x"),
    ("l1", "-1"), ("decay-biases", "maybe"), ("ema", "1"), ("ema", "0"),
    ("ema", "constant(1)"), ("ema", "constant"), ("ema", "const(0.9)"),
    ("ema", "constant(0.9, 0.9)"), ("initializer", "zeros"),
    ("model", ""),
    ("out", ""),
  ])
  func `a value out of its range is refused with the flag and the value`(
    flag: String, text: String
  ) throws {
    let error = #expect(throws: SettingsError.self) { try Settings(flags: [flag: text]) }
    #expect(error?.problems.count == 1)
    #expect(error?.description.hasPrefix("--\(flag)\(text.isEmpty ? "" : " ")\(text): ") == true)
  }

  @Test func `none takes a setting back to its default`() throws {
    let optional = ["max-steps", "lr", "warmup", "clock", "init", "target-accuracy"]
    let flags = Dictionary(uniqueKeysWithValues: optional.map { ($0, "none") })
    #expect(try Settings(flags: flags) == Settings())
  }

  @Test func `the rate may be left to a range test`() throws {
    let settings = try Settings(flags: ["lr": "auto"])
    #expect(settings.learningRate == .automatic && settings.yaml.contains("\nlr: auto\n"))
    let error = #expect(throws: SettingsError.self) { try Settings(flags: ["lr": "atuo"]) }
    #expect(error?.description == "--lr atuo: must be a number, or auto")
  }

  @Test func `a word that is not a choice is told the nearest one`() throws {
    let error = #expect(throws: SettingsError.self) { try Settings(flags: ["progress": "jsn"]) }
    #expect(
      error?.description
        == "--progress jsn: must be one of auto, bar, line, json, none; did you mean json?")
  }

  @Test func `all mistakes are told at once, those of the command line first`() throws {
    var checks = SettingsChecks()
    checks.model = { $0 == "lenet" ? nil : "no such network\nthe networks are lenet" }
    checks.optimizer = { _ in "unknown optimizer" }
    checks.combined = { _ in
      [
        .init(about: "lr", "optimizer", reason: "two rates"),
        .init(about: "epochs", "warmup", reason: "judges a default, so it is not told"),
      ]
    }
    let error = #expect(throws: SettingsError.self) {
      try Settings(
        flags: ["lr": "0.1", "epochs": "no", "model": "lent", "monitor": "validation_loss"],
        mistakes: ["--epcohs: no such flag"], checks: checks)
    }
    #expect(
      error?.description == """
        6 problems:
          - --epcohs: no such flag
          - --epochs no: must be a whole number of at least 1
          - --model lent: no such network
            the networks are lenet
          - --optimizer SGD(momentum=0.9): unknown optimizer
          - --monitor validation_loss: there is no validation set to look at; hold a part of the \
        training set back with --validation 0.1, or use --monitor test_loss
          - --lr 0.1: two rates
        """)
  }

  @Test func `a folder in use is one of the mistakes`() throws {
    let folder = try Scratch()
    _ = try folder.write("", to: "something")
    let error = #expect(throws: SettingsError.self) {
      try Settings(flags: ["out": folder.path, "seed": "x"])
    }
    #expect(error?.problems.count == 2)
    #expect(error?.description.contains("is not empty") == true)
  }

  @Test func `no check sees a text that is not given and has no default`() throws {
    var checks = SettingsChecks()
    checks.schedule = { _ in "seen" }
    checks.warmup = { _ in "seen" }
    checks.initialWeights = { _ in "seen" }
    checks.out = { _ in "seen" }
    #expect(throws: Never.self) { try Settings(flags: [:], checks: checks) }
  }

  @Test(arguments: [
    ("epcohs", "epochs"), ("learning-rate", "lr"), ("batch", "batch-size"),
    ("batch_size", "batch-size"), ("sed", "seed"), ("no-shufle", "no-shuffle"), ("xyzzy", nil),
  ])
  func `an unknown name leads to the setting that was meant`(word: String, name: String?) {
    #expect(Settings.name(meantBy: word) == name)
  }

  @Test func `every setting has a meaning for the help text`() {
    for name in Settings.names {
      #expect(!Settings.meaning(of: name).isEmpty, "\(name)")
      #expect(name == "shuffle" || !Settings.placeholder(of: name).isEmpty, "\(name)")
    }
    #expect(Settings.meaning(of: "batch-size") == "images per batch (default: 256)")
  }
}
