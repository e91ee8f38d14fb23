/// A curve thinned out to what can be seen of it.
///
/// Of consecutive points in one column the first, the lowest, the highest and the last remain, in
/// their order; of consecutive values that are not finite, one, which is a gap. However many points
/// go in, at most four per column come out of a curve that runs from left to right.
public struct Outline: Sendable, Equatable {
  private let start: Double
  private let columnsPerUnit: Double
  private let lastColumn: Double
  private var kept: [Chart.Point] = []
  private var column: Column?

  private struct Column: Equatable {
    let index: Int
    let first: Chart.Point
    var low: Chart.Point
    var high: Chart.Point
    var last: Chart.Point
    /// Whether the lowest point came before the highest.
    var isRising = true

    init(_ index: Int, _ point: Chart.Point) {
      self.index = index
      first = point
      low = point
      high = point
      last = point
    }

    mutating func add(_ point: Chart.Point) {
      if point.y < low.y {
        low = point
        isRising = false
      }
      if point.y > high.y {
        high = point
        isRising = true
      }
      last = point
    }

    var points: [Chart.Point] {
      var points = [first]
      for point in isRising ? [low, high, last] : [high, low, last]
      where point != points[points.count - 1] {
        points.append(point)
      }
      return points
    }
  }

  /// An outline in so many columns over a range of x; what lies beyond counts to the columns at the
  /// ends.
  ///
  /// - Precondition: There is at least one column.
  public init(columns: Int, over range: ClosedRange<Double>) {
    precondition(columns >= 1, "an outline has at least one column")
    start = range.lowerBound
    let width = range.upperBound - range.lowerBound
    columnsPerUnit = width > 0 ? Double(columns) / width : 0
    lastColumn = Double(columns - 1)
  }

  /// Adds the next point of the curve.
  public mutating func add(_ point: Chart.Point) {
    guard point.x.isFinite, point.y.isFinite else {
      finishColumn()
      if kept.last?.y.isFinite ?? false { kept.append(Chart.Point(point.x, .nan)) }
      return
    }
    let index = Int(min(max(0, (point.x - start) * columnsPerUnit), lastColumn))
    if column?.index == index {
      column?.add(point)
    } else {
      finishColumn()
      column = Column(index, point)
    }
  }

  /// What is left of the points so far.
  public var points: [Chart.Point] { kept + (column?.points ?? []) }

  private mutating func finishColumn() {
    if let column { kept += column.points }
    column = nil
  }
}
