import Reports
import Testing

@Suite struct ChartTextTests {
  private static func falling(_ name: String, from high: Double) -> Chart.Series {
    .init(name, (0...10).map { Chart.Point(Double($0), high - Double($0) * high / 10) })
  }

  private static let one = Chart(
    title: "rate", xAxis: .init("epoch", isWhole: true), yAxis: .init("learning rate"),
    series: [falling("a", from: 1)])

  private static let two = Chart(
    title: "two of them", xAxis: .init("epoch", isWhole: true), yAxis: .init("learning rate"),
    series: [falling("steep", from: 1), .init("flat", [.init(0, 0.2), .init(10, 0.2)])],
    markers: [.init("half", x: 5)])

  @Test func `a curve in braille, 40 columns wide`() {
    #expect(
      Self.one.text(width: 40, height: 6, unicode: true).joined(separator: "\n") == """
        rate
        learning rate
        1.0 ┤⠉⠒⠢⠤⣀⡀
            │     ⠈⠉⠒⠢⠤⣀⡀
            │           ⠈⠉⠒⠢⠤⣀⡀
        0.5 ┤                 ⠈⠉⠒⠢⠤⣀⡀
            │                       ⠈⠉⠒⠢⠤⣀⡀
          0 ┤                             ⠈⠉⠒⠢⠤⣀
            └┬────────────────┬────────────────┬
             0                5               10
                            epoch
        """)
  }

  @Test func `two curves in ASCII, 60 columns wide`() {
    #expect(
      Self.two.text(width: 60, height: 8, unicode: false).joined(separator: "\n") == """
        two of them
        A steep
        B flat
        learning rate
        1.0 +AAAAA                      1
            |     AAAAAAA               :
            |            AAAAAAAA       :
            |                    AAAAAAA:
        0.5 +                           AAAAAAAA
            |                           :       AAAAAAAA
            |BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBABABABABBBB
          0 +                           :                      AAAAA
            ++----------+----------+---------+----------+----------+
             0          2          4         6          8         10
                                      epoch
        1 half
        """)
  }

  @Test(arguments: [0, 1, 40, 63, 80, 200], [false, true])
  func `no line is longer than asked for and none ends in a blank`(width: Int, unicode: Bool) {
    var long = Self.two
    long.title = String(repeating: "long ", count: 60)
    long.series[0].name = String(repeating: "name", count: 60)
    long.markers = [.init(String(repeating: "mark", count: 60), x: 9, y: 0.5)]
    for chart in [Self.one, long, Chart(xAxis: .init("x"), yAxis: .init("y"))] {
      for line in chart.text(width: width, height: 5, unicode: unicode) {
        #expect(line.count <= max(20, width))
        #expect(line.last != " ")
        #expect(unicode || line.allSatisfy(\.isASCII))
      }
    }
  }

  @Test func `there are no escapes unless colours are asked for`() {
    let plain = Self.two.text(width: 60, unicode: true)
    #expect(!plain.joined().contains("\u{1B}"))
    let coloured = Self.two.text(width: 60, unicode: true, colour: true)
    #expect(coloured.map(plainText) == plain)
    #expect(coloured.joined().contains("\u{1B}[36m") && coloured.joined().contains("\u{1B}[35m"))
    for line in coloured where line.contains("\u{1B}") {
      #expect(line.split(separator: "\u{1B}").last?.hasPrefix("[0m") == true)
    }
  }

  @Test func `equal curves take turns, so that both are seen`() {
    var chart = Self.two
    chart.series[1].points = chart.series[0].points
    chart.markers = []
    let plot = chart.text(width: 60, unicode: false).dropFirst(3).joined()
    #expect(plot.contains("A") && plot.contains("B"))
  }

  @Test func `a lone point is seen`() {
    var chart = Self.one
    chart.series[0].points = [.init(3, 1)]
    #expect(chart.text(width: 40, unicode: true).joined().contains("•"))
    #expect(chart.text(width: 40, unicode: false).joined().contains("*"))
  }

  @Test func `markers are numbered and explained`() {
    let lines = Self.two.text(width: 60, unicode: true)
    #expect(lines.last == "1 half")
    #expect(lines.contains { $0.contains("┊") })
    #expect(lines.contains { $0.contains("1") && !$0.contains("half") })
  }

  @Test func `many points are drawn`() {
    var chart = Self.one
    chart.series[0].points = (0..<200_000).map { Chart.Point(Double($0), Double($0 % 7)) }
    #expect(chart.text(width: 80, height: 10, unicode: true).count == 15)
  }
}
