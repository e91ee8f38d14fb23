internal import Reports

/// How far one variant is ahead of another, by the seeds in which both were trained to the end.
///
/// Runs of one seed share their start and their batches, so what a seed does to both cancels out of
/// their difference.
public struct PairedDifference: Sendable, Equatable {
  /// The label of the variant that is behind, or level.
  public let other: String
  /// The differences, a seed each, as fractions.
  public let differences: [Double]
  /// Their mean and standard deviation.
  public let spread: Spread
  /// Half of the 95 % interval of the mean, by Student's t; nil of fewer than three seeds.
  public let interval: Double?
  /// The two-sided probability of a mean so far from 0 if there were no difference, corrected for
  /// the number of comparisons (Holm 1979); nil of fewer than three seeds.
  public internal(set) var probability: Double?

  /// The fewest seeds that anything is said of.
  static let leastSeeds = 3
  /// A probability below it is taken for a difference.
  static let significance = 0.05

  /// The seeds in which the first is ahead.
  public var ahead: Int { differences.count { $0 > 0 } }

  init(to other: String, _ differences: [Double]) {
    self.other = other
    self.differences = differences
    spread = Spread(differences)
    guard differences.count >= Self.leastSeeds, let deviation = spread.deviation else {
      interval = nil
      probability = nil
      return
    }
    let error = deviation / Double(differences.count).squareRoot()
    let distribution = StudentT(freedom: differences.count - 1)
    interval = distribution.distance(exceededWith: 0.05) * error
    probability =
      spread.mean == 0 ? 1 : distribution.twoSided(error > 0 ? spread.mean / error : .infinity)
  }

  /// Corrects the probabilities of several comparisons: the least is multiplied by their number, the
  /// next by one less, and so on, and none falls below one before it.
  static func corrected(_ all: [PairedDifference]) -> [PairedDifference] {
    var all = all
    let tested = all.indices.filter { all[$0].probability != nil }
      .sorted { (all[$0].probability ?? 1) < (all[$1].probability ?? 1) }
    var least = 0.0
    for (rank, index) in tested.enumerated() {
      least = min(1, max(least, (all[index].probability ?? 1) * Double(tested.count - rank)))
      all[index].probability = least
    }
    return all
  }
}

extension ComparisonReport {
  /// The variants by what they are judged by, the best first; those without a figure come last, in
  /// the order in which they were given.
  public var ranked: [Standing] {
    let known = standings.filter { $0.count > 0 && !$0.judged.mean.isNaN }
    let rest = standings.filter { $0.count == 0 || $0.judged.mean.isNaN }
    return known.sorted { $0.judged.mean > $1.judged.mean } + rest
  }

  /// The best variant beside each of the others that has a figure, in the order of their ranks.
  public var paired: [PairedDifference] {
    let ranked = ranked.filter { $0.count > 0 && !$0.judged.mean.isNaN }
    guard let best = ranked.first else { return [] }
    let figures = judgedBySeed(best.place)
    return PairedDifference.corrected(
      ranked.dropFirst().map { other in
        let others = judgedBySeed(other.place)
        return PairedDifference(
          to: other.variant.label,
          figures.keys.sorted().compactMap { seed in
            others[seed].flatMap { theirs in figures[seed].map { $0 - theirs } }
          })
      })
  }

  /// What the complete runs of a variant are judged by, by their seeds.
  private func judgedBySeed(_ place: Int) -> [UInt64: Double] {
    let isHeldBack = variants[place].settings.validation > 0
    return outcomes.filter { $0.variant == place && $0.end == .complete }.reduce(into: [:]) {
      figures, outcome in
      guard let row = outcome.rows.last else { return }
      figures[outcome.seed] = isHeldBack ? row.validation?.accuracy : row.test.accuracy
    }
  }

  /// What may be read into the difference between the two best variants, in words; nil where there
  /// are no two.
  public var verdict: String? {
    let ranked = ranked.filter { $0.count > 0 && !$0.judged.mean.isNaN }
    let paired = paired
    guard ranked.count > 1, let pair = paired.first else { return nil }
    let (a, b) = (ranked[0].variant.label, ranked[1].variant.label)
    let figure = isHeldBack ? "validation accuracy" : "test accuracy"
    let lead = ranked[0].judged.mean - ranked[1].judged.mean
    guard lead > 0 else { return "\(a) and \(b) end at the same \(figure)" }
    guard let interval = pair.interval, let probability = pair.probability else {
      let count = pair.differences.count
      let runs = seeds == 1 ? "a single run" : "\(count) seeds in which both ended"
      return "\(a) is ahead of \(b) by \(Self.points(lead)) points of \(figure) in \(runs): "
        + "nothing can be said about how much of that is chance; --seeds 5 shows it"
    }
    let seeds = pair.differences.count
    let correction = paired.count > 1 ? ", corrected for \(paired.count) comparisons" : ""
    let chance =
      probability < PairedDifference.significance
      ? "" : "; that may well be chance: do not read anything into it"
    let mean = "\(Self.points(pair.spread.mean)) +- \(Self.points(interval))"
    return "\(a) is \(mean) points of \(figure) "
      + "above \(b) (mean and 95 % interval of \(seeds) seeds), in \(pair.ahead) of \(seeds) "
      + "seeds, \(Self.text(ofProbability: probability)) (paired t-test\(correction))\(chance)"
  }

  /// `p = 0.03`, `p < 0.001`.
  static func text(ofProbability p: Double) -> String {
    p < 0.001 ? "p < 0.001" : "p = " + significantText(p, digits: 2)
  }

  /// A fraction in percentage points.
  static func points(_ fraction: Double) -> String { fixedText(fraction * 100, decimals: 2) }
}
