/// What others have printed for a variant, over independent runs of the same code.
public struct Published: Sendable, Hashable {
  /// The number of runs that were collected.
  public var count: Int
  /// Mean loss of the last epoch.
  public var trainLoss: Figure
  /// Training accuracy of the last epoch.
  public var trainAccuracy: Figure
  /// Test accuracy after the last epoch.
  public var testAccuracy: Figure

  /// A figure as it was printed, with three decimals.
  public struct Figure: Sendable, Hashable {
    /// The mean of the runs.
    public var mean: Double
    /// The least and the greatest.
    public var range: ClosedRange<Double>

    /// A mean and the range around it.
    public init(_ mean: Double, _ range: ClosedRange<Double>) {
      self.mean = mean
      self.range = range
    }

    /// `within`, `below` or `above` the range, for a value rounded as the figure is.
    public func verdict(on value: Double) -> String {
      let rounded = (value * 1000).rounded() / 1000
      if rounded.isNaN { return "-" }
      return rounded < range.lowerBound ? "below" : rounded > range.upperBound ? "above" : "within"
    }
  }
}
