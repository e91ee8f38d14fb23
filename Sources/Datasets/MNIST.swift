// A dataset reads like the noun that it is: `let data = try FashionMNIST()`.
// swift-format-ignore: AlwaysUseLowerCamelCase
/// Reads Fashion-MNIST: 60 000 training and 10 000 test images of clothes, 28 x 28, grey, 10 classes.
///
/// Source: Xiao, Rasul, Vollgraf, "Fashion-MNIST", 2017 (arXiv:1708.07747).
/// - Parameter directory: holds the four IDX files, plain or .gz; Debian's package is the default.
/// - Returns: images of shape `[1, 28, 28]`.
/// - Throws: `DataError` if a file is missing, damaged, or does not fit the others.
public func FashionMNIST(
  directory: String = "/usr/share/datasets/fashion-mnist"
) throws(DataError) -> Dataset {
  try readMNIST(
    "fashion-mnist", directory: directory, subdirectory: "FashionMNIST/raw",
    classNames: [
      "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
      "Ankle boot",
    ],
    remedy: "Install it with `apt-get install dataset-fashion-mnist`, "
      + "or name its directory: --dataset fashion-mnist:DIR")
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Reads MNIST: 60 000 training and 10 000 test images of handwritten digits, 28 x 28, grey.
///
/// Source: LeCun, Bottou, Bengio, Haffner, "Gradient-Based Learning Applied to Document
/// Recognition", 1998.
/// - Parameter directory: holds the four IDX files, plain or .gz, or torchvision's `MNIST/raw`.
/// - Returns: images of shape `[1, 28, 28]`.
/// - Throws: `DataError` if a file is missing, damaged, or does not fit the others.
public func MNIST(directory: String = "/usr/share/datasets/mnist") throws(DataError) -> Dataset {
  try readMNIST(
    "mnist", directory: directory, subdirectory: "MNIST/raw", classNames: numberedClasses(10),
    remedy: "Put train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, "
      + "t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz there, "
      + "or name their directory: --dataset mnist:DIR")
}

private func readMNIST(
  _ name: String, directory: String, subdirectory: String, classNames: [String], remedy: String
) throws(DataError) -> Dataset {
  func find(_ file: String) throws(DataError) -> String {
    try locate(
      [file, file.replacing("-idx", with: ".idx")], of: name,
      in: [directory, directory + "/" + subdirectory], remedy: remedy)
  }
  // All four are found before the first is read: a missing test set shows at once.
  let files = (
    trainImages: try find("train-images-idx3-ubyte"),
    trainLabels: try find("train-labels-idx1-ubyte"),
    testImages: try find("t10k-images-idx3-ubyte"), testLabels: try find("t10k-labels-idx1-ubyte")
  )
  let train = try ImageSet(
    name: "train", idxImages: files.trainImages, idxLabels: files.trainLabels,
    classNames: classNames)
  let test = try ImageSet(
    name: "test", idxImages: files.testImages, idxLabels: files.testLabels, classNames: classNames)
  guard train.shape == test.shape else {
    throw .malformed(
      file: files.testImages,
      reason: "images of \(test.height) x \(test.width), but \(train.height) x \(train.width) in "
        + files.trainImages)
  }
  return Dataset(name: name, train: train, test: test)
}
