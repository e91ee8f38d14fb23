/// What a file is that is not what its reader expects, told by its first bytes.
enum FileKind {
  /// The kind and the line that helps; nil for a file that looks like none of these.
  static func advice(_ start: [UInt8]) -> String? {
    let text = String(decoding: start.prefix(64), as: UTF8.self).lowercased()
    if text.hasPrefix("version https://git-lfs") {
      return "it is a git-lfs pointer, not the file itself: type git lfs pull"
    }
    let trimmed = text.drop { $0.isWhitespace || $0 == "\u{FEFF}" }
    if trimmed.hasPrefix("<!doctype") || trimmed.hasPrefix("<html") || trimmed.hasPrefix("<?xml") {
      return
        "it is a web page, probably an error message that was saved under this name: download it again"
    }
    if start.starts(with: [0x93] + Array("NUMPY".utf8)) {
      return "it is a NumPy array: \(csv("numpy.load('FILE')"))"
    }
    if start.starts(with: [0x50, 0x4B, 0x03, 0x04]) {
      return "it is a zip archive, such as .npz or PyTorch's .pt: unpack it, or for .npz: "
        + csv("numpy.load('FILE')['x_train']")
    }
    if start.starts(with: [0x80, 0x02]) || start.starts(with: [0x80, 0x04]) {
      return
        "it is a Python pickle, which only Python can read: load it there and write a CSV file, label first"
    }
    if start.starts(with: Array("PAR1".utf8)) {
      return
        "it is a Parquet file: python3 -c \"import pandas; pandas.read_parquet('FILE').to_csv('x.csv', index=False)\""
    }
    if start.starts(with: [0x1F, 0x8B]) {
      return "it is compressed twice: type gunzip FILE.gz once and name what comes out"
    }
    return nil
  }

  /// A line that writes an array of images and labels as CSV.
  private static func csv(_ images: String) -> String {
    "python3 -c \"import numpy; x = \(images); y = ...; numpy.savetxt('x.csv', numpy.column_stack("
      + "[y, x.reshape(len(x), -1)]), fmt='%d', delimiter=',')\""
  }
}
