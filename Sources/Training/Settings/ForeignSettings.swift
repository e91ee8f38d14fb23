internal import Optimizers
internal import Reports
internal import Specs

/// What the settings of other trainers are here: what to give in their place, or why there is none.
///
/// They are looked at together: `--opt adam --wd 0.01` is one optimizer.
public struct ForeignSettings: Sendable {
  /// What stands for a setting of another trainer.
  public enum Answer: Sendable, Equatable {
    /// Settings to give, by name.
    case give([Given])
    /// Why there is nothing to give, or what does the same.
    case explain(String)

    /// One setting, with its value where one was given.
    public struct Given: Sendable, Equatable {
      /// The setting's name.
      public var name: String
      /// Its value.
      public var value: String?
    }
  }

  /// The values that were given, by name: lowercase, with `-` between words.
  private let values: [String: [String]]

  /// The foreign settings of one command line or file, with the values of each.
  public init(_ given: [(name: String, values: [String])]) {
    values = Dictionary(
      given.map { (Self.key($0.name), $0.values) }, uniquingKeysWith: { $1 })
  }

  /// What a setting is here; nil where no other trainer's is known by that name.
  public func answer(to name: String) -> Answer? {
    Self.table[Self.key(name)].map { $0(self, values[Self.key(name)] ?? []) }
  }

  /// The setting that takes the same value under another name; nil where there is more to say.
  public func rename(of name: String) -> String? {
    guard case .give(let given) = answer(to: name), given.count == 1,
      given[0].value == nil || given[0].value == values[Self.key(name)]?.first
    else { return nil }
    return given[0].name
  }

  private static func key(_ name: String) -> String {
    String(name.lowercased().map { $0 == "_" || $0 == "." ? "-" : $0 })
  }

  private typealias Rule = @Sendable (ForeignSettings, [String]) -> Answer

  // The table: names of one meaning, and what it is here.

  private static let table: [String: Rule] = {
    var table: [String: Rule] = [:]
    for (names, rule) in renamed + optimizers + schedules + elsewhere + explained {
      for name in names.split(separator: " ") { table[String(name)] = rule }
    }
    return table
  }()

  private static let renamed: [(String, Rule)] = [
    ("learning-rate lr0 base-lr init-lr initial-lr peak-lr eta alpha", rename("lr")),
    (
      "batch bs b batchsize train-batch-size per-device-train-batch-size mini-batch-size",
      rename("batch-size")
    ),
    ("e ep num-epochs n-epochs nepochs max-epochs num-train-epochs", rename("epochs")),
    ("steps iterations iters max-iter max-iters num-steps train-steps", rename("max-steps")),
    ("arch a net network backbone cfg architecture model-name", rename("model")),
    (
      "data data-dir data-path data-root dataroot root train-dir dataset-path dataset-name",
      rename("dataset")
    ),
    (
      "val-split validation-split val-ratio val-fraction validation-fraction valid-pct val-size "
        + "valid-size test-split", rename("validation")
    ),
    ("random-seed manual-seed random-state", rename("seed")),
    (
      "print-freq log-interval log-freq logging-steps log-step display-step log-every-n-steps",
      rename("log-every")
    ),
    (
      "clip-grad grad-clip max-grad-norm gradient-clip-val clip gradient-clipping clip-grad-norm "
        + "clipnorm grad-norm-clip", rename("clip-norm")
    ),
    ("clipvalue clip-grad-value", rename("clip-value")),
    (
      "accumulation-steps grad-accum grad-accum-steps gradient-accumulation-steps "
        + "accumulate-grad-batches update-freq", rename("accumulate")
    ),
    ("model-ema model-ema-decay ema-decay use-ema", rename("ema")),
    (
      "swa swa-epoch swa-start-epoch",
      { _, values in
        give("swa-start", values.first.map { Double($0) == nil ? $0 : $0 + "ep" } ?? "75%")
      }
    ),
    ("device-id gpu-id gpu device-index", rename("device")),
    ("lars-decay llrd layer-lr-decay lr-layer-decay", rename("layer-decay")),
    ("weight-init init-method initialization kernel-initializer", rename("initializer")),
    (
      "save-dir output output-dir outdir exp experiment work-dir logdir log-dir run-name save-path "
        + "checkpoint-dir", rename("out")
    ),
    (
      "project name",
      { all, _ in
        let parts = ["project", "name"].compactMap { all.values[$0]?.first }
        return give("out", parts.joined(separator: "/"))
      }
    ),
    (
      "weights checkpoint ckpt initial-checkpoint finetune load load-weights pretrained-weights "
        + "load-checkpoint",
      { _, values in
        give("init", values.first ?? "FILE.safetensors")
      }
    ),
    (
      "pretrained",
      { _, values in
        guard let value = values.first, !["true", "false", "1", "0"].contains(value.lowercased())
        else {
          return .explain(
            "no pretrained networks come with this program; --init FILE.safetensors starts from weights "
              + "that you have")
        }
        return give("init", value)
      }
    ),
    (
      "mean std",
      { all, _ in
        let parts = ["mean", "std"].flatMap { all.values[$0] ?? [] }
        return give("normalize", parts.joined(separator: ","))
      }
    ),
    ("verbose v", { _, _ in give("progress", "line") }),
    ("quiet q silent no-progress no-progress-bar", { _, _ in give("progress", "none") }),
  ]

  private static let optimizers: [(String, Rule)] = [
    ("opt optim optimizer-name", { all, _ in all.optimizer() }),
    ("momentum", { all, _ in all.optimizer(about: "momentum") }),
    ("weight-decay wd decay l2 l2-reg reg", { all, _ in all.optimizer(about: "weight_decay") }),
    ("nesterov", { all, _ in all.optimizer(about: "nesterov") }),
    (
      "beta1 beta2 betas adam-beta1 adam-beta2 opt-betas",
      { all, _ in all.optimizer(about: "betas") }
    ),
    ("eps epsilon adam-epsilon opt-eps", { all, _ in all.optimizer(about: "eps") }),
    ("dampening", { all, _ in all.optimizer(about: "dampening") }),
    ("amsgrad", { all, _ in all.optimizer(about: "amsgrad") }),
  ]

  /// Whether what follows a name may be several words: `--milestones 10 20`.
  public static func takesList(_ name: String) -> Bool {
    [
      "milestones", "lr-steps", "lr-milestones", "decay-milestones", "betas", "opt-betas", "mean",
      "std", "devices", "gpus",
    ].contains(key(name))
  }

  private static let schedules: [(String, Rule)] = [
    (
      "sched scheduler lr-scheduler lr-scheduler-type lr-schedule lr-policy lr-decay lr-mode cos-lr "
        + "step-size lr-step-size lr-step gamma lr-gamma milestones lr-steps lr-milestones "
        + "decay-milestones decay-epochs decay-rate decay-steps lr-decay-rate lr-drop min-lr lr-min "
        + "eta-min final-lr end-lr lrf t-max t-0 t-mult max-lr div-factor pct-start power plateau "
        + "patience-epochs factor", { all, _ in all.schedule }
    ),
    (
      "warmup-epochs warm-up warmup-epoch num-warmup-epochs",
      { _, values in
        give("warmup", (values.first ?? "5") + "ep")
      }
    ),
    (
      "warmup-steps warmup-iters num-warmup-steps warmup-iterations warmup-t",
      { _, values in
        give("warmup", (values.first ?? "500") + "it")
      }
    ),
    (
      "warmup-ratio warmup-proportion warmup-fraction",
      { _, values in
        give(
          "warmup", (values.first.flatMap(Double.init).map { shortestText($0 * 100) } ?? "10") + "%"
        )
      }
    ),
  ]

  private static let elsewhere: [(String, Rule)] = [
    (
      "eval evaluate test test-only validate inference predict",
      { _, values in
        .explain(
          "scoring is a command of its own: gpu-train evaluate \(values.first ?? "runs/lenet-1")")
      }
    ),
    (
      "lr-find find-lr lr-finder auto-lr-find",
      { _, _ in
        .explain("gpu-train find-lr looks for a rate, --lr auto also trains with it")
      }
    ),
  ]

  private static let explained: [(String, Rule)] = [
    (
      "resume resume-from continue resume-from-checkpoint",
      { _, values in
        let run =
          values.first.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 } ?? "runs/lenet-1"
        let file = run.hasSuffix(".safetensors") ? run : run + "/weights/last.safetensors"
        return .explain(
          "runs cannot be resumed yet; --init \(file) starts a new run from those weights, with a new "
            + "schedule and without the optimizer's state")
      }
    ),
    (
      "patience early-stop early-stopping early-stopping-patience min-delta es-patience",
      { all, _ in
        if case .give(let given) = all.schedule, given[0].value?.contains("Plateau") == true {
          return .give(given)
        }
        let patience = all.values["patience"]?.first ?? "10"
        return .explain(
          "runs are not stopped early yet: all epochs are trained, and weights/best.safetensors are those "
            + "of the best; the patience of a schedule is given with it, as in --schedule "
            + "'ReduceLROnPlateau(patience=\(patience))'")
      }
    ),
    (
      "amp fp16 bf16 half mixed-precision precision use-amp native-amp amp-dtype tf32 dtype",
      explain("there is nothing to give: all arithmetic is in single precision (float32)")
    ),
    (
      "imgsz img-size image-size img input-size crop-size resize img-sz crop-pct",
      explain("images are trained in the size that their file has; other sizes are to come")
    ),
    (
      "workers num-workers j nworkers dataloader-num-workers n-cpu prefetch-factor pin-memory pin-mem",
      explain(
        "there is nothing to give: the whole training set lies on the device, and no process loads it"
      )
    ),
    (
      "gpus n-gpu ngpu num-gpus devices world-size nproc-per-node local-rank rank dist-url "
        + "dist-backend distributed ddp multiprocessing-distributed sync-bn nodes num-nodes",
      explain("a run takes one device, which --device names; gpu-train devices lists them")
    ),
    (
      "cuda use-cuda no-cuda cpu use-cpu use-gpu no-gpu mps accelerator",
      explain("any OpenCL device will do: --device takes an index or a name of gpu-train devices")
    ),
    (
      "dropout drop drop-rate drop-path dropout-rate drop-prob",
      explain(
        "there is no dropout yet; --optimizer 'SGD(momentum=0.9, weight_decay=5e-4)', --l1 and --ema "
          + "hold overfitting down")
    ),
    ("label-smoothing smoothing", explain("labels are not smoothed yet")),
    ("loss criterion loss-fn objective", explain("the loss is cross-entropy; others are to come")),
    (
      "mixup cutmix mixup-alpha cutmix-alpha aug augment augmentation aa auto-augment autoaugment "
        + "hflip vflip fliplr flipud mosaic random-erase reprob color-jitter degrees scale translate "
        + "hsv-h hsv-s hsv-v no-aug", explain("images are not augmented yet")
    ),
    (
      "channels-last compile torchcompile jit torchscript memory-format",
      explain(
        "there is nothing to give: memory layout and kernels are chosen for the device")
    ),
    (
      "deterministic benchmark cudnn-benchmark",
      explain(
        "there is nothing to give: the same --seed always gives the same bits")
    ),
    (
      "num-classes nc classes n-classes",
      explain(
        "there is nothing to give: the labels of the data say how many classes there are")
    ),
    (
      "in-channels channels input-channels",
      explain(
        "there is nothing to give: the images of the data say how many channels they have")
    ),
    (
      "wandb use-wandb log-wandb mlflow comet",
      explain(
        "there is no such connection: metrics.csv and steps.csv in the run's folder hold the figures"
      )
    ),
    (
      "save-interval save-every save-freq save-period save-steps save-model checkpoint-interval "
        + "checkpoint-hist save-total-limit",
      explain("there is nothing to give: the last and the best weights are saved after every epoch")
    ),
    (
      "cache cache-dir cache-images",
      explain(
        "there is nothing to give: the whole training set lies on the device")
    ),
    (
      "freeze freeze-layers freeze-backbone",
      explain(
        "a group with a rate of 0 does not train: --group 'conv*: lr=0'")
    ),
    (
      "rect multi-scale close-mosaic single-cls nbs box cls dfl",
      explain(
        "that belongs to the detection of objects; this program classifies images")
    ),
  ]

  private static func rename(_ name: String) -> Rule { { _, values in give(name, values.first) } }

  private static func explain(_ text: String) -> Rule { { _, _ in .explain(text) } }

  private static func give(_ name: String, _ value: String?) -> Answer {
    .give([.init(name: name, value: value)])
  }

  // What several settings make together.

  private func first(_ names: String...) -> String? {
    names.lazy.compactMap { values[$0]?.first }.first
  }

  private func isSet(_ name: String) -> Bool {
    values[name].map { !["false", "0", "no"].contains(($0.first ?? "true").lowercased()) } ?? false
  }

  /// The optimizer that all of them describe, as far as it has such parameters; why it has not the one
  /// that is asked about.
  private func optimizer(about parameter: String? = nil) -> Answer {
    let typed = first("opt", "optim", "optimizer-name")
    let known = OptimizerSpec.kinds.map { $0.signature.name }
    let plain = ["momentum", "nesterov", "sgdm", "sgdp", "vanilla"]
    let isPlain = typed.map { plain.contains($0.lowercased()) } ?? true
    let isAdaptive = [
      "betas", "beta1", "beta2", "adam-beta1", "adam-beta2", "opt-betas", "amsgrad",
    ]
    .contains { values[$0] != nil }
    let usualName = typed == nil && isAdaptive ? "Adam" : "SGD"
    guard let name = isPlain ? usualName : typed.flatMap({ nearest($0, in: known) }),
      let kind = OptimizerSpec.kinds.first(where: { $0.signature.name == name })
    else {
      return .explain(
        "there is no optimizer \(typed ?? "") here; gpu-train optimizers lists those that there are"
      )
    }
    let parameters = Set(kind.signature.parameters.map(\.name))
    var arguments: [String] = []
    var missing: [String] = []
    func add(_ name: String, _ value: String?) {
      guard let value else { return }
      if parameters.contains(name) {
        arguments.append("\(name)=\(value)")
      } else {
        missing.append(name)
      }
    }
    let isNesterov = isSet("nesterov") || typed?.lowercased() == "nesterov"
    // Where the optimizer is left open it is the default, SGD with a momentum of 0.9.
    let usual = typed == nil || isNesterov || typed?.lowercased() == "momentum" ? "0.9" : nil
    add("momentum", first("momentum") ?? (name == "SGD" ? usual : nil))
    add("weight_decay", first("weight-decay", "wd", "decay", "l2", "l2-reg", "reg"))
    if isNesterov { add("nesterov", "True") }
    add("dampening", first("dampening"))
    let betas = values["betas"] ?? values["opt-betas"] ?? []
    let pair = betas.flatMap { $0.split { ", ()[]".contains($0) }.map(String.init) }
    let one = first("beta1", "adam-beta1") ?? pair.first
    let two = first("beta2", "adam-beta2") ?? pair.dropFirst().first
    if one != nil || two != nil { add("betas", "(\(one ?? "0.9"), \(two ?? "0.999"))") }
    add("eps", first("eps", "epsilon", "adam-epsilon", "opt-eps"))
    if isSet("amsgrad") { add("amsgrad", "True") }
    if let parameter, !parameters.contains(parameter) {
      return .explain(
        "\(name) has no \(parameter); gpu-train optimizers lists what each takes")
    }
    let list = arguments.joined(separator: ", ")
    return Self.give("optimizer", list.isEmpty ? name : "\(name)(\(list))")
  }

  /// The schedule that all of them describe.
  private var schedule: Answer {
    let milestones = ["milestones", "lr-steps", "lr-milestones", "decay-milestones"]
      .compactMap { values[$0] }.first?
      .flatMap { $0.split { ", ()[]".contains($0) }.map(String.init) }
    let step = first(
      "step-size", "lr-step-size", "lr-step", "decay-epochs", "decay-steps", "lr-drop")
    let gamma = first("gamma", "lr-gamma", "decay-rate", "lr-decay-rate", "factor")
    let lowest =
      first("min-lr", "lr-min", "eta-min", "final-lr", "end-lr")
      ?? lowestByShare
    let typed = first(
      "sched", "scheduler", "lr-scheduler", "lr-scheduler-type", "lr-schedule", "lr-policy",
      "lr-decay", "lr-mode")
    let kind =
      typed?.lowercased()
      ?? (milestones != nil
        ? "multistep"
        : step != nil
          ? "step"
          : values["patience-epochs"] ?? values["plateau"] ?? values["factor"] != nil
            ? "plateau"
            : values["max-lr"] ?? values["pct-start"] ?? values["div-factor"] != nil
              ? "onecycle"
              : values["t-0"] != nil
                ? "restarts"
                : values["power"] != nil ? "poly" : gamma != nil ? "exp" : "cosine")
    func call(_ name: String, _ arguments: String?...) -> Answer {
      let list = arguments.compactMap { $0 }.joined(separator: ", ")
      return Self.give("schedule", list.isEmpty ? name : "\(name)(\(list))")
    }
    func named(_ name: String, _ value: String?) -> String? { value.map { "\(name)=\($0)" } }
    switch kind {
    case _ where kind.contains("multi"):
      return call(
        "MultiStepLR", "[\((milestones ?? ["30", "60"]).joined(separator: ", "))]",
        named("gamma", gamma))
    case _ where kind.contains("step"):
      return call("StepLR", step ?? "30", named("gamma", gamma))
    case _ where kind.contains("plateau"):
      return call(
        "ReduceLROnPlateau", named("factor", gamma),
        named("patience", first("patience", "patience-epochs")), named("min_lr", lowest))
    case _ where kind.contains("cycle"):
      return call(
        "OneCycleLR", named("max_lr", first("max-lr", "lr0") ?? "0.1"),
        named("pct_start", first("pct-start")), named("div_factor", first("div-factor")))
    case _ where kind.contains("restart") || kind.contains("warm"):
      return call(
        "CosineAnnealingWarmRestarts", first("t-0") ?? "10", named("T_mult", first("t-mult")),
        named("eta_min", lowest))
    case _ where kind.contains("exp"): return call("ExponentialLR", gamma ?? "0.95")
    case _ where kind.contains("lin"): return call("linear", named("to", lowest))
    case _ where kind.contains("poly"):
      return call("polynomial", named("power", first("power")), named("to", lowest))
    case _ where kind.contains("tanh"): return call("tanh", named("to", lowest))
    case "none", "const", "constant", "fixed", "off", "false": return call("constant")
    default:
      guard kind.contains("cos") || typed == nil || kind == "true" else {
        return .explain(
          "there is no schedule \(kind) here; --schedule takes cosine, linear, StepLR(10, gamma=0.1) "
            + "and many more: gpu-train schedule --help")
      }
      if let ticks = first("t-max") {
        return call("CosineAnnealingLR", "T_max=\(ticks)", named("eta_min", lowest))
      }
      return call("cosine", named("to", lowest))
    }
  }

  /// YOLO's `lrf`, the last rate as a share of the first.
  private var lowestByShare: String? {
    guard let share = first("lrf").flatMap(Double.init) else { return nil }
    return shortestText(share * (first("lr0", "learning-rate").flatMap(Double.init) ?? 0.05))
  }
}

extension Settings {
  /// What is said of a name that is no setting here, as text after `no such ...;`.
  ///
  /// - Parameters:
  ///   - name: The name, without dashes.
  ///   - foreign: What the command line or file gives besides.
  ///   - known: The names that may be given.
  ///   - write: How a setting and its value are written there.
  /// - Returns: What to type or why not; nil where nothing is known by that name.
  static public func foreignAdvice(
    on name: String, _ foreign: ForeignSettings, known: [String],
    write: (_ name: String, _ value: String?) -> String
  ) -> String? {
    // Another name for the same value is told as a typing mistake is.
    if foreign.rename(of: name) != nil { return nil }
    switch foreign.answer(to: name) {
    case .give(let given)?:
      guard given.allSatisfy({ known.contains($0.name) }) else { return nil }
      return "did you mean " + given.map { write($0.name, $0.value) }.joined(separator: " ") + "?"
    case .explain(let text)?: return text
    case nil: return nil
    }
  }
}
