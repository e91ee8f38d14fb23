/// The candidate that a mistyped word most probably means, or nil if none is near.
///
/// Case, `_` and `-` do not count. A word is near if at most a third of its letters (and never
/// fewer than one) has to be inserted, removed, replaced or swapped with its neighbour, or if it
/// is the beginning, or any part, of exactly one candidate: `cos` is near `cosine`, `plateau` near
/// `ReduceLROnPlateau`.
public func nearest(_ word: String, in candidates: [String]) -> String? {
  let typed = letters(word)
  guard !typed.isEmpty, typed.count <= 100 else { return nil }
  let reach = max(1, typed.count / 3)
  var best: (candidate: String, distance: Int)?
  for candidate in candidates {
    let wanted = letters(candidate)
    guard abs(wanted.count - typed.count) <= reach else { continue }
    let distance = editDistance(typed, wanted)
    if distance <= reach, distance < wanted.count, distance < best?.distance ?? .max {
      best = (candidate, distance)
    }
  }
  if let best { return best.candidate }
  guard typed.count >= 3 else { return nil }
  let longer = candidates.filter { letters($0).starts(with: typed) }
  if !longer.isEmpty { return longer.count == 1 ? longer[0] : nil }
  let part = String(typed)
  let containing = candidates.filter { String(letters($0)).contains(part) }
  return containing.count == 1 ? containing[0] : nil
}

/// What is left of a word when case and separators do not count.
func letters(_ word: String) -> [Character] {
  word.lowercased().filter { $0 != "_" && $0 != "-" }.map { $0 }
}

/// Insertions, removals, replacements and swaps of neighbours between two words
/// (optimal string alignment).
private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
  var beforeLast = [Int]()
  var last = Array(0...b.count)
  for i in a.indices {
    var row = [i + 1]
    for j in b.indices {
      var cost = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
        cost = min(cost, beforeLast[j - 1] + 1)
      }
      row.append(cost)
    }
    (beforeLast, last) = (last, row)
  }
  return last[b.count]
}
