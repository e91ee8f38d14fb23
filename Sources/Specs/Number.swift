extension Double {
  /// The shortest text that reads back to the same number: `0.1`, `5`, `1e-5`, `inf`, `nan`.
  ///
  /// Never longer than what Swift or Python print: a whole number has no `.0`, an exponent no
  /// leading zero and no plus sign.
  public var shortest: String { shortened(isNaN, description) }
}

extension Float {
  /// The shortest text that reads back to the same number: `0.1`, `5`, `1e-5`, `inf`, `nan`.
  public var shortest: String { shortened(isNaN, description) }
}

/// What Swift prints of a number, less what says nothing.
private func shortened(_ isNaN: Bool, _ text: String) -> String {
  // A NaN with a payload would print it.
  if isNaN { return "nan" }
  let parts = text.split(separator: "e")
  var digits = parts[0]
  if digits.hasSuffix(".0") { digits.removeLast(2) }
  guard parts.count == 2 else { return String(digits) }
  let sign = parts[1].hasPrefix("-") ? "-" : ""
  return digits + "e" + sign + parts[1].drop { $0 == "-" || $0 == "+" || $0 == "0" }
}
