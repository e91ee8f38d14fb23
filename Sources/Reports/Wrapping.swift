extension String {
  /// The text in lines of at most `width` columns, broken at spaces; a longer word stays whole.
  ///
  /// - Parameters:
  ///   - width: The columns of a line.
  ///   - indent: Spaces before the first line.
  ///   - hanging: Spaces before the others; as before the first if nil.
  /// - Returns: The lines, without a line break at the end.
  public func wrapped(to width: Int = 80, indent: Int = 0, hanging: Int? = nil) -> String {
    let margin = String(repeating: " ", count: hanging ?? indent)
    var lines: [String] = []
    var line = String(repeating: " ", count: indent)
    var isEmpty = true
    for word in split(separator: " ") {
      if !isEmpty, line.count + 1 + word.count > width {
        lines.append(line)
        (line, isEmpty) = (margin, true)
      }
      line += isEmpty ? String(word) : " " + word
      isEmpty = false
    }
    return (lines + [line]).joined(separator: "\n")
  }
}
