/// A report as one HTML file that needs nothing else: text, tables and charts from the top down.
public struct Page: Sendable {
  /// What the page says first, and the browser's tab.
  public var title: String
  /// What follows.
  public var blocks: [Block]

  /// A page; more blocks may be added.
  public init(title: String, _ blocks: [Block] = []) {
    self.title = title
    self.blocks = blocks
  }

  /// A part of a page.
  public enum Block: Sendable {
    /// The beginning of a section.
    case heading(String)
    /// A paragraph of text.
    case paragraph(String)
    /// Text whose lines and blanks stay as they are.
    case verbatim(String)
    /// Rows of cells, one cell per column.
    case table([Table.Column], rows: [[String]], emphasized: Set<Int> = [])
    /// Drawings of so many pixels, as many beside one another as the window is wide enough for.
    case charts([Chart], width: Int, height: Int)
  }

  /// The page as HTML.
  public var html: String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>\(escaped(title))</title>
    <style>
    \(Self.style)\(Look.style)</style>
    </head>
    <body>
    <h1>\(escaped(title))</h1>

    """ + blocks.map(\.html).joined() + "</body>\n</html>\n"
  }

  private static let style = """
    :root { color-scheme: light dark; }
    body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; line-height: 1.5;
      font-family: system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", Arial, sans-serif;
      color: #1c1e21; background: #ffffff; }
    h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }
    pre { white-space: pre-wrap; overflow-wrap: anywhere; padding: 0.75rem; background: #f3f5f7; border-radius: 4px; }
    .wide { overflow-x: auto; }
    table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
    th, td { padding: 0.2rem 0.9rem 0.2rem 0; text-align: left; white-space: nowrap; }
    th { border-bottom: 1px solid #a3abb5; } td { border-bottom: 1px solid #e4e7eb; }
    .right { text-align: right; }
    .best td { font-weight: 600; background: #eef4fb; }
    .charts { display: grid; gap: 1rem 1.5rem; margin: 1rem 0; }
    svg.chart { display: block; width: 100%; height: auto; }
    @media screen and (prefers-color-scheme: dark) {
      body { color: #e8eaed; background: #16181c; }
      pre { background: #23272d; }
      td { border-bottom-color: #33383f; }
      .best td { background: #1f2c3a; }
    }
    @media screen and (max-width: 640px) {
      table { font-size: 0.85rem; }
      th, td { white-space: normal; padding-right: 0.6rem; }
    }
    @media print {
      :root { color-scheme: light; }
      body { max-width: none; margin: 0; padding: 0; font-size: 10pt; }
      th, td { white-space: normal; padding-right: 0.5rem; }
      pre { border: 1px solid #a3abb5; }
      svg.chart, tr { break-inside: avoid; } h2 { break-after: avoid; }
    }

    """
}

extension Page.Block {
  fileprivate var html: String {
    switch self {
    case .heading(let text): return "<h2>\(escaped(text))</h2>\n"
    case .paragraph(let text): return "<p>\(escaped(text))</p>\n"
    case .verbatim(let text):
      // Line feeds matter here.
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      return "<pre>\(lines.map { escaped(String($0)) }.joined(separator: "\n"))</pre>\n"
    case .table(let columns, let rows, let emphasized):
      func row(_ cells: [String], _ tag: String, _ look: String = "") -> String {
        let cells = zip(columns, cells).map { column, text in
          let side = column.side == .right ? " class=\"right\"" : ""
          return "<\(tag)\(side)>\(escaped(text))</\(tag)>"
        }
        return "<tr\(look)>\(cells.joined())</tr>\n"
      }
      return "<div class=\"wide\"><table>\n" + row(columns.map(\.title), "th")
        + rows.enumerated().map { place, cells in
          row(cells, "td", emphasized.contains(place) ? " class=\"best\"" : "")
        }.joined() + "</table></div>\n"
    case .charts(let charts, let width, let height):
      let drawings = charts.map { Chart.element([.init([$0], height: height)], width: width) }
      return "<div class=\"charts\" style=\"grid-template-columns: "
        + "repeat(auto-fill, minmax(min(100%, \(width)px), 1fr))\">\n"
        + drawings.joined(separator: "\n") + "\n</div>\n"
    }
  }
}
