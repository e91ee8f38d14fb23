/// `; did you mean 'word'?` with the word that takes the fewest edits, or nothing.
func suggestion(for text: String, in words: [String], prefix: String = "") -> String {
  guard let word = nearest(text, in: words) else { return "" }
  return "; did you mean \(prefix)\(word)?"
}

func nearest(_ text: String, in words: [String]) -> String? {
  words.min { edits(text, $0) < edits(text, $1) }
}

private func edits(_ first: String, _ second: String) -> Int {
  var row = Array(0...second.count)
  for (i, a) in first.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, b) in second.enumerated() {
      let cost = min(diagonal + (a == b ? 0 : 1), row[j] + 1, row[j + 1] + 1)
      diagonal = row[j + 1]
      row[j + 1] = cost
    }
  }
  return row[second.count]
}
