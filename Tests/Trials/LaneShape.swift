package import Networks

/// How a device's lanes are filled with images, whatever the batch.
package struct LaneShape: Sendable, Hashable, CustomStringConvertible {
  /// Images of a work-item.
  package let width: Int
  /// Work-items of a work-group: 1 is a processor's shape, more a graphics processor's.
  package let group: Int

  /// Makes a shape.
  package init(_ width: Int, _ group: Int) {
    self.width = width
    self.group = group
  }

  /// The shape of a processor with AVX-512, in whose lanes most tests are run.
  package static let wide = LaneShape(16, 1)
  /// Processors' shapes with registers of 16, 8, 4 and 1 floats, and graphics processors' with 1, 2
  /// and 4 images a work-item.
  package static let all = [
    wide, LaneShape(8, 1), LaneShape(4, 1), LaneShape(1, 1), LaneShape(1, 32), LaneShape(2, 32),
    LaneShape(4, 32),
  ]

  /// The lanes for a batch.
  package func lanes(batch: Int) -> Lanes { Lanes(width: width, group: group, batch: batch) }

  /// Images a work-item x work-items a work-group.
  package var description: String { "\(width) x \(group)" }
}
