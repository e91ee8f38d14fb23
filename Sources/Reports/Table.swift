/// Columns of text under titles, for a terminal or a log.
public struct Table: Sendable {
  /// One column: its title, the side that its cells stand on, and the least width it takes.
  public struct Column: Sendable {
    /// The side of the column that its cells touch.
    public enum Side: Sendable {
      /// Words.
      case left
      /// Numbers.
      case right
    }

    let title: String
    let side: Side
    let width: Int
    let rank: Int

    /// A column; `width` matters where rows are printed before the later ones are known, `rank` where
    /// a screen is too narrow for all columns: low ranks stay.
    public init(_ title: String, _ side: Side = .right, width: Int = 0, rank: Int = 0) {
      self.title = title
      self.side = side
      self.width = max(width, title.count)
      self.rank = rank
    }
  }

  private static let gap = "  "
  private let columns: [Column]
  /// The places of the columns among the cells of a row.
  private let places: [Int]
  private var rows: [[String]] = []

  /// A table without rows.
  public init(_ columns: [Column]) { self.init(columns, at: Array(columns.indices)) }

  private init(_ columns: [Column], at places: [Int]) {
    self.columns = columns
    self.places = places
  }

  /// Adds a row, one cell per column.
  public mutating func add(_ cells: [String]) {
    precondition(cells.count == columns.count, "\(cells.count) cells for \(columns.count) columns")
    rows.append(cells)
  }

  /// The titles and all rows, each column as wide as its widest cell; no line ends in a space.
  public var lines: [String] {
    let widths = columns.indices.map { column in
      rows.reduce(columns[column].width) { max($0, $1[column].count) }
    }
    return ([columns.map(\.title)] + rows).map { line($0, widths: widths) }
  }

  /// The same on lines of at most so many characters, where cells are that short: columns that do
  /// not fit beside the first ones stand below each row, with their titles.
  public func lines(width: Int) -> [String] {
    let lines = lines
    guard lines.contains(where: { $0.count > width }) else { return lines }
    let widths = columns.indices.map { column in
      rows.reduce(columns[column].width) { max($0, $1[column].count) }
    }
    var used = -Self.gap.count
    let kept = max(
      1,
      widths.prefix { cells in
        used += Self.gap.count + cells
        return used <= width
      }.count)
    let head = Table(Array(columns.prefix(kept)))
    let margin = String(
      repeating: " ",
      count: columns[0].side == .right ? min(widths[0] + Self.gap.count, width / 4) : 4)
    return [head.line(columns.prefix(kept).map(\.title), widths: widths)]
      + rows.flatMap { row in
        let rest = zip(columns, row).dropFirst(kept).filter { !$0.1.isEmpty }
          .map { $0.title.isEmpty ? $1 : "\($0.title) \($1)" }
        let first = head.line(Array(row.prefix(kept)), widths: widths)
        return (first.count > width ? wrapped(first, width: width) : [first])
          + (rest.isEmpty
            ? [] : wrapped(rest.joined(separator: ", "), width: width, prefix: margin))
      }
  }

  /// The titles alone, for a table that is printed row by row.
  public var header: String { line(columns.map(\.title), widths: columns.map(\.width)) }

  /// One row at the columns' least widths; the cells of columns that were left out are not shown.
  public func row(_ cells: [String]) -> String {
    line(places.map { cells[$0] }, widths: columns.map(\.width))
  }

  /// The table with those of its columns that `width` characters hold, by their ranks and then from
  /// the left; at least the first of them.
  public func fitting(width: Int) -> Table {
    var kept: Set<Int> = []
    var used = -Self.gap.count
    for index in columns.indices.sorted(by: {
      (columns[$0].rank, $0) < (columns[$1].rank, $1)
    }) {
      let needed = Self.gap.count + columns[index].width
      guard kept.isEmpty || used + needed <= width else { continue }
      kept.insert(index)
      used += needed
    }
    let order = kept.sorted()
    return Table(order.map { columns[$0] }, at: order.map { places[$0] })
  }

  private func line(_ cells: [String], widths: [Int]) -> String {
    let padded = zip(columns, zip(cells, widths)).map { column, cell in
      let space = String(repeating: " ", count: max(0, cell.1 - cell.0.count))
      return column.side == .left ? cell.0 + space : space + cell.0
    }
    let text = padded.joined(separator: Self.gap)
    return String(text.reversed().drop { $0 == " " }.reversed())
  }
}
