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
      return "it is a NumPy array; with the labels in another: "
        + csv("x = numpy.load('FILE'); y = numpy.load('LABELS.npy')")
    }
    if start.starts(with: [0x50, 0x4B, 0x03, 0x04]) {
      return
        "it is a zip archive: unpack it; PyTorch's .pt can be read by Python alone; of a .npz with"
        + " x_train and y_train: "
        + csv("d = numpy.load('FILE'); x = d['x_train']; y = d['y_train']")
    }
    // Protocols 2 to 5.
    if start.count > 1, start[0] == 0x80, (2...5).contains(start[1]) {
      return
        "it is a Python pickle, which Python alone can read: load it there and write x and y with "
        + csv("...")
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

  /// A line that writes images x and labels y as CSV, once `load` has given them.
  private static func csv(_ load: String) -> String {
    "python3 -c \"import numpy; \(load); numpy.savetxt('FILE.csv', numpy.column_stack("
      + "[y, x.reshape(len(x), -1)]), fmt='%d', delimiter=',')\", then csv:FILE.csv"
  }
}
