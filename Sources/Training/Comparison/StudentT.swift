internal import Glibc

/// Student's t distribution with a whole number of degrees of freedom.
///
/// Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4.
struct StudentT {
  /// The degrees of freedom, 1 or more.
  let freedom: Int

  /// The probability of a value at least so far from 0, on either side.
  func twoSided(_ t: Double) -> Double {
    guard t.isFinite else { return t.isNaN ? .nan : 0 }
    let angle = atan(abs(t) / Double(freedom).squareRoot())
    let (sine, cosine) = (sin(angle), cos(angle))
    let isOdd = freedom % 2 == 1
    // The terms of the sum: cos^k times the quotients of neighbouring whole numbers.
    var term = isOdd ? cosine : 1
    var sum = 0.0
    for count in stride(from: isOdd ? 3 : 2, through: freedom, by: 2) {
      sum += term
      term *= cosine * cosine * Double(count - 1) / Double(count)
    }
    let within = isOdd ? 2 / Double.pi * (angle + sine * sum) : sine * sum
    return min(max(0, 1 - within), 1)
  }

  /// The distance from 0 that is exceeded with this probability.
  func distance(exceededWith probability: Double) -> Double {
    var (low, high) = (0.0, 1.0)
    while twoSided(high) > probability, high < 1e12 { high *= 2 }
    for _ in 0..<200 {
      let middle = (low + high) / 2
      if twoSided(middle) > probability { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }
}
