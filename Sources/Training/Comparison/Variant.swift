internal import Specs

/// One line of a comparison: what it trains with, under a short name.
public struct Variant: Sendable, Equatable {
  /// What tables and charts call it.
  public var label: String
  /// Everything that it trains with, but for the seed.
  public var settings: Settings
  /// What others have measured with it.
  public var published: Published?

  /// The base learning rate; nil where the schedule names its own, or none is settled yet.
  public var learningRate: Double? {
    if case .fixed(let rate) = settings.learningRate { rate } else { nil }
  }

  /// Settings under a name.
  public init(_ label: String, _ settings: Settings, published: Published? = nil) {
    self.label = label
    self.settings = settings
    self.published = published
  }
}

/// The values that a comparison tries for some settings, and every combination of them.
public struct Choices: Sendable {
  /// The most combinations that one comparison takes.
  public static let limit = 64
  /// The settings that may have several values, in the order in which labels name them.
  public static let names = ["schedule", "optimizer", "lr"]

  /// A value, and what labels call it; nil where it is the same in all combinations.
  private typealias Value = (text: String, label: String?)
  private let settings: [(name: String, values: [Value])]

  /// Takes values as they stand on a command line: `SPEC`, or `NAME=SPEC` to give it a name.
  ///
  /// - Parameter texts: The values by the names of their settings.
  public init(_ texts: [String: [String]]) {
    settings = Self.names.compactMap { name in
      guard let texts = texts[name], !texts.isEmpty else { return nil }
      return (name, Self.labelled(texts.map(Self.split), of: name))
    }
  }

  /// Gives names to the values of a setting that have none, where there are several.
  private static func labelled(_ values: [Value], of setting: String) -> [Value] {
    guard values.count > 1 else { return values }
    let heads = values.map { $0.label == nil ? head(of: $0.text) : nil }
    return zip(values.indices, values).map { place, value in
      guard value.label == nil else { return value }
      if setting == "lr" { return (value.text, "lr \(value.text)") }
      if let head = heads[place], heads.count(where: { $0 == head }) == 1 {
        return (value.text, head)
      }
      let isShort = value.text.count <= longestLabel
      return (value.text, isShort ? value.text : "\(heads[place] ?? setting) \(place + 1)")
    }
  }

  /// Longer specs are called by their first word and their place.
  private static let longestLabel = 32

  /// The number of combinations; 1 where nothing is chosen.
  public var count: Int { settings.reduce(1) { $0 * $1.values.count } }

  /// Every combination: its label, and the text of each setting; the last setting varies fastest.
  var combinations: [(label: String, texts: [String: String])] {
    var rows: [(labels: [String], texts: [String: String])] = [([], [:])]
    for (name, values) in settings {
      rows = rows.flatMap { row in
        values.map { value in
          var row = row
          if let label = value.label { row.labels.append(label) }
          row.texts[name] = value.text
          return row
        }
      }
    }
    let labels = rows.map { row in
      row.labels.isEmpty
        ? row.texts["schedule"] ?? Session.defaultSchedule : row.labels.joined(separator: ", ")
    }
    return zip(Self.distinct(labels), rows).map { ($0, $1.texts) }
  }

  /// Makes the settings of every combination.
  ///
  /// - Parameters:
  ///   - flags: The text of every other flag that was given, by its name without dashes.
  ///   - configuration: The file that `--config` names.
  ///   - mistakes: What is wrong with the command line already, to be told together with the rest.
  ///   - checks: What the rooms that own the texts have to say.
  /// - Returns: One variant a combination.
  /// - Throws: `SettingsError` with every problem of every value, and where there are more
  ///   combinations than ``limit``.
  public func variants(
    flags: [String: String] = [:], configuration: String? = nil, mistakes: [String] = [],
    checks: SettingsChecks = SettingsChecks()
  ) throws(SettingsError) -> [Variant] {
    var mistakes = mistakes
    guard count <= Self.limit else {
      let factors = settings.filter { $0.values.count > 1 }
        .map { "\($0.values.count) of --\($0.name)" }
      mistakes.append(
        "\(count) variants (\(factors.joined(separator: " times "))) are more than the "
          + "\(Self.limit) that one comparison takes: leave some out")
      throw SettingsError(mistakes)
    }
    return try Self.variants(
      combinations.map { ($0.label, $0.texts, nil) }, flags: flags, configuration: configuration,
      mistakes: mistakes, checks: checks)
  }

  /// Makes the settings of some lines; a problem that several have is told once.
  static func variants(
    _ lines: [(label: String, texts: [String: String], published: Published?)],
    over defaults: [String: String] = [:], flags: [String: String], configuration: String?,
    mistakes: [String], checks: SettingsChecks
  ) throws(SettingsError) -> [Variant] {
    var variants: [Variant] = []
    var problems: [String] = []
    for (label, texts, published) in lines {
      do throws(SettingsError) {
        let settings = try Settings(
          over: defaults, flags: flags.merging(texts) { $1 }, configuration: configuration,
          mistakes: mistakes, checks: checks)
        variants.append(Variant(label, settings, published: published))
      } catch {
        problems += error.problems.filter { !problems.contains($0) }
      }
    }
    guard problems.isEmpty else { throw SettingsError(problems) }
    return variants
  }

  /// Takes the name off `NAME=SPEC`; a spec has its first `=` behind a bracket or a colon.
  private static func split(_ text: String) -> Value {
    guard let sign = text.firstIndex(of: "="), sign > text.startIndex else { return (text, nil) }
    let name = text[..<sign]
    let rest = text[text.index(after: sign)...]
    // `scheduler = StepLR(...)` is a line of Python, `with room=cosine` a name and a spec.
    let isAssignment = (name.last == " " && rest.first == " ") || text.contains("\n")
    let isName = !isAssignment && !name.contains { "([:<>!,".contains($0) }
    return isName && !rest.hasPrefix("=") ? (String(rest), String(name)) : (text, nil)
  }

  /// `StepLR` of `StepLR(10)`; nil for what is no single call.
  private static func head(of text: String) -> String? {
    guard let spec = try? Spec(parsing: text), case .call(let call) = spec.form else { return nil }
    return call.name
  }

  /// The labels, each that has stood before with a number behind it.
  private static func distinct(_ labels: [String]) -> [String] {
    labels.reduce(into: []) { known, label in
      var (candidate, number) = (label, 1)
      while known.contains(candidate) {
        number += 1
        candidate = "\(label) (\(number))"
      }
      known.append(candidate)
    }
  }
}
