internal import Reports
internal import Specs

/// One setting: its flag and key, how its text is read into `Settings` and written from it.
struct Setting: Sendable {
  let name: String
  /// What stands for the value in a help text.
  let placeholder: String
  let meaning: String
  /// The reason why the text is no value of this setting, or nil once it is set.
  let read: @Sendable (String, inout Settings) -> String?
  /// The value as the user would type it; nil is no value.
  let text: @Sendable (Settings) -> String?
  /// Whether the value is a text, which YAML must not take for a number.
  let isText: Bool

  private init<Value>(
    _ name: String, _ placeholder: String,
    _ value: any WritableKeyPath<Settings, Value> & Sendable, _ kind: Kind<Value>, _ meaning: String
  ) {
    self.name = name
    self.placeholder = placeholder
    self.meaning = meaning
    read = { text, settings in
      switch kind.read(text) {
      case .success(let read):
        settings[keyPath: value] = read
        return nil
      case .failure(let refusal): return refusal.reason
      }
    }
    text = { kind.text($0[keyPath: value]) }
    isText = kind.isText
  }

  /// Every setting of a run, in the order of the help text and of `args.yaml`.
  static let all: [Setting] = [
    Setting(
      "device", "index|name", \.device, .text,
      "device, by index or part of its name; gpu-train devices lists them"),
    Setting(
      "dataset", "name|path", \.dataset, .text,
      "what to learn from, such as csv:FILE; gpu-train datasets lists them"),
    Setting(
      "model", "name|layers", \.model, .text,
      "a named network, or layers in a row; "
        + "gpu-train models and layers list them"),
    Setting("epochs", "n", \.epochs, .whole(from: 1), "passes over the training set"),
    Setting("max-steps", "n", \.maxSteps, .optional(.whole(from: 1)), "stop after so many updates"),
    Setting("batch-size", "n", \.batchSize, .whole(from: 1), "images per batch"),
    Setting(
      "accumulate", "n", \.accumulate, .whole(from: 1),
      "batches per update: n small batches give the update of a large one"),
    Setting(
      "optimizer", "spec", \.optimizer, .text,
      "update rule, such as Adam(betas=(0.9, 0.99)); "
        + "gpu-train optimizers lists them"),
    Setting(
      "lr", "x|auto", \.learningRate, .optional(.learningRate),
      "learning rate; auto is the best of short trials, which cost an epoch or a tenth of the run; "
        + "by default 0.05 for SGD and PyTorch's for the other optimizers"),
    Setting(
      "schedule", "spec", \.schedule, .optional(.text, none: nil),
      "how the rate changes, such as StepLR(10, 0.5), or constant; "
        + "gpu-train schedules lists them; "
        + "by default a cosine to 0 over the run"),
    Setting(
      "warmup", "5ep|500it", \.warmup, .optional(.text),
      "ramp up before the schedule, for so many epochs or updates"),
    Setting(
      "momentum-schedule", "spec", \.momentumSchedule, .optional(.text),
      "how the momentum changes, such as linear(25ep, to=0.99, from=0.5)"),
    Setting(
      "weight-decay-schedule", "spec", \.weightDecaySchedule, .optional(.text),
      "how the weight decay changes"),
    Setting(
      "group", "pattern: values", \.group, .optional(.text),
      "parameters with values of their own, such as 'conv*: lr=0.01'; may be repeated"),
    Setting(
      "layer-decay", "x", \.layerDecay,
      .number { $0 > 0 && $0 <= 1 ? nil : "must be more than 0 and at most 1" },
      "factor of the rate from each layer to the one before it"),
    Setting(
      "clip-norm", "x", \.clipNorm, .optional(.positive),
      "scale the whole gradient down to this norm"),
    Setting(
      "clip-value", "x", \.clipValue, .optional(.positive),
      "cut each value of the gradient off at this magnitude"),
    Setting(
      "clip-adaptive", "x", \.clipAdaptive, .optional(.positive),
      "scale the gradient of each output's weights down to this share of their norm, such as 0.01"),
    Setting(
      "l1", "x", \.l1, .number { $0 < 0 ? "must not be negative" : nil },
      "L1 penalty of the weights; with a weight_decay an elastic net"),
    Setting(
      "decay-biases", "true|false", \.decayBiases, .yesOrNo,
      "weight decay and L1 penalty for every parameter, as in PyTorch; false spares biases"),
    Setting(
      "ema", "x|constant(x)", \.ema, .optional(.averageDecay),
      "decay of an average of the weights, such as 0.999, which is scored and saved; it ramps up as "
        + "(1 + t) / (10 + t), constant(0.999) does not"),
    Setting(
      "swa-start", "20ep|75%", \.swaStart, .optional(.text),
      "score and save the mean of the weights from there on"),
    Setting(
      "initializer", "name", \.initializer, .choice,
      "how weights start: pytorch, xavier_uniform, xavier_normal, kaiming_uniform, kaiming_normal"),
    Setting(
      "clock", "epoch|step", \.clock, .optional(.choice),
      "what a schedule's bare numbers count; by default as PyTorch documents the schedule"),
    Setting(
      "monitor", "name", \.monitor, .choice,
      "figure that best weights and metric-driven schedules go by: "
        + Settings.Monitor.allCases.map(\.rawValue).joined(separator: ", ")),
    Setting(
      "validation", "fraction", \.validation,
      .number { (0..<1).contains($0) ? nil : "must be at least 0 and less than 1" },
      "part of the training set to hold back, from 0 to 1"),
    Setting(
      "normalize", "none|auto|mean,std", \.normalize, .normalization, "how pixels are scaled"),
    Setting("seed", "n", \.seed, .whole(from: 0), "what all randomness is keyed by"),
    Setting("shuffle", "", \.shuffle, .yesOrNo, "draw the images in a new order every epoch"),
    Setting(
      "init", "file", \.initialWeights, .optional(.text), "initial weights, as .safetensors"),
    Setting("log-every", "n", \.logEvery, .whole(from: 1), "updates between two log rows"),
    Setting(
      "out", "dir", \.out, .optional(.text, none: nil),
      "folder of the run; by default runs/NAME-N with the next free N"),
    Setting("progress", "mode", \.progress, .choice, "auto, bar, line, json or none"),
    Setting(
      "target-accuracy", "x", \.targetAccuracy,
      .optional(
        .number { (0...1).contains($0) ? nil : "must be from 0 to 1 (90 % is written 0.9)" }),
      "exit with 8 if the best test accuracy stays below"),
    Setting(
      "set", "name=value", \.values, .optional(.text),
      "value of a name that a pasted script leaves open, such as args.epochs=30"),
  ]

  static let named = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
}

/// Why a text is not a value of its setting.
private struct Refusal: Error { let reason: String }

/// A kind of value: how it is read from text and written as such.
private struct Kind<Value>: Sendable {
  var isText = false
  let read: @Sendable (String) -> Result<Value, Refusal>
  let text: @Sendable (Value) -> String?
}

extension Kind {
  fileprivate static func optional<Wrapped>(_ kind: Kind<Wrapped>, none: String? = "none") -> Kind
  where Value == Wrapped? {
    Kind(
      isText: kind.isText,
      read: { $0 == none ? .success(nil) : kind.read($0).map(Optional.some) },
      text: { $0.flatMap(kind.text) })
  }
}

extension Kind<String> {
  fileprivate static var text: Kind {
    Kind(
      isText: true,
      read: { .success($0) },
      text: { $0 })
  }
}

extension Kind where Value: FixedWidthInteger & Sendable {
  fileprivate static func whole(from least: Value) -> Kind {
    Kind(
      read: { text in
        if let value = Value(text), value >= least { return .success(value) }
        let isLarge = text.allSatisfy { ("0"..."9").contains($0) } && Value(text) == nil
        let bound = isLarge ? "of at most \(Value.max)" : "of at least \(least)"
        return .failure(Refusal(reason: "must be a whole number \(bound)"))
      },
      text: { String($0) })
  }
}

extension Kind<Double> {
  fileprivate static func number(_ objection: @escaping @Sendable (Double) -> String?) -> Kind {
    Kind(
      read: { text in
        guard let value = Double(text), value.isFinite else {
          return .failure(Refusal(reason: "must be a number"))
        }
        return objection(value).map { .failure(Refusal(reason: $0)) } ?? .success(value)
      },
      text: shortestText)
  }
}

extension Kind<Settings.LearningRate> {
  fileprivate static var learningRate: Kind {
    let number = Kind<Double>.number { $0 < 0 ? "must not be negative" : nil }
    return Kind(
      read: { text in
        if text == "auto" { return .success(.automatic) }
        guard Double(text) != nil else {
          return .failure(Refusal(reason: "must be a number, or auto"))
        }
        return number.read(text).map(Value.fixed)
      },
      text: { rate in
        switch rate {
        case .fixed(let rate): number.text(rate)
        case .automatic: "auto"
        }
      })
  }
}

extension Kind<Settings.AverageDecay> {
  fileprivate static var averageDecay: Kind {
    let number = Kind<Double>.number {
      $0 > 0 && $0 < 1 ? nil : "must be more than 0 and less than 1"
    }
    return Kind(
      isText: true,
      read: { text in
        if Double(text) != nil { return number.read(text).map(Value.ramped) }
        guard let spec = try? Spec(parsing: text), case .call(let call) = spec.form,
          call.name == "constant", call.arguments.count == 1,
          [nil, "decay"].contains(call.arguments[0].label),
          let decay = Double(call.arguments[0].value)
        else {
          return .failure(
            Refusal(
              reason:
                "must be a decay such as 0.999, which is reached by a ramp, or constant(0.999), "
                + "which holds from the first update on"))
        }
        return number.read(shortestText(decay)).map(Value.constant)
      },
      text: { decay in
        switch decay {
        case .ramped(let decay): number.text(decay)
        case .constant(let decay): number.text(decay).map { "constant(\($0))" }
        }
      })
  }
}

extension Kind<Double> {
  fileprivate static var positive: Kind {
    .number { $0 > 0 ? nil : "must be more than 0" }
  }
}

extension Kind<Bool> {
  fileprivate static var yesOrNo: Kind {
    Kind(
      read: { text in
        switch text.lowercased() {
        case "true", "yes", "on": .success(true)
        case "false", "no", "off": .success(false)
        default: .failure(Refusal(reason: "must be true or false"))
        }
      },
      text: { $0 ? "true" : "false" })
  }
}

extension Kind
where Value: RawRepresentable & CaseIterable & Sendable, Value.RawValue == String {
  fileprivate static var choice: Kind {
    Kind(
      isText: true,
      read: { text in
        if let value = Value(rawValue: text) { return .success(value) }
        let words = Value.allCases.map(\.rawValue)
        let reason = "must be one of \(words.joined(separator: ", "))"
        return .failure(Refusal(reason: reason + suggestion(for: text, in: words)))
      },
      text: { $0.rawValue })
  }
}

extension Kind<Settings.Normalization> {
  fileprivate static var normalization: Kind {
    Kind(
      isText: true,
      read: { text in
        switch text {
        case "none": return .success(.none)
        case "auto": return .success(.automatic)
        default: break
        }
        let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map {
          Double($0.filter { $0 != " " }) ?? .nan
        }
        guard numbers.count >= 2, numbers.count % 2 == 0, numbers.allSatisfy(\.isFinite) else {
          return .failure(
            Refusal(
              reason: "must be none, auto, or numbers such as 0.286,0.353: the mean of every "
                + "channel, then the standard deviation of every channel"))
        }
        let half = numbers.count / 2
        let (mean, deviation) = (Array(numbers[..<half]), Array(numbers[half...]))
        guard deviation.allSatisfy({ $0 > 0 }) else {
          return .failure(Refusal(reason: "a standard deviation must be greater than 0"))
        }
        return .success(.fixed(mean: mean, deviation: deviation))
      },
      text: { value in
        switch value {
        case .none: "none"
        case .automatic: "auto"
        case .fixed(let mean, let deviation):
          (mean + deviation).map(shortestText).joined(separator: ",")
        }
      })
  }
}
