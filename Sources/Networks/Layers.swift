/// A layer as its user describes it: a value that knows its output's shape and refuses inputs
/// that it cannot take.
public protocol Layer: Sendable, Hashable {
  /// The layer as the grammar writes it, for example `conv(6, 5, padding=2)`.
  var text: String { get }

  /// The shape of the output for an input of shape `input`.
  ///
  /// - Throws: ``NetworkError`` with the numbers that do not fit.
  func output(for input: Shape) throws(NetworkError) -> Shape
}

/// A convolution: `y[k] = b[k] + sum over c, r, s of w[k, c, r, s] x[c, h S - P + r D, ...]`.
///
/// Weights `[filters, channels / groups, rows, columns]`, bias `[filters]`, as PyTorch's `Conv2d`.
public struct Conv: Layer {
  /// Filters: channels of the output.
  public var filters: Int
  /// The window that a filter looks at.
  public var window: Extent
  /// Distance of neighbouring windows.
  public var stride: Extent
  /// Zeros around the input.
  public var padding: Extent
  /// Distance of neighbouring taps of a window.
  public var dilation: Extent
  /// Groups of channels and filters that do not mix.
  public var groups: Int
  /// Whether a bias is added.
  public var bias: Bool

  /// Describes a convolution with `filters` filters.
  public init(
    _ filters: Int, window: Extent, stride: Extent = 1, padding: Extent = 0, dilation: Extent = 1,
    groups: Int = 1, bias: Bool = true
  ) {
    self.filters = filters
    self.window = window
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
    self.bias = bias
  }

  /// The layer as the grammar writes it.
  public var text: String {
    var text = "conv(\(filters), \(window.argument)"
    if stride != 1 { text += ", stride=\(stride.argument)" }
    if padding != 0 { text += ", padding=\(padding.argument)" }
    if dilation != 1 { text += ", dilation=\(dilation.argument)" }
    if groups != 1 { text += ", groups=\(groups)" }
    if !bias { text += ", bias=False" }
    return text + ")"
  }

  /// `(size + 2 padding - dilation (window - 1) - 1) / stride + 1` rows and columns.
  public func output(for input: Shape) throws(NetworkError) -> Shape {
    try positive(["filters": filters, "groups": groups])
    try positive(["window": window, "stride": stride, "dilation": dilation])
    try notNegative(padding, "padding")
    guard input.channels % groups == 0, filters % groups == 0 else {
      throw NetworkError(
        "\(text): \(groups) groups divide neither \(input.channels) channels and \(filters) "
          + "filters evenly; choose a divisor of both")
    }
    return Shape(
      filters,
      try windows(input.height, window.rows, stride.rows, padding.rows, dilation.rows, input),
      try windows(
        input.width, window.columns, stride.columns, padding.columns, dilation.columns, input))
  }
}

/// Takes the greatest value of each window, as PyTorch's `MaxPool2d`.
public struct MaxPool: Layer {
  /// The window that is looked at.
  public var window: Extent
  /// Distance of neighbouring windows; the window itself by default.
  public var stride: Extent
  /// Places around the input that never win; at most half the window.
  public var padding: Extent

  /// Describes a max-pool.
  public init(_ window: Extent, stride: Extent? = nil, padding: Extent = 0) {
    self.window = window
    self.stride = stride ?? window
    self.padding = padding
  }

  /// The layer as the grammar writes it.
  public var text: String { poolText("maxpool", window, stride, padding) }

  /// `(size + 2 padding - window) / stride + 1` rows and columns.
  public func output(for input: Shape) throws(NetworkError) -> Shape {
    try pooled(input, window, stride, padding)
  }
}

/// Takes the mean of each window, the padding counted as zeros, as PyTorch's `AvgPool2d`.
public struct AveragePool: Layer {
  /// The window that is looked at.
  public var window: Extent
  /// Distance of neighbouring windows; the window itself by default.
  public var stride: Extent
  /// Zeros around the input; at most half the window.
  public var padding: Extent

  /// Describes an average-pool.
  public init(_ window: Extent, stride: Extent? = nil, padding: Extent = 0) {
    self.window = window
    self.stride = stride ?? window
    self.padding = padding
  }

  /// The layer as the grammar writes it.
  public var text: String { poolText("avgpool", window, stride, padding) }

  /// `(size + 2 padding - window) / stride + 1` rows and columns.
  public func output(for input: Shape) throws(NetworkError) -> Shape {
    try pooled(input, window, stride, padding)
  }
}

/// A dense layer: `y[k] = b[k] + sum over c of w[k, c] x[c]`; an image is flattened first.
///
/// Weights `[units, inputs]`, bias `[units]`, as PyTorch's `Linear` after `Flatten`.
public struct Dense: Layer {
  /// Outputs.
  public var units: Int
  /// Whether a bias is added.
  public var bias: Bool

  /// Describes a dense layer with `units` outputs.
  public init(_ units: Int, bias: Bool = true) {
    self.units = units
    self.bias = bias
  }

  /// The layer as the grammar writes it.
  public var text: String { bias ? "dense(\(units))" : "dense(\(units), bias=False)" }

  /// One value a unit.
  public func output(for input: Shape) throws(NetworkError) -> Shape {
    try positive(["units": units])
    return Shape(units)
  }
}

/// Cuts off what is negative: `y = max(x, 0)`; NaN stays NaN.
public struct ReLU: Layer {
  /// Describes a ReLU.
  public init() {}

  /// The layer as the grammar writes it.
  public var text: String { "relu" }

  /// The input's shape.
  public func output(for input: Shape) throws(NetworkError) -> Shape { input }
}

/// Collects the layers of a network, one an expression.
@resultBuilder
public enum LayerBuilder {
  /// One layer.
  public static func buildExpression(_ layer: any Layer) -> [any Layer] { [layer] }
  /// Several layers, as a function may return them.
  public static func buildExpression(_ layers: [any Layer]) -> [any Layer] { layers }
  /// Layers one after another.
  public static func buildBlock(_ parts: [any Layer]...) -> [any Layer] { parts.flatMap(\.self) }
  /// Layers of a loop.
  public static func buildArray(_ parts: [[any Layer]]) -> [any Layer] { parts.flatMap(\.self) }
  /// Layers that may be left out.
  public static func buildOptional(_ part: [any Layer]?) -> [any Layer] { part ?? [] }
  /// Either of two choices.
  public static func buildEither(first part: [any Layer]) -> [any Layer] { part }
  /// Either of two choices.
  public static func buildEither(second part: [any Layer]) -> [any Layer] { part }
}

extension Extent {
  var argument: String { rows == columns ? "\(rows)" : "[\(rows), \(columns)]" }
}

extension Layer {
  func positive(_ lengths: KeyValuePairs<String, Int>) throws(NetworkError) {
    for (name, length) in lengths where length < 1 {
      throw NetworkError("\(text): \(name) is \(length); it must be at least 1")
    }
  }

  func positive(_ extents: KeyValuePairs<String, Extent>) throws(NetworkError) {
    for (name, extent) in extents {
      try positive([name: min(extent.rows, extent.columns)])
    }
  }

  func notNegative(_ extent: Extent, _ name: String) throws(NetworkError) {
    guard min(extent.rows, extent.columns) >= 0 else {
      throw NetworkError("\(text): \(name) is \(extent); it must not be negative")
    }
  }

  /// How many windows fit along one side.
  func windows(
    _ size: Int, _ window: Int, _ stride: Int, _ padding: Int, _ dilation: Int, _ input: Shape
  ) throws(NetworkError) -> Int {
    let span = dilation * (window - 1) + 1
    guard size + 2 * padding >= span else {
      throw NetworkError(
        "\(text): the window spans \(span) pixels but its input \(input) has only "
          + "\(size + 2 * padding) with padding; use a smaller window or more padding")
    }
    return (size + 2 * padding - span) / stride + 1
  }

  func pooled(
    _ input: Shape, _ window: Extent, _ stride: Extent, _ padding: Extent
  ) throws(NetworkError) -> Shape {
    try positive(["window": window, "stride": stride])
    try notNegative(padding, "padding")
    guard 2 * padding.rows <= window.rows, 2 * padding.columns <= window.columns else {
      throw NetworkError(
        "\(text): padding \(padding) is more than half the window \(window)")
    }
    // A place of a window is kept in a byte; one value means that none was active.
    guard window.rows * window.columns <= 255 else {
      throw NetworkError("\(text): the window has more than 255 places")
    }
    return Shape(
      input.channels,
      try windows(input.height, window.rows, stride.rows, padding.rows, 1, input),
      try windows(input.width, window.columns, stride.columns, padding.columns, 1, input))
  }

  func poolText(_ name: String, _ window: Extent, _ stride: Extent, _ padding: Extent) -> String {
    var text = "\(name)(\(window.argument)"
    if stride != window { text += ", stride=\(stride.argument)" }
    if padding != 0 { text += ", padding=\(padding.argument)" }
    return text + ")"
  }
}
