public import Specs

/// A kind of schedule that text may name, for lists and help texts.
public struct ScheduleKind: Sendable, Hashable {
  /// Its name and parameters.
  public let signature: Signature
  /// The library that it is read as, `PyTorch`, or where else it comes from.
  public let origin: String
  /// What its bare numbers count; nil if it has none that count time.
  public let clock: Clock?

  /// Every kind that there is, those of one origin side by side.
  public static let all = Family.groups.flatMap { group in
    group.families.map {
      ScheduleKind(signature: $0.signature, origin: group.origin, clock: $0.clock)
    }
  }
}
