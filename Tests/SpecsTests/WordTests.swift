import Specs
import Testing

@Suite struct WordTests {
  @Test(arguments: [
    ("StpeLR", "StepLR"), ("steplr", "StepLR"), ("step_lr", "StepLR"), ("cosin", "cosine"),
    ("CosineAnealingLR", "CosineAnnealingLR"), ("plato", nil), ("x", nil), ("", nil),
    ("lineal", "LinearLR"), ("polynomial", "PolynomialLR"),
  ])
  func `the nearest word is the one that was meant`(typed: String, meant: String?) {
    let words = ["StepLR", "cosine", "CosineAnnealingLR", "LinearLR", "PolynomialLR", "constant"]
    #expect(nearest(typed, in: words) == meant)
  }

  @Test(arguments: [
    (0.1, "0.1"), (5, "5"), (1e-5, "1e-5"), (-0.0, "-0"), (1e16, "1e16"), (.infinity, "inf"),
    (.nan, "nan"), (0.1 + 0.2, "0.30000000000000004"), (.leastNonzeroMagnitude, "5e-324"),
    (-2.5, "-2.5"),
  ])
  func `a number is written in the fewest digits that read back`(value: Double, text: String) {
    #expect(value.shortest == text)
    if !value.isNaN { #expect(Double(text)?.bitPattern == value.bitPattern) }
  }

  @Test func `a float is written in its own precision`() {
    #expect(Float(0.1).shortest == "0.1")
    #expect(Float(3).shortest == "3")
    #expect(Float.nan.shortest == "nan")
  }

  @Test(arguments: [
    ("5ep", Length.epochs(5)), ("500it", .steps(500)), ("10%", .percent(10)), (" 7 ", .ticks(7)),
    ("2.5epochs", .epochs(2.5)),
  ])
  func `a length is read from text`(text: String, length: Length) throws {
    #expect(try Length(parsing: text) == length)
  }

  @Test(arguments: ["5e", "-5ep", "ep", "", "5ep 6ep", "cosine"])
  func `what is no length is refused`(text: String) {
    #expect(throws: SpecError.self) { try Length(parsing: text) }
  }
}
