/// A file of comma-separated rows under one header, each row on the disk before `append` returns.
public final class CSVFile {
  /// The names in the first line.
  public let columns: [String]
  private var file: AppendFile

  /// Bytes written so far; a checkpoint keeps it and `init(continuing:columns:keeping:)` cuts back
  /// to it.
  public var length: Int { file.length }

  /// Makes a new file and writes its header.
  /// - Throws: `DiskError`, also where the file exists already.
  public init(creating path: String, columns: [String]) throws(DiskError) {
    self.columns = columns
    file = try AppendFile(creating: path)
    try file.append(columns.joined(separator: ",") + "\n")
  }

  /// Goes on in the file of an earlier run, without the rows after its first `length` bytes.
  /// - Throws: `DiskError`.
  public init(continuing path: String, columns: [String], keeping length: Int) throws(DiskError) {
    self.columns = columns
    file = try AppendFile(continuing: path, keeping: length)
  }

  /// Adds a row: one text per column, free of commas, quotes and line feeds.
  /// - Throws: `DiskError`.
  public func append(_ cells: [String]) throws(DiskError) {
    precondition(cells.count == columns.count, "\(cells.count) cells for \(columns.count) columns")
    try file.append(cells.joined(separator: ",") + "\n")
  }
}
