import Foundation
import Testing

@testable import Reports

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// Names at the ends of lines, and flags on vertical ones.
@Suite struct EndLabelTests {
  private struct Text {
    var text: String
    var left: Double
    var right: Double
    var middle: Double

    func overlaps(_ other: Text) -> Bool {
      left < other.right && other.left < right && abs(middle - other.middle) < 12
    }
  }

  /// The texts among `names`, with the room that they take in their own group.
  private func texts(_ chart: Chart, named names: [String], width: Int = 460) throws -> [Text] {
    let root = try #require(try XMLDocument(xmlString: chart.svg(width: width)).rootElement())
    return try root.nodes(forXPath: "//*[local-name()='text']").compactMap { node in
      func number(_ name: String) throws -> Double? {
        try node.nodes(forXPath: "@" + name).first?.stringValue.flatMap(Double.init)
      }
      guard let text = node.stringValue, names.contains(text), let x = try number("x"),
        let y = try number("y")
      else { return nil }
      return Text(text: text, left: x, right: x + 6.8 * Double(text.count), middle: y)
    }
  }

  private func chart(_ count: Int, length: Int = 10, end: (Int) -> Double) -> Chart {
    var chart = Chart(xAxis: .init("x"), yAxis: .init("y"))
    chart.namesLines = true
    chart.series = (0..<count).map { index in
      .init("series \(index)", (0..<length).map { .init(Double($0), end(index) * Double($0)) })
    }
    chart.hasLegend = true
    return chart
  }

  @Test(arguments: [1, 2, 5, 11, 20])
  func `names at the ends never lie over one another`(count: Int) throws {
    for end in [{ _ in 1.0 }, { Double($0 % 3) }, { 1e-9 * Double($0) }] as [(Int) -> Double] {
      let chart = chart(count, end: end)
      let names = (0..<count).map { "series \($0)" }
      let texts = try texts(chart, named: names)
      #expect(texts.count == count)
      for (place, text) in texts.enumerated() {
        #expect(!texts[(place + 1)...].contains { $0.overlaps(text) }, "\(text)")
        #expect(text.middle > 0 && text.middle < 420)
      }
    }
  }

  @Test func `a legend takes over where names do not fit or lines end elsewhere`() throws {
    let many = chart(60) { Double($0) }
    #expect(!many.svg(width: 460).contains("leader s"))
    var early = chart(2) { Double($0) }
    early.series[0].points.removeLast(5)
    let svg = early.svg(width: 460)
    #expect(!svg.contains("leader s") && svg.contains(">series 0<"))
    #expect(chart(2) { Double($0) }.svg().contains("leader s"))
  }

  @Test func `names that are too long keep both ends`() throws {
    var chart = chart(2) { Double($0) }
    chart.series[0].name = "SGD(momentum=0.9, nesterov=True, weight_decay=5e-4), lr 0.1"
    let svg = chart.svg(width: 460)
    #expect(svg.contains(">SGD(momen") && svg.contains("lr 0.1</text>"))
    #expect(svg.contains("<title>\(chart.series[0].name)</title>"))
  }

  @Test func `charts of the same series have their axes at the same places`() throws {
    var (above, below) = (chart(3) { Double($0) }, chart(3) { Double($0) })
    below.series[0].name = "a much longer name"
    above.series[0].name = below.series[0].name
    below.series[0].points = []
    let root = try #require(
      try XMLDocument(xmlString: Chart.svg([above, below])).rootElement())
    let ends = try root.nodes(forXPath: "//*[local-name()='svg']/@width").map(\.stringValue)
    #expect(ends.count == 3 && ends[1] == ends[2])
  }

  @Test func `places move no more than they must`() {
    #expect(EndLabels.apart([10, 50, 90], by: 14, within: 0...100) == [10, 50, 90])
    #expect(EndLabels.apart([50, 50], by: 14, within: 0...100) == [43, 57])
    #expect(EndLabels.apart([0, 0, 0], by: 14, within: 0...100) == [0, 14, 28])
    #expect(EndLabels.apart([100, 100], by: 14, within: 0...100) == [86, 100])
    #expect(EndLabels.apart([], by: 14, within: 0...100).isEmpty)
  }

  @Test(arguments: [
    [0.0025, 0.1, 0.03, 0.023], [0.01, 0.01, 0.01, 0.01], [9, 9.5, 9.9, 10], [1e-7, 1e-6, 10],
    [0.01, 0.0101, 0.0102, 0.0103, 0.0104, 0.0105],
  ])
  func `flags of vertical lines lie over no other flag and no line`(places: [Double]) throws {
    let names = ["valley", "steep", "minimum", "slide", "trials", "last"]
    var chart = Chart(
      xAxis: .init("rate", scale: .log), yAxis: .init("loss"),
      series: [.init("loss", [.init(1e-7, 1), .init(10, 2)])])
    chart.markers = zip(places, names).map { .init("\($1) \($0)", x: $0) }
    let labels = chart.markers.map(\.label)
    for width in [460, 800] {
      let texts = try texts(chart, named: labels, width: width)
      #expect(texts.count == places.count)
      let root = try #require(try XMLDocument(xmlString: chart.svg(width: width)).rootElement())
      let lines = try root.nodes(forXPath: "//*[local-name()='path'][@class='mark']/@d").map {
        ($0.stringValue ?? "").split { !"0123456789.-".contains($0) }.compactMap { Double($0) }
      }
      #expect(lines.count == places.count)
      for (place, text) in texts.enumerated() {
        #expect(!texts[(place + 1)...].contains { $0.overlaps(text) }, "\(text)")
        #expect(text.right < Double(width))
        // A line reaches from its top, lines[1], down through the plot.
        let crossing = lines.filter { $0[0] > text.left && $0[0] < text.right }
        #expect(!crossing.contains { $0[1] < text.middle - 10 }, "\(text)")
      }
    }
  }

  @Test func `digits of one column stand below one another in text`() {
    var chart = Chart(
      xAxis: .init("x"), yAxis: .init("y"), series: [.init("p", [.init(0, 0), .init(10, 0)])])
    chart.markers = (0..<4).map { .init("m\($0)", x: 5) }
    for unicode in [false, true] {
      let plot = chart.text(width: 40, height: 8, unicode: unicode).prefix(9).joined()
      for digit in 1...4 { #expect(plot.contains("\(digit)")) }
    }
  }
}
