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
  /// Neighbours differ in their dashes too, for readers and printers without colours; it takes 32
  /// series until both come again.
  private static let dashes = ["", "7 3", "2 3", "9 3 2 3"]

  static func dash(_ series: Int) -> String {
    let dash = dashes[(series + series / colours) % dashes.count]
    return dash.isEmpty ? "" : " stroke-dasharray=\"\(dash)\""
  }

  /// The attributes of a line.
  static func stroke(_ look: Int, _ weight: Chart.Series.Weight) -> String {
    switch weight {
    case .strong: "class=\"line s\(look % colours)\"\(dash(look))"
    case .faint: "class=\"thin s\(look % colours)\""
    case .background: "class=\"back\""
    }
  }

  static let style =
    rules(
      light, ink: "#1c1e21", faint: "#5f6670", back: "#c3c8ce", grid: "#e4e7eb", ground: "#ffffff")
    // Paper is white, whatever the screen is.
    + "@media screen and (prefers-color-scheme: dark) {\n"
    + rules(
      dark, ink: "#e8eaed", faint: "#a3abb5", back: "#4b525b", grid: "#33383f", ground: "#16181c")
    + "}\n"
      + """
      .chart text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", \
      Arial, sans-serif; font-size: 12px; }
      .chart .heading { font-size: 16px; font-weight: 600; }
      .chart .title { font-size: 14px; font-weight: 600; }
      .chart .small { font-size: 12px; font-weight: 600; }
      .chart .halo { stroke-width: 4px; stroke-linejoin: round; }
      .chart .line { fill: none; stroke-width: 1.75px; stroke-linejoin: round; stroke-linecap: round; }
      .chart .thin { fill: none; stroke-width: 1px; stroke-opacity: 0.5; }
      .chart .dots { stroke-width: 0.75px; }
      .chart .leader { fill: none; stroke-width: 1px; }
      .chart .band { stroke: none; fill-opacity: 0.16; }
      .chart .grid, .chart .axis { fill: none; stroke-width: 1px; }
      .chart .mark { fill: none; stroke-width: 1px; stroke-dasharray: 3 3; }
      .chart .ring { stroke-width: 1.5px; }

      """

  private static func rules(
    _ colours: [String], ink: String, faint: String, back: String, grid: String, ground: String
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
      .chart .back { fill: none; stroke: \(back); stroke-width: 1px; }
      .chart .ring { stroke: \(ink); fill: \(ground); }

      """ + series.joined()
  }
}
