internal import Optimizers
internal import Reports
internal import Schedules
internal import Training

/// Schedules with every length, rate and clock settled, ready to be drawn or listed.
struct ScheduleDrawing {
  /// What the reader should know beside the drawing.
  private(set) var remarks: [Note] = []
  private let request: ScheduleRequest
  private let plans: [Plan]
  private var metrics: [Double] { request.metrics ?? [] }

  /// More ticks than this are only listed.
  private static let mostTicks = 100_000_000
  /// With more updates than this a curve shows the ticks of its own clock.
  private static let mostSteps = 1_000_000
  /// A curve keeps at most four points in each of so many columns.
  private static let columns = 4000

  /// Resolves every schedule.
  ///
  /// - Throws: `SettingsError` with what is wrong with each of them.
  init(_ request: ScheduleRequest) throws {
    self.request = request
    let defaultRate = try OptimizerSpec(parsing: Settings().optimizer).optimizer.defaultLearningRate
    var plans = try Self.plans(request, Self.run(request), defaultRate: defaultRate)
    // A part may turn up, or come out longer, only in the longer run.
    for _ in 0..<4 where request.hasNoLength {
      let longer = plans.compactMap(\.wholeRun).max { $0.totalSteps < $1.totalSteps }
      guard let longer else { break }
      plans = try Self.plans(request, longer, defaultRate: defaultRate)
    }
    self.plans = plans
    remarks =
      request.notes + Self.defaults(request, plans, rate: defaultRate) + Self.unused(request, plans)
    for (index, plan) in plans.enumerated() {
      remarks += plan.notes.map {
        Note($0.kind, (plans.count > 1 ? "\(letter(index)): " : "") + $0.text)
      }
    }
  }

  /// The run of whoever counts epochs.
  private static func run(_ request: ScheduleRequest) -> Run {
    Run(
      epochs: request.epochs ?? request.metrics?.count ?? Settings().epochs,
      stepsPerEpoch: request.stepsPerEpoch, maxSteps: request.maxSteps)
  }

  private static func plans(
    _ request: ScheduleRequest, _ run: Run, defaultRate: Double
  ) throws(SettingsError) -> [Plan] {
    var (plans, problems) = ([Plan](), [String]())
    for (index, schedule) in request.schedules.enumerated() {
      do throws(SpecError) {
        plans.append(
          try plan(
            schedule, request, run, clock: request.clock ?? request.clocks[index],
            defaultRate: request.pastedRates[index] ?? defaultRate))
      } catch {
        problems.append(request.schedules.count > 1 ? "\(schedule):\n\(error)" : "\(error)")
      }
    }
    guard problems.isEmpty else { throw SettingsError(problems) }
    return plans
  }

  private static func plan(
    _ schedule: Schedule, _ request: ScheduleRequest, _ run: Run, clock: Clock?,
    defaultRate: Double
  ) throws(SpecError) -> Plan {
    func resolved(_ run: Run) throws(SpecError) -> Plan {
      try schedule.resolved(
        for: run, baseRate: request.rate, defaultRate: defaultRate, clock: clock,
        warmup: request.warmup)
    }
    guard let steps = request.steps else { return try resolved(run) }
    let plan = try resolved(Run(steps: steps, stepsPerEpoch: request.stepsPerEpoch))
    // Where both lengths are given, the schedule's clock says which one counts.
    return request.epochs != nil && plan.clock == .epoch ? try resolved(run) : plan
  }

  // What is said

  /// Says what nobody has asked for and is drawn all the same.
  private static func defaults(
    _ request: ScheduleRequest, _ plans: [Plan], rate: Double
  ) -> [Note] {
    var remarks: [Note] = []
    let needsRate = zip(request.schedules, request.pastedRates).contains {
      $0.ownRate == nil && $1 == nil
    }
    if request.rate == nil, needsRate {
      remarks.append(
        Note(.note, "from \(shortestText(rate)), as training does by default: --lr changes that"))
    }
    for pasted in request.pastedRates.compactMap(\.self) {
      if let rate = request.rate, rate != pasted {
        remarks.append(
          Note(
            .note,
            "--lr \(shortestText(rate)) wins over the pasted optimizer's \(shortestText(pasted))")
        )
      }
    }
    if request.hasNoLength, let plan = plans.first {
      let length =
        plans.contains { $0.clock == .epoch }
        ? "over \(plan.run.epochs) epochs" : "over \(plan.run.totalSteps) updates"
      let reason =
        plan.run == run(request)
        ? "as training does by default"
        : "until all of it is seen, and training ends after \(Settings().epochs) epochs by default"
      remarks.append(Note(.note, "\(length), \(reason): --epochs or --steps change that"))
    }
    if request.countsUpdates, let plan = plans.first {
      remarks.append(
        Note(
          .note,
          "\(plan.run.stepsPerEpoch) updates an epoch, as training counts them, "
            + "\(plan.run.totalSteps) in all"))
    }
    return remarks
  }

  /// Says which flags make no difference, and which would.
  private static func unused(_ request: ScheduleRequest, _ plans: [Plan]) -> [Note] {
    var remarks: [Note] = []
    if let epochs = request.epochs, let steps = request.steps,
      epochs.multipliedReportingOverflow(by: request.stepsPerEpoch) != (steps, false)
    {
      if plans.allSatisfy({ $0.clock == .epoch }) {
        remarks.append(
          Note(
            .note, "--steps \(steps) is not used: epochs are counted; --clock step counts updates"))
      } else if plans.allSatisfy({ $0.clock == .step }) {
        remarks.append(
          Note(
            .note,
            "--epochs \(epochs) is not used: updates are counted; --clock epoch counts epochs"
          ))
      }
    }
    let isDriven = plans.contains { $0.metricMode != nil }
    if isDriven, request.metrics == nil {
      remarks.append(
        Note(
          .note,
          "no metrics are known, so none changes the rate: "
            + "--metrics 0.9,0.8,0.8 gives one value per epoch"))
    } else if !isDriven, request.metrics != nil {
      remarks.append(Note(.note, "--metrics is not used: the schedule follows no metric"))
    } else if isDriven, let count = request.metrics?.count,
      let epochs = plans.map(\.run.epochs).max(), count < epochs - 1
    {
      remarks.append(
        Note(
          .note,
          "the metrics end with epoch \(count - 1): from epoch \(count) on nothing new is "
            + "seen until epoch \(epochs - 1), the last"))
    }
    return remarks
  }

  // Rows

  /// Prints `step,epoch,learning_rate` and, where it is driven, `momentum`: one row per tick.
  ///
  /// - Throws: `DiskError` at the first rows that cannot be written.
  func printRows(on log: Log) throws {
    for plan in plans {
      // The header comes first, and nobody waits for the end of an endless list to see it.
      let drivesMomentum = values(of: plan).prefix(10_000_000).contains { $0.momentum != nil }
      var rows = "step,epoch,learning_rate" + (drivesMomentum ? ",momentum" : "") + "\n"
      for (index, value) in values(of: plan).enumerated() {
        let tick = plan.run.tick(index, of: plan.clock)
        rows += "\(tick.step),\(tick.epoch),\(shortestText(value.learningRate))"
        if drivesMomentum { rows += "," + (value.momentum.map(shortestText) ?? "") }
        rows += "\n"
        if rows.utf8.count > 65_536 {
          try log.stream(rows)
          rows = ""
        }
      }
      try log.stream(rows)
    }
  }

  private func count(of plan: Plan) -> Int {
    plan.clock == .epoch ? plan.run.epochs : plan.run.totalSteps
  }

  private func values(of plan: Plan) -> Plan.Values {
    plan.values(in: 0..<count(of: plan), metrics: metrics)
  }

  // Charts

  /// The learning rate and, where it is driven, the momentum below it.
  ///
  /// - Throws: `UsageError` if there are more ticks than anybody waits for.
  func charts() throws -> [Chart] {
    let clock: Clock = plans.allSatisfy { $0.clock == .epoch } ? .epoch : .step
    var (rates, momenta) = ([Chart.Series](), [Chart.Series]())
    for plan in plans {
      // A warm-up changes with every update, whatever the clock of the schedule behind it.
      let run = plan.run
      let sampled: Clock =
        run.stepsPerEpoch > 1 && run.totalSteps <= Self.mostSteps ? .step : plan.clock
      let count = sampled == .epoch ? run.epochs : run.totalSteps
      guard count <= Self.mostTicks else {
        throw UsageError(
          "\(count) \(plan.clock)s are too many to draw, the most are \(Self.mostTicks); "
            + "--csv lists them")
      }
      let stepsPerEpoch = Double(run.stepsPerEpoch)
      let distance =
        switch (sampled, clock) {
        case (.step, .epoch): 1 / stepsPerEpoch
        case (.epoch, .step): stepsPerEpoch
        default: 1.0
        }
      let end = Double(count) * distance
      var rate = Outline(columns: Self.columns, over: 0...end)
      var momentum = rate
      var last = Point(.nan)
      for (index, value) in plan.values(in: 0..<count, of: sampled, metrics: metrics).enumerated() {
        rate.add(.init(Double(index) * distance, value.learningRate))
        momentum.add(.init(Double(index) * distance, value.momentum ?? .nan))
        last = value
      }
      // The last tick lasts as long as every other.
      rate.add(.init(end, last.learningRate))
      momentum.add(.init(end, last.momentum ?? .nan))
      rates.append(.init("\(plan.schedule)", rate.points, .step))
      momenta.append(.init("\(plan.schedule)", momentum.points, .step))
    }
    let axis = Chart.Axis(clock.rawValue, isWhole: true)
    let scale = Self.scale(rates)
    // What is drawn beyond the end of a training that is told no more than this.
    let usual = Double(Settings().epochs)
    let isLonger =
      request.hasNoLength && clock == .epoch && plans.contains { Double($0.run.epochs) > usual }
    var rate = Chart(
      xAxis: axis,
      yAxis: .init(
        "learning rate" + (scale == .log ? " (logarithmic)" : ""), scale: scale), series: rates)
    if isLonger { rate.markers = [.init("training ends by default", x: usual)] }
    let momentum = Chart(xAxis: axis, yAxis: .init("momentum"), series: momenta)
    return momenta.contains { !$0.points.isEmpty } ? [rate, momentum] : [rate]
  }

  /// Logarithmic where a third of what is drawn would lie flat on the axis otherwise.
  private static func scale(_ series: [Chart.Series]) -> Chart.Axis.Scale {
    let rates = series.flatMap { $0.points.map(\.y) }
    let highest = rates.max() ?? 0
    let low = rates.count { $0 > 0 && $0 < highest / 50 }
    return low * 10 >= rates.count * 3 ? .log : .linear
  }

  /// The charts as an SVG file.
  func svg(_ charts: [Chart]) -> String {
    var charts = charts
    charts[0].title = plans.count == 1 ? "\(plans[0].schedule)" : "Learning-rate schedules"
    for index in charts.indices { charts[index].namesLines = plans.count > 1 }
    if charts.count > 1 { charts[1].hasLegend = false }
    return Chart.svg(charts, height: charts.count == 1 ? 420 : 320)
  }

  /// The schedules in words, the charts, and what the metrics did.
  func text(_ charts: [Chart], width: Int, terminal: Terminal) -> String {
    let width = min(max(40, width), 200)
    var lines: [String] = []
    for (index, plan) in plans.enumerated() {
      let name = plans.count > 1 ? "\(letter(index))  " : ""
      let margin = String(repeating: " ", count: name.count)
      lines += wrapped("\(plan.schedule)", width: width, prefix: name)
      lines += wrapped(plan.describe(), width: width, prefix: margin)
    }
    for var chart in charts {
      chart.hasLegend = false
      lines.append("")
      lines += chart.text(
        width: width, height: min(max(10, width / 5), 20) * (charts.count + 1) / (2 * charts.count),
        unicode: terminal.hasUnicode, colour: terminal.hasColour && plans.count > 1)
    }
    let events = self.events
    if !events.isEmpty { lines.append("") }
    lines += events
    return lines.joined(separator: "\n")
  }

  private var events: [String] {
    var lines: [String] = []
    for (index, plan) in plans.enumerated() {
      lines += plan.events(metrics: metrics).filter { $0.epoch < plan.run.epochs }.map {
        (plans.count > 1 ? "\(letter(index)): " : "") + "\($0)"
      }
    }
    let most = 20
    return lines.count <= most
      ? lines : lines.prefix(most) + ["... and \(lines.count - most) more changes"]
  }
}

/// The letter of a schedule among several, the one that its curve carries.
private func letter(_ index: Int) -> String { Chart.letter(of: index) }
