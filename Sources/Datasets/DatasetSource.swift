/// Where a dataset comes from, as `--dataset` names it: `NAME` or `NAME:ARGUMENT`.
public enum DatasetSource: Hashable, Sendable {
  /// `fashion-mnist`, `fashion-mnist:DIR`
  case fashionMNIST(directory: String?)
  /// `mnist`, `mnist:DIR`
  case mnist(directory: String?)
  /// `cifar10`, `cifar10:DIR`
  case cifar10(directory: String?)
  /// `cifar100`, `cifar100:DIR`
  case cifar100(directory: String?)
  /// `csv:TRAIN`, `csv:TRAIN,TEST`
  case csv(train: String, test: String?)
  /// `synthetic`, `synthetic:COUNT`
  case synthetic(count: Int?)

  /// Every name that `init(_:)` understands.
  public static let names = ["fashion-mnist", "mnist", "cifar10", "cifar100", "csv", "synthetic"]

  /// Reads the text; no file is touched.
  ///
  /// - Throws: `DataError.unknown` if the text names no dataset.
  public init(_ text: String) throws(DataError) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    let argument = parts.count > 1 ? String(parts[1]) : nil
    if Self.names.contains(name), argument == "" {
      throw .unknown(name: text, reason: "nothing follows the colon")
    }
    switch name {
    case "fashion-mnist": self = .fashionMNIST(directory: argument)
    case "mnist": self = .mnist(directory: argument)
    case "cifar10": self = .cifar10(directory: argument)
    case "cifar100": self = .cifar100(directory: argument)
    case "synthetic":
      guard let argument else {
        self = .synthetic(count: nil)
        return
      }
      guard let count = Int(argument), 1...10_000_000 ~= count else {
        throw .unknown(
          name: text, reason: "'\(argument)' is not a number of images from 1 to 10000000")
      }
      self = .synthetic(count: count)
    case "csv":
      let files = argument?.split(separator: ",").map(String.init) ?? []
      guard 1...2 ~= files.count else {
        throw .unknown(name: text, reason: "write csv:FILE or csv:TRAIN,TEST")
      }
      self = .csv(train: files[0], test: files.count == 2 ? files[1] : nil)
    case "folder":
      throw .unknown(
        name: text,
        reason: "folders of images are not read; convert them to CSV (label, then pixels 0 to 255, "
          + "one image per row) and use csv:FILE")
    default:
      throw .unknown(
        name: text,
        reason: "the datasets are \(Self.names.joined(separator: ", ")); "
          + "a directory may follow, as in mnist:DIR")
    }
  }

  /// Reads or draws the dataset.
  ///
  /// - Throws: `DataError` if a file is missing, damaged, or does not fit the others.
  public func load() throws(DataError) -> Dataset {
    switch self {
    case .fashionMNIST(let directory):
      if let directory { try FashionMNIST(directory: directory) } else { try FashionMNIST() }
    case .mnist(let directory):
      if let directory { try MNIST(directory: directory) } else { try MNIST() }
    case .cifar10(let directory):
      if let directory { try CIFAR10(directory: directory) } else { try CIFAR10() }
    case .cifar100(let directory):
      if let directory { try CIFAR100(directory: directory) } else { try CIFAR100() }
    case .csv(let train, let test):
      try CSV(train: train, test: test)
    case .synthetic(let count):
      if let count { Synthetic(count: count, testCount: max(1, count / 5)) } else { Synthetic() }
    }
  }
}

extension Dataset {
  /// Reads or draws the dataset that the text names, `fashion-mnist` or `mnist:DIR`.
  ///
  /// - Throws: `DataError` if there is no such dataset, or a file is missing or damaged.
  public static func load(_ text: String) throws(DataError) -> Dataset {
    try DatasetSource(text).load()
  }
}
