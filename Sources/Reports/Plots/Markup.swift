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

/// The looks of all charts, on paper and on a dark screen.
///
/// Every colour is written out: few programs besides browsers know variables.
enum Look {
  /// Colours that readers with any colour vision tell apart, after Okabe and Ito.
  private static let light = [
    "#0072b2", "#d55e00", "#009e73", "#b9539b", "#b07d00", "#3d9fd8", "#7a5230", "#666666",
  ]
  private static let dark = [
    "#5cb3f0", "#ff9350", "#35cf9f", "#f0a0d0", "#f0c04a", "#9bdcff", "#cfa27c", "#bbbbbb",
  ]
  static let colours = light.count
  /// Further series use the colours again, and are dashed.
  private static let dashes = ["", "6 3", "2 3", "8 3 2 3"]

  static func dash(_ series: Int) -> String {
    let dash = dashes[series / colours % dashes.count]
    return dash.isEmpty ? "" : " stroke-dasharray=\"\(dash)\""
  }

  static let style =
    rules(light, ink: "#1c1e21", faint: "#5f6670", grid: "#e4e7eb", ground: "#ffffff")
    + "@media (prefers-color-scheme: dark) {\n"
    + rules(dark, ink: "#e8eaed", faint: "#a3abb5", grid: "#33383f", ground: "#16181c")
    + "}\n"
      + """
      .chart text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", \
      Arial, sans-serif; font-size: 12px; }
      .chart .title { font-size: 15px; font-weight: 600; }
      .chart .halo { stroke-width: 4px; stroke-linejoin: round; }
      .chart .line { fill: none; stroke-width: 1.75px; stroke-linejoin: round; stroke-linecap: round; }
      .chart .dots { stroke-width: 0.75px; }
      .chart .band { stroke: none; fill-opacity: 0.2; }
      .chart .grid, .chart .axis { fill: none; stroke-width: 1px; }
      .chart .mark { fill: none; stroke-width: 1px; stroke-dasharray: 3 3; }
      .chart .ring { stroke-width: 1.5px; }

      """

  private static func rules(
    _ colours: [String], ink: String, faint: String, grid: String, ground: String
  ) -> String {
    let series = colours.enumerated().map { index, colour in
      ".chart .s\(index) { stroke: \(colour); } .chart .f\(index) { fill: \(colour); }\n"
    }
    return """
      .chart .ground { fill: \(ground); }
      .chart text { fill: \(ink); }
      .chart .faint { fill: \(faint); }
      .chart .halo, .chart .dots { stroke: \(ground); }
      .chart .grid { stroke: \(grid); }
      .chart .axis, .chart .mark { stroke: \(faint); }
      .chart .ring { stroke: \(ink); fill: \(ground); }

      """ + series.joined()
  }
}
