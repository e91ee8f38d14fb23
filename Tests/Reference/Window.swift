/// Two lengths, of rows and of columns; `3` stands for `[3, 3]`.
public struct Extent: Hashable, Sendable, ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral {
  /// The length along the rows' axis (height).
  public var rows: Int
  /// The length along the columns' axis (width).
  public var columns: Int

  /// Makes an extent of `rows` x `columns`.
  public init(_ rows: Int, _ columns: Int) {
    self.rows = rows
    self.columns = columns
  }

  /// Makes a square extent.
  public init(integerLiteral side: Int) {
    self.init(side, side)
  }

  /// Makes an extent from `[rows, columns]`.
  public init(arrayLiteral lengths: Int...) {
    precondition(lengths.count == 2, "an extent is [rows, columns]")
    self.init(lengths[0], lengths[1])
  }
}

/// The shape of an image or of a stack of feature maps: `[channels, height, width]`.
public struct ImageShape: Hashable, Sendable {
  /// C, the number of channels.
  public var channels: Int
  /// H, the number of rows.
  public var height: Int
  /// W, the number of columns.
  public var width: Int

  /// Makes a shape of `[channels, height, width]`.
  public init(_ channels: Int, _ height: Int, _ width: Int) {
    self.channels = channels
    self.height = height
    self.width = width
  }

  /// The number of values in one image, C x H x W.
  public var count: Int { channels * height * width }

  /// The place of `[image][channel][row][column]` in a flat array.
  func index(_ image: Int, _ channel: Int, _ row: Int, _ column: Int) -> Int {
    ((image * channels + channel) * height + row) * width + column
  }

  /// The number of images N in a flat array of them.
  func images(in values: [Double]) -> Int {
    precondition(values.count % count == 0, "\(values.count) values are no whole images of \(self)")
    return values.count / count
  }
}

/// How a window slides over an image: its extent, step, border and the spacing of its taps.
struct Window: Hashable, Sendable {
  var extent: Extent
  var stride: Extent
  var padding: Extent
  var dilation: Extent

  /// floor((length + 2 padding - dilation (extent - 1) - 1) / stride) + 1, for rows and columns.
  func output(height: Int, width: Int) -> Extent {
    func length(_ input: Int, _ axis: KeyPath<Extent, Int>) -> Int {
      let span = dilation[keyPath: axis] * (extent[keyPath: axis] - 1) + 1
      let room = input + 2 * padding[keyPath: axis] - span
      precondition(room >= 0, "a window of \(span) does not fit \(input) + 2 x padding")
      return room / stride[keyPath: axis] + 1
    }
    return Extent(length(height, \.rows), length(width, \.columns))
  }

  /// The input row under tap `tap` of output row `row`, nil where that is border.
  func inputRow(_ row: Int, _ tap: Int, height: Int) -> Int? {
    let h = row * stride.rows - padding.rows + tap * dilation.rows
    return h >= 0 && h < height ? h : nil
  }

  /// The input column under tap `tap` of output column `column`, nil where that is border.
  func inputColumn(_ column: Int, _ tap: Int, width: Int) -> Int? {
    let w = column * stride.columns - padding.columns + tap * dilation.columns
    return w >= 0 && w < width ? w : nil
  }
}
