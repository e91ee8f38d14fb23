import Reference
import Testing

@Suite struct PhiloxTests {
  /// The known answers of the Random123 distribution (tests/kat_vectors, philox4x32).
  struct KnownAnswer: Sendable {
    let rounds: Int
    let counter: SIMD4<UInt32>
    let key: SIMD2<UInt32>
    let words: SIMD4<UInt32>
  }

  static let pi: SIMD4<UInt32> = [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344]
  static let morePi: SIMD2<UInt32> = [0xa409_3822, 0x299f_31d0]
  static let ones = UInt32.max

  static let knownAnswers = [
    KnownAnswer(
      rounds: 7, counter: .zero, key: .zero,
      words: [0x5f6f_b709, 0x0d89_3f64, 0x4f12_1f81, 0x4f73_0a48]),
    KnownAnswer(
      rounds: 7, counter: .init(repeating: ones), key: .init(repeating: ones),
      words: [0x5207_ddc2, 0x4516_5e59, 0x4d8e_e751, 0x8c52_f662]),
    KnownAnswer(
      rounds: 7, counter: pi, key: morePi,
      words: [0x4dfc_caba, 0x190a_87f0, 0xc473_62ba, 0xb6b5_242a]),
    KnownAnswer(
      rounds: 10, counter: .zero, key: .zero,
      words: [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
    KnownAnswer(
      rounds: 10, counter: .init(repeating: ones), key: .init(repeating: ones),
      words: [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
    KnownAnswer(
      rounds: 10, counter: pi, key: morePi,
      words: [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]),
  ]

  @Test(arguments: knownAnswers)
  func `Philox gives the known answers of Random123`(_ known: KnownAnswer) {
    #expect(philox(counter: known.counter, key: known.key, rounds: known.rounds) == known.words)
  }

  @Test func `uniform numbers fill [0, 1) in steps of 2^-24`() {
    #expect(uniform(0) == 0)
    #expect(uniform(255) == 0)
    #expect(uniform(256) == 0x1p-24)
    #expect(uniform(0x8000_0000) == 0.5)
    #expect(uniform(.max) == 1 - 0x1p-24)
  }

  @Test func `seeded values are exact in single precision and differ between seeds`() {
    let values = randomValues(1000, seed: 1)
    #expect(values.allSatisfy { Double(Float($0)) == $0 && $0 >= -1 && $0 < 1 })
    #expect(Set(values).count > 990)
    #expect(values == randomValues(1000, seed: 1))
    #expect(values != randomValues(1000, seed: 2))
    #expect(Array(values.prefix(10)) == randomValues(10, seed: 1))
  }
}
