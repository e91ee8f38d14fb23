/// Where a run is, between two steps.
public struct ProgressState: Sendable, Equatable {
  /// The epoch under way, from 1.
  public var epoch: Int
  /// The epochs of the run.
  public var epochs: Int
  /// Batches of this epoch that are done.
  public var step: Int
  /// Batches of this epoch.
  public var steps: Int
  /// The rate of the last update.
  public var learningRate: Double
  /// Mean training loss of the epoch so far, once known.
  public var loss: Double?
  /// Fraction of right answers of the epoch so far, once known.
  public var accuracy: Double?
  /// Training images per second, once known.
  public var imagesPerSecond: Double?
  /// Seconds to the end of the run, once known.
  public var secondsLeft: Double?

  /// A place in a run.
  public init(
    epoch: Int, epochs: Int, step: Int, steps: Int, learningRate: Double, loss: Double? = nil,
    accuracy: Double? = nil, imagesPerSecond: Double? = nil, secondsLeft: Double? = nil
  ) {
    self.epoch = epoch
    self.epochs = epochs
    self.step = step
    self.steps = steps
    self.learningRate = learningRate
    self.loss = loss
    self.accuracy = accuracy
    self.imagesPerSecond = imagesPerSecond
    self.secondsLeft = secondsLeft
  }

  private var fraction: Double {
    steps > 0 ? min(1, max(0, Double(step) / Double(steps))) : 0
  }

  /// The known figures in reading order, each with its rank: narrow screens keep the low ranks.
  private var fields: [(rank: Int, text: String)] {
    var fields = [(0, "epoch \(epoch)/\(epochs)"), (1, "\(Int(fraction * 100))%")]
    if let loss { fields.append((2, "loss " + significantText(loss, digits: 4))) }
    if let accuracy { fields.append((4, "acc " + fixedText(accuracy * 100, decimals: 1) + "%")) }
    fields.append((3, "lr " + significantText(learningRate, digits: 3)))
    if let imagesPerSecond {
      fields.append((6, significantText(imagesPerSecond.rounded(), digits: 9) + " images/s"))
    }
    if let secondsLeft { fields.append((5, "ETA " + clockText(seconds: secondsLeft))) }
    return fields
  }

  /// All figures on one plain line.
  public var line: String { fields.map(\.text).joined(separator: "  ") }

  /// A shorter bar shows nothing.
  private static let leastBar = 8

  /// The figures that fit into `width` characters, and a bar if there is room for one.
  public func bar(width: Int, on terminal: Terminal) -> String {
    var kept = fields
    func length() -> Int { kept.reduce(2 * (kept.count - 1)) { $0 + $1.text.count } }
    // The speed gives way to the bar, everything else only to the edge of the screen.
    func isTight() -> Bool {
      length() > width || (length() + 2 + Self.leastBar > width && kept.contains { $0.rank == 6 })
    }
    while kept.count > 1, isTight() {
      let least = kept.indices.max { kept[$0].rank < kept[$1].rank } ?? 0
      kept.remove(at: least)
    }
    var texts = kept.map { String($0.text.prefix(width)) }
    let room = min(30, width - length() - 2)
    if room >= Self.leastBar {
      texts.insert(drawing(width: room, on: terminal), at: min(2, texts.count))
    }
    return texts.joined(separator: "  ")
  }

  private func drawing(width: Int, on terminal: Terminal) -> String {
    let filled = Int(fraction * Double(width))
    let (full, empty) = terminal.hasUnicode ? ("━", "─") : ("#", "-")
    let done = String(repeating: full, count: filled)
    let left = String(repeating: empty, count: width - filled)
    return terminal.hasColour ? "\u{1B}[32m\(done)\u{1B}[0m\(left)" : done + left
  }
}

/// How fast a run goes, judged without its first step, which compiles kernels.
public struct Pace: Sendable {
  private let total: Int
  private var start: (step: Int, time: Double)?
  private var latest: (step: Int, time: Double)?

  /// A run that will come to `total` steps.
  public init(total: Int) { self.total = total }

  /// Takes note that so many steps are done at a time in seconds.
  public mutating func note(step: Int, at time: Double) {
    if start == nil { start = (step, time) }
    latest = (step, time)
  }

  /// Steps per second since the first step ended, once there are two.
  public var stepsPerSecond: Double? {
    guard let start, let latest, latest.step > start.step, latest.time > start.time else {
      return nil
    }
    return Double(latest.step - start.step) / (latest.time - start.time)
  }

  /// Seconds to the end of the run, once there are two steps to judge by.
  public var secondsLeft: Double? {
    guard let latest else { return nil }
    return stepsPerSecond.map { Double(max(0, total - latest.step)) / $0 }
  }
}
