/// A text as it stands in XML or HTML: what has a meaning there is escaped, what may not stand there
/// is left out.
func escaped(_ text: String) -> String {
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\"": result += "&quot;"
    case "\n", "\t": result += " "
    case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF: continue
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}

/// A coordinate to a hundredth of a pixel.
func coordinate(_ value: Double) -> String {
  let rounded = (value * 100).rounded() / 100
  return shortestText(rounded == 0 ? 0 : rounded)
}

/// The text cut to so many characters, the last of which says that there was more.
func shortened(_ text: String, to length: Int, ellipsis: String) -> String {
  text.count <= length
    ? text : String(text.prefix(max(0, length - ellipsis.count))) + ellipsis.prefix(length)
}

/// The text cut to so many characters in its middle: what tells names apart often stands at the end.
public func shortenedInside(_ text: String, to length: Int, ellipsis: String = "…") -> String {
  guard text.count > length else { return text }
  let room = length - ellipsis.count
  guard room > 0 else { return String(text.prefix(max(0, length))) }
  let tail = room * 2 / 5
  return text.prefix(room - tail) + ellipsis + text.suffix(tail)
}

/// About how wide a text is, in pixels.
func textWidth(_ text: String) -> Double { 6.8 * Double(text.count) }

/// A coordinate in the middle of a pixel, where a thin line is sharp.
func crisp(_ value: Double) -> String { coordinate(value.rounded(.down) + 0.5) }

func label(
  _ text: String, _ x: Double, _ y: Double, class name: String = "", halo: Bool = false,
  anchor: String = "start", inside: String = ""
) -> String {
  let place = "x=\"\(coordinate(x))\" y=\"\(coordinate(y))\""
  let anchor = anchor == "start" ? "" : " text-anchor=\"\(anchor)\""
  let look = name.isEmpty ? "" : " class=\"\(name)\""
  let text = escaped(text)
  // Drawn twice: a broad stroke in the ground's colour parts the text from the curves below it.
  return (halo ? "<text class=\"halo\" \(place)\(anchor)>\(text)</text>\n" : "")
    + "<text\(look) \(place)\(anchor)>\(inside)\(text)</text>\n"
}
