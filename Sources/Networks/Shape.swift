/// The size of one image or activation: `[channels, height, width]`.
public struct Shape: Sendable, Hashable, CustomStringConvertible {
  /// Channels: colours of an image, filters of a convolution, units of a dense layer.
  public var channels: Int
  /// Rows.
  public var height: Int
  /// Columns.
  public var width: Int

  /// Makes a shape; a dense layer's activations are `Shape(units)`.
  public init(_ channels: Int, _ height: Int = 1, _ width: Int = 1) {
    self.channels = channels
    self.height = height
    self.width = width
  }

  /// Values in one image: channels x height x width.
  public var count: Int { channels * height * width }

  /// Channels x height x width, as `6x28x28`.
  public var description: String { "\(channels)x\(height)x\(width)" }
}

/// Rows and columns of a window, a stride, a padding or a dilation: `5` or `[5, 3]`.
public struct Extent: Sendable, Hashable, CustomStringConvertible,
  ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral
{
  /// Along the height.
  public var rows: Int
  /// Along the width.
  public var columns: Int

  /// Makes an extent of the given rows and columns.
  public init(_ rows: Int, _ columns: Int) {
    self.rows = rows
    self.columns = columns
  }

  /// Makes a square extent.
  public init(integerLiteral side: Int) { self.init(side, side) }

  /// Makes an extent from `[rows, columns]` or `[side]`.
  public init(arrayLiteral lengths: Int...) {
    precondition((1...2).contains(lengths.count), "an extent has one or two lengths")
    self.init(lengths[0], lengths[lengths.count - 1])
  }

  /// Rows x columns, as `5x3`, or one number for a square.
  public var description: String { rows == columns ? "\(rows)" : "\(rows)x\(columns)" }
}

/// A network that cannot be: which layer, and the numbers that do not fit.
public struct NetworkError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What is wrong, with its numbers and what to do.
  public let description: String
  /// Whether a smaller batch or network would do: the device's memory does not hold this one.
  public let isOutOfMemory: Bool

  init(_ description: String, isOutOfMemory: Bool = false) {
    self.description = description
    self.isOutOfMemory = isOutOfMemory
  }
}
