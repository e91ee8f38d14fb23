import Testing

@testable import Reports

@Suite struct AxisTests {
  @Test(arguments: [
    (0.0, 1.0, 5, ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
    (0.0, 0.3, 3, ["0", "0.1", "0.2", "0.3"]),
    (0.0, 7.0, 7, ["0", "1", "2", "3", "4", "5", "6", "7"]),
    (-2.5, 2.5, 5, ["-2", "-1", "0", "1", "2"]),
    (0.0, 10_000_000.0, 5, ["0", "2M", "4M", "6M", "8M", "10M"]),
    (0.0, 30_000.0, 3, ["0", "10k", "20k", "30k"]),
    (0.0, 1e-5, 2, ["0", "5e-6", "1e-5"]),
    (0.10001, 0.10003, 2, ["0.10001", "0.10002", "0.10003"]),
    (6e20, 9e20, 3, ["6e20", "7e20", "8e20", "9e20"]),
  ])
  func `ticks of a linear axis are round numbers of one kind`(
    low: Double, high: Double, count: Int, labels: [String]
  ) {
    #expect(Ticks.linear(low, high, count: count).labels == labels)
  }

  @Test func `an axis of whole numbers has no halves`() {
    #expect(Ticks.linear(0, 2, count: 8, isWhole: true).labels == ["0", "1", "2"])
  }

  @Test(arguments: [
    (1e-5, 1.0, 10, ["1e-5", "0.0001", "0.001", "0.01", "0.1", "1"]),
    (1e-6, 1e6, 7, ["1e-6", "0.0001", "0.01", "1", "100", "10000", "1e6"]),
    (0.02, 0.6, 5, ["0.02", "0.05", "0.1", "0.2", "0.5"]),
    (0.31, 0.34, 3, ["0.31", "0.32", "0.33", "0.34"]),
    (1e-30, 1e30, 6, ["1e-30", "1e-20", "1e-10", "1", "1e10", "1e20", "1e30"]),
  ])
  func `ticks of a logarithmic axis are powers of ten, and finer where it is short`(
    low: Double, high: Double, count: Int, labels: [String]
  ) {
    #expect(Ticks.log(low, high, count: count).labels == labels)
  }

  @Test func `between powers of ten stand the eight others`() {
    let ticks = Ticks.log(1, 100, count: 5)
    #expect(ticks.minor == [2, 3, 4, 5, 6, 7, 8, 9, 20, 30, 40, 50, 60, 70, 80, 90])
  }

  private func range(_ low: Double, _ high: Double, scale: Chart.Axis.Scale = .linear)
    -> ClosedRange<Double>
  {
    Projection(.init("", scale: scale), extent: low...high, fit: .round, ticks: 5).range
  }

  @Test func `a range ends at ticks and begins at zero where that is near`() {
    #expect(range(0.013, 0.098) == 0...0.1)
    #expect(range(0.9, 1.07) == 0.9...1.1)
    #expect(range(-98, -13) == -100...0)
  }

  @Test func `values that do not differ lie in the middle`() {
    #expect(range(0.05, 0.05) == 0...0.1)
    #expect(range(0, 0) == 0...1)
    #expect(range(-3, -3) == -6...0)
    let log = range(0.05, 0.05, scale: .log)
    #expect(log.contains(0.05) && log.lowerBound > 0)
  }

  @Test(arguments: [
    Double.greatestFiniteMagnitude, .leastNormalMagnitude, .leastNonzeroMagnitude,
  ])
  func `values at the end of what numbers can hold keep a finite range`(size: Double) {
    for scale in [Chart.Axis.Scale.linear, .log] {
      let axis = Projection(
        .init("", scale: scale), extent: (scale == .log ? size / 2 : -size)...size, fit: .round,
        ticks: 5)
      #expect(axis.range.upperBound - axis.range.lowerBound < .infinity)
      #expect(axis(size).isFinite)
    }
  }

  @Test func `places run from 0 to 1, and what has no place is no number`() {
    let linear = Projection(.init("", range: 2...4), extent: nil, fit: .round, ticks: 5)
    #expect([2, 3, 4].map { linear($0) } == [0, 0.5, 1])
    #expect(linear(.nan).isNaN && linear(.infinity).isNaN)
    let log = Projection(
      .init("", scale: .log, range: 0.01...100), extent: nil, fit: .round, ticks: 5)
    #expect([0.01, 1, 100].map { log($0) } == [0, 0.5, 1])
    #expect(log(-1).isNaN)
  }

  @Test func `a range that is none is not used`() {
    let axis = Projection(.init("", range: 3...3), extent: 0...10, fit: .tight, ticks: 5)
    #expect(axis.range == 0...10)
  }
}
