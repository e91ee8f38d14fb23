extension Chart {
  /// The chart as lines of text, for a terminal or a log.
  ///
  /// Several series carry the letters A, B, C ... that the legend explains, so that they are told
  /// apart without colours; markers carry the digits 1 to 9.
  ///
  /// - Parameters:
  ///   - width: Columns for everything; no line is longer.
  ///   - height: Lines of the plot itself; title, legend and axis come on top.
  ///   - unicode: Braille and box-drawing characters; otherwise ASCII.
  ///   - colour: Escape sequences for the colours of series.
  /// - Returns: The lines, without line feeds.
  public func text(
    width: Int, height: Int = 16, unicode: Bool, colour: Bool = false
  ) -> [String] {
    TextSheet(
      self, width: max(20, width), height: max(3, height), isFine: unicode, isColoured: colour
    ).lines
  }
}

extension Chart {
  /// The letter that stands for a series in text: A to Z, and over again.
  public static func letter(of series: Int) -> String {
    String(Unicode.Scalar(UInt8(ascii: "A") + UInt8(series % 26)))
  }
}

/// One chart with the places of all its parts, in characters.
private struct TextSheet {
  private let chart: Chart
  private let width: Int
  private let isFine: Bool
  private let isColoured: Bool
  private let figure: Figure
  private let margin: Int
  private var canvas: Canvas

  init(_ chart: Chart, width: Int, height: Int, isFine: Bool, isColoured: Bool) {
    (self.chart, self.width) = (chart, width)
    (self.isFine, self.isColoured) = (isFine, isColoured)
    let yTicks = max(2, min(height / 3, 8))
    let draft = Figure(chart, width: 1, height: 1, xTicks: 2, yTicks: yTicks)
    margin = min(width / 2, draft.y.ticks.labels.reduce(1) { max($0, $1.count) })
    canvas = Canvas(columns: width - margin - 2, rows: height, isFine: isFine)
    let reach = canvas.reach
    figure = Figure(
      chart, width: Double(reach.x), height: Double(reach.y),
      xTicks: max(2, canvas.columns / 10), yTicks: yTicks)
    for (index, series) in chart.series.enumerated() { draw(series, index) }
    if chart.series.count > 1 { letter() }
    mark()
  }

  var lines: [String] {
    var lines: [String] = []
    if !chart.title.isEmpty { lines.append(fitting(chart.title)) }
    lines += legend
    if !chart.yAxis.label.isEmpty { lines.append(fitting(chart.yAxis.label)) }
    lines += plot
    lines += axis
    lines += markers
    return lines.map(withoutTrailingBlanks)
  }

  // What is drawn

  private mutating func draw(_ series: Chart.Series, _ index: Int) {
    switch series.style {
    case .line: join(figure.stretches(series.points), index)
    case .step: join(figure.stairs(series.points), index)
    case .dots:
      let dots = figure.dots(series.points)
      // One dot of braille is easily missed, a crowd is not.
      for dot in dots where chart.series.count > 1 || dots.count <= 50 { draw(dot, index) }
      for dot in dots { canvas.line(from: dot, to: dot, by: index) }
    case .band(let upper):
      for (lower, upper) in figure.edges(series.points, upper) {
        join([lower, upper], index)
        fill(lower, upper, index)
      }
    }
  }

  private mutating func join(_ stretches: [Figure.Stretch], _ index: Int) {
    for stretch in stretches {
      for (start, end) in zip(stretch, stretch.dropFirst()) {
        canvas.line(from: start, to: end, by: index)
      }
      if stretch.count == 1 { draw(stretch[0], index) }
    }
  }

  /// A point that stands alone.
  private mutating func draw(_ dot: Chart.Point, _ index: Int) {
    canvas.line(from: dot, to: dot, by: index)
    let (column, row) = cell(dot)
    canvas.put(
      isFine && chart.series.count == 1 ? "•" : sign(index), column: column, row: row)
  }

  /// Every third dot of every third row between two edges.
  private mutating func fill(_ lower: Figure.Stretch, _ upper: Figure.Stretch, _ index: Int) {
    guard isFine else { return }
    for x in stride(from: 0, through: canvas.reach.x, by: 3) {
      guard let top = height(of: upper, at: Double(x)),
        let bottom = height(of: lower, at: Double(x))
      else { continue }
      let rows = min(top, bottom)...max(top, bottom)
      for y in stride(from: 0, through: canvas.reach.y, by: 3) where rows.contains(Double(y)) {
        canvas.dot(x, y, by: index)
      }
    }
  }

  private func height(of edge: Figure.Stretch, at x: Double) -> Double? {
    guard let next = edge.firstIndex(where: { $0.x >= x }) else { return nil }
    guard next > 0 else { return edge[0].x == x ? edge[0].y : nil }
    let (a, b) = (edge[next - 1], edge[next])
    return b.x == a.x ? b.y : a.y + (b.y - a.y) * (x - a.x) / (b.x - a.x)
  }

  /// Puts the letters of the series on their curves, each a few times, where they are alone.
  private mutating func letter() {
    let count = chart.series.count
    let period = max(2 * count, canvas.columns / 3)
    for index in 0..<count {
      var column = (2 * index + 1) * period / (2 * count)
      while column < canvas.columns {
        if let row = canvas.ownRow(of: index, column: column) {
          canvas.put(sign(index), column: column, row: row)
          column += period
        } else {
          column += 1
        }
      }
    }
  }

  private func cell(_ place: Chart.Point) -> (column: Int, row: Int) {
    (Int(place.x.rounded()) / (isFine ? 2 : 1), Int(place.y.rounded()) / (isFine ? 4 : 1))
  }

  private var numbered: [(digit: Character, marker: Chart.Marker)] {
    chart.markers.prefix(9).enumerated().map { (Character("\($0 + 1)"), $1) }
  }

  private mutating func mark() {
    var digits: Set<[Int]> = []
    for (digit, marker) in numbered {
      let place = figure.place(Chart.Point(marker.x, marker.y ?? figure.y.range.upperBound))
      guard place.x.isFinite, place.y.isFinite else { continue }
      var (column, row) = cell(place)
      guard column >= 0, column < canvas.columns else { continue }
      // Digits of one place stand below one another.
      while digits.contains([column, row]), row < canvas.rows - 1 { row += 1 }
      digits.insert([column, row])
      if marker.y == nil {
        for row in 1..<canvas.rows where canvas.isEmpty(column: column, row: row) {
          canvas.put(isFine ? "┊" : ":", column: column, row: row)
        }
      }
      canvas.put(digit, column: column, row: row)
    }
  }

  // What is written

  private var plot: [String] {
    var labels = [String](repeating: "", count: canvas.rows)
    for (value, label) in zip(figure.y.ticks.values, figure.y.ticks.labels) {
      let row = cell(Chart.Point(0, (1 - figure.y(value)) * figure.height)).row
      if labels.indices.contains(row), labels[row].isEmpty { labels[row] = label }
    }
    return labels.enumerated().map { row, label in
      let blanks = String(repeating: " ", count: max(0, margin - label.count))
      let edge = label.isEmpty ? (isFine ? "│" : "|") : (isFine ? "┤" : "+")
      return blanks + label + " " + edge + cells(row)
    }
  }

  private func cells(_ row: Int) -> String {
    var text = ""
    var colour = 0
    for column in 0..<canvas.columns {
      if isColoured {
        let wanted = canvas.owner(column: column, row: row).map { Self.colours[$0 % 6] } ?? 0
        if wanted != colour { text += "\u{1B}[\(wanted)m" }
        colour = wanted
      }
      text.append(canvas.character(column: column, row: row, sign: sign))
    }
    return colour == 0 ? text : text + "\u{1B}[0m"
  }

  /// The bottom axis with its ticks, their labels, and what it measures.
  private var axis: [String] {
    var line = [Character](repeating: isFine ? "─" : "-", count: canvas.columns)
    var labels = [Character](repeating: " ", count: width)
    var free = 0
    for (value, label) in zip(figure.x.ticks.values, figure.x.ticks.labels) {
      let column = cell(Chart.Point(figure.x(value) * figure.width, 0)).column
      guard line.indices.contains(column) else { continue }
      line[column] = isFine ? "┬" : "+"
      let start = min(max(0, margin + 2 + column - label.count / 2), width - label.count)
      guard start >= free else { continue }
      for (offset, character) in label.enumerated() { labels[start + offset] = character }
      free = start + label.count + 1
    }
    let corner = String(repeating: " ", count: margin + 1) + (isFine ? "└" : "+")
    var lines = [corner + String(line), String(labels)]
    if !chart.xAxis.label.isEmpty {
      let label = fitting(chart.xAxis.label)
      let start = min(
        max(0, margin + 2 + (canvas.columns - label.count) / 2), width - label.count)
      lines.append(String(repeating: " ", count: start) + label)
    }
    return lines
  }

  private var legend: [String] {
    guard chart.hasLegend else { return [] }
    return chart.series.enumerated().filter { $1.isListed }.map { index, series in
      let text = fitting("\(sign(index)) \(series.name)")
      return isColoured ? "\u{1B}[\(Self.colours[index % 6])m\(text)\u{1B}[0m" : text
    }
  }

  private var markers: [String] {
    numbered.filter { !$0.marker.label.isEmpty }.map { fitting("\($0.digit) \($0.marker.label)") }
  }

  /// Cyan, magenta, yellow, green, red, blue: readable on black and on white.
  private static let colours = [36, 35, 33, 32, 31, 34]

  private func sign(_ series: Int) -> Character {
    chart.series.count > 1 ? Character(Chart.letter(of: series)) : "*"
  }

  private func fitting(_ text: String) -> String {
    shortened(text, to: width, ellipsis: isFine ? "…" : "...")
  }

  private func withoutTrailingBlanks(_ line: String) -> String {
    guard let end = line.lastIndex(where: { $0 != " " }) else { return "" }
    return String(line[...end])
  }
}
