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

    /// A column; `width` matters where rows are printed before the later ones are known.
    public init(_ title: String, _ side: Side = .right, width: Int = 0) {
      self.title = title
      self.side = side
      self.width = max(width, title.count)
    }
  }

  private static let gap = "  "
  private let columns: [Column]
  private var rows: [[String]] = []

  /// A table without rows.
  public init(_ columns: [Column]) { self.columns = columns }

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

  /// One row at the columns' least widths; cells beyond the table's columns are left out.
  public func row(_ cells: [String]) -> String { line(cells, widths: columns.map(\.width)) }

  /// The table with as many of its first columns as `width` characters hold, at least one.
  public func fitting(width: Int) -> Table {
    var used = -Self.gap.count
    let count = columns.prefix { column in
      used += Self.gap.count + column.width
      return used <= width
    }.count
    return Table(Array(columns.prefix(max(1, count))))
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
