/// The points of a chart that are pointed out, with their labels where the least is in their way.
struct Marks {
  private(set) var labels = ""
  private let figure: Figure
  /// What labels and dashed lines take up.
  private var taken: [Box] = []
  /// The curves, in cells of some pixels.
  private var curves: Canvas

  private static let cell = 8.0

  private struct Box {
    var left: Double
    var top: Double
    var right: Double
    var bottom: Double

    func overlaps(_ other: Box) -> Bool {
      left < other.right && other.left < right && top < other.bottom && other.top < bottom
    }
  }

  init(_ figure: Figure) {
    self.figure = figure
    curves = Canvas(
      columns: Int(figure.width / Self.cell) + 1, rows: Int(figure.height / Self.cell) + 1,
      isFine: false)
    guard figure.chart.markers.contains(where: { $0.y != nil }) else { return }
    for series in figure.chart.series { trace(series) }
    var pending: [(label: String, x: Double, y: Double)] = []
    for marker in figure.chart.markers {
      let x = figure.x(marker.x) * figure.width
      guard x >= -0.5, x <= figure.width + 0.5 else { continue }
      guard let value = marker.y else {
        taken.append(Box(left: x - 1, top: 0, right: x + 1, bottom: figure.height))
        continue
      }
      let y = (1 - figure.y(value)) * figure.height
      guard y >= -0.5, y <= figure.height + 0.5 else { continue }
      labels +=
        "<circle class=\"ring\" cx=\"\(coordinate(x))\" cy=\"\(coordinate(y))\" r=\"4\"/>\n"
      taken.append(Box(left: x - 4, top: y - 4, right: x + 4, bottom: y + 4))
      pending.append((marker.label, x, y))
    }
    for (label, x, y) in pending where !label.isEmpty { place(label, x, y) }
  }

  private mutating func trace(_ series: Chart.Series) {
    func cells(_ point: Chart.Point) -> Chart.Point {
      Chart.Point((point.x / Self.cell).rounded(.down), (point.y / Self.cell).rounded(.down))
    }
    let stretches: [Figure.Stretch]
    switch series.style {
    case .line: stretches = figure.stretches(series.points)
    case .step: stretches = figure.stairs(series.points)
    case .dots: stretches = figure.dots(series.points).map { [$0] }
    case .band: stretches = []
    }
    for stretch in stretches {
      for (start, end) in zip(stretch, stretch.dropFirst() + stretch.suffix(1)) {
        curves.line(from: cells(start), to: cells(end), by: 0)
      }
    }
  }

  /// Puts a label beside a place, a few lines up or down if that keeps it free of other things.
  private mutating func place(_ text: String, _ x: Double, _ y: Double) {
    let (width, height) = (textWidth(text), 16.0)
    var best: (box: Box, isLeft: Bool, cost: Double)?
    for shift in -5...8 {
      let middle = min(max(height / 2, y + Double(shift) * height * 0.75), figure.height - 8)
      for isLeft in [false, true] {
        let left = isLeft ? x - 8 - width : x + 8
        let box = Box(
          left: left, top: middle - height / 2, right: left + width, bottom: middle + height / 2)
        let cost = cost(of: box) + 2 * Double(abs(shift)) + (isLeft ? 1 : 0)
        if cost < best?.cost ?? .infinity { best = (box, isLeft, cost) }
      }
    }
    guard let (box, isLeft, _) = best else { return }
    taken.append(box)
    labels += label(
      text, isLeft ? box.right : box.left, (box.top + box.bottom) / 2 + 4, halo: true,
      anchor: isLeft ? "end" : "start")
  }

  /// How bad it is to write here: over the edge, over another label, over a curve.
  private func cost(of box: Box) -> Double {
    var cost = box.left < 0 || box.right > figure.width + 8 ? 1000.0 : 0
    cost += 100 * Double(taken.count { $0.overlaps(box) })
    let rows = Int(max(0, box.top) / Self.cell)...Int(max(0, box.bottom - 1) / Self.cell)
    let columns = Int(max(0, box.left) / Self.cell)...Int(max(0, box.right) / Self.cell)
    for row in rows where row < curves.rows {
      for column in columns where column < curves.columns {
        cost += curves.isEmpty(column: column, row: row) ? 0 : 3
      }
    }
    return cost
  }
}
