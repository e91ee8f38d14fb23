internal import Specs
internal import Training

/// What is wrong with the arguments that the parser could make nothing of, one text each.
///
/// - Parameters:
///   - arguments: Unknown flags, each perhaps followed by a value, and words that stand alone.
///   - flags: The flags that the command has, with their dashes.
///   - command: The command's name; `train` is also what runs where no command is named.
/// - Returns: The mistakes in the order of the arguments.
func mistakes(in arguments: [String], flags: [String], command: String) -> [String] {
  let given = parts(of: arguments)
  let foreign = ForeignSettings(
    given.compactMap { part in part.name.map { ($0, part.values) } })
  var texts: [String] = []
  for part in given {
    guard let name = part.name else {
      texts += part.values.enumerated().map {
        unexpectedWord($1, isFirst: $0 == 0 && part.isFirst, command: command)
      }
      continue
    }
    let known = flags.map { String($0.dropFirst(2)) }
    let advice = Settings.foreignAdvice(on: name, foreign, known: known, write: flag)
    texts.append(unknownFlag(part, advice: advice, known: known, command: command))
    // `--epcohs 3`: the 3 belongs to the flag, and only the 3.
    if advice == nil || !ForeignSettings.takesList(name) {
      texts += part.values.dropFirst().map {
        unexpectedWord($0, isFirst: false, command: command)
      }
    }
  }
  return texts
}

/// An unknown flag with the words that follow it, or words before the first flag.
private struct Part {
  var flag = ""
  /// The flag without dashes and value.
  var name: String?
  var values: [String] = []
  var isFirst = false
}

private func parts(of arguments: [String]) -> [Part] {
  var parts: [Part] = []
  for argument in arguments {
    let isFlag = argument.hasPrefix("-") && argument != "-" && Double(argument) == nil
    guard isFlag else {
      if parts.isEmpty { parts.append(Part(isFirst: true)) }
      parts[parts.count - 1].values.append(argument)
      continue
    }
    let pieces = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let flag = pieces.first.map(String.init) ?? argument
    parts.append(
      Part(
        flag: flag, name: String(flag.drop { $0 == "-" }),
        values: pieces.dropFirst().map(String.init)))
  }
  return parts
}

private func unknownFlag(
  _ part: Part, advice: String?, known: [String], command: String
) -> String {
  let name = part.name ?? ""
  if let advice {
    let own = ForeignSettings.takesList(name) ? part.values[...] : part.values.prefix(1)
    return "\(([part.flag] + own).joined(separator: " ")): no such flag; \(advice)"
  }
  let renamed = ForeignSettings([(name, part.values)]).rename(of: name)
  let foreign = renamed.flatMap { known.contains($0) ? $0 : nil }
  guard let meant = foreign ?? nearest(name, in: known) else {
    return "\(part.flag): no such flag; gpu-train \(command) --help lists them"
  }
  return "\(part.flag): no such flag; did you mean --\(meant)?"
}

/// A setting as a command line has it: `--optimizer 'SGD(momentum=0.8)'`.
private func flag(_ name: String, _ value: String?) -> String {
  "--\(name)" + (value.map { " \(shellWord($0))" } ?? "")
}

private func unexpectedWord(_ word: String, isFirst: Bool, command: String) -> String {
  let commands = GPUTrain.commandNames
  guard isFirst && command == "train" else { return "\(word): nothing is expected here" }
  let meant = nearest(word, in: commands).map { "; did you mean \($0)?" }
  return "\(word): no such command"
    + (meant ?? "; the commands are \(commands.joined(separator: ", "))")
}

/// A whole number of at least 1 for a flag that is no setting; a mistake is added to the others.
func count(_ text: String, flag: String, mistakes: inout [String]) -> Int {
  if let value = Int(text), value >= 1 { return value }
  mistakes.append(
    text.isEmpty
      ? "\(flag): needs a value"
      : text.allSatisfy { $0.isASCII && $0.isNumber } && text.contains { $0 != "0" }
        ? "\(flag) \(text): must be a whole number of at most \(Int.max)"
        : "\(flag) \(text): must be a whole number of at least 1")
  return 1
}

/// A word as a shell reads it back.
func shellWord(_ word: String) -> String {
  let isPlain =
    !word.isEmpty
    && word.allSatisfy {
      $0.isASCII && ($0.isLetter || $0.isNumber || "-_./:=,+%".contains($0))
    }
  if isPlain { return word }
  let parts = word.split(separator: "'", omittingEmptySubsequences: false)
  return "'" + parts.joined(separator: "'\\''") + "'"
}
