package import Kernels

/// The values of one update that schedules and groups may set.
public struct HyperParameters: Sendable, Hashable {
  /// The learning rate.
  public var learningRate: Double
  /// The momentum; Adam's first beta.
  public var momentum: Double
  /// The weight decay.
  public var weightDecay: Double
  /// The L1 penalty: the factor of each weight's sign that is added to its gradient.
  public var l1: Double

  /// Makes the values of one update.
  public init(learningRate: Double, momentum: Double, weightDecay: Double, l1: Double = 0) {
    self.learningRate = learningRate
    self.momentum = momentum
    self.weightDecay = weightDecay
    self.l1 = l1
  }
}

/// What a rule carries from one update to the next for all weights together.
///
/// A part of the optimizer's state, as its moments are: rules that need none leave it alone.
public struct Course: Sendable, Hashable {
  /// The product of the momenta so far; NAdam's.
  public var product = 1.0
  /// The sum of the updates' weights in an average; Schedule-Free's.
  public var weight = 0.0
  /// The highest learning rate so far; Schedule-Free's.
  public var peak = 0.0
  /// The learning rate of the update before; ASGD's.
  public var rate = 0.0

  /// The start of training.
  public init() {}
}

/// The row of one update in the table of rates on the device; see `Rates` in `shapes.h`.
public struct Coefficients: Sendable, Hashable {
  /// What schedules and groups said.
  public let values: HyperParameters
  /// Whether the update climbs.
  var maximize: Bool
  /// Factor of the weight that is added to its gradient.
  var decay: Double
  /// The share of the weight that is taken away before the update.
  var shrink: Double
  /// Factor of the step.
  var rate: Double
  /// Factor of the gradient in the step or in the velocity.
  var gradient = 0.0
  /// Factor of the velocity.
  var velocity: Double
  /// What running averages take of the new value, 1 - beta.
  var gain1 = 0.0
  var gain2 = 0.0
  var gain3 = 0.0
  /// Added to a denominator.
  var eps: Double
  /// Factor of the root of the second moment.
  var root = 0.0
  /// What the rule says.
  var extra = 0.0
  /// Factors of a step's length.
  var shorter = 0.0
  var longer = 0.0
  /// Limits of a step's length.
  var least = 0.0
  var most = 0.0
  /// Decay that a rule of `layerwise.cl` adds to the gradient, or takes from the weight, itself.
  var coupled = 0.0
  var decoupled = 0.0
  /// Whether this is the first update.
  var isFirst = false
  /// The distance's first value, and its largest growth less 1.
  var start = 0.0
  var growth = 0.0

  /// A row that begins as every row does.
  init(
    _ values: HyperParameters, maximize: Bool, rate: Double? = nil, decoupled: Bool = false,
    eps: Double = 0
  ) {
    self.values = values
    self.maximize = maximize
    self.rate = rate ?? values.learningRate
    decay = decoupled ? 0 : values.weightDecay
    shrink = decoupled ? values.learningRate * values.weightDecay : 0
    velocity = values.momentum
    self.eps = eps
  }

  /// The learning rate as logs show it.
  public var learningRate: Double { values.learningRate }
  /// The momentum that schedules and groups set.
  public var momentum: Double { values.momentum }
  /// The weight decay that schedules and groups set.
  public var weightDecay: Double { values.weightDecay }

  package func rates(average: Double) -> Rates {
    Rates(
      learning_rate: Float(learningRate), direction: maximize ? -1 : 1, decay: Float(decay),
      l1: Float(values.l1), shrink: Float(shrink), rate: Float(rate), gradient: Float(gradient),
      momentum: Float(velocity), gain1: Float(gain1), gain2: Float(gain2), gain3: Float(gain3),
      eps: Float(eps), root: Float(root), extra: Float(extra), shorter: Float(shorter),
      longer: Float(longer), least: Float(least), most: Float(most), average: Float(average),
      coupled: Float(coupled),
      decoupled: Float(decoupled), first: isFirst ? 1 : 0, start: Float(start),
      growth: Float(growth))
  }
}
