import Reports
import Testing

@Suite struct NumberTextTests {
  @Test(arguments: [
    (0.05, "0.05"), (5, "5"), (0, "0"), (-0.0, "-0"), (1e-7, "1e-7"), (1.5e-10, "1.5e-10"),
    (1e16, "1e16"), (1e300, "1e300"), (0.1 + 0.2, "0.30000000000000004"),
    (Double.nan, "nan"), (-Double.nan, "nan"), (Double.infinity, "inf"), (-Double.infinity, "-inf"),
    (14_563, "14563"), (.leastNonzeroMagnitude, "5e-324"),
    (Double(Float(0.1)), "0.10000000149011612"),
  ])
  func `a number is written without ornament`(value: Double, text: String) {
    #expect(shortestText(value) == text)
  }

  @Test func `every double reads back to the same bits and is no longer than Swift's own text`() {
    var generator = Generator(state: 17)
    for _ in 0..<20_000 {
      let value = Double(bitPattern: generator.next())
      if value.isNaN { continue }
      let text = shortestText(value)
      #expect(Double(text)?.bitPattern == value.bitPattern, "\(value) became \(text)")
      #expect(text.count <= value.description.count)
    }
  }

  @Test(arguments: [
    (0.41237, "0.4124"), (9_999, "9999.0000"), (1e9, "1.000e+09"), (-2, "-2.0000"), (.nan, "nan"),
  ])
  func `decimals are fixed until the number outgrows a table`(value: Double, text: String) {
    #expect(fixedText(value, decimals: 4) == text)
  }

  @Test(arguments: [
    (0.0, "0:00"), (40.6, "0:41"), (725, "12:05"), (10_929, "3:02:09"), (.nan, "?"),
  ])
  func `seconds read as a clock`(seconds: Double, text: String) {
    #expect(clockText(seconds: seconds) == text)
  }
}

/// SplitMix64 (Steele, Lea, Flood 2014).
struct Generator: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
