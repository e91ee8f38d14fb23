internal import Glibc

/// The path of the first file that exists, plain before .gz, among the names a file goes by.
///
/// - Throws: `DataError.missing`, which names the first directory and the remedy.
func locate(
  _ names: [String], of dataset: String, in directories: [String], remedy: String
) throws(DataError) -> String {
  for directory in directories {
    for name in names {
      for path in ["\(directory)/\(name)", "\(directory)/\(name).gz"] where access(path, F_OK) == 0
      {
        return path
      }
    }
  }
  throw .missing(
    dataset: dataset, file: "\(names[0]) or \(names[0]).gz", directory: directories[0],
    remedy: remedy)
}

/// Names for classes that have none: `0`, `1`, `2`, ...
func numberedClasses(_ count: Int) -> [String] { (0..<count).map(String.init) }
