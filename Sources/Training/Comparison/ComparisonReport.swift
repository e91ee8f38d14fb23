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
      Standing(variant, at: place, outcomes.filter { $0.variant == place })
    }
  }

  /// The number of runs that are complete.
  public var completed: Int { outcomes.count { $0.end == .complete } }

  /// The highest test accuracy of any epoch of a complete run; NaN without one.
  public var bestTestAccuracy: Double {
    outcomes.filter { $0.end == .complete }.flatMap(\.rows).map(\.test.accuracy).max() ?? .nan
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

  /// Whether variants are judged by a part of the training set that is held back.
  var isHeldBack: Bool { standings.contains { $0.validationAccuracy != nil } }

  /// Rows of cells under their columns.
  typealias Sheet = (columns: [Table.Column], rows: [[String]])

  /// What stands before the variant that did best.
  static let winnerMark = "*"

  /// One row a variant, the best first: mean and spread of the last epochs' figures, most telling
  /// columns first.
  func results(plusMinus: String = "±") -> Sheet {
    let ranked = ranked
    let isHeldBack = isHeldBack
    let hasDiverged = ranked.contains { $0.diverged > 0 }
    let isMarked = ranked.count > 1
    let columns: [Table.Column] =
      (isMarked ? [.init("", .left)] : []) + [.init("variant", .left), .init("n")]
      + (isHeldBack ? [.init("val acc %")] : []) + [.init("test acc %")]
      + (hasDiverged ? [.init("diverged")] : [])
      + [.init("train loss"), .init("train acc %"), .init("seconds")]
    let best = ranked.first?.judged.mean
    let rows = ranked.map { standing in
      func percent(_ spread: Spread) -> String {
        spread.text(scale: 100, decimals: 2, plusMinus: plusMinus)
      }
      return (isMarked ? [standing.judged.mean == best ? Self.winnerMark : ""] : [])
        + [standing.variant.label, "\(standing.count)"]
        + (isHeldBack ? [standing.validationAccuracy.map(percent) ?? "-"] : [])
        + [percent(standing.testAccuracy)] + (hasDiverged ? ["\(standing.diverged)"] : [])
        + [
          standing.trainLoss.text(decimals: 4, plusMinus: plusMinus),
          percent(standing.trainAccuracy),
          standing.seconds.text(decimals: 1, plusMinus: plusMinus),
        ]
    }
    return (columns, rows)
  }

  /// What the figures of ``results(plusMinus:)`` are.
  var caption: String {
    (seeds > 1
      ? "means and standard deviations over n runs with different seeds, at the last epoch"
      : "one run each, at the last epoch")
      + (variants.count > 1
        ? "; \(Self.winnerMark) is the best by \(isHeldBack ? "validation" : "test") accuracy"
        : "")
      + "; seconds are those of a run's epochs"
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
      return table.lines(width: width).joined(separator: "\n")
    }
    func words(_ texts: [String], _ mark: String = "") -> String? {
      texts.isEmpty
        ? nil : texts.flatMap { wrapped($0, width: width, prefix: mark) }.joined(separator: "\n")
    }
    let parts = [
      lines(results(plusMinus: unicode ? "±" : "+-")), words([caption]), words(warnings),
      verdict.flatMap { words([unicode ? $0.replacing("+-", with: "±") : $0]) },
      comparisonWithPublished.map(lines), words(remarks, "- "),
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
      .init("best", ranked.first.map { .string($0.variant.label) } ?? .null),
      .init(
        "behind_the_best",
        .array(
          paired.map { pair in
            .object([
              .init("variant", .string(pair.other)),
              .init("seeds", .integer(pair.differences.count)),
              .init("seeds_ahead", .integer(pair.ahead)),
              .init("difference", .number(pair.spread.mean)),
              .init("interval", pair.interval.map(JSON.number) ?? .null),
              .init("p", pair.probability.map(JSON.number) ?? .null),
            ])
          })),
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
