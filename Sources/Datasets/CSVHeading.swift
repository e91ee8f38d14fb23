/// The names above the columns of a CSV file.
struct CSVHeading {
  private let names: [String]

  /// Whether a first line is a heading, by its first field: anything else, such as a sign, is an error in
  /// a row.
  static func isHeading(_ line: some Collection<UInt8>) -> Bool {
    let first = line.prefix { $0 != UInt8(ascii: ",") }
    if first.isEmpty { return line.first == UInt8(ascii: ",") }
    return first.contains { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "\""), UInt8(ascii: "#"):
        true
      default: false
      }
    }
  }

  init(_ line: some Sequence<UInt8>) {
    let text = String(decoding: Array(line), as: UTF8.self)
    names = text.split(separator: ",", omittingEmptySubsequences: false).map { name in
      name.lowercased().filter { !"\"'# \r\t".contains($0) }
    }
  }

  /// The column of the labels; nil if the names do not tell.
  ///
  /// It is the one that is called so, or else the only one whose name is not the others' but for its
  /// number: `species` of `f0,f1,f2,f3,species`.
  var label: Int? {
    let columns = names.indices.filter { $0 != rowNumber }
    let named = columns.filter { ["label", "labels", "class", "target", "y"].contains(names[$0]) }
    guard named.isEmpty else { return named.count == 1 ? named[0] : nil }
    let stems = Dictionary(grouping: columns) { stem(names[$0]) }
    guard stems.count == 2, let single = stems.values.first(where: { $0.count == 1 }),
      columns.count > 2
    else { return nil }
    return single[0]
  }

  /// The column that counts the rows.
  var rowNumber: Int? {
    guard let first = names.first, ["", "id", "index", "imageid", "unnamed:0"].contains(first)
    else { return nil }
    return 0
  }

  /// A name without its numbers: `pixel` of `pixel12`, `x` of `1x28`.
  private func stem(_ name: String) -> String { name.filter { !$0.isNumber && $0 != "_" } }
}

/// Which column of a file without a heading may be the labels, told by the values.
struct LabelColumn {
  private var counts = [Int](repeating: 0, count: 256)

  init(_ values: some Sequence<UInt8>) { for value in values { counts[Int(value)] += 1 } }

  /// Whether all rows have one value: no label, but the corner of a picture.
  var isConstant: Bool { counts.count { $0 > 0 } <= 1 }

  /// Whether these are classes: two or more in a row from 0 or 1, none of them as rare as the values of a
  /// pixel at the border, which is nearly always the same.
  var looksLikeLabels: Bool {
    guard !isConstant, let last = counts.lastIndex(where: { $0 > 0 }) else { return false }
    let classes = counts[(counts[0] == 0 ? 1 : 0)...last]
    let rows = classes.reduce(0, +)
    return classes.allSatisfy { $0 * classes.count * 20 >= rows }
  }

  /// How many values there are.
  var classes: Int { counts.count { $0 > 0 } }
}
