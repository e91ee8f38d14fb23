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
    (0.1, "0.1"), (5, "5"), (1e-5, "1e-05"), (-0.0, "-0"), (1e16, "1e+16"), (.infinity, "inf"),
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
}
