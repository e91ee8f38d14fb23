/// How many images each class has.
public struct ClassCounts: Sendable, Equatable {
  /// One count a class, in the order of the classes.
  public let counts: [Int]

  /// Counts the labels of a set.
  public init(_ set: ImageSet) {
    var counts = [Int](repeating: 0, count: set.classNames.count)
    for label in set.labels where Int(label) < counts.count { counts[Int(label)] += 1 }
    self.counts = counts
  }

  /// `10 classes, 5421 to 6742 images each`.
  public var summary: String {
    let (least, most) = (counts.min() ?? 0, counts.max() ?? 0)
    let images = least == most ? "\(most) images each" : "\(least) to \(most) images each"
    return "\(counts.count) class\(counts.count == 1 ? "" : "es"), \(images)"
  }

  /// What is probably not meant: one class alone, or classes without an image; nil if nothing is.
  public var warning: String? {
    let empty = counts.indices.filter { counts[$0] == 0 }
    let filled = counts.count - empty.count
    if filled == 1 {
      return
        "all images are of one class, so there is nothing to learn: is the label the column or file"
        + " that was meant?"
    }
    guard !empty.isEmpty else { return nil }
    let named = empty.prefix(8).map(String.init).joined(separator: ", ")
    return "\(empty.count) of \(counts.count) classes have no image to learn from: \(named)"
      + (empty.count > 8 ? ", ..." : "")
      + "; labels are taken as they are, so that those from 1 leave class 0 empty"
  }
}
