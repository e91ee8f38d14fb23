/// An average of the weights over the updates, at which a network is scored and saved.
public enum WeightAverage: Sendable, Hashable {
  /// The exponential moving average: `a = decay a + (1 - decay) w` after every update, from the
  /// weights of the first one on.
  case exponential(decay: Double)
  /// The same with a decay that rises to its own, so that a short run is not averaged with its start:
  /// `min(decay, (1 + t) / (10 + t))` after t updates, as TensorFlow's `ExponentialMovingAverage`
  /// with `num_updates`.
  case ramped(decay: Double)
  /// The plain mean of the weights after every update from this one on, counted from 0 (Izmailov and
  /// others 2018, with every update for every epoch); before it the weights themselves.
  case mean(from: Int)
  /// A mean that forgets the first updates: `a = a + (gamma + 1) / (gamma + t) (w - a)` after update
  /// t, from 1 (Shamir, Zhang 2013); DoG's.
  case polynomial(gamma: Double)

  /// The decay that a ramp has reached after so many updates.
  package static func ramp(_ updates: Int) -> Double { Double(1 + updates) / Double(10 + updates) }

  /// The share of the new weight in the average after an update.
  func gain(update: Int) -> Double {
    switch self {
    case .exponential(let decay): update == 0 ? 1 : 1 - decay
    case .ramped(let decay): update == 0 ? 1 : 1 - min(decay, Self.ramp(update))
    case .mean(let first): 1 / Double(max(0, update - first) + 1)
    case .polynomial(let gamma): (gamma + 1) / (gamma + Double(update + 1))
    }
  }
}
