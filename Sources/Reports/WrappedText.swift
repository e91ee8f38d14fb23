/// A text in lines of at most so many characters, broken between words; a longer word has a line of
/// its own.
///
/// - Parameters:
///   - text: What to write.
///   - width: The characters of a line.
///   - prefix: What stands before the first line; the others are as far indented.
/// - Returns: At least one line.
public func wrapped(_ text: String, width: Int, prefix: String = "") -> [String] {
  let margin = String(repeating: " ", count: prefix.count)
  var lines: [String] = []
  var line = prefix
  for word in text.split(separator: " ") {
    if line.count > margin.count, line.count + 1 + word.count > width {
      lines.append(line)
      line = margin
    }
    line += (line.count > margin.count ? " " : "") + word
  }
  return lines + [line]
}
