internal import Networks
internal import Optimizers
internal import Reports
internal import Schedules

/// The rates of every parameter group for every update: the schedules of a run, resolved.
struct RatePlan {
  /// The plan of the parameters that are in no group, which reports show.
  let main: Plan
  /// The group of each tensor of the network.
  let assignment: [Int]

  private let optimizer: any Optimizer
  private let momentum: Plan?
  private let weightDecay: Plan?
  /// What one column of the table of rates is made from.
  private struct Group: Hashable {
    /// The place of the group among those that the user named; nil for the rest.
    var index: Int?
    /// A factor of the learning rate.
    var scale: Double
    /// Whether weight decay and L1 penalty apply.
    var decays: Bool
  }
  private let plans:
    [(plan: Plan, group: Group, scale: Double, momentum: Double?, weightDecay: Double?)]
  private let l1: Double
  /// What is said of the rule, the penalties and the average.
  private let remarks: [Note]

  /// Resolves the schedules for a run.
  ///
  /// - Parameters:
  ///   - parameters: The network's tensors, which are put into groups.
  ///   - optimizer: The update rule.
  ///   - run: How long training lasts.
  ///   - schedule: The learning rate's schedule.
  ///   - baseRate: The learning rate that the user asks for.
  ///   - options: Clock, warm-up, groups and the schedules of other values.
  /// - Throws: `SpecError` where a schedule does not fit, ``TrainingError`` where a group is empty.
  init(
    _ parameters: [Networks.Parameter], _ optimizer: any Optimizer, _ run: Run,
    _ schedule: Schedule, baseRate: Double?, _ options: Trainer.Options
  ) throws {
    func resolved(_ schedule: Schedule, _ rate: Double?, _ default: Double) throws -> Plan {
      try schedule.resolved(
        for: run, baseRate: rate, defaultRate: `default`, clock: options.clock,
        warmup: options.warmup)
    }
    func driven(_ schedule: Schedule?, from value: Double) throws -> Plan? {
      try schedule?.resolved(for: run, baseRate: value, clock: options.clock)
    }
    self.optimizer = optimizer
    l1 = options.l1
    let rate = baseRate ?? optimizer.defaultLearningRate
    main = try resolved(schedule, baseRate, rate)
    guard options.momentumSchedule == nil || optimizer.momentum > 0 else {
      throw TrainingError.doesNotFit(
        "\(optimizer.text) has no momentum to schedule: write SGD(momentum=0.9)")
    }
    let main = main
    let drivesMomentum = (0..<min(run.epochs, 1000)).contains {
      main.value(at: run.tick($0, of: .epoch)).momentum != nil
    }
    guard !drivesMomentum || optimizer.momentum > 0 else {
      throw TrainingError.doesNotFit(
        "\(schedule) drives the momentum, and \(optimizer.text) has none: write "
          + "SGD(momentum=0.9), or cycle_momentum=False in the schedule")
    }
    try Self.requireFit(optimizer, options, drivesMomentum: drivesMomentum)
    momentum = try driven(options.momentumSchedule, from: optimizer.momentum)
    weightDecay = try driven(options.weightDecaySchedule, from: optimizer.weightDecay)
    try Self.requireStable(main, run, "\(schedule)") { $0.momentum }
    if let momentum {
      try Self.requireStable(momentum, run, "--momentum-schedule") { $0.learningRate }
    }

    let penalizes = options.weightDecaySchedule != nil || optimizer.weightDecay > 0 || l1 > 0
    // Tensors of one group and one scale share a column of the table.
    let layers = parameters.map { $0.name.prefix { $0 != "." } }
    let order = layers.reduce(into: [Substring]()) { if $0.last != $1 { $0.append($1) } }
    var groups = [Group(index: nil, scale: 1, decays: true)]
    assignment = zip(parameters, layers).map { parameter, layer in
      let depth = order.count - 1 - (order.firstIndex(of: layer) ?? 0)
      var scale = 1.0
      for _ in 0..<depth { scale *= options.layerDecay }
      let group = Group(
        index: options.groups.firstIndex { $0.matches(parameter.name) }, scale: scale,
        decays: options.decayBiases || !parameter.isBias || !penalizes)
      if let known = groups.firstIndex(of: group) { return known }
      groups.append(group)
      return groups.count - 1
    }
    for (index, group) in options.groups.enumerated()
    where !groups.contains(where: { $0.index == index }) {
      throw TrainingError.doesNotFit(
        "--group '\(group.pattern): ...' matches no tensor (or an earlier group takes them all); "
          + "the tensors are \(parameters.map(\.name).joined(separator: ", "))")
    }
    let spares = groups.contains { group in
      !group.decays && group.index.flatMap { options.groups[$0].weightDecay } == nil
    }
    var remarks: [Note] = []
    if spares {
      remarks.append(
        Note(
          .note,
          "biases have no weight decay and no L1 penalty (--decay-biases false), unlike in PyTorch")
      )
    }
    let ends = [0, run.totalSteps - 1].map { main.value(at: run.tick($0, of: .step)).learningRate }
    if optimizer.averagesItself, ends[1] < ends[0] / 2, main.metricMode == nil {
      remarks.append(
        Note(
          .note,
          "\(optimizer.text) averages in place of a schedule, and this one ends at "
            + "\(RangeTest.text(ends[1])): --schedule constant, with a --warmup, is what it is made "
            + "for"))
    }
    if let note = options.averageDecay?.note(for: run) { remarks.append(note) }
    self.remarks = remarks
    plans = try groups.map { group in
      guard let own = group.index.map({ options.groups[$0] }) else {
        return (try resolved(schedule, baseRate, rate), group, group.scale, nil, nil)
      }
      let chosen = own.schedule ?? schedule
      var scale = group.scale * own.scale
      var base = own.learningRate ?? baseRate
      // A schedule that names its own rates does not look at a base: the group's share is a factor.
      if let named = chosen.ownRate, let wanted = own.learningRate, own.schedule == nil {
        scale *= wanted / named
        base = baseRate
      }
      return (try resolved(chosen, base, rate), group, scale, own.momentum, own.weightDecay)
    }
  }

  /// The same for the tensors of a network.
  init(
    _ network: Network, _ optimizer: any Optimizer, _ run: Run, _ schedule: Schedule,
    baseRate: Double?, _ options: Trainer.Options
  ) throws {
    try self.init(
      network.parameters, optimizer, run, schedule, baseRate: baseRate, options)
  }

  /// Refuses a momentum of 1 and more, which never forgets a step.
  private static func requireStable(
    _ plan: Plan, _ run: Run, _ name: String, _ momentum: (Point) -> Double?
  ) throws(TrainingError) {
    // A thousand looks over the run, and one at its end.
    let last = run.totalSteps - 1
    for look in 0..<1000 {
      let step = Int(Double(last) * Double(look) / 999)
      guard let value = momentum(plan.value(at: run.tick(step, of: .step))), value >= 1 else {
        continue
      }
      throw .doesNotFit(
        "\(name) gives \(shortestText(value)) at step \(step): a momentum must be less than 1")
    }
  }

  /// Refuses what a rule cannot do, before anything trains.
  private static func requireFit(
    _ optimizer: any Optimizer, _ options: Trainer.Options, drivesMomentum: Bool
  ) throws(TrainingError) {
    let groups = options.groups
    if optimizer.momentum == 0, groups.contains(where: { ($0.momentum ?? 0) > 0 }) {
      throw .doesNotFit(
        "\(optimizer.text) has no momentum for --group to set: write SGD(momentum=0.9)")
    }
    let changesMomentum =
      drivesMomentum || options.momentumSchedule != nil || groups.contains { $0.momentum != nil }
    if optimizer.averagesItself, changesMomentum {
      throw .doesNotFit(
        "\(optimizer.text) averages by its momentum, which must stay as it is: cycle_momentum=False "
          + "in the schedule, no --momentum-schedule, and no momentum in --group")
    }
    let hasOwnRates =
      options.layerDecay != 1
      || groups.contains {
        $0.schedule != nil || ($0.learningRate ?? 0) > 0 || ($0.scale != 1 && $0.scale != 0)
      }
    if optimizer.sharesRate, hasOwnRates {
      throw .doesNotFit(
        "\(optimizer.text) estimates one step size for all weights, so groups have no rates of their "
          + "own: leave out --layer-decay and what --group says of lr, scale and schedule; lr=0 "
          + "freezes a group")
    }
  }

  /// What the rules of all groups carry from update to update.
  struct Courses {
    /// The first update of the latest table.
    fileprivate var first = 0
    /// For each group what it carries into `first`, into the update after it, and so on.
    fileprivate var groups: [[Course]] = []

    /// The start of training.
    init() {}
  }

  /// The rows of the updates of one epoch.
  ///
  /// - Parameters:
  ///   - steps: The updates; they begin among those of the table before, or right after them.
  ///   - epoch: The epoch, from 0.
  ///   - metrics: The monitored figure after each epoch before.
  ///   - courses: What the updates before left behind, and what these leave.
  /// - Returns: One row an update, one element a group.
  func rows(
    steps: Range<Int>, epoch: Int, metrics: [Double], _ courses: inout Courses
  ) -> [[Coefficients]] {
    rows(steps, &courses) { plan in
      Array(plan.values(steps: steps, inEpoch: epoch, metrics: metrics))
    }
  }

  /// The rows of a run of fewer updates that goes through the schedules of the whole run.
  ///
  /// Update i of n has the values of the whole run's update at (i + 1/2) / n of its length; no metric is
  /// known.
  func rows(drawnTogetherTo count: Int) -> [[Coefficients]] {
    var courses = Courses()
    return rows(0..<count, &courses) { plan in
      (0..<count).map { index in
        let step = (Double(index) + 0.5) / Double(count) * Double(plan.run.totalSteps)
        return plan.value(at: plan.run.tick(Int(step), of: .step))
      }
    }
  }

  private func rows(
    _ steps: Range<Int>, _ courses: inout Courses, _ values: (Plan) -> [Point]
  ) -> [[Coefficients]] {
    let momenta = momentum.map(values)
    let decays = weightDecay.map(values)
    var trails: [[Course]] = []
    var columns: [[Coefficients]] = []
    for (column, (plan, group, scale, ownMomentum, ownDecay)) in plans.enumerated() {
      var course =
        courses.groups.isEmpty ? Course() : courses.groups[column][steps.lowerBound - courses.first]
      var trail = [course]
      columns.append(
        values(plan).enumerated().map { index, point in
          let values = HyperParameters(
            learningRate: point.learningRate * scale,
            momentum: ownMomentum ?? momenta?[index].learningRate ?? point.momentum
              ?? optimizer.momentum,
            // What a group says of itself holds for its biases too.
            weightDecay: ownDecay
              ?? (group.decays ? decays?[index].learningRate ?? optimizer.weightDecay : 0),
            l1: group.decays ? l1 : 0)
          defer { trail.append(course) }
          return optimizer.coefficients(
            update: steps.lowerBound + index, values, &course)
        })
      trails.append(trail)
    }
    (courses.first, courses.groups) = (steps.lowerBound, trails)
    return (0..<steps.count).map { row in columns.map { $0[row] } }
  }

  /// The rows of the updates of one epoch, of a rule that carries nothing.
  func rows(steps: Range<Int>, epoch: Int, metrics: [Double]) -> [[Coefficients]] {
    var courses = Courses()
    return rows(steps: steps, epoch: epoch, metrics: metrics, &courses)
  }

  /// What was noticed about the schedule of another value than the rate, which may well be 0.
  private static func notes(of plan: Plan?, _ value: String) -> [Note] {
    (plan?.notes ?? []).filter { $0.subject != .learningRate }.map {
      Note($0.kind, "schedule of the \(value): \($0.text.replacing("the rate", with: "it"))")
    }
  }

  /// What was noticed about all schedules, once each.
  var notes: [Note] {
    // A group that is frozen by a rate of 0 is meant to learn nothing.
    let training = plans.filter {
      $0.group.index == nil || $0.plan.value(at: Tick(step: 0, epoch: 0)).learningRate > 0
    }
    let all =
      main.notes + training.flatMap(\.plan.notes) + Self.notes(of: momentum, "momentum")
      + Self.notes(of: weightDecay, "weight decay") + remarks
    return all.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }
}
