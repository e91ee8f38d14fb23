internal import Optimizers
public import Schedules
public import Specs

/// What pasted lines of a script make: a schedule, an optimizer, or both.
public struct PastedLines: Sendable {
  /// The schedule; nil if the lines make none.
  public let schedule: Schedule?
  /// What the schedule's bare numbers count, where the lines say so.
  public let clock: Clock?
  /// The optimizer with its rate, as the grammar writes it; nil if the lines make none.
  public let optimizer: Spec?
  /// The optimizer's parameter groups, as `--group` writes them.
  public let groups: [String]
  /// Names that the lines leave open; what they are part of is not to be used.
  public let unset: [UnsetName]
  /// What was noticed.
  public let notes: [Note]

  /// Reads lines, or one spec of the grammar.
  ///
  /// - Parameters:
  ///   - text: The lines.
  ///   - values: What names stand for that the lines leave open, by name.
  ///   - makesOptimizer: Whether a text of one expression is an optimizer, rather than a schedule.
  /// - Throws: `SpecError` for what decides the rates and is not understood.
  public init(
    _ text: String, setting values: [String: String] = [:], makesOptimizer: Bool = false
  ) throws(SpecError) {
    let script = try Script(text, setting: values)
    var optimizers =
      makesOptimizer && script.isOneExpression
      ? [try OptimizerReading(Made(syntax: script.acts[0].value, act: script.acts[0]), script)]
      : try OptimizerReading.all(in: script)
    let reading = try Self.schedule(in: script, optimizers)
    if let made = reading?.made.syntax,
      let own = optimizers.first(where: { made.contains($0.made.syntax.characters) })
    {
      optimizers = [own]
    }
    guard optimizers.count <= 1 else {
      throw SpecError(
        "the lines make \(optimizers.count) optimizers, and training has one",
        at: script.place(optimizers[1].made.syntax.characters),
        help: "give the lines of one of them")
    }
    schedule = reading?.schedule
    clock = reading?.clock
    optimizer = optimizers.first?.spec
    groups = optimizers.first?.groups.map(\.text) ?? []
    unset = (optimizers.first?.unset ?? []) + (reading?.unset ?? [])
    var notes = reading?.notes ?? []
    if !groups.isEmpty, groups.last != "*: lr=0" {
      notes.append(
        Note(
          .note,
          "the pasted groups are \(groups.joined(separator: "; ")); parameters"
            + " that none of them names stay untrained in PyTorch and train here: add *: lr=0 to freeze"
            + " them"))
    }
    self.notes = notes + (try Self.clipping(in: script))
    if schedule == nil, optimizer == nil {
      throw SpecError(
        "these lines make neither a schedule nor an optimizer", at: script.place(0..<0))
    }
    if unset.isEmpty, let optimizer { _ = try OptimizerSpec(optimizer) }
  }

  /// What is said of gradients that the lines clip, which are neither schedule nor optimizer.
  private static func clipping(in script: Script) throws(SpecError) -> [Note] {
    let flags = ["clip_grad_norm_": "--clip-norm", "clip_grad_value_": "--clip-value"]
    var notes: [Note] = []
    for act in script.acts {
      guard let name = act.value.calledPath?.last, let flag = flags[name] else { continue }
      let items = act.value.items
      let limit =
        items.first { ["max_norm", "clip_value"].contains($0.label) }
        ?? (items.count > 1 && items[1].label == nil ? items[1] : nil)
      let value = try limit.map { limit throws(SpecError) in
        try script.lowered(limit.value, isKnown: nil).spec.description
      }
      let note = Note(
        .warning, "\(name) is not taken from pasted lines: add \(flag) \(value ?? "X")")
      if !notes.contains(note) { notes.append(note) }
    }
    return notes
  }

  private static func schedule(
    in script: Script, _ optimizers: [OptimizerReading]
  ) throws(SpecError) -> ScheduleReading? {
    // One line that makes an optimizer is no schedule that is not known.
    if script.isOneExpression, let only = optimizers.first,
      only.made.syntax.characters == script.acts[0].value.characters
    {
      return nil
    }
    return try ScheduleReading(script)
  }

  /// The rate that the optimizer names.
  public var learningRate: Double? {
    optimizer.flatMap { try? OptimizerSpec($0).learningRate }
  }

  /// The rate of the optimizer, or its class's default; nil if there is no optimizer.
  public var baseRate: Double? {
    guard let spec = optimizer.flatMap({ try? OptimizerSpec($0) }) else { return nil }
    return spec.learningRate ?? spec.optimizer.defaultLearningRate
  }

  /// The optimizer without its rate.
  var optimizerWithoutRate: Spec? {
    guard var spec = optimizer, case .call(var call) = spec.form else { return optimizer }
    let isPositional = call.arguments.first?.label == nil
    if isPositional, !call.arguments.isEmpty {
      call.arguments[0] = .init("lr", call.arguments[0].value)
      // What stands behind it without a name keeps its place by its name.
      let names = OptimizerSpec.kinds.first { $0.signature.name == call.name }?.signature.parameters
      for index in call.arguments.indices.dropFirst() where call.arguments[index].label == nil {
        call.arguments[index].label = names?[index].name
      }
    }
    call.arguments.removeAll { $0.label == "lr" }
    spec.form = .call(call)
    return spec
  }

  /// Reads the values of `--set`, one `NAME=VALUE` a line.
  ///
  /// - Throws: `SpecError` for a line that is none.
  public static func values(_ text: String) throws(SpecError) -> [String: String] {
    var values: [String: String] = [:]
    for line in text.split(separator: "\n") {
      guard let sign = line.firstIndex(of: "="), sign > line.startIndex,
        line.index(after: sign) < line.endIndex
      else {
        throw SpecError(
          "NAME=VALUE is expected, such as args.epochs=30, not \(line)", at: nil)
      }
      values[String(line[..<sign])] = String(line[line.index(after: sign)...])
    }
    return values
  }
}

extension Settings {
  /// Puts what pasted lines make in the place of the lines.
  ///
  /// - Parameters:
  ///   - given: The names of the settings that somebody has given.
  ///   - fault: Told what is wrong with a setting, by its name; nil for names without a value.
  mutating func readPasted(given: Set<String>, _ fault: (String?, SpecError) -> Void) {
    var values: [String: String] = [:]
    do throws(SpecError) {
      values = try self.values.map(PastedLines.values) ?? [:]
    } catch {
      fault("set", error)
    }
    self.values = nil
    func read(_ name: String, _ text: String?) -> PastedLines? {
      guard given.contains(name), let text else { return nil }
      do throws(SpecError) {
        return try PastedLines(text, setting: values, makesOptimizer: name == "optimizer")
      } catch {
        fault(name, error)
        return nil
      }
    }
    let fromSchedule = read("schedule", schedule)
    let fromOptimizer = read("optimizer", optimizer)
    let momentum = read("momentum-schedule", momentumSchedule)
    let weightDecay = read("weight-decay-schedule", weightDecaySchedule)
    let unset = [fromSchedule, fromOptimizer, momentum, weightDecay].compactMap { $0?.unset }
      .joined()
    guard unset.isEmpty else {
      fault(nil, SpecError(unset: Array(unset)))
      return
    }
    notes += (fromSchedule?.notes ?? []) + (fromOptimizer?.notes ?? [])
    momentumSchedule = momentum?.schedule.map { "\($0)" } ?? momentumSchedule
    weightDecaySchedule = weightDecay?.schedule.map { "\($0)" } ?? weightDecaySchedule
    if let fromOptimizer {
      guard fromOptimizer.optimizer != nil else {
        fault("optimizer", SpecError("these lines make a schedule and no optimizer", at: nil))
        return
      }
      take(optimizerOf: fromOptimizer, lines: false)
      if fromOptimizer.schedule != nil {
        if given.contains("schedule") {
          notes.append(Note(.warning, "--schedule wins over the schedule in --optimizer's lines"))
        } else {
          take(scheduleOf: fromOptimizer)
        }
      }
    }
    if let fromSchedule {
      guard fromSchedule.schedule != nil else {
        fault(
          "schedule",
          SpecError(
            "these lines make an optimizer and no schedule: give them to --optimizer", at: nil))
        return
      }
      take(scheduleOf: fromSchedule)
      guard let pasted = fromSchedule.optimizer else { return }
      if given.contains("optimizer") {
        notes.append(Note(.note, "--optimizer wins over the pasted \(pasted)"))
        if learningRate == nil, (try? OptimizerSpec(parsing: optimizer))?.learningRate == nil,
          let rate = fromSchedule.learningRate
        {
          learningRate = .fixed(rate)
          notes.append(Note(.note, "the rate is the pasted one, \(rate.shortest)"))
        }
      } else {
        take(optimizerOf: fromSchedule, lines: true)
      }
    }
  }

  private mutating func take(scheduleOf pasted: PastedLines) {
    guard let schedule = pasted.schedule else { return }
    // A text that says nothing else stays as it was written.
    if (self.schedule.flatMap { try? Spec(parsing: $0) }) != schedule.spec {
      self.schedule = "\(schedule)"
    }
    clock = clock ?? pasted.clock.map { $0 == .epoch ? .epoch : .step }
  }

  private mutating func take(optimizerOf pasted: PastedLines, lines: Bool) {
    guard let spec = pasted.optimizer else { return }
    if lines || (try? Spec(parsing: optimizer)) != spec { optimizer = "\(spec)" }
    if lines {
      if let flag = learningRate, let rate = pasted.learningRate, flag != .fixed(rate) {
        let text = if case .fixed(let rate) = flag { rate.shortest } else { "auto" }
        notes.append(Note(.note, "--lr \(text) wins over the pasted optimizer's \(rate.shortest)"))
        optimizer = "\(pasted.optimizerWithoutRate ?? spec)"
      }
      notes.append(Note(.note, "the optimizer is the pasted \(optimizer)"))
    }
    guard !pasted.groups.isEmpty else { return }
    let groups = pasted.groups.joined(separator: "; ")
    if group == nil {
      group = groups
    } else if group != groups {
      notes.append(Note(.warning, "--group wins over the pasted groups, \(groups)"))
    }
  }
}
