/// The names of the series, in as many rows as they need.
struct Legend {
  private(set) var rows: [[(index: Int, x: Double)]] = []
  private let chart: Chart
  private let length: Int

  /// The names of a chart, or none where `isWanted` is false.
  init(_ chart: Chart, width: Double, isWanted: Bool) {
    self.chart = chart
    length = max(8, Int((width - 40) / 6.6))
    guard isWanted else { return }
    var x = Double.infinity
    for (index, series) in chart.series.enumerated() where series.isListed {
      let needed = 26 + textWidth(shortenedInside(series.name, to: length)) + 18
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
        text += swatch(series, series.look ?? index, left + x, y - 4)
        let name = shortenedInside(series.name, to: length)
        let whole = name == series.name ? "" : "<title>\(escaped(series.name))</title>"
        text += label(name, left + x + 26, y, inside: whole)
      }
    }
    return text
  }

  private func swatch(_ series: Chart.Series, _ look: Int, _ x: Double, _ y: Double) -> String {
    let colour = look % Look.colours
    switch series.style {
    case .line, .step:
      return "<path \(Look.stroke(look, series.weight)) "
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
