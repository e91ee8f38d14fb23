/// A chart on a canvas of so many units: both axes are settled, and every point has its place.
struct Figure {
  let chart: Chart
  let x: Projection
  let y: Projection
  /// The canvas, in dots or pixels, from the left and from the top.
  let width: Double
  let height: Double

  /// Points that are joined.
  typealias Stretch = [Chart.Point]

  init(_ chart: Chart, width: Double, height: Double, xTicks: Int, yTicks: Int) {
    self.chart = chart
    self.width = width
    self.height = height
    var (xExtent, yExtent) = (Extent(chart.xAxis.scale), Extent(chart.yAxis.scale))
    func add(_ points: [Chart.Point]) {
      for point in points {
        xExtent.add(point.x)
        yExtent.add(point.y)
      }
    }
    for series in chart.series {
      add(series.points)
      if case .band(let upper) = series.style { add(upper) }
    }
    for marker in chart.markers {
      xExtent.add(marker.x)
      if let y = marker.y { yExtent.add(y) }
    }
    x = Projection(chart.xAxis, extent: xExtent.range, fit: .tight, ticks: xTicks)
    y = Projection(chart.yAxis, extent: yExtent.range, fit: .round, ticks: yTicks)
  }

  /// Where a point stands; NaN where it has no place.
  func place(_ point: Chart.Point) -> Chart.Point {
    Chart.Point(x(point.x) * width, (1 - y(point.y)) * height)
  }

  /// The points of a curve at their places, thinned out and parted at the gaps.
  func stretches(_ points: [Chart.Point]) -> [Stretch] {
    var outline = Outline(columns: Int(width) + 1, over: 0...width)
    for point in points { outline.add(place(point)) }
    return outline.points.split { $0.y.isNaN }.map(Array.init)
  }

  /// The same as a staircase: each value holds until the next point, as far as that can be seen.
  func stairs(_ points: [Chart.Point]) -> [Stretch] {
    stretches(points).map { stretch in
      var corners: Stretch = []
      for point in stretch {
        if let last = corners.last, last.y != point.y, point.x - last.x > 1 {
          corners.append(.init(point.x, last.y))
        }
        corners.append(point)
      }
      return corners
    }
  }

  /// A curve without the points that its neighbours stand for: what is left is nowhere farther from
  /// it than a fifth of a unit, measured upright.
  static func simplified(_ stretch: Stretch) -> Stretch {
    guard var anchor = stretch.first else { return [] }
    let tolerance = 0.2
    var kept = [anchor]
    var slopes = -Double.infinity...Double.infinity
    for (point, next) in zip(stretch.dropFirst(), stretch.dropFirst(2)) {
      let run = point.x - anchor.x
      if run > 0 {
        let (low, high) = (
          max(slopes.lowerBound, (point.y - tolerance - anchor.y) / run),
          min(slopes.upperBound, (point.y + tolerance - anchor.y) / run)
        )
        let slope = (next.y - anchor.y) / (next.x - anchor.x)
        if low <= high, next.x > point.x, slope >= low, slope <= high {
          slopes = low...high
          continue
        }
      }
      kept.append(point)
      anchor = point
      slopes = -Double.infinity...Double.infinity
    }
    if stretch.count > 1 { kept.append(stretch[stretch.count - 1]) }
    return kept
  }

  /// The places where dots are seen, each once.
  func dots(_ points: [Chart.Point]) -> [Chart.Point] {
    let (columns, rows) = (Int(width) + 1, Int(height) + 1)
    var isTaken = [Bool](repeating: false, count: columns * rows)
    return points.compactMap { point in
      let place = place(point)
      guard place.x >= 0, place.x <= width, place.y >= 0, place.y <= height else { return nil }
      let index = Int(place.y) * columns + Int(place.x)
      defer { isTaken[index] = true }
      return isTaken[index] ? nil : place
    }
  }

  /// The lower and the upper edges of a band, stretch by stretch.
  func edges(_ lower: [Chart.Point], _ upper: [Chart.Point]) -> [(lower: Stretch, upper: Stretch)] {
    // A gap in one edge is a gap in the other.
    let holes = zip(lower, upper).map { place($0).y.isNaN || place($1).y.isNaN }
    func edge(_ points: [Chart.Point]) -> [Stretch] {
      stretches(zip(points, holes).map { $1 ? Chart.Point($0.x, .nan) : $0 })
    }
    return zip(edge(lower), edge(upper)).map { ($0, $1) }
  }
}
