internal import ArgumentParser
internal import Reports
internal import Specs

/// What exists of something, in groups, for people: never wider than 80 columns.
struct Listing {
  struct Entry {
    let name: String
    /// How it is written, with the defaults.
    let usage: String
    /// What it is, in one line.
    let summary: String
    var parameters: [Specs.Parameter] = []
    var aliases: [String] = []
  }

  struct Group {
    let title: String
    let entries: [Entry]
  }

  let groups: [Group]
  /// What to know before, and what to type next.
  let closing: String

  /// Every entry on a line of how it is written and one of what it is; longer ones are broken.
  var overview: String {
    let blocks = groups.map { group in
      let entries = group.entries.map(Self.text).joined(separator: "\n")
      return groups.count > 1 ? "\(group.title)\n\n\(entries)" : entries
    }
    return (blocks + [closing.wrapped()]).joined(separator: "\n\n")
  }

  /// One entry with all of its parameters; nil if there is none of this name.
  func details(of name: String) -> String? {
    guard let entry = groups.flatMap(\.entries).first(where: { $0.name == name }) else {
      return nil
    }
    let shown = entry.parameters.filter { !$0.isIgnored }
    // Beside a long default there is no room for a text.
    let width = shown.map(\.usage.count).filter { $0 <= 26 }.max() ?? 0
    var lines = [Self.text(of: entry)]
    if !entry.aliases.isEmpty {
      lines.append("also written \(entry.aliases.joined(separator: ", "))".wrapped(indent: 2))
    }
    if !shown.isEmpty { lines.append("") }
    for parameter in shown {
      let text = "\(parameter.kind), \(parameter.summary)"
      let usage = parameter.usage
      if usage.count > width {
        lines += [usage.wrapped(indent: 2, hanging: 4), text.wrapped(indent: width + 4)]
      } else {
        let wrapped = text.wrapped(indent: width + 4)
        lines.append("  " + usage + wrapped.dropFirst(2 + usage.count))
      }
    }
    return lines.joined(separator: "\n")
  }

  private static func text(of entry: Entry) -> String {
    "\(entry.usage.wrapped(hanging: 4))\n\(entry.summary.wrapped(indent: 2))"
  }
}

extension Listing.Entry {
  /// What a signature declares; `note` ends the sentence of its summary.
  init(_ signature: Signature, note: String? = nil) {
    self.init(
      name: signature.name, usage: signature.usage,
      summary: signature.summary + (note.map { "; \($0)" } ?? ""),
      parameters: signature.parameters, aliases: signature.aliases)
  }
}

/// A command that lists what exists, or shows one of it in full.
protocol ListingCommand: Command {
  static var listing: Listing { get throws }

  /// The name that a text means, however it is written.
  ///
  /// - Throws: `SpecError` if there is none, with the nearest one.
  static func name(meantBy text: String) throws(SpecError) -> String

  var choice: ListChoice { get }
}

/// The one that is asked for, out of a list.
struct ListChoice: ParsableArguments {
  @Argument(
    parsing: .allUnrecognized,
    help: ArgumentHelp("show only this one, with what its parameters mean", valueName: "name"))
  var words: [String] = []

  static func usage(of command: String) -> String { "gpu-train \(command) [<name>]" }
}

extension ListingCommand {
  func run(on log: Log) throws {
    var words = choice.words
    let name = words.firstIndex { !$0.hasPrefix("-") }.map { words.remove(at: $0) }
    let mistakes = mistakes(in: words, flags: ["--help"], command: Self._commandName)
    if !mistakes.isEmpty { throw UsageError(mistakes.joined(separator: "\n")) }
    let listing = try Self.listing
    guard let name else {
      log.print(listing.overview)
      return
    }
    do throws(SpecError) {
      // What follows the name, as in StepLR(10), is of no interest.
      let found = try Self.name(meantBy: String(name.prefix { $0 != "(" && $0 != ":" }))
      log.print(listing.details(of: found) ?? "")
    } catch {
      throw UsageError(error.description)
    }
  }
}
