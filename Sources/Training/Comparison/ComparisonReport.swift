public import Reports

/// What the runs of a comparison come to: standings, tables and what may be read into them.
///
/// It is a pure function of the runs, those of an interrupted comparison included: only complete
/// runs are in the means.
public struct ComparisonReport: Sendable {
  /// What was compared.
  public let variants: [Variant]
  /// Runs of each variant when all are done.
  public let seeds: Int
  /// How many classes the images have.
  public let classes: Int
  /// The runs that are over.
  public let outcomes: [Comparison.Outcome]
  /// The preset that the variants come from.
  public var preset: ComparisonPreset?

  /// The report of some runs.
  public init(
    variants: [Variant], seeds: Int, classes: Int, outcomes: [Comparison.Outcome],
    preset: ComparisonPreset? = nil
  ) {
    self.variants = variants
    self.seeds = seeds
    self.classes = classes
    self.outcomes = outcomes
    self.preset = preset
  }

  /// What each variant came to, in the order in which they were given.
  public var standings: [Standing] {
    variants.enumerated().map { place, variant in
      Standing(variant, outcomes.filter { $0.variant == place })
    }
  }

  /// The number of runs that are complete.
  public var completed: Int { outcomes.count { $0.end == .complete } }

  /// The highest test accuracy of any epoch of a complete run; NaN without one.
  public var bestTestAccuracy: Double {
    outcomes.filter { $0.end == .complete }.flatMap(\.rows).map(\.test.accuracy).max() ?? .nan
  }

  /// What may be read into the difference between the two best variants, in words; nil where there
  /// are no two.
  ///
  /// Their spread is the greater of the two standard deviations.
  public var verdict: String? {
    let ranked = standings.filter { $0.count > 0 && !$0.judged.mean.isNaN }
      .sorted { $0.judged.mean > $1.judged.mean }
    guard ranked.count > 1 else { return nil }
    let (best, second) = (ranked[0], ranked[1])
    let (a, b) = (best.variant.label, second.variant.label)
    let figure = best.validationAccuracy == nil ? "test accuracy" : "validation accuracy"
    let difference = best.judged.mean - second.judged.mean
    let points = "\(points(difference)) points of \(figure)"
    if difference == 0 { return "\(a) and \(b) end at the same \(figure)" }
    guard let ownSpread = best.judged.deviation, let otherSpread = second.judged.deviation else {
      return
        "\(a) is ahead of \(b) by \(points) in a single run: how much of that is chance cannot "
        + "be told; --seeds 5 shows the spread"
    }
    let spread = max(ownSpread, otherSpread)
    let counts =
      best.count == second.count ? "n = \(best.count)" : "n = \(best.count) and \(second.count)"
    if difference < spread {
      return "the difference between \(a) and \(b) (\(points)) is smaller than their spread "
        + "(\(self.points(spread)), \(counts)): do not read anything into it"
    }
    return "\(a) is ahead of \(b) by \(points), more than their spread (\(self.points(spread)), "
      + "\(counts))"
      + (min(best.count, second.count) < 3 ? "; of two runs even the spread is a guess" : "")
  }

  /// What went wrong in some runs, a sentence each.
  public var warnings: [String] {
    variants.enumerated().flatMap { place, variant -> [String] in
      let own = outcomes.filter { $0.variant == place && $0.end != .stopped }
      func runs(_ count: Int, _ what: String) -> [String] {
        count > 0 ? ["\(variant.label): \(count) of \(own.count) runs \(what)"] : []
      }
      let complete = own.filter { $0.end == .complete }
      let lost = complete.count(where: endedAtChance)
      let drawn = lost < complete.count ? "; the curves are those of the others" : ""
      let skipped = complete.count { $0.skipped > 0 }
      return runs(own.count - complete.count, "diverged, which is in no mean")
        + runs(lost, "ended at chance: too high a rate for the start, or too few updates\(drawn)")
        + runs(skipped, "skipped updates whose gradients were not finite")
    }
  }

  /// Whether a run knows no more in the end than somebody who guesses.
  func endedAtChance(_ outcome: Comparison.Outcome) -> Bool {
    // Guessing hits one in so many classes; a little more is luck.
    (outcome.rows.last?.test.accuracy ?? .nan) <= 1.2 / Double(classes)
  }

  private func points(_ fraction: Double) -> String { fixedText(fraction * 100, decimals: 2) }

  /// Rows of cells under their columns.
  typealias Sheet = (columns: [Table.Column], rows: [[String]])

  /// One row a variant: mean and spread of the last epochs' figures.
  func results(plusMinus: String = "±") -> Sheet {
    let standings = standings
    let isHeldBack = standings.contains { $0.validationAccuracy != nil }
    let hasDiverged = standings.contains { $0.diverged > 0 }
    let columns: [Table.Column] =
      [
        .init("variant", .left), .init("n"), .init("train loss"), .init("train acc %"),
        .init("test acc %"),
      ] + (isHeldBack ? [.init("val acc %")] : []) + [.init("seconds")]
      + (hasDiverged ? [.init("diverged")] : [])
    let rows = standings.map { standing in
      func percent(_ spread: Spread) -> String {
        spread.text(scale: 100, decimals: 2, plusMinus: plusMinus)
      }
      return [
        standing.variant.label, "\(standing.count)",
        standing.trainLoss.text(decimals: 4, plusMinus: plusMinus),
        percent(standing.trainAccuracy), percent(standing.testAccuracy),
      ] + (isHeldBack ? [standing.validationAccuracy.map(percent) ?? "-"] : [])
        + [standing.seconds.text(decimals: 1, plusMinus: plusMinus)]
        + (hasDiverged ? ["\(standing.diverged)"] : [])
    }
    return (columns, rows)
  }

  /// What the figures of ``results(plusMinus:)`` are.
  var caption: String {
    (seeds > 1
      ? "means and standard deviations over n runs with different seeds, at the last epoch"
      : "one run each, at the last epoch") + "; seconds are those of a run's epochs"
  }

  /// The settings that published figures do not hold for; nil where there is nothing published.
  private var departures: [String]? {
    preset.flatMap { preset in variants.first.map { preset.departures(of: $0.settings) } }
  }

  /// One row a variant and figure: ours beside what others have printed.
  var comparisonWithPublished: Sheet? {
    guard let departures else { return nil }
    let columns: [Table.Column] = [
      .init("variant", .left), .init("figure", .left), .init("here"), .init("book: mean"),
      .init("[least, greatest]"), .init("n"), .init("here is", .left),
    ]
    func decimals(_ value: Double) -> String { fixedText(value, decimals: 3) }
    let rows = standings.flatMap { standing -> [[String]] in
      guard let published = standing.variant.published else { return [] }
      let figures = [
        ("train loss", standing.trainLoss.mean, published.trainLoss),
        ("train accuracy", standing.trainAccuracy.mean, published.trainAccuracy),
        ("test accuracy", standing.testAccuracy.mean, published.testAccuracy),
      ]
      return figures.enumerated().map { place, figure in
        let (name, mean, book) = figure
        let isKnown = standing.count > 0
        return [
          place == 0 ? standing.variant.label : "", name, isKnown ? decimals(mean) : "-",
          decimals(book.mean),
          "[\(decimals(book.range.lowerBound)), \(decimals(book.range.upperBound))]",
          "\(published.count)",
          isKnown && departures.isEmpty ? book.verdict(on: mean) : "-",
        ]
      }
    }
    return rows.isEmpty ? nil : (columns, rows)
  }

  /// What a reader should know about the figures that others have printed.
  var remarks: [String] {
    let departures = departures ?? []
    return
      (departures.isEmpty
      ? []
      : [
        "This comparison departs from the preset (\(departures.joined(separator: "; "))), so the "
          + "ranges do not hold for it."
      ])
      + (preset?.notes ?? [])
  }

  /// Tables and words for a terminal.
  ///
  /// - Parameters:
  ///   - width: Characters of a line of words.
  ///   - unicode: Whether `±` can be shown.
  /// - Returns: Lines without a line feed at the end.
  public func text(width: Int = 100, unicode: Bool = true) -> String {
    func lines(_ sheet: Sheet) -> String {
      var table = Table(sheet.columns)
      sheet.rows.forEach { table.add($0) }
      return table.lines.joined(separator: "\n")
    }
    func words(_ texts: [String], _ mark: String = "") -> String? {
      texts.isEmpty
        ? nil : texts.flatMap { wrapped($0, width: width, mark: mark) }.joined(separator: "\n")
    }
    let parts = [
      lines(results(plusMinus: unicode ? "±" : "+-")), words([caption]), words(warnings),
      verdict.flatMap { words([$0]) }, comparisonWithPublished.map(lines), words(remarks, "- "),
    ]
    return parts.compactMap { $0 }.joined(separator: "\n\n")
  }

  /// The report as one JSON object.
  public var json: JSON {
    func values(_ name: String, _ spread: Spread) -> [JSON.Member] {
      [
        .init(name, .number(spread.mean)),
        .init(name + "_sd", spread.deviation.map(JSON.number) ?? .null),
      ]
    }
    return .object([
      .init("verdict", verdict.map(JSON.string) ?? .null),
      .init("warnings", .array(warnings.map(JSON.string))),
      .init(
        "variants",
        .array(
          standings.map { standing in
            .object(
              [
                .init("variant", .string(standing.variant.label)),
                .init("runs", .integer(standing.count)),
                .init("diverged", .integer(standing.diverged)),
              ] + standing.figures.flatMap(values))
          })),
    ])
  }
}

/// The words of a text on lines of at most `width` characters, where they are that short; `mark` and
/// then its room stand before them.
private func wrapped(_ text: String, width: Int, mark: String) -> [String] {
  var lines: [String] = []
  for word in text.split(separator: " ") {
    if let last = lines.last, last.count + 1 + word.count <= width {
      lines[lines.count - 1] += " " + word
    } else {
      let start = lines.isEmpty ? mark : String(repeating: " ", count: mark.count)
      lines.append(start + word)
    }
  }
  return lines
}

extension Standing {
  /// Every figure under the name that it has in files.
  fileprivate var figures: [(name: String, spread: Spread)] {
    [
      ("train_loss", trainLoss), ("train_accuracy", trainAccuracy), ("test_loss", testLoss),
      ("test_accuracy", testAccuracy),
    ] + (validationAccuracy.map { [("validation_accuracy", $0)] } ?? []) + [("seconds", seconds)]
  }
}

// The files of a comparison.
extension ComparisonReport {
  /// `compare.csv`: a row a variant, with what it trains with, means and standard deviations.
  public var csv: String {
    let standings = standings
    let names = standings.first?.figures.map(\.name) ?? []
    let header =
      ["variant", "schedule", "optimizer", "lr", "runs", "diverged"]
      + names.flatMap { [$0, $0 + "_sd"] }
    let rows = standings.map { standing in
      Self.cells(of: standing.variant) + ["\(standing.count)", "\(standing.diverged)"]
        + standing.figures.flatMap {
          [shortestText($0.spread.mean), shortestText($0.spread.deviation ?? .nan)]
        }
    }
    return ([header] + rows).map { $0.joined(separator: ",") + "\n" }.joined()
  }

  /// The columns of `epochs.csv`, which has a row for every epoch of every run.
  public static func epochColumns(validation: Bool) -> [String] {
    ["variant", "schedule", "optimizer", "lr", "seed"] + EpochRow.columns(validation: validation)
  }

  /// The cells of an epoch in those columns.
  public static func epochCells(_ row: EpochRow, of variant: Variant, seed: UInt64) -> [String] {
    cells(of: variant) + ["\(seed)"] + row.cells
  }

  private static func cells(of variant: Variant) -> [String] {
    let settings = variant.settings
    return [
      quoted(variant.label), quoted(settings.schedule ?? Session.defaultSchedule),
      quoted(settings.optimizer), variant.learningRate.map(shortestText) ?? "",
    ]
  }

  /// A text as one cell: in quotes where it has a comma, a quote or a line feed (RFC 4180).
  private static func quoted(_ text: String) -> String {
    guard text.contains(where: { ",\"\n\r".contains($0) }) else { return text }
    return "\""
      + text.split(separator: "\"", omittingEmptySubsequences: false)
      .joined(separator: "\"\"") + "\""
  }
}
