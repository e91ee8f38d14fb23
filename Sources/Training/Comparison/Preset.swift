internal import Optimizers
internal import Specs

/// A comparison in one word.
public struct ComparisonPreset: Sendable {
  /// The word.
  public let name: String
  /// What it is, in a line.
  public let meaning: String
  /// What a reader of the figures should know.
  public let notes: [String]
  /// The settings that all its variants share, by name.
  private let settings: [String: String]
  private let lines: [(label: String, texts: [String: String], published: Published?)]

  /// Every preset.
  public static let all = [chapter, chapterAsRun, optimizers]

  /// Makes the variants.
  ///
  /// - Parameters:
  ///   - flags: The flags that were given; they win over the file and over the preset.
  ///   - configuration: The file that `--config` names; it wins over the preset.
  ///   - mistakes: What is wrong with the command line already, to be told together with the rest.
  ///   - checks: What the rooms that own the texts have to say.
  /// - Returns: One variant a line of the preset.
  /// - Throws: `SettingsError` with every problem there is.
  public func variants(
    flags: [String: String] = [:], configuration: String? = nil, mistakes: [String] = [],
    checks: SettingsChecks = SettingsChecks()
  ) throws(SettingsError) -> [Variant] {
    try Choices.variants(
      lines, over: settings, flags: flags, configuration: configuration, mistakes: mistakes,
      checks: checks)
  }

  /// The settings in which its variants differ.
  public var varied: Set<String> { Set(lines.flatMap(\.texts.keys)) }

  /// What settings change of what the published figures were made with, such as
  /// `epochs 3 instead of 30`; nothing where they may be compared.
  public func departures(of settings: Settings) -> [String] {
    guard let own = try? Settings(flags: self.settings) else { return [] }
    // What sets the figures apart but for chance; each line of the preset has the first three.
    let free = [
      "schedule", "optimizer", "lr", "device", "seed", "monitor", "log-every", "out", "progress",
      "target-accuracy",
    ]
    return Setting.all.filter { !free.contains($0.name) }.compactMap { setting in
      let (published, used) = (setting.text(own), setting.text(settings))
      // A folder may follow the name of a dataset.
      if setting.name == "dataset", let used, used.hasPrefix("\(own.dataset):") { return nil }
      return published == used
        ? nil : "\(setting.name) \(used ?? "none") instead of \(published ?? "none")"
    }
  }
}

extension ComparisonPreset {
  /// Every optimizer with its own defaults and rate, on LeNet for five epochs.
  static let optimizers = ComparisonPreset(
    name: "optimizers", meaning: "every optimizer with its default parameters and rate",
    notes: [
      "Rates are defaults, which suit some of these rules and not others: the table says what to "
        + "expect of them as they are, not which rule is best.",
      "All follow a cosine to 0, but for the two that average in place of a schedule. SGD has a "
        + "momentum of 0.9.",
    ],
    settings: [
      "dataset": "fashion-mnist", "model": "lenet", "batch-size": "256", "epochs": "5",
    ],
    lines: OptimizerSpec.kinds.map { kind in
      let name = kind.signature.name
      let text = name == "SGD" ? "SGD(momentum=0.9)" : "\(name)()"
      let schedule = name.hasPrefix("ScheduleFree") ? "constant" : "cosine"
      return (name, ["optimizer": text, "schedule": schedule], nil)
    })

  /// The chapter "Learning Rate Scheduling" of Dive into Deep Learning, as its text describes it.
  ///
  /// The published figures are those of its PyTorch edition, over 11 to 13 copies of the notebook
  /// that different people have run.
  static let chapter = ComparisonPreset(
    name: "d2l",
    meaning:
      "the chapter on learning-rate scheduling of Dive into Deep Learning, as its text has it",
    notes: [
      ranges,
      "The book sets each rate after its epoch, not before: its first epoch ran at the optimizer's "
        + "rate, and epoch e at what the schedule gives for e - 1. Its square root ran at 0.1, 0.1, "
        + "0.0707, ..., its cosine at 0.3, 0.3, 0.298, ..., and its warm-up at 0.3, 0, 0.06, 0.12, "
        + "...: a first epoch at full rate and a second one at a rate of exactly 0. Here every rate "
        + "is set before its epoch, so the warm-up's first epoch is the one at 0.",
      "The book's multi-step figures are not those of a multi-step schedule: the scheduler object "
        + "had been used up by drawing its curve (30 steps), and training ran at a constant 0.125 = "
        + "0.5 x 0.5 x 0.5. What stands beside multi-step here is that constant rate.",
      "The book's PyTorch code leaves the weights as PyTorch makes them, which ends at a higher "
        + "training loss than Xavier's, with the square root most of all; here they are Xavier's, as "
        + "in its MXNet code.",
      "--preset d2l-as-run trains with the rates and the initial weights of the book's code.",
      otherEditions,
    ],
    settings: chapterSettings,
    lines: [
      ("constant", ["schedule": "constant(0.3)"], .constant),
      ("square root", ["schedule": "SquareRootScheduler(lr=0.1)"], .squareRoot),
      (
        "multi-step", ["schedule": "MultiStepLR(milestones=[15, 30], gamma=0.5)", "lr": "0.5"],
        .multiStep
      ),
      ("cosine", ["schedule": cosine], .cosine),
      ("warm-up cosine", ["schedule": warmupCosine], .warmupCosine),
    ])

  /// The same chapter with the rates that its code produced.
  static let chapterAsRun = ComparisonPreset(
    name: "d2l-as-run",
    meaning: "the same with the rates and the initial weights of the book's PyTorch code",
    notes: [
      ranges,
      "Rates as the book's code produced them: it sets each rate after its epoch, so the first epoch "
        + "has the optimizer's rate and epoch e what the schedule gives for e - 1; its warm-up has a "
        + "rate of exactly 0 in the second epoch. The weights start as PyTorch makes them.",
      "What the book calls multi-step ran at a constant 0.125, because the scheduler object had been "
        + "used up by drawing its curve.",
      otherEditions,
    ],
    settings: chapterSettings.merging(["initializer": "pytorch"]) { $1 },
    lines: [
      ("constant", ["schedule": "constant(0.3)"], .constant),
      (
        "square root", ["schedule": "constant(0.1) for 1ep then SquareRootScheduler(lr=0.1)"],
        .squareRoot
      ),
      ("multi-step (constant 0.125)", ["schedule": "constant(0.125)"], .multiStep),
      ("cosine", ["schedule": "constant(0.3) for 1ep then \(cosine)"], .cosine),
      (
        "warm-up cosine", ["schedule": "constant(0.3) for 1ep then \(warmupCosine)"],
        .warmupCosine
      ),
    ])

  private static let cosine = "CosineScheduler(max_update=20, base_lr=0.3, final_lr=0.01)"
  private static let warmupCosine =
    "CosineScheduler(max_update=20, base_lr=0.3, final_lr=0.01, warmup_steps=5)"

  private static let chapterSettings = [
    "dataset": "fashion-mnist", "model": "lenet", "batch-size": "256", "epochs": "30",
    "optimizer": "SGD()", "initializer": "xavier_uniform", "normalize": "none", "clock": "epoch",
  ]

  private static let ranges =
    "The book's figures are means with [least, greatest] over 11 to 13 copies of its PyTorch "
    + "notebook, each run once by other people; they are the last epoch's. One run of the constant "
    + "rate ended anywhere from 86.6% to 89.9% test accuracy, so one run of each ranks nothing."

  private static let otherEditions =
    "The book's MXNet edition counts minibatches where this one counts epochs (its cosine is at 0.01 "
    + "after 20 batches), and its TensorFlow edition has another network: their figures are of other "
    + "experiments and are not shown."
}

extension Published {
  fileprivate static let constant = Published(
    count: 13, trainLoss: .init(0.157, 0.128...0.214), trainAccuracy: .init(0.940, 0.919...0.951),
    testAccuracy: .init(0.886, 0.866...0.899))
  fileprivate static let squareRoot = Published(
    count: 12, trainLoss: .init(0.272, 0.266...0.278), trainAccuracy: .init(0.901, 0.898...0.903),
    testAccuracy: .init(0.881, 0.875...0.887))
  fileprivate static let multiStep = Published(
    count: 12, trainLoss: .init(0.193, 0.180...0.204), trainAccuracy: .init(0.927, 0.921...0.933),
    testAccuracy: .init(0.886, 0.864...0.899))
  fileprivate static let cosine = Published(
    count: 12, trainLoss: .init(0.184, 0.158...0.207), trainAccuracy: .init(0.932, 0.923...0.942),
    testAccuracy: .init(0.900, 0.892...0.908))
  fileprivate static let warmupCosine = Published(
    count: 11, trainLoss: .init(0.200, 0.175...0.261), trainAccuracy: .init(0.926, 0.904...0.937),
    testAccuracy: .init(0.897, 0.878...0.904))
}
