internal import Glibc
internal import Reports

/// A learning-rate range test: the losses of mini-batches while the rate rises from each to the
/// next (Smith, "Cyclical Learning Rates for Training Neural Networks", 2015).
///
/// Rates, smoothing and end are those of fastai's `lr_find`. The loss beside a rate is that of the
/// batch before the update with that rate, so it shows what the rates below it have done.
public struct RangeTest: Sendable, Hashable {
  /// The rates that are tried.
  public let sweep: Sweep
  /// The mean loss of each batch so far, all finite.
  public private(set) var losses: [Double] = []
  /// The losses, averaged with weights 0.98^age that are scaled to a sum of 1.
  public private(set) var smoothed: [Double] = []
  /// Why the test is over; nil while it goes on.
  public private(set) var ending: Ending?

  /// Why a test is over.
  public enum Ending: String, Sendable {
    /// Every rate was tried.
    case completed
    /// The smoothed loss rose above its best times ``Sweep/stopFactor``.
    case diverged
    /// The next batch's loss or gradient was NaN or infinite.
    case notFinite = "not_finite"
  }

  /// How much of the average stays when a loss enters it.
  private static let memory = 0.98
  /// The average before it is scaled.
  private var average = 0.0
  /// The weights in the average.
  private var weight = 0.0
  private var best = Double.infinity

  /// A test that has not begun.
  public init(_ sweep: Sweep = Sweep()) { self.sweep = sweep }

  /// The rates whose losses are known.
  public var rates: [Double] { Array(sweep.rates.prefix(losses.count)) }

  /// Takes the loss of the next batch; NaN stands for a batch whose gradient is not finite.
  ///
  /// A loss that is not finite ends the test and is not kept.
  public mutating func add(_ loss: Double) {
    precondition(ending == nil, "a range test that has ended takes no more losses")
    guard loss.isFinite else {
      ending = .notFinite
      return
    }
    average = Self.memory * average + (1 - Self.memory) * loss
    weight = Self.memory * weight + (1 - Self.memory)
    let now = average / weight
    losses.append(loss)
    smoothed.append(now)
    best = min(best, now)
    if let factor = sweep.stopFactor, now > factor * best {
      ending = .diverged
    } else if losses.count == sweep.steps {
      ending = .completed
    }
  }

  /// The smoothed loss at a rate, on the line between its neighbours over the rate's logarithm.
  ///
  /// - Returns: The loss, or nil outside the rates that were tried.
  public func smoothedLoss(at rate: Double) -> Double? {
    let rates = rates
    guard let last = rates.last, rates[0] <= rate, rate <= last else { return nil }
    let above = rates.firstIndex { $0 >= rate } ?? 0
    guard above > 0 else { return smoothed[0] }
    let share = log(rate / rates[above - 1]) / log(rates[above] / rates[above - 1])
    return smoothed[above - 1] + share * (smoothed[above] - smoothed[above - 1])
  }
}

extension RangeTest {
  /// Rates from ``start`` towards ``end`` in equal ratios.
  public struct Sweep: Sendable, Hashable {
    /// The first rate.
    public var start: Double
    /// The rate that the one after the last step would have.
    public var end: Double
    /// Mini-batches at most.
    public var steps: Int
    /// The test ends where the smoothed loss is above its best so many times; nil never ends it.
    public var stopFactor: Double?

    /// The least number of steps that make a curve.
    public static let leastSteps = 10
    /// The most steps of a test.
    public static let mostSteps = 10_000
    /// Rates that the device's single precision can hold, and a weight times them.
    public static let possibleRates = 1e-30...1e30

    /// A sweep; fastai's by default.
    public init(
      start: Double = 1e-7, end: Double = 10, steps: Int = 100, stopFactor: Double? = 4
    ) {
      self.start = start
      self.end = end
      self.steps = steps
      self.stopFactor = stopFactor
    }

    /// The rates, `start (end / start)^(k / steps)` for k from 0 to `steps` - 1.
    public var rates: [Double] {
      (0..<steps).map { start * pow(end / start, Double($0) / Double(steps)) }
    }

    /// What makes the sweep impossible, in the flags' names; empty for one that can run.
    public var problems: [String] {
      var problems: [String] = []
      for (name, rate) in [("start", start), ("end", end)] where !Self.possibleRates.contains(rate)
      {
        problems.append("--\(name) \(shortestText(rate)): must be from 1e-30 to 1e30")
      }
      if problems.isEmpty && start >= end {
        problems.append(
          "--start \(shortestText(start)), --end \(shortestText(end)): the rate rises, so --start "
            + "must be less than --end" + (start > end ? "; are they swapped?" : ""))
      }
      if !(Self.leastSteps...Self.mostSteps).contains(steps) {
        problems.append(
          "--steps \(steps): must be from \(Self.leastSteps) to \(Self.mostSteps); fewer make no "
            + "curve, and 100 are usual")
      }
      if let stopFactor, !(stopFactor > 1 && stopFactor.isFinite) {
        problems.append(
          "--stop-factor \(shortestText(stopFactor)): must be greater than 1, or none")
      }
      return problems
    }
  }
}
