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
  var texts: [String] = []
  var followsFlag = false
  for (index, argument) in arguments.enumerated() {
    if argument.hasPrefix("-") && argument != "-" && Double(argument) == nil {
      texts.append(unknownFlag(argument, flags: flags, command: command))
      // `--epcohs 3`: the 3 belongs to the flag.
      followsFlag = !argument.contains("=")
    } else {
      if !followsFlag {
        texts.append(unexpectedWord(argument, isFirst: index == 0, command: command))
      }
      followsFlag = false
    }
  }
  return texts
}

private func unknownFlag(_ argument: String, flags: [String], command: String) -> String {
  let flag = argument.split(separator: "=").first.map(String.init) ?? argument
  let name = String(flag.drop { $0 == "-" })
  let known = flags.map { String($0.dropFirst(2)) }
  let meant = nearest(name, in: known) ?? Settings.name(meantBy: name)
  guard let meant, known.contains(meant) else {
    return "\(flag): no such flag; gpu-train \(command) --help lists them"
  }
  return "\(flag): no such flag; did you mean --\(meant)?"
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
