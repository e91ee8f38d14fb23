public import Reports

extension ComparisonReport {
  /// The report as one HTML file that needs nothing else.
  ///
  /// - Parameters:
  ///   - facts: What it was trained on and with, a paragraph each.
  ///   - command: What to type to repeat it.
  ///   - weights: The folder with the weights of a variant's runs, by its place; nil where none are kept.
  /// - Returns: The page.
  public func page(
    facts: [String], command: String, weights: ((Int) -> String)? = nil
  ) -> Page {
    var page = Page(title: preset.map { "Comparison: \($0.meaning)" } ?? "Comparison")
    if let verdict {
      // The parts of `p = 0.03` stay on one line.
      let text = verdict.replacing("+-", with: "±").replacing("p = ", with: "p\u{A0}=\u{A0}")
      page.blocks.append(.paragraph(text + "."))
    }
    if completed < variants.count * seeds {
      page.blocks.append(
        .paragraph("\(completed) of \(variants.count * seeds) runs are complete."))
    }
    let results = pageResults
    let best = results.rows.indices.filter { results.rows[$0].first == Self.winnerMark }
    // A narrow page breaks a cell before the deviation and nowhere else.
    let rows = results.rows.map { row in
      row.map { $0.replacing("± ", with: "±\u{A0}").replacing(" of ", with: "\u{A0}of\u{A0}") }
    }
    page.blocks.append(.table(results.columns, rows: rows, emphasized: Set(best)))
    page.blocks += ([caption + pairedCaption] + warnings).map { text in
      .paragraph(text.prefix(1).uppercased() + text.dropFirst() + ".")
    }
    if !outcomes.allSatisfy({ $0.rows.isEmpty }) {
      page.blocks.append(.charts(charts, width: 452, height: 330))
      for (title, charts) in panels {
        page.blocks += [.heading(title), .charts(charts, width: 214, height: 160)]
      }
    }
    if let published = comparisonWithPublished {
      page.blocks += [
        .heading("Beside the book"), .table(published.columns, rows: published.rows),
      ]
    }
    page.blocks += remarks.map(Page.Block.paragraph)
    page.blocks.append(.heading("What was compared"))
    page.blocks.append(settingsTable(weights))
    page.blocks += facts.map(Page.Block.paragraph)
    if weights != nil {
      page.blocks.append(
        .paragraph(
          "The weights at the end of each run are in this folder, as weights/VARIANT/seed-N"
            + ".safetensors; --init starts a training from them."))
    }
    page.blocks += [.paragraph("To repeat it:"), .verbatim(command)]
    return page
  }

  /// The results with how far each variant is behind the best.
  private var pageResults: Sheet {
    var sheet = results(plusMinus: "±")
    let paired = Dictionary(paired.map { ($0.other, $0) }) { first, _ in first }
    guard paired.values.contains(where: { $0.interval != nil }) else { return sheet }
    let place = sheet.columns.count - 3
    sheet.columns.insert(contentsOf: [.init("behind the best"), .init("p")], at: place)
    let labels = ranked.map(\.variant.label)
    for (row, label) in labels.enumerated() {
      let pair = paired[label]
      let behind = pair.map { pair in
        Self.points(pair.spread.mean)
          + (pair.interval.map { " ± " + Self.points($0) } ?? "")
          + ", \(pair.ahead) of \(pair.differences.count)"
      }
      let probability = pair?.probability.map { Self.text(ofProbability: $0) } ?? ""
      sheet.rows[row].insert(
        contentsOf: [
          behind ?? "",
          probability.replacing("p = ", with: "").replacing("p < ", with: "<\u{A0}"),
        ], at: place)
    }
    return sheet
  }

  private var pairedCaption: String {
    let tests = paired.count { $0.probability != nil }
    guard tests > 0 else { return "" }
    return ". Runs of one seed share their start and their batches, so they are compared in pairs: "
      + "behind the best are the mean difference in points of "
      + "\(isHeldBack ? "validation" : "test") accuracy, its 95 % interval, and the seeds in which "
      + "the best is ahead; p is that of a paired t-test"
      + (tests > 1 ? ", corrected for \(tests) comparisons (Holm)" : "")
  }

  private func settingsTable(_ weights: ((Int) -> String)?) -> Page.Block {
    let columns: [Table.Column] = [
      .init("variant", .left), .init("schedule", .left), .init("optimizer", .left), .init("lr"),
    ]
    return .table(
      columns + (weights == nil ? [] : [.init("weights", .left)]),
      rows: variants.enumerated().map { place, variant in
        let settings = variant.settings
        return [
          variant.label, settings.schedule ?? Session.defaultSchedule, settings.optimizer,
          variant.learningRate.map(shortestText) ?? "the schedule's",
        ] + (weights.map { [$0(place)] } ?? [])
      })
  }
}
