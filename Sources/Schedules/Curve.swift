import Specs

/// A schedule with every length, rate and clock settled: a pure function of time and metrics.
protocol Curve: Sendable {
  /// The value at a moment, which counts from the curve's own beginning.
  func point(at moment: Moment, _ evaluation: inout Evaluation) -> Point

  /// Where it ends by itself; nil if it never does.
  var extent: Extent? { get }

  /// What it does, in words that continue "the rate starts at 0.1, ...".
  var words: String { get }

  /// What it did with the metrics of its own epochs and why, where metrics drive it; the indices
  /// are those of the run's epochs.
  func events(_ metrics: ArraySlice<Double>) -> [Event]
}

extension Curve {
  var extent: Extent? { nil }

  func events(_ metrics: ArraySlice<Double>) -> [Event] { [] }
}

/// A point in training as a curve sees it, whose beginning is its own 0.
struct Moment: Hashable, Sendable {
  var step = 0
  var epoch = 0
  /// The index of the metric of epoch 0.
  var firstMetric = 0

  /// The same point as seen by a part that begins later.
  func since(_ boundary: Boundary) -> Moment {
    let epoch = boundary.epoch
    return Moment(
      step: max(0, step - boundary.step), epoch: max(0, self.epoch - epoch),
      firstMetric: firstMetric + epoch)
  }
}

/// A point in time at which one part of a schedule gives way to another.
struct Boundary: Hashable, Sendable {
  /// The clock that decides.
  var clock: Clock
  var step: Int
  var epoch: Int

  static let zero = Boundary(clock: .epoch, step: 0, epoch: 0)

  func isReached(at moment: Moment) -> Bool {
    switch clock {
    case .epoch: moment.epoch >= epoch
    case .step: moment.step >= step
    }
  }
}

/// A length of time on one clock.
struct Extent: Hashable, Sendable {
  var clock: Clock
  var ticks: Double
}

/// What is carried along while a curve is evaluated.
///
/// Folds (a product of a lambda over all ticks, a plateau over all metrics) keep how far they have
/// come in `folds`, so that walking forward is linear. It is only a memory: without it, or with a
/// later moment in it, the same values come out.
struct Evaluation {
  let metrics: [Double]
  var folds: [(any Sendable)?]

  init(metrics: [Double], slots: Int) {
    self.metrics = metrics
    folds = Array(repeating: nil, count: slots)
  }
}

/// A rate that depends on nothing but the ticks of one clock.
protocol Shape: Sendable {
  /// The rate after so many ticks.
  func rate(at tick: Double) -> Double

  /// The momentum after so many ticks, where it is driven.
  func momentum(at tick: Double) -> Double?

  /// The tick at which what it leads to is reached, and another part may take over; nil if it leads
  /// nowhere.
  var length: Double? { get }

  /// What it does, in words.
  func words(_ time: Timeline) -> String
}

extension Shape {
  func momentum(at tick: Double) -> Double? { nil }

  var length: Double? { nil }
}

/// A shape on its clock.
struct Leaf<S: Shape>: Curve {
  let shape: S
  let time: Timeline

  init(_ shape: S, _ time: Timeline) {
    self.shape = shape
    self.time = time
  }

  func point(at moment: Moment, _ evaluation: inout Evaluation) -> Point {
    let tick = Double(time.clock == .epoch ? moment.epoch : moment.step)
    return Point(shape.rate(at: tick), momentum: shape.momentum(at: tick))
  }

  var extent: Extent? { shape.length.map { Extent(clock: time.clock, ticks: $0) } }

  var words: String { shape.words(time) }
}

/// The clock of a part, with its place in the run: turns lengths to ticks and ticks to words.
struct Timeline: Hashable, Sendable {
  let clock: Clock
  let frame: Frame

  /// How many ticks the part has until the run, or what encloses it, ends.
  var span: Double { frame.span(clock) }

  /// The length of a part that lasts to the end.
  ///
  /// Where nothing is left, behind a warm-up as long as the run, it is that of the whole run: a decay
  /// of no length would be at its end, and the warm-up would lead to nothing.
  var openLength: Double { span > 0 ? span : Frame(frame.run).span(clock) }

  /// A length in ticks of the clock.
  func ticks(_ length: Length) -> Double { frame.ticks(length, clock) }

  /// The same stretch from so many ticks on.
  func after(_ ticks: Double) -> Timeline {
    let steps = clock == .step ? ticks : ticks * Double(frame.run.stepsPerEpoch)
    var frame = frame
    frame.startStep += Int(min(steps, 1e15).rounded())
    return Timeline(clock: clock, frame: frame)
  }

  /// `20 epochs`, `500 steps`.
  func count(_ ticks: Double) -> String { counted(ticks, clock.rawValue) }

  /// `epoch 20`, `step 500`: a tick of this part, counted from the beginning of the run; an epoch
  /// wherever one is complete.
  func when(_ tick: Double) -> String {
    let stepsPerEpoch = Double(frame.run.stepsPerEpoch)
    let start = Double(frame.startStep)
    guard clock == .step else { return "epoch \(brief(tick + start / stepsPerEpoch))" }
    let epoch = (tick + start) / stepsPerEpoch
    return stepsPerEpoch > 1 && epoch == epoch.rounded()
      ? "epoch \(brief(epoch))" : "step \(brief(tick + start))"
  }

  /// `cosine to 0.01 at epoch 20, then constant`.
  func ending(_ name: String, to rate: Double, at length: Double) -> String {
    let tail = length < span ? ", then constant" : ""
    return "\(name) to \(brief(rate)) at \(when(length))\(tail)"
  }
}

/// The stretch of the run that a part of a schedule has for itself.
struct Frame: Hashable, Sendable {
  let run: Run
  /// The first update.
  var startStep = 0
  /// One past the last update.
  var endStep: Int

  init(_ run: Run) {
    self.run = run
    endStep = run.totalSteps
  }

  func span(_ clock: Clock) -> Double {
    let steps = Double(max(0, endStep - startStep))
    return clock == .step ? steps : steps / Double(run.stepsPerEpoch)
  }

  func ticks(_ length: Length, _ clock: Clock) -> Double {
    let stepsPerEpoch = Double(run.stepsPerEpoch)
    switch (length.unit, clock) {
    case (.ticks, _), (.epochs, .epoch), (.steps, .step): return length.amount
    case (.epochs, .step): return (length.amount * stepsPerEpoch).rounded()
    case (.steps, .epoch): return length.amount / stepsPerEpoch
    case (.percent, .step): return (length.amount / 100 * Double(run.totalSteps)).rounded()
    case (.percent, .epoch):
      return length.amount / 100 * Double(run.totalSteps) / stepsPerEpoch
    }
  }

  /// The boundary that lies so much after another one; both count from the start of this frame.
  func boundary(_ ticks: Double, _ clock: Clock, after start: Boundary) -> Boundary {
    let isWhole = ticks == ticks.rounded() && ticks < 1e9 && startStep % run.stepsPerEpoch == 0
    if clock == .epoch, start.clock == .epoch, isWhole {
      let epochs = Int(ticks)
      return Boundary(
        clock: .epoch, step: start.step + epochs * run.stepsPerEpoch, epoch: start.epoch + epochs)
    }
    let steps = clock == .epoch ? ticks * Double(run.stepsPerEpoch) : ticks
    let step = start.step + Int(min(steps.rounded(), 1e15))
    return Boundary(
      clock: .step, step: step,
      epoch: (startStep + step) / run.stepsPerEpoch - startStep / run.stepsPerEpoch)
  }

  /// The stretch from one boundary to another, or to the end.
  func part(from start: Boundary, to end: Boundary?) -> Frame {
    var part = self
    part.startStep = startStep + start.step
    if let end { part.endStep = min(endStep, startStep + end.step) }
    part.endStep = max(part.startStep, part.endStep)
    return part
  }
}
