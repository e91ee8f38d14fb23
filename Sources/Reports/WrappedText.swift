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
    if line.count > margin.count, plainText(line).count + 1 + plainText(String(word)).count > width
    {
      lines.append(line)
      line = margin
    }
    line += (line.count > margin.count ? " " : "") + word
  }
  return lines + [line]
}

/// The lines of a text, those that are too long broken between words.
///
/// What follows a break stands below the text's second column where it has one, such as
/// `network    lenet, ...`, and is otherwise as far indented as the line.
public func hanging(_ text: String, width: Int) -> String {
  text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { line -> [String] in
    guard plainText(String(line)).count > width else { return [String(line)] }
    let blanks = line.prefix { $0 == " " }
    var start = blanks.count
    let name = line.dropFirst(start).prefix { $0 != " " }
    let gap = line.dropFirst(start + name.count).prefix { $0 == " " }
    if gap.count > 1 { start += name.count + gap.count }
    // A margin that takes half of the screen leaves too little beside it.
    if start > width / 2 { start = 0 }
    return wrapped(String(line.dropFirst(start)), width: width, prefix: String(line.prefix(start)))
  }.joined(separator: "\n")
}

/// The words of a text that so many characters hold, with its escape sequences.
func beginning(of text: String, width: Int) -> String {
  guard plainText(text).count > width else { return text }
  var kept = ""
  for word in text.split(separator: " ", omittingEmptySubsequences: false) {
    let longer = kept.isEmpty ? String(word) : kept + " " + word
    guard plainText(longer).count <= width else { break }
    kept = longer
  }
  return kept.contains("\u{1B}") ? kept + "\u{1B}[0m" : kept
}
