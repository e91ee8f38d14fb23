/// Philox 4x32: four random words as a function of a counter and a key.
///
/// A round multiplies words 0 and 2 of the counter by constants to 64 bits and exchanges halves:
/// (c0, c1, c2, c3) -> (hi(M1 c2) ^ c1 ^ k0, lo(M1 c2), hi(M0 c0) ^ c3 ^ k1, lo(M0 c0));
/// between rounds the key grows by the Weyl constants, (k0 + W0, k1 + W1).
/// Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
///
/// - Parameters:
///   - counter: The counter, four words.
///   - key: The key, two words.
///   - rounds: The number of rounds; 10 is what everybody uses.
/// - Returns: Four random words.
public func philox(
  counter: SIMD4<UInt32>, key: SIMD2<UInt32>, rounds: Int = 10
) -> SIMD4<UInt32> {
  var c = counter
  var k = key
  for round in 0..<rounds {
    if round > 0 {
      k[0] &+= 0x9E37_79B9  // the golden ratio
      k[1] &+= 0xBB67_AE85  // the square root of 3, less 1
    }
    let product0 = UInt64(0xD251_1F53) * UInt64(c[0])
    let product1 = UInt64(0xCD9E_8D57) * UInt64(c[2])
    c = [
      UInt32(product1 >> 32) ^ c[1] ^ k[0],
      UInt32(truncatingIfNeeded: product1),
      UInt32(product0 >> 32) ^ c[3] ^ k[1],
      UInt32(truncatingIfNeeded: product0),
    ]
  }
  return c
}

/// (word >> 8) 2^-24: a number of [0, 1) that single precision holds exactly.
///
/// - Parameter word: A random word.
/// - Returns: One of the 2^24 multiples of 2^-24 below 1.
public func uniform(_ word: UInt32) -> Double {
  Double(word >> 8) * 0x1p-24
}

/// Seeded numbers for tests, spread evenly over a range.
///
/// - Parameters:
///   - count: How many.
///   - seed: The same seed gives the same numbers.
///   - range: Where they lie.
/// - Returns: The numbers; all of them are exact in single precision if the range is [-1, 1] or [0, 1].
public func randomValues(
  _ count: Int, seed: UInt32, in range: ClosedRange<Double> = -1...1
) -> [Double] {
  (0..<count).map { index in
    let words = philox(counter: [UInt32(index / 4), 0, 0, 0], key: [seed, 0])
    return range.lowerBound + (range.upperBound - range.lowerBound) * uniform(words[index % 4])
  }
}
