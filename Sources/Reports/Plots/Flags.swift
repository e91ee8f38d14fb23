/// Labels of vertical lines, above the plot and in as many rows as they need to be clear of each
/// other and of the lines.
struct Flags {
  /// One line with its label.
  struct Flag {
    /// Pixels from the left edge of the plot.
    var x: Double
    var label: String
    /// The row of the label: 0 is the lowest.
    var row = 0
  }

  private(set) var flags: [Flag]
  static let rowHeight = 16.0

  /// The height of all rows together, in pixels.
  var height: Double { Double((flags.map(\.row).max() ?? -1) + 1) * Self.rowHeight }

  /// Labels that begin at their lines and run to the right.
  init(_ places: [(x: Double, label: String)]) {
    flags = places.map { Flag(x: $0.x, label: $0.label) }.sorted { $0.x < $1.x }
    // From the right: each label stands above all whose lines it would cross.
    for index in flags.indices.reversed() {
      let end = flags[index].x + Self.width(of: flags[index].label)
      let crossed = flags[(index + 1)...].filter { $0.x <= end && !$0.label.isEmpty }
      flags[index].row = crossed.reduce(0) { max($0, $1.row + 1) }
    }
  }

  /// How far a label reaches beyond its line.
  static func width(of label: String) -> Double { label.isEmpty ? 0 : textWidth(label) + 10 }

  func markup(plotHeight: Double) -> String {
    flags.map { flag in
      let top = flag.label.isEmpty ? 0 : -Double(flag.row) * Self.rowHeight - 12
      return
        "<path class=\"mark\" d=\"M\(crisp(flag.x)),\(coordinate(top))V\(coordinate(plotHeight))\"/>\n"
        + (flag.label.isEmpty ? "" : label(flag.label, flag.x + 4, top + 8))
    }.joined()
  }
}
