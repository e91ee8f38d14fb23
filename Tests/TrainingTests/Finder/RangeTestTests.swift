import Foundation
import Testing

@testable import Training

@Suite struct RangeTestTests {
  private func test(
    _ sweep: RangeTest.Sweep = RangeTest.Sweep(), _ loss: (_ rate: Double) -> Double
  ) -> RangeTest {
    var test = RangeTest(sweep)
    for rate in sweep.rates where test.ending == nil { test.add(loss(rate)) }
    return test
  }

  @Test func `the rates rise in equal ratios and never reach the end`() {
    let rates = RangeTest.Sweep(start: 1e-7, end: 10, steps: 100).rates
    #expect(rates.count == 100 && rates[0] == 1e-7)
    #expect(abs(rates[50] / 1e-3 - 1) < 1e-12)
    #expect(abs(rates[99] / pow(10, 0.92) - 1) < 1e-12)
  }

  @Test func `a test that nothing ends suggests nothing beyond the explosion`() throws {
    func loss(_ rate: Double) -> Double { rate < 1 ? 2.3 / (1 + 10 * rate) : 1e9 / rate }
    let sweep = RangeTest.Sweep(end: 1e6, steps: 200, stopFactor: nil)
    for (method, rate) in test(sweep, loss).suggestions { #expect(rate < 1, "\(method)") }
    #expect(test(sweep, loss).suggestions.count >= 3)
  }

  @Test(arguments: Curve.all)
  func `a test keeps, ends and smooths as the published one`(curve: Curve) throws {
    let test = curve.test
    #expect(test.ending?.rawValue == curve.ending)
    #expect(test.losses.count == curve.kept && test.rates.count == curve.kept)
    let last = try #require(test.smoothed.last)
    #expect(abs(last / curve.lastSmoothed - 1) < 1e-9)
  }

  @Test(arguments: Curve.all, RangeTest.Method.allCases)
  func `a method suggests what the published one does`(
    curve: Curve, method: RangeTest.Method
  ) throws {
    let suggestion = curve.test.suggestion(method)
    guard let published = curve.published[method] else {
      #expect(suggestion == nil)
      return
    }
    #expect(abs(try #require(suggestion) / published - 1) < 1e-9)
  }

  @Test(arguments: Curve.all.filter { $0.knee != nil })
  func `the suggestions of a curve with one knee lie around it`(curve: Curve) throws {
    let knee = try #require(curve.knee)
    // The average of 50 losses lags: the least loss shows late, and the fall seems to start early.
    for method in [RangeTest.Method.valley, .minimum] {
      let rate = try #require(curve.test.suggestion(method))
      #expect((knee / 40...knee * 40).contains(rate), "\(method)")
    }
  }

  @Test(arguments: Curve.all)
  func `nothing is suggested outside the rates that were tried`(curve: Curve) throws {
    let test = curve.test
    let last = try #require(test.rates.last)
    for (method, rate) in test.suggestions {
      #expect((test.sweep.start...last).contains(rate), "\(method)")
      #expect(test.smoothedLoss(at: rate) != nil)
    }
  }

  @Test func `twenty curves and more are compared`() { #expect(Curve.all.count >= 20) }

  @Test(arguments: [0, 1, 5, 9, 10, 11, 14, 15, 20, 40, 95, 99])
  func `a test that meets NaN ends there and suggests a lower rate, if any`(step: Int) {
    var test = RangeTest()
    for (index, rate) in test.sweep.rates.enumerated() where test.ending == nil {
      test.add(index == step ? .nan : 2.3 - 1.5 * Double(index) / 100 + 0 * rate)
    }
    #expect(test.ending == .notFinite && test.losses.count == step)
    #expect(test.suggestions.allSatisfy { $0.rate < test.sweep.rates[step] })
    #expect((test.obstacle == nil) == (test.suggestion(.valley) != nil))
    if step < 15 {
      #expect(test.suggestions.isEmpty)
      #expect(throws: TrainingError.self) { try test.learningRate() }
    }
  }

  @Test func `infinity ends a test as NaN does`() {
    var test = RangeTest()
    test.add(2.3)
    test.add(.infinity)
    #expect(test.ending == .notFinite && test.losses == [2.3])
  }

  /// Curves without a fall.
  enum Hill: CaseIterable {
    case constant, zero, rising, risingAtOnce, noise

    func callAsFunction(_ rate: Double) -> Double {
      switch self {
      case .constant: 2.3
      case .zero: 0
      case .rising: 2.3 + rate
      case .risingAtOnce: 1 + log10(rate / 1e-7)
      case .noise: 2.3 + 0.01 * sin(1e9 * rate)
      }
    }
  }

  @Test(arguments: Hill.allCases)
  func `a curve that never falls suggests nothing and says why`(hill: Hill) {
    let test = test { hill($0) }
    #expect(test.suggestions.isEmpty)
    #expect(test.obstacle?.hasPrefix("the loss did not fall beyond its noise") == true)
    #expect(throws: TrainingError.self) { try test.learningRate() }
  }

  @Test func `a test that diverges within its first steps says so`() {
    let test = test { $0 < 3e-7 ? 2.3 : 1e6 }
    #expect(test.ending == .diverged && test.suggestions.isEmpty)
    #expect(
      test.obstacle?.contains("ended at step 7 of 100, below a rate of 3.63e-7, too soon") == true)
    let error = #expect(throws: TrainingError.self) { try test.learningRate() }
    guard case .diverged = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func `a monotone fall to the end has a valley, and no divergence`() throws {
    let test = test { 2.3 - 0.2 * log10($0 / 1e-7) }
    #expect(test.ending == .completed && test.obstacle == nil)
    // Steps 10 to 94, all in the fall, which fastai counts from one before: 9 + 28 + 14.
    #expect(try #require(test.suggestion(.valley)) == test.sweep.rates[51])
  }

  @Test func `where everything falls, the valley of a few steps is among them`() {
    #expect(RangeTest.valley([1, 2], [2, 1]) == 1)
    #expect(RangeTest.valley([1, 2, 3], [3, 2, 1]) == 1)
    #expect(RangeTest.valley([1], [2]) == nil)
    #expect(RangeTest.valley([], []) == nil)
  }

  @Test func `the longest fall may skip losses in between, and equal ones are no fall`() {
    // 9 8 7 6 5 4 at positions 0 2 4 6 8 10: starts at 10 - 6, a third is 2 steps, a half of it 1.
    let losses: [Double] = [9, 10, 8, 11, 7, 12, 6, 13, 5, 14, 4, 4, 4]
    #expect(RangeTest.valley(losses.indices.map(Double.init), losses) == 7)
    #expect(RangeTest.valley([1, 2, 3], [4, 4, 4]) == nil)
  }

  @Test func `the steepest fall is over the logarithm of the rate`() {
    // 1 per decade first, then 2 per decade: per unit of rate the first is far steeper.
    #expect(RangeTest.steep([1e-6, 1e-5, 1e-4, 1e-3], [9, 8, 6, 5]) == 1e-5)
    #expect(RangeTest.steep([1, 10], [1, 2]) == nil)
    #expect(RangeTest.steep([1], [1]) == nil)
  }

  @Test func `slide needs two slopes fifteen steps apart`() {
    let rates = (0..<16).map { pow(10, Double($0)) }
    #expect(RangeTest.slide(rates, (0..<16).map(Double.init)) == 1)
    #expect(RangeTest.slide(Array(rates.dropLast()), (0..<15).map(Double.init)) == nil)
  }

  @Test func `a minimum whose tenth was not tried is not suggested`() {
    let sweep = RangeTest.Sweep(start: 1e-2, end: 1, steps: 100, stopFactor: nil)
    let test = test(sweep) { 2 + abs(log10($0 / 3e-2)) }
    #expect(test.suggestion(.valley) != nil && test.suggestion(.minimum) == nil)
  }

  @Test func `the smoothed loss between two rates lies on the line over their logarithms`() throws {
    var test = RangeTest(.init(start: 1, end: 1e10, steps: 10))
    [3, 1, 1, 1].forEach { test.add($0) }
    #expect(test.smoothedLoss(at: 1) == 3)
    let middle = try #require(test.smoothedLoss(at: sqrt(10)))
    #expect(abs(middle - (test.smoothed[0] + test.smoothed[1]) / 2) < 1e-12)
    #expect(test.smoothedLoss(at: 0.9) == nil && test.smoothedLoss(at: 1001) == nil)
    #expect(RangeTest().smoothedLoss(at: 1e-7) == nil)
  }

  @Test func `the factor that ends a test can be set, or taken away`() {
    for (factor, kept) in [(4, 53), (2, 51), (nil, 100)] as [(Double?, Int)] {
      var test = RangeTest(.init(stopFactor: factor))
      for step in 0..<100 where test.ending == nil { test.add(step < 50 ? 1 : 50) }
      #expect(test.losses.count == kept, "\(String(describing: factor))")
    }
  }

  @Test(arguments: [
    (RangeTest.Sweep(start: 10, end: 1e-7), "are they swapped?"),
    (RangeTest.Sweep(start: 1, end: 1), "must be less than --end"),
    (RangeTest.Sweep(start: 0), "--start 0: must be from 1e-30 to 1e30"),
    (RangeTest.Sweep(start: -1), "--start -1: must be"),
    (RangeTest.Sweep(end: .infinity), "--end inf: must be"),
    (RangeTest.Sweep(end: .nan), "--end nan: must be"),
    (RangeTest.Sweep(steps: 3), "--steps 3: must be from 20 to 10000"),
    (RangeTest.Sweep(steps: 10_001), "--steps 10001: must be from 20 to 10000"),
    (RangeTest.Sweep(stopFactor: 1), "--stop-factor 1: must be greater than 1, or none"),
    (RangeTest.Sweep(stopFactor: .nan), "--stop-factor nan: must be greater than 1"),
  ])
  func `an impossible sweep is told`(sweep: RangeTest.Sweep, text: String) {
    #expect(sweep.problems.count == 1 && sweep.problems.first?.contains(text) == true)
  }

  @Test func `the longest sweep that is allowed is read quickly`() {
    let sweep = RangeTest.Sweep(steps: RangeTest.Sweep.mostSteps, stopFactor: nil)
    let test = test(sweep) { 2.3 - 0.1 * log10($0 / 1e-7) + 0.3 * sin(1e6 * $0) }
    let clock = ContinuousClock()
    #expect(clock.measure { _ = test.suggestions } < .seconds(2))
  }
}

/// A curve of Tests/Fixtures/finder/curves.tsv, which make.py beside it writes.
struct Curve: CustomTestStringConvertible {
  let name: String
  let sweep: RangeTest.Sweep
  let knee: Double?
  let ending: String
  let kept: Int
  let lastSmoothed: Double
  let published: [RangeTest.Method: Double]
  let losses: [Double]

  var testDescription: String { name }

  /// The range test that is offered the curve's losses.
  var test: RangeTest {
    var test = RangeTest(sweep)
    losses.forEach { test.add($0) }
    return test
  }

  static let all: [Curve] = {
    let path = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Fixtures/finder/curves.tsv")
    let text = (try? String(contentsOf: path, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").compactMap(Curve.init)
  }()

  private init?(_ line: Substring) {
    let fields = line.split(separator: "\t").map(String.init)
    guard fields.count == 13, let start = Double(fields[1]), let end = Double(fields[2]),
      let steps = Int(fields[3]), let kept = Int(fields[6]), let last = Double(fields[7])
    else { return nil }
    name = fields[0]
    sweep = .init(start: start, end: end, steps: steps)
    knee = Double(fields[4])
    ending = fields[5]
    self.kept = kept
    lastSmoothed = last
    let methods: [RangeTest.Method] = [.valley, .steep, .minimum, .slide]
    published = Dictionary(
      uniqueKeysWithValues: zip(methods, fields[8...11]).compactMap { method, text in
        Double(text).map { (method, $0) }
      })
    losses = fields[12].split(separator: " ").compactMap { Double($0) }
  }
}
