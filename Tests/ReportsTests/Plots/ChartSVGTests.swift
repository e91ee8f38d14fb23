import Foundation
import Reports
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite struct ChartSVGTests {
  private static func series(_ name: String, _ style: Chart.Series.Style = .line, _ ys: Double...)
    -> Chart.Series
  {
    Chart.Series(name, ys.enumerated().map { Chart.Point(Double($0), $1) }, style)
  }

  private static let charts: [Chart] = [
    Chart(
      title: "a < b & \"c\" \u{1}", xAxis: .init("step <i>"), yAxis: .init("loss", scale: .log),
      series: [
        series("one & two", .line, 1, .nan, 0.1, -1, 0.01), series("dots", .dots, 1, 2, .infinity),
        series("steps", .step, 3, 2, 1),
        series("band", .band(upTo: [.init(0, 2), .init(1, 3)]), 1, 2),
      ],
      markers: [
        .init("left & right", x: 0), .init("at", x: 1, y: 0.5), .init("outside", x: 99, y: 0),
      ]),
    Chart(xAxis: .init(""), yAxis: .init("")),
    Chart(
      title: "one point", xAxis: .init("x"), yAxis: .init("y"), series: [series("p", .line, 4)]),
    Chart(
      title: "nothing finite", xAxis: .init("x"), yAxis: .init("y"),
      series: [series("p", .step, .nan, .infinity)]),
    Chart(
      title: "fixed", xAxis: .init("x", range: 0...1), yAxis: .init("y", range: 0...1),
      series: [series("p", .line, -1e30, 1e30, 0.5)]),
  ]

  /// The numbers in the attributes that place something.
  private func coordinates(_ root: XMLElement) throws -> [Double] {
    let places = try root.nodes(
      forXPath: "//@x | //@y | //@cx | //@cy | //@d | //@width | //@height")
    return places.flatMap { ($0.stringValue ?? "").split { !"0123456789.-e".contains($0) } }
      .compactMap { Double($0) }
  }

  @Test(arguments: charts) func `any chart is a well-formed drawing on its sheet`(chart: Chart)
    throws
  {
    let svg = chart.svg(width: 600, height: 300)
    let root = try #require(try XMLDocument(xmlString: svg).rootElement())
    #expect(root.name == "svg")
    let numbers = try coordinates(root)
    #expect(numbers.count > 20)
    #expect(numbers.allSatisfy { abs($0) < 600 * 11 })
    #expect(!svg.contains("nan") && !svg.contains("inf"))
  }

  @Test func `texts arrive as they were written`() throws {
    let root = try #require(
      try XMLDocument(xmlString: Self.charts[0].svg()).rootElement())
    let texts = try root.nodes(forXPath: "//*[local-name()='text']").map { $0.stringValue ?? "" }
    for text in ["a < b & \"c\" ", "step <i>", "one & two", "left & right", "at"] {
      #expect(texts.contains(text), "\(text)")
    }
    #expect(!texts.contains("outside"))
  }

  @Test func `the same chart is the same file`() {
    #expect(Self.charts[0].svg() == Self.charts[0].svg())
  }

  @Test func `a gap parts a line and a lone point is a dot`() throws {
    let chart = Chart(
      xAxis: .init("x"), yAxis: .init("y"), series: [Self.series("p", .line, 1, 2, .nan, 3)])
    let root = try #require(try XMLDocument(xmlString: chart.svg()).rootElement())
    let paths = try root.nodes(forXPath: "//*[local-name()='path'][contains(@class,'line')]/@d")
    #expect(paths.map { $0.stringValue?.filter { $0 == "M" }.count } == [1])
    #expect(try root.nodes(forXPath: "//*[local-name()='circle']").count == 1)
  }

  @Test func `many points make a small file`() {
    let points = (0..<200_000).map { Chart.Point(Double($0), Double($0 % 1000)) }
    for style in [Chart.Series.Style.line, .step] {
      let chart = Chart(xAxis: .init("x"), yAxis: .init("y"), series: [.init("p", points, style)])
      #expect(chart.svg().utf8.count < 150_000)
    }
  }

  @Test func `a smooth curve is drawn with few points and stays where it is`() throws {
    let points = (0..<100_000).map { Chart.Point(Double($0), 1 - Double($0 * $0) * 1e-10) }
    let chart = Chart(xAxis: .init("x"), yAxis: .init("y"), series: [.init("p", points)])
    #expect(chart.svg().utf8.count < 6000)
    let steps = Chart(
      xAxis: .init("x"), yAxis: .init("y"),
      series: [.init("p", points.map { .init($0.x, $0.x < 50_000 ? 1 : 0.1) }, .step)])
    let root = try #require(try XMLDocument(xmlString: steps.svg()).rootElement())
    let path = try root.nodes(forXPath: "//*[local-name()='path'][contains(@class,'line')]/@d")
    let numbers = (path.first?.stringValue ?? "").split { !"0123456789.".contains($0) }
    #expect(numbers.count <= 10, "two stretches and what joins them")
  }

  @Test func `charts stand in rows under a heading, over a caption`() throws {
    let rows = Chart.Row.rows(Array(Self.charts.prefix(5)), columns: 2, height: 200)
    let svg = Chart.svg(
      rows, width: 900, heading: "a & b", caption: [String(repeating: "word ", count: 60)])
    let root = try #require(try XMLDocument(xmlString: svg).rootElement())
    let sizes = try root.nodes(forXPath: "/*/@height").compactMap(\.stringValue)
    let height = try #require(sizes.first.flatMap(Int.init))
    #expect(height > 600 && height < 750)
    let places = try root.nodes(forXPath: "/*/*[local-name()='g']/@transform").map(\.stringValue)
    #expect(places.count == 5)
    #expect(places[1] == "translate(450 30)" && places[4] == "translate(0 430)")
    #expect(svg.contains(">a &amp; b</text>"))
  }

  @Test func `paper is white whatever the screen is`() {
    let svg = Self.charts[0].svg()
    #expect(svg.contains("@media screen and (prefers-color-scheme: dark)"))
    #expect(Page(title: "").html.contains("@media print"))
  }

  @Test func `series beyond the colours are told apart by dashes`() {
    let many = (0..<9).map { Self.series("s\($0)", .line, Double($0), 1) }
    let svg = Chart(xAxis: .init("x"), yAxis: .init("y"), series: many).svg()
    let looks = svg.split(separator: "<path class=\"line ").map { $0.prefix { $0 != "d" } }
    #expect(svg.contains("class=\"line s0\" d="))
    #expect(svg.contains("class=\"line s0\" stroke-dasharray"))
    #expect(Set(looks.suffix(9)).count == 9)
  }

  @Test func `charts are stacked in one file`() throws {
    let svg = Chart.svg(Array(Self.charts.prefix(2)), width: 500, height: 200)
    let root = try #require(try XMLDocument(xmlString: svg).rootElement())
    #expect(try root.nodes(forXPath: "/*/@height").map(\.stringValue) == ["400"])
    #expect(try root.nodes(forXPath: "//*[local-name()='style']").count == 1)
  }

  @Test func `a page holds its parts and asks for nothing else`() throws {
    let page = Page(
      title: "R & D",
      [
        .heading("Rates"), .paragraph("1 < 2"), .verbatim("a\n  b & c"),
        .table([.init("name", .left), .init("loss")], rows: [["x<y", "0.5"]]),
        .charts(Array(Self.charts.prefix(2)), width: 460, height: 300),
      ])
    // Everything after the doctype and the two tags without an end is XML as well.
    let body = try #require(page.html.range(of: "<body>"))
    let end = try #require(page.html.range(of: "</body>"))
    let text = page.html[body.lowerBound..<end.upperBound]
    let root = try #require(try XMLDocument(xmlString: String(text)).rootElement())
    #expect(try root.nodes(forXPath: "//td").map(\.stringValue) == ["x<y", "0.5"])
    #expect(try root.nodes(forXPath: "//pre").map(\.stringValue) == ["a\n  b & c"])
    #expect(try root.nodes(forXPath: "//*[local-name()='svg']").count >= 1)
    for address in ["src=", "href=", "@import", "url(", "<script"] {
      #expect(!page.html.contains(address))
    }
  }
}
