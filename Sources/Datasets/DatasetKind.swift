/// A kind of dataset as `--dataset` names it, for lists and help texts.
public struct DatasetKind: Sendable, Hashable {
  /// The word in front of the colon, `mnist`; `PATH` for what is told by its files.
  public let name: String
  /// How it is written, `mnist[:DIR]`.
  public let usage: String
  /// What is read or drawn, in one line.
  public let summary: String

  /// Every kind that there is.
  public static let all = [
    DatasetKind(
      name: "fashion-mnist", usage: "fashion-mnist[:DIR]",
      summary: "60 000 + 10 000 clothes, 28 x 28, grey, 10 classes (the default)"),
    DatasetKind(
      name: "mnist", usage: "mnist[:DIR]",
      summary: "60 000 + 10 000 digits, 28 x 28, or whatever else has its file names"),
    DatasetKind(
      name: "cifar10", usage: "cifar10[:DIR]",
      summary: "50 000 + 10 000 photos, 32 x 32, RGB, 10 classes; binary version"),
    DatasetKind(
      name: "cifar100", usage: "cifar100[:DIR]",
      summary: "50 000 + 10 000 photos, 32 x 32, RGB, 100 classes; binary version"),
    DatasetKind(
      name: "csv", usage: "csv:FILE or csv:TRAIN,TEST",
      summary: "a row an image: a label and its pixels, 0 to 255; plain or .gz"),
    DatasetKind(
      name: "synthetic", usage: "synthetic[:COUNT]",
      summary: "drawn digits, 28 x 28, grey, 10 classes; needs no file"),
    DatasetKind(
      name: "PATH", usage: "PATH",
      summary: "a .csv file, or a directory of IDX, CIFAR or CSV files"),
  ]
}
