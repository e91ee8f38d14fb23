internal import Glibc
internal import Specs

/// The shortest text that reads back to the same double: `0.05`, `5`, `1e-7`, `nan`.
public func shortestText(_ value: Double) -> String { value.shortest }

/// A number with a fixed count of decimals, for people to read: `0.4123`.
///
/// From 10 000 on it is written in powers of ten, so that a diverging loss does not break a table.
public func fixedText(_ value: Double, decimals: Int) -> String {
  if value.isNaN { return "nan" }
  return abs(value) < 10_000
    ? formatted("%.*f", Int32(decimals), value) : formatted("%.*e", Int32(3), value)
}

/// A number with so many significant digits and no trailing zeros, for people to read: `0.0813`.
public func significantText(_ value: Double, digits: Int) -> String {
  value.isNaN ? "nan" : formatted("%.*g", Int32(digits), value)
}

/// A fraction of 1 as a percentage with two decimals: `0.8912` is `89.12%`.
public func percentText(_ fraction: Double) -> String {
  fixedText(fraction * 100, decimals: 2) + "%"
}

/// Seconds as a clock shows them: `0:41`, `12:05`, `3:02:09`.
public func clockText(seconds: Double) -> String {
  guard seconds.isFinite, seconds < 1e9 else { return "?" }
  let whole = Int(max(0, seconds).rounded())
  let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
  func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
  return hours > 0 ? "\(hours):\(two(minutes)):\(two(rest))" : "\(minutes):\(two(rest))"
}

/// C's printf into a string; the locale is C's own, so the decimal point is always a point.
private func formatted(_ format: String, _ arguments: any CVarArg...) -> String {
  withVaList(arguments) { list in
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 400) { buffer in
      let count = vsnprintf(buffer.baseAddress, buffer.count, format, list)
      let bytes = UnsafeRawBufferPointer(buffer).prefix(max(0, min(Int(count), buffer.count - 1)))
      return String(decoding: bytes, as: UTF8.self)
    }
  }
}
