internal import Glibc

/// Tells how a training run is going, in the way that the reader of the output can use.
public final class Progress {
  /// How progress is shown: `--progress`.
  public enum Mode: String, CaseIterable, Sendable {
    /// A bar on a terminal, plain lines elsewhere.
    case auto
    /// A line redrawn in place; plain lines where the output is no terminal.
    case bar
    /// One line per epoch, and one every ten seconds within a long epoch.
    case line
    /// One JSON object per line.
    case json
    /// Nothing.
    case none
  }

  /// Seconds between two drawings of the bar.
  static let redrawInterval = 0.1
  /// Seconds of silence after which a long epoch gets a plain line.
  static let lineInterval = 10.0

  /// What stands before every figure of the run under way, where there are several.
  public var prefix = ""

  private let mode: Mode
  private let log: Log
  private let clock: () -> Double
  private let table: Table
  private var hasHeader = false
  private var lastShown: Double

  /// Progress on a log.
  ///
  /// - Parameters:
  ///   - mode: How to show it; `auto` and `bar` become `line` where the log's screen cannot redraw.
  ///   - validation: Whether epochs come with validation figures.
  ///   - log: Where it goes.
  ///   - clock: Seconds from any fixed point.
  public init(
    _ mode: Mode, validation: Bool, on log: Log,
    clock: @escaping () -> Double = secondsSinceBoot
  ) {
    let canRedraw = log.terminal.isInteractive
    self.mode = mode == .auto || mode == .bar ? (canRedraw ? .bar : .line) : mode
    self.log = log
    self.clock = clock
    let table = EpochRow.table(validation: validation)
    self.table = canRedraw ? table.fitting(width: log.width - 1) : table
    lastShown = clock()
  }

  /// Shows where the run is; may be called after every step, most calls only read the clock.
  public func show(_ state: @autoclosure () -> ProgressState) {
    let now = clock()
    switch mode {
    case .bar where now - lastShown >= Self.redrawInterval:
      // The figures matter more than whose they are.
      let width = log.width - 1
      let shown = shortenedInside(
        prefix, to: max(0, width - 32), ellipsis: log.terminal.hasUnicode ? "…" : "..")
      log.status(shown + state().bar(width: max(1, width - shown.count), on: log.terminal))
    case .line where now - lastShown >= Self.lineInterval:
      log.print(prefix + state().line)
    default: return
    }
    lastShown = now
  }

  /// Tells what is about to be done.
  public func announce(_ text: String, json: JSON) {
    if mode != .none { conclude(text, json: json) }
  }

  /// Tells what the run came to, whatever the mode.
  public func conclude(_ text: String, json: JSON) {
    if mode == .json { log.print(json.line, isWrapped: false) } else { log.print(text) }
  }

  /// Tells of a logged step; only JSON has a line for it.
  public func report(_ row: StepRow) {
    if mode == .json { log.print(row.json.line, isWrapped: false) }
  }

  /// Tells of a finished epoch.
  public func report(_ row: EpochRow) {
    switch mode {
    case .json: log.print(row.json.line, isWrapped: false)
    case .none: return
    default:
      if !hasHeader { log.print(table.header) }
      hasHeader = true
      log.print(table.row(row.summary))
    }
    lastShown = clock()
  }

  /// Takes the bar off the screen; what is printed after it starts on a line of its own.
  public func end() { log.status("") }
}

extension EpochRow {
  /// The table that epochs are told in; a narrow screen keeps the accuracies by which runs are judged.
  static func table(validation: Bool) -> Table {
    let validation: [Table.Column] =
      validation
      ? [.init("val loss", width: 9, rank: 6), .init("val acc", width: 8, rank: 2)] : []
    return Table(
      [
        .init("epoch", width: 5), .init("lr", width: 9, rank: 4),
        .init("train loss", width: 10, rank: 3), .init("train acc", width: 9, rank: 5),
        .init("test loss", width: 9, rank: 6), .init("test acc", width: 8, rank: 1),
      ] + validation
        + [.init("seconds", width: 8, rank: 7), .init("images/s", width: 9, rank: 8)])
  }

  /// The cells of the row in that table.
  var summary: [String] {
    func cells(_ score: Score) -> [String] {
      [fixedText(score.loss, decimals: 4), percentText(score.accuracy)]
    }
    return ["\(epoch)", significantText(learningRate, digits: 4)]
      + cells(train) + cells(test) + (validation.map(cells) ?? [])
      + [fixedText(seconds, decimals: 1), significantText(imagesPerSecond.rounded(), digits: 9)]
  }
}

/// Seconds of a clock that never goes back.
public func secondsSinceBoot() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}
