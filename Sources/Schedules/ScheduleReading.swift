package import Specs

/// The schedule that lines of a script make, as far as the schedules' room can tell.
package struct ScheduleReading: Sendable {
  package let schedule: Schedule
  /// What its bare numbers count where the script says so: by the loop in which it is stepped, or by
  /// lengths made from `len(loader)`.
  package let clock: Clock?
  /// The call that makes it, with the optimizer that it was given.
  package let made: Made
  /// The names without a value; the schedule then holds a 1 in their places.
  package let unset: [UnsetName]
  /// What was noticed.
  package let notes: [Note]

  /// Finds the schedule of a script; nil if its lines make none.
  ///
  /// - Throws: `SpecError` with the lines that decide the rate and cannot be honoured: two schedules of
  ///   which only one is used, a class that is not known, a rate that is set by hand.
  package init?(_ script: Script) throws(SpecError) {
    let catalog = Schedule.catalog
    try Self.requireUnderstood(script, catalog)
    var found = script.calls(of: catalog)
    if found.isEmpty, script.isOneExpression, let act = script.acts.first {
      found = [Made(syntax: act.value, act: act)]
    }
    guard let made = found.last else { return nil }
    let known = Set(catalog.signatures.flatMap { [$0.name] + $0.aliases })
    func lowered(_ made: Made) throws(SpecError) -> (spec: Spec, unset: [UnsetName]) {
      let (spec, unset) = try script.lowered(made.syntax, isKnown: known.contains)
      return (catalog.stripped(spec), unset + catalog.unsetNames(in: spec))
    }
    let (spec, unset) = try lowered(made)
    for other in found.dropLast() {
      let otherSpec = try lowered(other).spec
      if otherSpec == spec, other.act.targets.isEmpty == made.act.targets.isEmpty { continue }
      if let condition = other.act.conditions.last ?? made.act.conditions.last {
        throw SpecError(
          "which schedule is used depends on \(condition), which has no value here",
          at: script.place(condition.characters),
          help: "either give only the lines that count, or the values: --set NAME=VALUE")
      }
      throw SpecError(
        "this schedule is not used by the last one: join them, as in \(otherSpec) * \(spec),"
          + " or give them to ChainedScheduler or SequentialLR",
        at: script.place(other.syntax.characters))
    }
    var notes: [Note] = []
    if let condition = made.act.conditions.last {
      notes.append(
        Note(.warning, "the schedule is taken as it is made where \(condition) holds"))
    }
    let stepped = try Self.steppedClock(of: made, in: script)
    if stepped == .epoch, spec.countsLoader {
      notes.append(
        Note(
          .warning,
          "the script steps the schedule once an epoch, and its lengths count batches: taken as"
            + " written, it lasts len(loader) times as long as was probably meant; --clock step takes"
            + " them as batches"))
    }
    self.made = made
    self.unset = unset
    self.notes = notes
    clock = stepped ?? (spec.countsLoader ? .step : nil)
    schedule = unset.isEmpty ? try Schedule(spec) : Schedule(unchecked: spec)
  }

  // Which loop steps it

  /// Whether the schedule is stepped after every batch or after every epoch; nil if the lines do not
  /// say.
  private static func steppedClock(of made: Made, in script: Script) throws(SpecError) -> Clock? {
    let names = Set(
      made.act.targets.compactMap { target -> String? in
        if case .name(let path) = target.form { return path.last }
        return nil
      })
    if let interval = interval(of: made, in: script) { return interval }
    var clock: Clock?
    for act in script.acts {
      guard let path = act.written.calledPath, path.last == "step" || path.last == "step_update",
        path.count >= 2
      else { continue }
      let name = path[path.count - 2]
      let isMeant =
        names.contains(name) || name.lowercased().contains("sched") || name.lowercased() == "lr"
      guard isMeant, !act.loops.isEmpty else { continue }
      if let argument = act.value.items.first?.value, isFraction(argument) {
        throw SpecError(
          "the schedule is stepped to \(argument), a part of an epoch",
          at: script.place(act.characters),
          help:
            "leave the loop out and write its lengths in epochs, as in T_0=10ep, with --clock step")
      }
      let isPerBatch = act.loops.contains(where: \.isOverBatches) || act.loops.count > 1
      let found: Clock = isPerBatch ? .step : .epoch
      if let clock, clock != found {
        throw SpecError(
          "the schedule is stepped both after batches and after epochs",
          at: script.place(act.characters), help: "leave one of the lines out")
      }
      clock = found
    }
    return clock
  }

  /// Whether a step goes to a point in time, `epoch + i / len(loader)`, rather than looking at a metric.
  private static func isFraction(_ argument: Syntax) -> Bool {
    guard case .operation(let sign, _, _) = argument.form else { return false }
    return sign == .add || sign == .divide || sign == .multiply
  }

  /// What Lightning's dictionary says: `{"scheduler": scheduler, "interval": "step"}`.
  private static func interval(of made: Made, in script: Script) -> Clock? {
    func find(_ syntax: Syntax) -> Clock? {
      if case .dictionary(let entries) = syntax.form,
        entries.contains(where: {
          $0.key.text == "scheduler" && $0.value.contains(made.syntax.characters)
        })
      {
        let interval = entries.first { $0.key.text == "interval" }?.value.text
        return interval == "step" ? .step : .epoch
      }
      return syntax.parts.lazy.compactMap(find).first
    }
    return script.acts.lazy.compactMap { find($0.value) }.first
  }

  // What is not understood

  /// Refuses lines that decide the rate and are no schedule that is known here.
  private static func requireUnderstood(
    _ script: Script, _ catalog: Catalog
  ) throws(SpecError) {
    if let error = script.unread.first?.error { throw error }
    guard !script.isOneExpression else { return }
    for act in script.acts {
      for target in act.targets where setsRate(target) {
        throw SpecError(
          "this line sets the learning rate by hand", at: script.place(act.characters),
          help:
            "write it as a schedule, such as LambdaLR(optimizer, lambda epoch: 0.95 ** epoch), and"
            + " leave the line out")
      }
      try requireKnown(act.value, act, script, catalog)
    }
  }

  /// Whether an assignment goes to `group['lr']` of an optimizer.
  private static func setsRate(_ target: Syntax) -> Bool {
    guard case .element(let base, let index) = target.form, let key = index.text,
      ["lr", "learning_rate", "momentum", "weight_decay"].contains(key)
    else { return false }
    if case .element(let owner, _) = base.form { return "\(owner)".contains("param_groups") }
    guard case .name(let path) = base.form, let name = path.last?.lowercased() else { return false }
    return ["g", "group", "param_group", "pg", "params", "param"].contains(name)
      || name.contains("group")
  }

  private static func requireKnown(
    _ syntax: Syntax, _ act: Act, _ script: Script, _ catalog: Catalog
  ) throws(SpecError) {
    if let path = syntax.calledPath, let name = path.last {
      if looksLikeSchedule(path, act), catalog.signature(named: name) == nil {
        let (spec, _) = try script.lowered(
          Syntax(.call(path, []), syntax.characters), isKnown: nil)
        _ = try catalog.bind(spec)
      }
      if adjustsRate(name) {
        throw SpecError(
          "\(name) decides the learning rate, and is not known here",
          at: script.place(act.characters),
          help: "give its lines too, or write it as a schedule such as StepLR(30, 0.1)")
      }
    }
    for part in syntax.parts { try requireKnown(part, act, script, catalog) }
  }

  /// Whether a call makes a schedule by its name: `GradualWarmupScheduler(...)`, `lr_scheduler.MyLR(...)`.
  private static func looksLikeSchedule(_ path: [String], _ act: Act) -> Bool {
    guard let name = path.last else { return false }
    let isMethod = path.count > 1 && name.first?.isLowercase == true
    if isMethod { return name.hasPrefix("get_") && name.contains("schedule") }
    if path.dropLast().contains("lr_scheduler") { return name.first?.isUppercase == true }
    let lower = name.lowercased()
    if name.first?.isUppercase == true {
      let isHelper = ["Config", "Callback", "Monitor", "Args", "Arguments", "State"].contains {
        name.hasSuffix($0)
      }
      return !isHelper
        && (lower.contains("schedul") || lower.contains("warmup") || name.hasSuffix("LR")
          || lower.contains("annealing"))
    }
    return [
      "get_scheduler", "create_scheduler", "build_scheduler", "make_scheduler",
      "get_lr_scheduler", "build_lr_scheduler", "create_scheduler_v2",
    ].contains(lower)
      || (lower.hasPrefix("get_") && lower.contains("schedule"))
  }

  /// Whether a function is one that sets rates by hand.
  private static func adjustsRate(_ name: String) -> Bool {
    let lower = name.lowercased()
    let isRate = lower.contains("learning_rate") || lower.hasSuffix("_lr")
    return isRate
      && ["adjust", "set_", "update_", "decay_", "decrease"].contains {
        lower.hasPrefix($0)
      }
  }
}
