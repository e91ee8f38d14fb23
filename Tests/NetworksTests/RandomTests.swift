import Kernels
import Testing

/// The random functions that host and device share, as the host compiles them.
@Suite struct RandomTests {
  /// A known answer of the Random123 distribution (tests/kat_vectors, philox4x32, 10 rounds).
  struct KnownAnswer: Sendable {
    let counter: [UInt32]
    let key: [UInt32]
    let words: [UInt32]
  }

  static let knownAnswers = [
    KnownAnswer(
      counter: [0, 0, 0, 0], key: [0, 0],
      words: [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
    KnownAnswer(
      counter: [.max, .max, .max, .max], key: [.max, .max],
      words: [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
    KnownAnswer(
      counter: [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
      key: [0xa409_3822, 0x299f_31d0],
      words: [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]),
  ]

  @Test(arguments: knownAnswers)
  func `Philox gives the known answers of Random123`(_ known: KnownAnswer) {
    let (c, k) = (known.counter, known.key)
    let words = philox(c[0], c[1], c[2], c[3], k[0], k[1]).word
    #expect([words.0, words.1, words.2, words.3] == known.words)
  }

  /// The order of an epoch.
  static func order(
    _ count: Int, round: UInt32 = 0, seed: UInt64 = 1, purpose: Int = PURPOSE_SHUFFLE
  ) -> [UInt32] {
    (0..<UInt32(count)).map {
      shuffled(
        $0, UInt32(count), UInt32(purpose), round, UInt32(truncatingIfNeeded: seed),
        UInt32(seed >> 32))
    }
  }

  @Test(arguments: [1, 2, 3, 5, 16, 17, 1000, 60000])
  func `every order holds every image once`(count: Int) {
    for (round, seed) in [(0, 0), (1, 0), (0, 0xdead_beef_0000_0001)] as [(UInt32, UInt64)] {
      let order = Self.order(count, round: round, seed: seed)
      #expect(order.sorted() == Array(0..<UInt32(count)), "round \(round), seed \(seed)")
    }
  }

  @Test func `every epoch, seed and purpose has an order of its own`() {
    let orders = [
      Self.order(1000), Self.order(1000, round: 1), Self.order(1000, seed: 2),
      Self.order(1000, seed: 1 << 32), Self.order(1000, purpose: PURPOSE_SPLIT),
      Array(0..<1000),
    ]
    for (index, first) in orders.enumerated() {
      for second in orders[(index + 1)...] {
        // Two random orders agree in one place on average; ten are once in ten million.
        #expect(zip(first, second).filter { $0 == $1 }.count < 10)
      }
    }
    #expect(Self.order(1000) == orders[0])
  }

  @Test(arguments: [0, 8, 16])
  func `every image is as likely as any other at every position`(position: Int) {
    var hits = [Double](repeating: 0, count: 17)
    for round in 0..<UInt32(3400) {
      let image = shuffled(UInt32(position), 17, UInt32(PURPOSE_SHUFFLE), round, 5, 0)
      hits[Int(image)] += 1
    }
    let chiSquare = hits.reduce(0) { $0 + ($1 - 200) * ($1 - 200) / 200 }
    // 16 degrees of freedom: above 48 once in 20 000.
    #expect(chiSquare < 48, "\(hits)")
  }
}
