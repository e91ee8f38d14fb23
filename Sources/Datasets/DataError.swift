/// Why a dataset cannot be had.
public enum DataError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The text names no dataset: a mistake in the command line, not in the data.
  case unknown(name: String, reason: String)
  /// A file of the dataset is not where it should be.
  case missing(dataset: String, file: String, directory: String, remedy: String)
  /// The operating system refuses the file.
  case unreadable(file: String, reason: String)
  /// The file's contents are not what its kind or its own header promises.
  case malformed(file: String, reason: String)

  /// What happened, with its numbers, and what helps.
  public var description: String {
    switch self {
    case .unknown(let name, let reason):
      "unknown dataset '\(name)': \(reason)"
    case .missing(let dataset, let file, let directory, let remedy):
      "\(dataset): no \(file) in \(directory). \(remedy)"
    case .unreadable(let file, let reason):
      "\(file): \(reason)"
    case .malformed(let file, let reason):
      "\(file): \(reason)"
    }
  }
}
