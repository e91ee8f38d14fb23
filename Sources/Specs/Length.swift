/// How long something lasts: `5ep`, `500it`, `10%`, or a bare number that counts ticks of the
/// clock in use.
public struct Length: Hashable, Sendable, CustomStringConvertible {
  /// What a length is measured in.
  public enum Unit: String, Hashable, Sendable, CaseIterable {
    /// Passes over the training data.
    case epochs = "ep"
    /// Applied updates.
    case steps = "it"
    /// Hundredths of the whole run.
    case percent = "%"
    /// Ticks of the clock in use: the meaning of a number without a unit.
    case ticks = ""
  }

  /// How many.
  public var amount: Double
  /// Of what.
  public var unit: Unit

  /// A length of so many units.
  public init(_ amount: Double, _ unit: Unit) {
    self.amount = amount
    self.unit = unit
  }

  /// Reads `5ep`, `500it`, `10%` or a bare number of ticks.
  ///
  /// - Throws: `SpecError` if the text is no length, or a negative one.
  public init(parsing text: String) throws(SpecError) {
    let spec = try Spec(parsing: text)
    guard let length = Length(spec), length.amount >= 0 else {
      throw SpecError(
        "a length such as 5ep (epochs), 500it (updates) or 10% (of the run) is expected, not \(spec)",
        at: spec.place)
    }
    self = length
  }

  /// So many passes over the training data.
  public static func epochs(_ count: Double) -> Length { Length(count, .epochs) }

  /// So many applied updates.
  public static func steps(_ count: Int) -> Length { Length(Double(count), .steps) }

  /// So many hundredths of the run.
  public static func percent(_ share: Double) -> Length { Length(share, .percent) }

  /// So many ticks of the clock in use.
  public static func ticks(_ count: Double) -> Length { Length(count, .ticks) }

  /// The length as the grammar writes it.
  public var description: String { amount.shortest + unit.rawValue }

  /// Reads the letters after a number.
  init?(_ amount: Double, suffix: String) {
    switch suffix {
    case "ep", "epoch", "epochs": self.init(amount, .epochs)
    case "it", "iter", "iters", "iterations", "step", "steps": self.init(amount, .steps)
    default: return nil
    }
  }
}
