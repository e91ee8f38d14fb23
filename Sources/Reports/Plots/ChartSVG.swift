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
    svg(charts.map { Row([$0], height: height) }, width: width)
  }

  /// Charts beside one another.
  public struct Row: Sendable {
    let charts: [Chart]
    let columns: Int
    let height: Int

    /// A row of charts of one height.
    ///
    /// - Parameters:
    ///   - charts: From the left.
    ///   - columns: How many the width is shared by, where it is not their number.
    ///   - height: Pixels down.
    public init(_ charts: [Chart], columns: Int? = nil, height: Int) {
      self.charts = charts
      self.columns = max(1, columns ?? charts.count)
      self.height = height
    }

    /// Rows that hold any number of charts, so many in each.
    public static func rows(_ charts: [Chart], columns: Int, height: Int) -> [Row] {
      stride(from: 0, to: charts.count, by: columns).map { first in
        Row(
          Array(charts[first..<min(first + columns, charts.count)]), columns: columns,
          height: height)
      }
    }
  }

  /// Rows of charts as one SVG file.
  ///
  /// - Parameters:
  ///   - rows: From the top down.
  ///   - width: Pixels across.
  ///   - heading: What stands above all of them; nothing if empty.
  ///   - caption: Paragraphs below them.
  /// - Returns: The text of the file.
  public static func svg(
    _ rows: [Row], width: Int, heading: String = "", caption: [String] = []
  ) -> String {
    element(
      rows, width: width, heading: heading, caption: caption,
      style: "<style>\n\(Look.style)</style>\n") + "\n"
  }

  /// The charts for a page that has the style already.
  static func element(
    _ rows: [Row], width: Int, heading: String = "", caption: [String] = [], style: String = ""
  ) -> String {
    let length = Int((Double(width) - 2 * Sheet.margin) / 6.8)
    let lines = caption.flatMap { wrapped($0, width: length) }
    let top = heading.isEmpty ? 0 : 30
    let bottom = lines.isEmpty ? 0 : 16 * lines.count + 12
    let total = rows.reduce(top + bottom) { $0 + $1.height }
    let titles = ([heading] + rows.flatMap(\.charts).map(\.title)).filter { !$0.isEmpty }
    var text =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" role=\"img\" "
      + "width=\"\(width)\" height=\"\(total)\" viewBox=\"0 0 \(width) \(total)\" "
      + "aria-label=\"\(escaped(titles.joined(separator: "; ")))\">\n" + style
      + "<rect class=\"ground\" width=\"\(width)\" height=\"\(total)\"/>\n"
    if !heading.isEmpty {
      let shown = shortened(heading, to: length * 3 / 4, ellipsis: "…")
      text += label(shown, Sheet.margin, 24, class: "heading")
    }
    var y = top
    for row in rows {
      for (place, chart) in row.charts.enumerated() {
        let x = width * place / row.columns
        let end = width * (place + 1) / row.columns
        text += "<g transform=\"translate(\(x) \(y))\">\n"
        text += Sheet(chart, width: Double(end - x), height: Double(row.height)).markup
        text += "</g>\n"
      }
      y += row.height
    }
    for (place, line) in lines.enumerated() {
      text += label(line, Sheet.margin, Double(y + 14 + 16 * place), class: "faint")
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
  private let ends: EndLabels?
  private let flags: Flags
  private let width: Double
  /// One of many, with little room for its title.
  private var isSmall: Bool { width < 320 }

  static let margin = 14.0
  private static let lineHeight = 18.0

  init(_ chart: Chart, width: Double, height: Double) {
    self.chart = chart
    self.width = width
    let bottom = (chart.xAxis.label.isEmpty ? 24.0 : 42) + 4
    // What the legend takes is not known before the names at the ends are settled.
    ends = EndLabels(chart, room: width - 60, height: height - bottom - 60)
    legend = Legend(
      chart, width: width - 2 * Self.margin, isWanted: chart.hasLegend && ends == nil)
    var top = chart.title.isEmpty ? Self.margin / 2 : Self.margin + 16
    top += Double(legend.rows.count) * Self.lineHeight
    top += chart.yAxis.label.isEmpty ? 10 : 30
    let isSmall = width < 320
    let yTicks = { (height: Double) in max(2, Int(height / (isSmall ? 32 : 44))) }
    // The labels of the left axis make room for themselves; they do not depend on its length.
    let draft = Figure(
      chart, width: 1, height: height, xTicks: 2, yTicks: yTicks(max(40, height - top - bottom)))
    left = Self.margin + 8 + (draft.y.ticks.labels.map(textWidth).max() ?? 0)
    let room = max(40, width - left - 2 * Self.margin)
    let lastLabel = draft.x.ticks.labels.last.map(textWidth) ?? 0
    // A flag may reach over the right edge of the plot; the farther left its line, the less it does.
    let lines = chart.markers.filter { $0.y == nil }.map {
      (place: draft.x($0.x), label: $0.label)
    }.filter { $0.place >= 0 && $0.place <= 1 }
    let widest = lines.map { Flags.width(of: $0.label) - (1 - $0.place) * room * 0.8 }.max() ?? 0
    let right = max(lastLabel / 4, (ends?.width ?? 0) - Self.margin, widest - Self.margin)
    let plotWidth = max(40, room - min(right, room * 0.6))
    flags = Flags(lines.map { (x: $0.place * plotWidth, label: $0.label) })
    top += max(0, flags.height - (chart.yAxis.label.isEmpty ? 6 : 0))
    self.top = top
    let plotHeight = max(40, height - top - bottom)
    figure = Figure(
      chart, width: plotWidth, height: plotHeight,
      xTicks: max(2, Int(plotWidth / (isSmall ? 45 : 80))),
      yTicks: yTicks(plotHeight))
  }

  var markup: String {
    var text = ""
    if !chart.title.isEmpty {
      let length = Int((width - 2 * Self.margin) / (isSmall ? 7.2 : 8))
      let title = shortenedInside(chart.title, to: length)
      let whole = title == chart.title ? "" : "<title>\(escaped(chart.title))</title>"
      text += label(
        title, Self.margin, Self.margin + 10, class: isSmall ? "small" : "title", inside: whole)
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
    for (index, series) in chart.series.enumerated() { text += curve(series, series.look ?? index) }
    text += "</svg>\n"
    text += "<g transform=\"translate(\(coordinate(left)) \(coordinate(top)))\">\n"
    if chart.series.allSatisfy({ series in series.points.allSatisfy { !$0.y.isFinite } }) {
      text += label(
        "no data", figure.width / 2, figure.height / 2, class: "faint", anchor: "middle")
    }
    text += flags.markup(plotHeight: figure.height)
    return text + marks.labels + (ends?.markup(figure) ?? "") + "</g>\n"
  }

  private var axes: String {
    let (right, bottom) = (left + figure.width, top + figure.height)
    var grid = ""
    var strokes = "M\(coordinate(left)),\(coordinate(bottom))H\(coordinate(right))"
    var labels = ""
    var above = Double.infinity
    for (value, name) in zip(figure.y.ticks.values, figure.y.ticks.labels) {
      let y = crisp(top + (1 - figure.y(value)) * figure.height)
      grid += "M\(coordinate(left)),\(y)H\(coordinate(right))"
      // Ticks of a logarithmic axis may lie close together.
      let place = Double(y) ?? 0
      guard above - place >= 13 else { continue }
      above = place
      labels += label(name, left - 7, place + 4, class: "faint", anchor: "end")
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
      labels += label(chart.yAxis.label, Self.margin, top - 14 - flags.height, class: "faint")
    }
    if !chart.xAxis.label.isEmpty {
      labels += label(
        chart.xAxis.label, left + figure.width / 2, bottom + 37, class: "faint", anchor: "middle")
    }
    return "<path class=\"grid\" d=\"\(grid)\"/>\n<path class=\"axis\" d=\"\(strokes)\"/>\n"
      + labels
  }

  private func curve(_ series: Chart.Series, _ look: Int) -> String {
    let colour = look % Look.colours
    switch series.style {
    case .line:
      return stroke(figure.stretches(series.points), look, series.weight)
    case .step:
      return stroke(figure.stairs(series.points), look, series.weight)
    case .dots:
      return circles(figure.dots(series.points), colour, series.weight)
    case .band(let upper):
      let areas = figure.edges(series.points, upper).map { lower, upper in
        path(Figure.simplified(lower) + Figure.simplified(upper).reversed()) + "Z"
      }
      return "<path class=\"band f\(colour)\" d=\"\(areas.joined())\"/>\n"
    }
  }

  private func stroke(
    _ stretches: [Figure.Stretch], _ look: Int, _ weight: Chart.Series.Weight
  ) -> String {
    let lines = stretches.filter { $0.count > 1 }.map { path(Figure.simplified($0)) }
    let lone = stretches.filter { $0.count == 1 }.joined()
    return
      (lines.isEmpty ? "" : "<path \(Look.stroke(look, weight)) d=\"\(lines.joined())\"/>\n")
      + (lone.isEmpty ? "" : circles(Array(lone), look % Look.colours, weight))
  }

  private func circles(
    _ points: [Chart.Point], _ colour: Int, _ weight: Chart.Series.Weight
  ) -> String {
    let circles = points.map {
      "<circle cx=\"\(coordinate($0.x))\" cy=\"\(coordinate($0.y))\" "
        + "r=\"\(weight == .strong ? "2.5" : "1.5")\"/>"
    }
    let look = weight == .background ? "back" : "dots f\(colour)"
    return "<g class=\"\(look)\">\(circles.joined())</g>\n"
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
