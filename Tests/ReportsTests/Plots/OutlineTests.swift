import Reports
import Testing

@Suite struct OutlineTests {
  private func outline(
    _ points: [Chart.Point], columns: Int, over range: ClosedRange<Double>
  ) -> [Chart.Point] {
    var outline = Outline(columns: columns, over: range)
    points.forEach { outline.add($0) }
    return outline.points
  }

  @Test func `few points stay as they are`() {
    let points = (0..<10).map { Chart.Point(Double($0), Double($0 * $0)) }
    #expect(outline(points, columns: 10, over: 0...10) == points)
  }

  @Test func `of a column the first, the lowest, the highest and the last remain in order`() {
    let ys: [Double] = [3, 9, 5, 1, 4, 2]
    let points = ys.enumerated().map { Chart.Point(Double($0) / 10, $1) }
    #expect(outline(points, columns: 1, over: 0...1).map(\.y) == [3, 9, 1, 2])
    #expect(outline(points.reversed(), columns: 1, over: 0...1).map(\.y) == [2, 1, 9, 3])
  }

  @Test func `a single spike among many points is kept`() {
    let points = (0..<200_000).map { Chart.Point(Double($0), $0 == 123_456 ? 7 : 0) }
    let kept = outline(points, columns: 100, over: 0...200_000)
    #expect(kept.contains(Chart.Point(123_456, 7)))
    #expect(kept.count <= 400)
  }

  @Test func `values that are not finite leave one gap`() {
    let ys: [Double] = [1, .nan, .infinity, .nan, 2, .nan]
    let kept = outline(
      ys.enumerated().map { Chart.Point(Double($0), $1) }, columns: 3, over: 0...6)
    #expect(kept.map { $0.y.isNaN } == [false, true, false, true])
    #expect(outline([Chart.Point(0, .nan)], columns: 3, over: 0...6).isEmpty)
  }

  @Test func `points beyond the range and a range of no length are no trouble`() {
    let points = [-1e300, 0, 1e300].map { Chart.Point($0, $0) }
    #expect(outline(points, columns: 5, over: 0...1).count == 3)
    #expect(outline(points, columns: 5, over: 1...1) == [points[0], points[2]])
  }
}
