internal import Yams

extension Settings {
  /// The text of `args.yaml`: every setting as used, but not `out`.
  ///
  /// Given to `--config`, it repeats the run.
  public var yaml: String {
    let lines = Setting.all.filter { $0.name != "out" }.map { setting in
      let value = setting.text(self).map { setting.isText ? yamlScalar($0) : $0 }
      return "\(setting.name): \(value ?? "null")\n"
    }
    return "# To repeat this run: gpu-train --config FILE, with this file's name.\n"
      + lines.joined()
  }
}

/// A key of a configuration file with its value as it stands there.
struct ConfigurationEntry {
  let name: String
  /// Nil where the file says `null`, or nothing.
  let text: String?
  /// Counts from 1.
  let line: Int
}

/// The entries of a configuration file, and what is wrong with its form.
func configurationEntries(
  of yaml: String, named file: String
) -> (entries: [ConfigurationEntry], problems: [String]) {
  let root: Node?
  do {
    root = try Yams.compose(yaml: yaml)
  } catch {
    return ([], ["\(file): not YAML: \(error)"])
  }
  // An empty file sets nothing.
  guard let root, root.scalar?.string != "" else { return ([], []) }
  guard let mapping = root.mapping else {
    return ([], ["\(file): must hold lines such as 'epochs: 20', one per setting"])
  }
  var entries: [ConfigurationEntry] = []
  var problems: [String] = []
  for (key, value) in mapping {
    let line = key.mark?.line ?? 0
    guard let name = key.scalar?.string, let scalar = value.scalar else {
      problems.append(
        "\(file):\(line): \(key.scalar?.string ?? "a key"): must be a single value; "
          + "put a spec in quotes")
      continue
    }
    let isPlain = scalar.style == .plain || scalar.style == .any
    let isNull = isPlain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    entries.append(
      ConfigurationEntry(name: name, text: isNull ? nil : scalar.string, line: line))
  }
  return (entries, problems)
}

/// A text as YAML that reads back as a text and not as a number, a truth value or nothing.
private func yamlScalar(_ text: String) -> String {
  let reserved = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"]
  let isWord =
    text.first.map { $0.isASCII && $0.isLetter } == true
    && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./".contains($0)) }
  if isWord && !reserved.contains(text.lowercased()) { return text }
  // What YAML calls printable, less its line breaks: everything else is escaped.
  let plain = [0x20..<0x7F, 0xA0..<0x2028, 0x202A..<0xD800]
  if text.unicodeScalars.allSatisfy({ scalar in plain.contains { $0 ~= Int(scalar.value) } }) {
    let parts = text.split(separator: "'", omittingEmptySubsequences: false)
    return "'" + parts.joined(separator: "''") + "'"
  }
  return "\"" + text.unicodeScalars.map(doubleQuoted).joined() + "\""
}

private func doubleQuoted(_ scalar: UnicodeScalar) -> String {
  switch scalar {
  case "\"": return "\\\""
  case "\\": return "\\\\"
  case _ where scalar.value >= 0x20 && scalar.value < 0x7F: return String(Character(scalar))
  default:
    let digits = String(scalar.value, radix: 16)
    return "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
  }
}
