/// A drawing of numbers against numbers, described by what it shows.
///
/// ```swift
/// var chart = Chart(title: "Loss", xAxis: .init("step", isWhole: true), yAxis: .init("", scale: .log))
/// chart.series = [.init("train", points), .init("test", others, .dots)]
/// try writeResult(chart.svg(), to: "loss.svg")
/// print(chart.text(width: 80, height: 16, unicode: true).joined(separator: "\n"))
/// ```
/// Points are thinned out to what can be seen, so that ten million of them draw at once; a value
/// that is not finite leaves a gap, and so does one that is not positive on a logarithmic axis.
public struct Chart: Sendable, Equatable {
  /// What stands above the drawing; nothing if empty.
  public var title: String
  /// The axis along the bottom.
  public var xAxis: Axis
  /// The axis along the left side.
  public var yAxis: Axis
  /// What is drawn, the first at the bottom.
  public var series: [Series]
  /// Places that are pointed out.
  public var markers: [Marker]
  /// Whether the names of the series are listed.
  public var hasLegend: Bool
  /// Whether an SVG drawing has the names at the ends of their lines instead, where there is room.
  public var namesLines = false

  /// A chart; names are listed where there are several series, unless `hasLegend` says otherwise.
  public init(
    title: String = "", xAxis: Axis, yAxis: Axis, series: [Series] = [], markers: [Marker] = [],
    hasLegend: Bool? = nil
  ) {
    self.title = title
    self.xAxis = xAxis
    self.yAxis = yAxis
    self.series = series
    self.markers = markers
    self.hasLegend = hasLegend ?? (series.count > 1)
  }

  /// One value at one place.
  public struct Point: Sendable, Equatable {
    /// The place along the bottom.
    public var x: Double
    /// The value.
    public var y: Double

    /// The value `y` at `x`.
    public init(_ x: Double, _ y: Double) {
      self.x = x
      self.y = y
    }
  }

  /// What a direction of the chart measures, and how.
  public struct Axis: Sendable, Equatable {
    /// How values are spread over an axis.
    public enum Scale: Sendable, Equatable {
      /// Equal differences are equally long.
      case linear
      /// Equal ratios are equally long.
      case log
    }

    /// What is measured, with its unit.
    public var label: String
    /// How values are spread.
    public var scale: Scale
    /// The values at both ends; nil takes all that is drawn.
    public var range: ClosedRange<Double>?
    /// Whether only whole numbers make sense: epochs, steps.
    public var isWhole: Bool

    /// An axis; without a range it follows what is drawn.
    public init(
      _ label: String, scale: Scale = .linear, range: ClosedRange<Double>? = nil,
      isWhole: Bool = false
    ) {
      self.label = label
      self.scale = scale
      self.range = range
      self.isWhole = isWhole
    }
  }

  /// Points that belong together.
  public struct Series: Sendable, Equatable {
    /// How points are drawn.
    public enum Style: Sendable, Equatable {
      /// Straight from point to point.
      case line
      /// Each value holds until the next point.
      case step
      /// Every point for itself.
      case dots
      /// The area between the points and others above them, at the same places.
      case band(upTo: [Point])
    }

    /// The name in the legend.
    public var name: String
    /// The values; lines go through them in this order.
    public var points: [Point]
    /// How they are drawn.
    public var style: Style
    /// The place of their colour and dash among the looks; nil for their place among the series.
    public var look: Int?
    /// How much they stand out.
    public var weight: Weight

    /// How much a series stands out.
    public enum Weight: Sendable, Equatable {
      /// What the chart is about.
      case strong
      /// Thin: what a strong series is made from.
      case faint
      /// Thin and grey, whatever its look: what a strong series is to be seen against.
      case background
    }

    /// Whether a legend lists it: it has a name, and there is something to see.
    var isListed: Bool { !name.isEmpty && !points.isEmpty }

    /// Points under a name.
    public init(
      _ name: String, _ points: [Point], _ style: Style = .line, look: Int? = nil,
      weight: Weight = .strong
    ) {
      self.name = name
      self.points = points
      self.style = style
      self.look = look
      self.weight = weight
    }
  }

  /// A place that is pointed out: a value on the bottom axis, or one point.
  public struct Marker: Sendable, Equatable {
    /// The place along the bottom.
    public var x: Double
    /// The value; nil marks the whole height.
    public var y: Double?
    /// What is there.
    public var label: String

    /// A label at a place.
    public init(_ label: String, x: Double, y: Double? = nil) {
      self.label = label
      self.x = x
      self.y = y
    }
  }
}
