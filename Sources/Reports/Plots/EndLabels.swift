/// The names of lines beside the places where they end, moved apart where those lie together.
struct EndLabels {
  /// The room that the names take to the right of the plot, in pixels.
  let width: Double
  private let names: [(index: Int, text: String, whole: String)]

  private static let lineHeight = 14.0
  /// What lies between the end of a line and its name: the leader.
  private static let leader = 16.0

  /// The names of a chart's lines; nil where the chart does not want them, where they do not all fit,
  /// or where not every line ends near the right edge: a legend is the better place then.
  ///
  /// - Parameters:
  ///   - chart: The chart.
  ///   - room: The pixels across that the plot and the names share.
  ///   - height: The pixels down.
  init?(_ chart: Chart, room: Double, height: Double) {
    guard chart.namesLines else { return nil }
    let named = chart.series.indices.filter { index in
      let series = chart.series[index]
      return series.isListed && series.weight != .background
    }
    let ends = named.compactMap { Self.end(of: chart.series[$0])?.x }
    let reach = chart.series.compactMap { Self.end(of: $0)?.x }.max() ?? 0
    let start = chart.series.compactMap(\.points.first?.x).min() ?? 0
    guard !named.isEmpty, ends.count == named.count,
      Double(named.count) * Self.lineHeight <= height,
      ends.allSatisfy({ reach - $0 <= 0.02 * (reach - start) })
    else { return nil }
    let length = max(8, Int(0.36 * room / 6.8))
    names = named.map { index in
      let name = chart.series[index].name
      return (index, shortenedInside(name, to: length), name)
    }
    // A name without a line takes room, too: charts of the same series, one below the other, then
    // have their axes at the same places.
    let all = chart.series.map { shortenedInside($0.name, to: length) }
    width = Self.leader + 4 + (all.map(textWidth).max() ?? 0)
  }

  private static func end(of series: Chart.Series) -> Chart.Point? {
    switch series.style {
    case .line, .step: series.points.last { $0.y.isFinite }
    case .dots, .band: nil
    }
  }

  func markup(_ figure: Figure) -> String {
    let height = figure.height
    let ends = names.compactMap { name in
      Self.end(of: figure.chart.series[name.index]).map { (name: name, place: figure.place($0)) }
    }.filter { $0.place.y.isFinite }
      .sorted { ($0.place.y, $0.name.index) < ($1.place.y, $1.name.index) }
    let wanted = ends.map { min(max(0, $0.place.y), height) }
    let places = Self.apart(wanted, by: Self.lineHeight, within: 0...height)
    var text = ""
    for (end, (y, place)) in zip(ends, zip(wanted, places)) {
      let look = figure.chart.series[end.name.index].look ?? end.name.index
      let x = min(end.place.x, figure.width)
      let bend = figure.width + Self.leader - 2
      text +=
        "<path class=\"leader s\(look % Look.colours)\" d=\"M\(coordinate(x + 2)),\(coordinate(y))"
        + "L\(coordinate(bend)),\(coordinate(place))\"/>\n"
      let whole = end.name.text == end.name.whole ? "" : "<title>\(escaped(end.name.whole))</title>"
      text += label(end.name.text, figure.width + Self.leader + 2, place + 4, inside: whole)
    }
    return text
  }

  /// The places nearest to the wanted ones, which ascend, that are a distance apart.
  static func apart(
    _ wanted: [Double], by distance: Double, within range: ClosedRange<Double>
  ) -> [Double] {
    // Without the distances, places may coincide: neighbours that would change their order share
    // the mean of what they want.
    var blocks: [(sum: Double, count: Int)] = []
    for (index, place) in wanted.enumerated() {
      blocks.append((place - Double(index) * distance, 1))
      while blocks.count > 1 {
        let (a, b) = (blocks[blocks.count - 2], blocks[blocks.count - 1])
        guard a.sum / Double(a.count) > b.sum / Double(b.count) else { break }
        blocks.removeLast()
        blocks[blocks.count - 1] = (a.sum + b.sum, a.count + b.count)
      }
    }
    let last = range.upperBound - Double(max(0, wanted.count - 1)) * distance
    let shared = blocks.flatMap { block in
      Array(repeating: block.sum / Double(block.count), count: block.count)
    }
    return shared.enumerated().map { index, place in
      max(range.lowerBound, min(place, last)) + Double(index) * distance
    }
  }
}
