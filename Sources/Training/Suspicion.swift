internal import Datasets
internal import Glibc
internal import Reports
internal import Schedules

/// What may keep a network from learning, in the order in which it is looked for: input that is far
/// from any scale, then a momentum that multiplies the rate, and only then the rate itself.
struct Suspicion {
  /// Mean and deviation of each channel of the training set as it enters the network.
  let inputs: [(mean: Double, deviation: Double)]
  /// The same of bytes / 255.
  let pixels: [(mean: Double, deviation: Double)]
  /// What the pixels are normalised by.
  let normalize: Settings.Normalization
  let momentum: Double

  init(
    pixels: [(mean: Double, deviation: Double)], normalization: [(mean: Double, deviation: Double)],
    _ normalize: Settings.Normalization, momentum: Double
  ) {
    self.pixels = pixels
    self.normalize = normalize
    self.momentum = momentum
    inputs = zip(pixels, normalization).map { pixel, by in
      let deviation = by.deviation > 0 ? by.deviation : 1
      return ((pixel.mean - by.mean) / deviation, pixel.deviation / deviation)
    }
  }

  /// What is wrong with the pixels as they enter the network; nil where they are of a usual scale.
  var ofInputs: String? {
    if pixels.allSatisfy({ $0.deviation == 0 }) {
      return "all pixels of the training set have the same value: there is nothing to tell images "
        + "apart by"
    }
    let isOdd = inputs.contains {
      abs($0.mean) > 5 || $0.deviation > 10 || ($0.deviation < 0.1 && $0.deviation > 0)
    }
    guard isOdd else { return nil }
    func list(_ values: [Double]) -> String {
      values.map { significantText($0, digits: 3) }.joined(separator: ", ")
    }
    let setting =
      switch normalize {
      case .none: "without normalisation"
      case .automatic: "after normalisation"
      case .fixed(let mean, let deviation):
        "after --normalize " + (mean + deviation).map(shortestText).joined(separator: ",")
      }
    let own = (pixels.map(\.mean) + pixels.map(\.deviation)).map {
      significantText($0, digits: 3)
    }.joined(separator: ",")
    return "\(setting) the training set's pixels have a mean of \(list(inputs.map(\.mean))) and a "
      + "deviation of \(list(inputs.map(\.deviation))), where about 0 and 1 are wanted: its numbers "
      + "are those of bytes / 255, here \(own), which --normalize auto takes"
  }

  /// What is wrong with the momentum at a rate; nil where it is of a usual size.
  func ofMomentum(_ rate: Double) -> String? {
    guard momentum >= 0.98 else { return nil }
    return
      "a momentum of \(shortestText(momentum)) makes a rate of \(RangeTest.text(rate)) act like "
      + "\(RangeTest.text(rate / (1 - momentum))) in the long run: try momentum=0.9"
  }

  /// What to do about gradients that are too large.
  func advice(_ rate: Double) -> String {
    if let ofInputs { return "The cause is probably the input: " + ofInputs }
    if let text = ofMomentum(rate) { return "The cause is probably the momentum: " + text }
    return "A learning rate of \(RangeTest.text(rate)) is likely too high: try --lr "
      + "\(RangeTest.text(rate / 10)) or --warmup 500it"
  }
}

/// What an epoch came to, as far as it tells whether anything is learned.
struct EpochFindings {
  /// The epoch, from 1, and whether it is the run's last.
  var epoch: Int
  var isLast: Bool
  /// Updates applied in the run so far.
  var step: Int
  var train: Score
  var test: Score
  /// The highest rate of any parameter group in any update of the epoch.
  var highestRate: Double
  /// An update from the epoch's middle; nil where it was not measured.
  var sample: Sample?
  /// What somebody who knows only the classes' shares can reach.
  var guess: Guess

  /// What one update did to all weights.
  struct Sample {
    var rate: Double
    var gradientNorm: Double
    var changeNorm: Double
    var weightNorm: Double
  }

  /// Updates after which a network at chance is stuck, not new.
  private static let settled = 20

  /// Why nothing was learned; nil where something was, or it is too early to tell.
  func stall(_ suspicion: Suspicion) -> Stall? {
    if highestRate == 0 {
      return Stall(
        .zeroRate,
        "the learning rate was 0 in every update of epoch \(epoch), and nothing was "
          + "learned: see --lr and --schedule; gpu-train schedule draws it")
    }
    if let sample, sample.rate > 0, sample.changeNorm == 0 {
      let reason =
        sample.gradientNorm == 0
        ? "its gradient is 0: every path to the output is cut off, as by ReLUs that never fire. "
          + (suspicion.ofInputs.map { "The cause is probably the input: " + $0 }
            ?? "Start again with a lower --lr or another --seed")
        : "its rate of \(RangeTest.text(sample.rate)) and gradient of norm "
          + "\(significantText(sample.gradientNorm, digits: 3)) add less than single precision holds "
          + "beside weights of norm \(significantText(sample.weightNorm, digits: 3)). "
          + (suspicion.ofInputs.map { "The cause is probably the input: " + $0 } ?? "Raise --lr")
      return Stall(.noChange, "an update of epoch \(epoch) changed no weight: \(reason)")
    }
    guard guess.isMatched(train, test), step >= Self.settled || isLast else { return nil }
    let cause =
      suspicion.ofInputs ?? suspicion.ofMomentum(highestRate)
      ?? (train.loss > 1.5 * guess.loss
        ? "a rate of \(RangeTest.text(highestRate)) is too high: try --lr "
          + "\(RangeTest.text(highestRate / 10)) or --warmup 500it"
        : "a rate of \(RangeTest.text(highestRate)) is too high for the start, or too low, or there "
          + "were too few updates (\(step)); gpu-train find-lr looks for a rate")
    return Stall(
      .chance,
      "after epoch \(epoch) the network only guesses: test accuracy "
        + "\(percentText(test.accuracy)), train loss \(fixedText(train.loss, decimals: 3)), where "
        + "guessing has \(percentText(guess.accuracy)) and \(fixedText(guess.loss, decimals: 3)): \(cause)"
    )
  }
}

/// A way in which nothing is learned.
struct Stall: Equatable {
  /// Which way; each is told once in a run.
  enum Kind: Hashable { case zeroRate, noChange, chance }

  let kind: Kind
  let text: String

  init(_ kind: Kind, _ text: String) {
    self.kind = kind
    self.text = text
  }
}

/// The figures of somebody who knows how frequent each class is, and nothing of the images.
struct Guess: Equatable {
  /// The share of the test set's most frequent class.
  let accuracy: Double
  /// The entropy of the training set's classes, in nats: log(classes) where all are as frequent.
  let loss: Double

  init(_ data: Dataset) {
    func shares(_ set: ImageSet) -> [Double] {
      var counts = [Int](repeating: 0, count: set.classes)
      for label in set.labels { counts[Int(label)] += 1 }
      return counts.map { Double($0) / Double(set.count) }
    }
    accuracy = shares(data.test).max() ?? 0
    loss = -shares(data.train).reduce(0) { $0 + ($1 > 0 ? $1 * log($1) : 0) }
  }

  /// Whether a network does no better; a little more is luck.
  func isMatched(_ train: Score, _ test: Score) -> Bool {
    loss > 0 && !(test.accuracy > 1.2 * accuracy && test.accuracy > accuracy + 0.01)
      && !(train.loss < 0.98 * loss)
  }
}
