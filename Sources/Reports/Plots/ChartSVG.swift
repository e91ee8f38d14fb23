extension Chart {
  /// The chart as an SVG file that needs nothing else and follows the reader's choice of light or
  /// dark.
  ///
  /// - Parameters:
  ///   - width: Pixels across.
  ///   - height: Pixels down, with title, legend and axes.
  /// - Returns: The text of the file.
  public func svg(width: Int = 800, height: Int = 420) -> String {
    Chart.svg([self], width: width, height: height)
  }

  /// Charts below one another as one SVG file.
  ///
  /// - Parameters:
  ///   - charts: From the top down.
  ///   - width: Pixels across.
  ///   - height: Pixels down for each of them.
  /// - Returns: The text of the file.
  public static func svg(_ charts: [Chart], width: Int = 800, height: Int = 420) -> String {
    element(charts, width: width, height: height, style: "<style>\n\(Look.style)</style>\n")
      + "\n"
  }

  /// The charts for a page that has the style already.
  static func element(_ charts: [Chart], width: Int, height: Int, style: String = "") -> String {
    let total = height * charts.count
    let titles = charts.map(\.title).filter { !$0.isEmpty }.joined(separator: "; ")
    var text =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" role=\"img\" "
      + "width=\"\(width)\" height=\"\(total)\" viewBox=\"0 0 \(width) \(total)\" "
      + "aria-label=\"\(escaped(titles))\">\n" + style
      + "<rect class=\"ground\" width=\"\(width)\" height=\"\(total)\"/>\n"
    for (index, chart) in charts.enumerated() {
      text += "<g transform=\"translate(0 \(height * index))\">\n"
      text += Sheet(chart, width: Double(width), height: Double(height)).markup
      text += "</g>\n"
    }
    return text + "</svg>"
  }
}

/// One chart with the places of all its parts, in pixels.
private struct Sheet {
  private let chart: Chart
  private let figure: Figure
  private let left: Double
  private let top: Double
  private let legend: Legend
  private let width: Double

  private static let margin = 14.0
  private static let lineHeight = 18.0

  init(_ chart: Chart, width: Double, height: Double) {
    self.chart = chart
    self.width = width
    legend = Legend(chart, width: width - 2 * Self.margin)
    var top = chart.title.isEmpty ? Self.margin / 2 : Self.margin + 16
    top += Double(legend.rows.count) * Self.lineHeight
    top += chart.yAxis.label.isEmpty ? 10 : 30
    self.top = top
    let bottom = (chart.xAxis.label.isEmpty ? 24.0 : 42) + 4
    let plotHeight = max(40, height - top - bottom)
    let yTicks = max(2, Int(plotHeight / 44))
    // The labels of the left axis make room for themselves; they do not depend on its length.
    let draft = Figure(chart, width: 1, height: plotHeight, xTicks: 2, yTicks: yTicks)
    left = Self.margin + 8 + (draft.y.ticks.labels.map(textWidth).max() ?? 0)
    let room = max(40, width - left - 2 * Self.margin)
    let lastLabel = draft.x.ticks.labels.last.map(textWidth) ?? 0
    figure = Figure(
      chart, width: room - lastLabel / 4, height: plotHeight, xTicks: max(2, Int(room / 80)),
      yTicks: yTicks)
  }

  var markup: String {
    var text = ""
    if !chart.title.isEmpty {
      let length = Int((width - 2 * Self.margin) / 8)
      text += label(
        shortened(chart.title, to: length, ellipsis: "…"), Self.margin, Self.margin + 10,
        class: "title")
    }
    text += legend.markup(
      x: Self.margin, y: (chart.title.isEmpty ? Self.margin / 2 : Self.margin + 18) + 12)
    text += axes
    let marks = Marks(figure)
    // The inner element cuts off what lies outside a fixed range; strokes may reach over its edge.
    let (w, h) = (coordinate(figure.width + 6), coordinate(figure.height + 6))
    text +=
      "<svg x=\"\(coordinate(left - 3))\" y=\"\(coordinate(top - 3))\" width=\"\(w)\" "
      + "height=\"\(h)\" viewBox=\"-3 -3 \(w) \(h)\">\n"
    text += marks.lines
    for (index, series) in chart.series.enumerated() { text += curve(series, index) }
    text += "</svg>\n"
    text += "<g transform=\"translate(\(coordinate(left)) \(coordinate(top)))\">\n"
    if chart.series.allSatisfy({ $0.points.isEmpty }) {
      text += label(
        "no data", figure.width / 2, figure.height / 2, class: "faint", anchor: "middle")
    }
    return text + marks.labels + "</g>\n"
  }

  private var axes: String {
    let (right, bottom) = (left + figure.width, top + figure.height)
    var grid = ""
    var strokes = "M\(coordinate(left)),\(coordinate(bottom))H\(coordinate(right))"
    var labels = ""
    for (value, name) in zip(figure.y.ticks.values, figure.y.ticks.labels) {
      let y = crisp(top + (1 - figure.y(value)) * figure.height)
      grid += "M\(coordinate(left)),\(y)H\(coordinate(right))"
      labels += label(name, left - 7, (Double(y) ?? 0) + 4, class: "faint", anchor: "end")
    }
    for value in figure.y.ticks.minor {
      strokes += "M\(coordinate(left)),\(crisp(top + (1 - figure.y(value)) * figure.height))h-3"
    }
    var occupied = -Double.infinity
    for (value, name) in zip(figure.x.ticks.values, figure.x.ticks.labels) {
      let x = left + figure.x(value) * figure.width
      strokes += "M\(crisp(x)),\(coordinate(bottom))v5"
      let half = textWidth(name) / 2
      guard x - half > occupied else { continue }
      occupied = x + half + 6
      labels += label(name, x, bottom + 18, class: "faint", anchor: "middle")
    }
    for value in figure.x.ticks.minor {
      strokes += "M\(crisp(left + figure.x(value) * figure.width)),\(coordinate(bottom))v3"
    }
    if !chart.yAxis.label.isEmpty {
      labels += label(chart.yAxis.label, Self.margin, top - 14, class: "faint")
    }
    if !chart.xAxis.label.isEmpty {
      labels += label(
        chart.xAxis.label, left + figure.width / 2, bottom + 37, class: "faint", anchor: "middle")
    }
    return "<path class=\"grid\" d=\"\(grid)\"/>\n<path class=\"axis\" d=\"\(strokes)\"/>\n"
      + labels
  }

  private func curve(_ series: Chart.Series, _ index: Int) -> String {
    let colour = index % Look.colours
    switch series.style {
    case .line:
      return stroke(figure.stretches(series.points), index)
    case .step:
      return stroke(figure.stairs(series.points), index)
    case .dots:
      return circles(figure.dots(series.points), colour)
    case .band(let upper):
      let areas = figure.edges(series.points, upper).map { lower, upper in
        path(lower + upper.reversed()) + "Z"
      }
      return "<path class=\"band f\(colour)\" d=\"\(areas.joined())\"/>\n"
    }
  }

  private func stroke(_ stretches: [Figure.Stretch], _ index: Int) -> String {
    let colour = index % Look.colours
    let lines = stretches.filter { $0.count > 1 }
    let lone = stretches.filter { $0.count == 1 }.joined()
    return
      (lines.isEmpty
      ? ""
      : "<path class=\"line s\(colour)\"\(Look.dash(index)) d=\"\(lines.map(path).joined())\"/>\n")
      + (lone.isEmpty ? "" : circles(Array(lone), colour))
  }

  private func circles(_ points: [Chart.Point], _ colour: Int) -> String {
    let circles = points.map {
      "<circle cx=\"\(coordinate($0.x))\" cy=\"\(coordinate($0.y))\" r=\"2.5\"/>"
    }
    return "<g class=\"dots f\(colour)\">\(circles.joined())</g>\n"
  }

  /// A line through points.
  private func path(_ points: Figure.Stretch) -> String {
    guard let first = points.first else { return "" }
    var text = "M\(coordinate(first.x)),\(coordinate(first.y))"
    var last = first
    for point in points.dropFirst() {
      if point.y == last.y {
        text += "H\(coordinate(point.x))"
      } else if point.x == last.x {
        text += "V\(coordinate(point.y))"
      } else {
        text += "L\(coordinate(point.x)),\(coordinate(point.y))"
      }
      last = point
    }
    return text
  }
}

/// The names of the series, in as many rows as they need.
private struct Legend {

  private(set) var rows: [[(index: Int, x: Double)]] = []
  private let chart: Chart
  private let length: Int

  init(_ chart: Chart, width: Double) {
    self.chart = chart
    length = max(8, Int((width - 40) / 6.6))
    guard chart.hasLegend else { return }
    var x = Double.infinity
    for (index, series) in chart.series.enumerated() where !series.name.isEmpty {
      let needed = 26 + textWidth(shortened(series.name, to: length, ellipsis: "…")) + 18
      if x + needed - 18 > width {
        rows.append([])
        x = 0
      }
      rows[rows.count - 1].append((index, x))
      x += needed
    }
  }

  func markup(x left: Double, y top: Double) -> String {
    var text = ""
    for (row, items) in rows.enumerated() {
      let y = top + Double(row) * 18
      for (index, x) in items {
        let series = chart.series[index]
        text += swatch(series.style, index, left + x, y - 4)
        let name = shortened(series.name, to: length, ellipsis: "…")
        let whole = name == series.name ? "" : "<title>\(escaped(series.name))</title>"
        text += label(name, left + x + 26, y, inside: whole)
      }
    }
    return text
  }

  private func swatch(_ style: Chart.Series.Style, _ index: Int, _ x: Double, _ y: Double)
    -> String
  {
    let colour = index % Look.colours
    switch style {
    case .line, .step:
      return "<path class=\"line s\(colour)\"\(Look.dash(index)) "
        + "d=\"M\(coordinate(x)),\(coordinate(y))h18\"/>\n"
    case .dots:
      return "<circle class=\"f\(colour)\" cx=\"\(coordinate(x + 9))\" "
        + "cy=\"\(coordinate(y))\" r=\"3\"/>\n"
    case .band:
      return "<rect class=\"band f\(colour)\" x=\"\(coordinate(x))\" "
        + "y=\"\(coordinate(y - 5))\" width=\"18\" height=\"10\"/>\n"
    }
  }
}

/// The markers of a chart, with their labels where the least is in their way.
private struct Marks {
  private(set) var lines = ""
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
    guard !figure.chart.markers.isEmpty else { return }
    for series in figure.chart.series { trace(series) }
    var pending: [(label: String, x: Double, y: Double)] = []
    for marker in figure.chart.markers {
      let x = figure.x(marker.x) * figure.width
      guard x >= -0.5, x <= figure.width + 0.5 else { continue }
      guard let value = marker.y else {
        lines += "<path class=\"mark\" d=\"M\(crisp(x)),0V\(coordinate(figure.height))\"/>\n"
        taken.append(Box(left: x - 1, top: 0, right: x + 1, bottom: figure.height))
        pending.append((marker.label, x, 8))
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

/// About how wide a text is, in pixels.
private func textWidth(_ text: String) -> Double { 6.8 * Double(text.count) }

/// A coordinate in the middle of a pixel, where a thin line is sharp.
private func crisp(_ value: Double) -> String { coordinate(value.rounded(.down) + 0.5) }

private func label(
  _ text: String, _ x: Double, _ y: Double, class name: String = "", halo: Bool = false,
  anchor: String = "start", inside: String = ""
) -> String {
  let place = "x=\"\(coordinate(x))\" y=\"\(coordinate(y))\""
  let anchor = anchor == "start" ? "" : " text-anchor=\"\(anchor)\""
  let look = name.isEmpty ? "" : " class=\"\(name)\""
  let text = escaped(text)
  // Drawn twice: a broad stroke in the ground's colour parts the text from the curves below it.
  return (halo ? "<text class=\"halo\" \(place)\(anchor)>\(text)</text>\n" : "")
    + "<text\(look) \(place)\(anchor)>\(inside)\(text)</text>\n"
}
