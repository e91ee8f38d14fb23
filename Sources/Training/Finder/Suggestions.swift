internal import Glibc
internal import Reports

extension RangeTest {
  /// How a rate is read off the curve of smoothed loss over the logarithm of the rate; all four are
  /// fastai's.
  public enum Method: String, CaseIterable, Sendable {
    /// The middle of the second third of the longest fall.
    case valley
    /// Where the loss falls fastest.
    case steep
    /// A tenth of the rate with the least loss.
    case minimum
    /// The right end of the fall, before an interval of 15 steps whose ends differ in slope.
    case slide

    /// What the method looks for, in a few words.
    public var meaning: String {
      switch self {
      case .valley: "middle of the longest fall, a cautious choice"
      case .steep: "steepest fall"
      case .minimum: "a tenth of the rate at the least loss"
      case .slide: "last rate before the slope turns"
      }
    }
  }

  /// The rate that a method suggests.
  ///
  /// - Returns: A rate among those that were tried, or nil where the curve has none for the method.
  public func suggestion(_ method: Method) -> Double? {
    guard obstacle == nil, let last = rates.last else { return nil }
    let rates = Array(rates[considered])
    let losses = Array(smoothed[considered])
    let rate =
      switch method {
      case .valley: Self.valley(rates, losses)
      case .steep: Self.steep(rates, losses)
      case .minimum: Self.minimum(rates, losses)
      case .slide: Self.slide(rates, losses)
      }
    return rate.flatMap { sweep.start <= $0 && $0 <= last ? $0 : nil }
  }

  /// The rates of all methods that suggest one.
  public var suggestions: [(method: Method, rate: Double)] {
    Method.allCases.compactMap { method in suggestion(method).map { (method, $0) } }
  }

  /// The rate to train with.
  ///
  /// - Throws: ``TrainingError`` that says why the curve tells none and what to do.
  public func learningRate(by method: Method = .valley) throws(TrainingError) -> Double {
    if let rate = suggestion(method) { return rate }
    let text = obstacle ?? "the curve has no rate for the method \(method.rawValue)"
    let hasFailed = ending == .notFinite || ending == .diverged
    throw hasFailed ? .diverged(text) : .doesNotFit(text)
  }

  /// A rate for people to read, of three digits: `0.0437`, `1.2e-5`.
  public static func text(_ rate: Double) -> String {
    shortestText(Double(significantText(rate, digits: 3)) ?? rate)
  }

  /// The steps that suggestions look at.
  ///
  /// As in fastai, the first tenth is left out, where the average has few losses, and so are the
  /// last five, where the test went wrong. fastai's record of a test that met NaN is NaN to its
  /// end: there the last five are cut from NaN.
  /// A test that nothing ends goes on where others would have ended: that is left out as well.
  var considered: Range<Int> {
    let end = ending == .notFinite ? min(losses.count, sweep.steps - 5) : explosion - 5
    return min(sweep.steps / 10, max(0, end))..<max(0, end)
  }

  /// The step after the first one whose smoothed loss is above four times the best before it.
  private var explosion: Int {
    var best = Double.infinity
    for (step, loss) in smoothed.enumerated() {
      best = min(best, loss)
      if loss > 4 * best { return step + 1 }
    }
    return losses.count
  }

  /// Why nothing can be read off the curve and what to do, or nil.
  ///
  /// Some five batches must have a mean loss below that of the first tenth of the steps by 2.5
  /// times the median jump from one batch to the next: losses that only vary do so in less than one
  /// test of a hundred. What fastai's methods suggest for a curve that does not fall means nothing.
  public var obstacle: String? {
    let lower = "gpu-train find-lr --start \(Self.text(sweep.start / 1000)) begins lower"
    let considered = considered
    guard considered.count >= Self.span else {
      switch ending {
      case .notFinite where losses.isEmpty:
        return "loss or gradients of the very first batch are not finite, whatever the rate: look "
          + "at the data (--normalize) and the initial weights (--init)"
      case .notFinite, .diverged:
        let rate = sweep.rates[min(losses.count, sweep.steps - 1)]
        return "the range test ended at step \(losses.count) of \(sweep.steps), below a rate of "
          + "\(Self.text(rate)), too soon to see a curve: \(lower)"
      case .completed, nil:
        return "\(losses.count) steps are too few to see a curve: gpu-train find-lr --steps 100"
      }
    }
    let first = Self.mean(losses[..<considered.lowerBound])
    let least = (considered.lowerBound...(considered.upperBound - Self.span)).reduce(first) {
      min($0, Self.mean(losses[$1..<($1 + Self.span)]))
    }
    let jumps = (1..<considered.upperBound).map { abs(losses[$0] - losses[$0 - 1]) }.sorted()
    // Means of losses that are all the same differ in their last bits.
    if first - least > 2.5 * jumps[jumps.count / 2] + 1e-9 * abs(first) { return nil }
    let advice =
      if ending != .completed {
        "the rates are likely too high: \(lower)"
      } else if sweep.steps < 100 {
        "the steps are few: try gpu-train find-lr --steps 100"
      } else {
        "the rates are too low, the batches too small, or the network cannot learn: gpu-train "
          + "find-lr --end \(Self.text(sweep.end * 1000)) goes higher"
      }
    return "the loss did not fall beyond its noise: \(fixedText(first, decimals: 4)) at first and "
      + "\(fixedText(least, decimals: 4)) at best, from rate \(Self.text(sweep.start)) to "
      + "\(Self.text(rates.last ?? sweep.start)); \(advice)"
  }

  /// The batches whose mean loss tells a fall from a jump.
  private static let span = 5

  private static func mean(_ losses: ArraySlice<Double>) -> Double {
    losses.reduce(0, +) / Double(losses.count)
  }
}

/// fastai's methods, on rates in equal ratios and their smoothed losses, as long as each other.
extension RangeTest {
  /// The middle of the second third of the longest strictly falling subsequence.
  ///
  /// Of several the one that ends first; nil where nothing falls.
  static func valley(_ rates: [Double], _ losses: [Double]) -> Double? {
    // ends[l]: the highest loss that a falling subsequence of l + 1 losses can end with.
    var ends: [Double] = []
    var (longest, end) = (1, 0)
    for (index, loss) in losses.enumerated() {
      var (low, high) = (0, ends.count)
      while low < high {
        let middle = (low + high) / 2
        if ends[middle] > loss { low = middle + 1 } else { high = middle }
      }
      if low == ends.count { ends.append(loss) } else { ends[low] = loss }
      if low + 1 > longest { (longest, end) = (low + 1, index) }
    }
    guard longest > 1 else { return nil }
    let section = Double(longest) / 3
    // A subsequence that takes in every loss starts at -1 in fastai, as it counts back from the end.
    return rates[max(0, end - longest + Int(section) + Int(section / 2))]
  }

  /// The rate from which the loss falls most to the next, over the logarithm of the rate.
  ///
  /// Over the rate itself the lowest rates would always win: there a step is nearly nothing.
  static func steep(_ rates: [Double], _ losses: [Double]) -> Double? {
    let slopes = zip(zip(losses.dropFirst(), losses), zip(rates.dropFirst(), rates)).map {
      ($0.0 - $0.1) / log($1.0 / $1.1)
    }
    guard let least = slopes.indices.min(by: { slopes[$0] < slopes[$1] }), slopes[least] < 0 else {
      return nil
    }
    return rates[least]
  }

  /// A tenth of the rate with the least loss.
  static func minimum(_ rates: [Double], _ losses: [Double]) -> Double? {
    losses.indices.min { losses[$0] < losses[$1] }.map { rates[$0] / 10 }
  }

  /// The left end of an interval of 15 steps that slides down from the highest rates for as long as
  /// the slopes (loss per step) at its two ends differ by more than 0.005.
  static func slide(_ rates: [Double], _ losses: [Double]) -> Double? {
    let (width, threshold) = (15, 0.005)
    func slope(_ index: Int) -> Double {
      let (below, above) = (max(0, index - 1), min(losses.count - 1, index + 1))
      return (losses[above] - losses[below]) / Double(above - below)
    }
    var left = losses.count - 1 - width
    guard left >= 0 else { return nil }
    var last = left
    while left >= 0, abs(slope(left + width) - slope(left)) > threshold {
      last = left
      left -= 1
    }
    return rates[last]
  }
}
