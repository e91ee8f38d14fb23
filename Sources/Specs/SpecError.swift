/// Where in a text something was written.
public struct Place: Hashable, Sendable {
  /// The whole text.
  public let source: String
  /// The characters meant, counted from 0 over the whole text.
  public let characters: Range<Int>

  /// A place in a text, in characters counted from 0.
  public init(in source: String, _ characters: Range<Int>) {
    self.source = source
    self.characters = characters
  }

  /// The line of the first character, counted from 1.
  public var line: Int { 1 + source.prefix(characters.lowerBound).count { $0.isNewline } }

  /// The column of the first character in its line, counted from 1.
  public var column: Int {
    1 + source.prefix(characters.lowerBound).reversed().prefix { !$0.isNewline }.count
  }

  /// The line with the place underlined.
  ///
  /// ```
  ///   StepLR(step_sze=10)
  ///          ^~~~~~~~
  /// ```
  /// Of a long line only the neighbourhood of the place is shown.
  public var marked: String {
    let before = source.prefix(characters.lowerBound).reversed().prefix { !$0.isNewline }.reversed()
    let after = source.dropFirst(characters.lowerBound).prefix { !$0.isNewline }
    let reach = 60
    let left = before.count > reach ? "..." + String(before.suffix(reach)) : String(before)
    let right = after.count > reach ? String(after.prefix(reach)) + "..." : String(after)
    let length = max(1, min(characters.count, after.count, reach))
    let margin = left.map { $0 == "\t" ? "\t" : " " }.joined()
    return "  \(left)\(right)\n  \(margin)^\(String(repeating: "~", count: length - 1))"
  }
}

/// What is wrong with a spec: every fault with its place, and what is valid instead.
public struct SpecError: Error, Hashable, Sendable, CustomStringConvertible {
  /// One fault.
  public struct Issue: Hashable, Sendable {
    /// What is wrong, and the nearest valid word where there is one.
    public var message: String
    /// Where it was written; nil in a spec that was built in Swift.
    public var place: Place?

    /// A fault at a place.
    public init(_ message: String, at place: Place?) {
      self.message = message
      self.place = place
    }
  }

  /// The faults, in the order of the text.
  public var issues: [Issue]
  /// What would be valid: the parameters with their defaults, or the known names.
  public var help: String?

  /// An error of one or more faults.
  public init(_ issues: [Issue], help: String? = nil) {
    self.issues = issues
    self.help = help
  }

  /// An error of one fault.
  public init(_ message: String, at place: Place?, help: String? = nil) {
    self.init([Issue(message, at: place)], help: help)
  }

  /// The 1-based column of the first fault, or nil in a spec that was built in Swift.
  public var column: Int? { issues.first?.place?.column }

  /// Every fault with its line underlined, then the help.
  public var description: String {
    let faults = issues.map { issue in
      guard let place = issue.place else { return issue.message }
      let line = place.source.contains(where: \.isNewline) ? "line \(place.line), " : ""
      return "\(line)column \(place.column): \(issue.message)\n\(place.marked)"
    }
    return (faults + [help].compactMap { $0 }).joined(separator: "\n")
  }
}
