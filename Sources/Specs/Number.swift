extension Double {
  /// The shortest text that reads back to the same number: `0.1`, `5`, `1e-05`, `inf`, `nan`.
  public var shortest: String {
    // A NaN with a payload would print it.
    isNaN ? "nan" : withoutTrailingZero(description)
  }
}

extension Float {
  /// The shortest text that reads back to the same number: `0.1`, `5`, `1e-05`, `inf`, `nan`.
  public var shortest: String {
    isNaN ? "nan" : withoutTrailingZero(description)
  }
}

/// Swift writes whole numbers as `5.0`.
private func withoutTrailingZero(_ text: String) -> String {
  text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}
