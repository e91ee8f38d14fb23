internal import Glibc

// A dataset reads like the noun that it is: `let data = Synthetic(count: 1000)`.
// swift-format-ignore: AlwaysUseLowerCamelCase
/// Draws a dataset that needs no file: seven-segment digits, 28 x 28, grey, 10 classes, on noise.
///
/// Image `i` shows digit `i % 10`; place, thickness and brightness vary. It depends on `seed` and
/// `i` alone, so a smaller set is the beginning of a larger one, on every machine.
/// - Parameters:
///   - count: training images.
///   - testCount: test images, drawn apart from the training images.
///   - seed: another seed, another dataset.
/// - Returns: images of shape `[1, 28, 28]`, the classes in turn.
public func Synthetic(count: Int = 10_000, testCount: Int = 2_000, seed: UInt64 = 0) -> Dataset {
  precondition(count > 0 && testCount > 0, "\(count) and \(testCount) images are not a dataset")
  return Dataset(
    name: "synthetic",
    train: drawDigits(name: "train", count: count, seed: seed, stream: 0),
    test: drawDigits(name: "test", count: testCount, seed: seed, stream: 1))
}

/// Which of the segments top, upper right, lower right, bottom, lower left, upper left, middle
/// (from the lowest bit) a digit lights.
private let litSegments = [0x3f, 0x06, 0x5b, 0x4f, 0x66, 0x6d, 0x7d, 0x07, 0x7f, 0x6f]

private func drawDigits(name: String, count: Int, seed: UInt64, stream: UInt64) -> ImageSet {
  let side = 28
  let pixels = side * side
  // Copies of slices of one pool of noise: whole images of noise would cost a debug build seconds.
  var source = SplitMix64(state: seed ^ 0x6e6f_6973_6500_0000)
  let noise = (0..<8192).map { _ in source.next() & 0x3f3f_3f3f_3f3f_3f3f }

  let images = [UInt8](unsafeUninitializedCapacity: count * pixels) { images, filled in
    noise.withUnsafeBytes { noise in
      guard let canvas = images.baseAddress, let pool = noise.baseAddress else { return }
      for index in 0..<count {
        var random = SplitMix64(
          state: seed &+ (UInt64(index) << 1 | stream) &* 0x9e6c_63d0_876a_9a63)
        let image = canvas + index * pixels
        memcpy(image, pool + random.below(noise.count - pixels), pixels)

        let width = 8 + random.below(6)
        let half = 7 + random.below(4)
        let thick = 2 + random.below(2)
        let left = (side - width) / 2 - 3 + random.below(7)
        let top = (side - 2 * half - thick) / 2 - 2 + random.below(5)
        let brightness = Int32(144 + random.below(112))
        func fill(row: Int, column: Int, height: Int, width: Int) {
          for line in row..<row + height { memset(image + line * side + column, brightness, width) }
        }
        let right = left + width - thick
        let lit = litSegments[index % 10]
        if lit & 0x01 != 0 { fill(row: top, column: left, height: thick, width: width) }
        if lit & 0x02 != 0 { fill(row: top, column: right, height: half, width: thick) }
        if lit & 0x04 != 0 { fill(row: top + half, column: right, height: half, width: thick) }
        if lit & 0x08 != 0 { fill(row: top + 2 * half, column: left, height: thick, width: width) }
        if lit & 0x10 != 0 { fill(row: top + half, column: left, height: half, width: thick) }
        if lit & 0x20 != 0 { fill(row: top, column: left, height: half, width: thick) }
        if lit & 0x40 != 0 { fill(row: top + half, column: left, height: thick, width: width) }
      }
      filled = count * pixels
    }
  }
  return ImageSet(
    name: name, shape: [1, side, side], classNames: numberedClasses(10), images: images,
    labels: (0..<count).map { UInt8($0 % 10) })
}

/// Random 64-bit numbers from a counter (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number
/// Generators", 2014).
private struct SplitMix64 {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// A number from 0 to `bound` - 1.
  mutating func below(_ bound: Int) -> Int { Int(((next() >> 32) * UInt64(bound)) >> 32) }
}
