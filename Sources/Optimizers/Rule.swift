/// The function of `rules.cl` that an optimizer runs.
public struct Rule: Sendable, Hashable {
  /// The function's name.
  public let name: String
  /// The value that each float of state starts with.
  public let states: [Float]
  /// Switches of the function that are on.
  public let switches: [String]
  /// Where the rule averages itself: the averaged weight is `w + averageShare x state 0`.
  public let averageShare: Double?
  /// The average of the weights that is kept where the user asks for no other.
  public let average: WeightAverage?
  /// The norm that the whole gradient is clipped to, whatever the user asks for.
  public let normLimit: Double?
  /// Whether it squares gradients, which those of a length of 2^63 do not survive in single precision.
  public let squares: Bool
  /// What a rule needs that looks at more than one weight; its function is one of `layerwise.cl`.
  let layerwise: Layerwise?

  /// Launches that follow the gradient's sum: the update, and what it needs to know before.
  public var launches: Int { 1 + (layerwise?.launches ?? 0) }

  /// State besides `states`, in words; nil where there is none.
  public var ownState: String? { layerwise?.preparation.ownState }

  init(
    _ name: String, states: [Float], switches: [String: Bool] = [:], averageShare: Double? = nil,
    average: WeightAverage? = nil, normLimit: Double? = nil, squares: Bool = true,
    _ layerwise: Layerwise? = nil
  ) {
    self.name = name
    self.states = states
    self.switches = switches.filter(\.value).keys.sorted()
    self.averageShare = averageShare
    self.average = average
    self.normLimit = normLimit
    self.squares = squares
    self.layerwise = layerwise
  }

  /// A rule whose state is 0 at first.
  init(
    _ name: String, states: Int, switches: [String: Bool] = [:], averageShare: Double? = nil,
    average: WeightAverage? = nil, normLimit: Double? = nil, squares: Bool = true,
    _ layerwise: Layerwise? = nil
  ) {
    self.init(
      name, states: [Float](repeating: 0, count: states), switches: switches,
      averageShare: averageShare, average: average, normLimit: normLimit, squares: squares,
      layerwise)
  }
}
