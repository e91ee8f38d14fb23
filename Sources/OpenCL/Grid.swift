/// The work-items of a launch along x, y and z, and how many of them form a work-group.
///
/// The work-group must divide the grid: a kernel whose last work-group is partly idle guards itself
/// and is launched over ``Grid/covering(_:_:_:local:)``.
public struct Grid: Sendable, Hashable {
  /// The work-items along x.
  public let x: Int
  /// The work-items along y.
  public let y: Int
  /// The work-items along z.
  public let z: Int
  private let localX: Int
  private let localY: Int
  private let localZ: Int

  /// A grid of x times y times z work-items in work-groups of `local`.
  public init(_ x: Int, _ y: Int = 1, _ z: Int = 1, local: (Int, Int, Int) = (1, 1, 1)) {
    self.x = x
    self.y = y
    self.z = z
    (localX, localY, localZ) = local
  }

  /// The smallest grid of whole work-groups that has at least x times y times z work-items.
  public static func covering(
    _ x: Int, _ y: Int = 1, _ z: Int = 1, local: (Int, Int, Int)
  ) -> Grid {
    func up(_ size: Int, _ step: Int) -> Int { (size + step - 1) / step * step }
    return Grid(up(x, local.0), up(y, local.1), up(z, local.2), local: local)
  }

  /// The work-items of a work-group along x, y and z.
  public var local: (Int, Int, Int) { (localX, localY, localZ) }

  /// All work-items.
  public var count: Int { x * y * z }

  /// The work-items of a work-group.
  public var localCount: Int { localX * localY * localZ }
}

extension Grid: CustomStringConvertible {
  /// The sizes, such as `256 x 6 x 1 by 32 x 1 x 1`.
  public var description: String { "\(x) x \(y) x \(z) by \(localX) x \(localY) x \(localZ)" }
}
