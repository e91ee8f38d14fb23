internal import Glibc

// A dataset reads like the noun that it is: `let data = try CIFAR10(directory: "cifar")`.
// swift-format-ignore: AlwaysUseLowerCamelCase
/// Reads CIFAR-10, binary version: 50 000 training and 10 000 test images, 32 x 32, RGB, 10 classes.
///
/// Source: Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009.
/// - Parameter directory: holds `data_batch_1.bin` to `data_batch_5.bin` and `test_batch.bin`.
/// - Returns: images of shape `[3, 32, 32]`, the planes red, green, blue.
/// - Throws: `DataError` if a file is missing, damaged, or not of its size.
public func CIFAR10(directory: String = "/usr/share/datasets/cifar10") throws(DataError) -> Dataset
{
  try CIFARFormat.ten.read(directory: directory)
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Reads CIFAR-100, binary version: 50 000 training and 10 000 test images, 32 x 32, RGB, 100 classes.
///
/// The labels are the fine ones. Source: Krizhevsky, 2009, as for CIFAR-10.
/// - Parameter directory: holds `train.bin` and `test.bin`.
/// - Returns: images of shape `[3, 32, 32]`, the planes red, green, blue.
/// - Throws: `DataError` if a file is missing, damaged, or not of its size.
public func CIFAR100(directory: String = "/usr/share/datasets/cifar100") throws(DataError)
  -> Dataset
{
  try CIFARFormat.hundred.read(directory: directory)
}

/// How a CIFAR dataset is laid out in files: records of labels, then a red, a green, a blue plane.
struct CIFARFormat {
  let name: String
  /// The folder that the published archive unpacks to.
  let folder: String
  let trainFiles: [String]
  let testFile: String
  let recordsPerTrainFile: Int
  let recordsPerTestFile: Int
  /// Bytes in front of the pixels; the last of them is the label.
  let labelBytes: Int
  let classNames: [String]

  static let pixels = 3 * 32 * 32

  func read(directory: String) throws(DataError) -> Dataset {
    func find(_ file: String) throws(DataError) -> String {
      try locate(
        [file], of: name, in: [directory, directory + "/" + folder],
        remedy: "Unpack the binary version there (not the Python version), "
          + "or name its directory: --dataset \(name):DIR")
    }
    var trainPaths: [String] = []
    for file in trainFiles { trainPaths.append(try find(file)) }
    let testPath = try find(testFile)
    return Dataset(
      name: name,
      train: try set("train", trainPaths, records: recordsPerTrainFile),
      test: try set("test", [testPath], records: recordsPerTestFile))
  }

  private func set(_ name: String, _ paths: [String], records: Int) throws(DataError) -> ImageSet {
    let stride = labelBytes + Self.pixels
    var files: [SourceFile] = []
    var images: [UInt8] = []
    var labels: [UInt8] = []
    for path in paths {
      var reader = try ByteReader(path)
      let bytes = try reader.rest(
        records * stride, promise: "\(self.name) has \(records) images of \(stride) bytes here")
      files.append(reader.source)
      // Only now, with the file seen to be whole, is room made for the rest.
      images.reserveCapacity(paths.count * records * Self.pixels)
      bytes.withUnsafeBytes { bytes in
        for record in 0..<records {
          let start = record * stride
          labels.append(bytes[start + labelBytes - 1])
          images.append(contentsOf: bytes[start + labelBytes..<start + stride])
        }
      }
      if let position = firstLabel(in: labels, from: classNames.count) {
        throw .malformed(
          file: path,
          reason: "label \(labels[position]) at image \(position % records); "
            + "\(classNames.count) classes have labels 0 to \(classNames.count - 1)")
      }
    }
    return ImageSet(
      name: name, shape: [3, 32, 32], classNames: classNames, images: images, labels: labels,
      files: files)
  }
}

extension CIFARFormat {
  static let ten = CIFARFormat(
    name: "cifar10", folder: "cifar-10-batches-bin",
    trainFiles: (1...5).map { "data_batch_\($0).bin" }, testFile: "test_batch.bin",
    recordsPerTrainFile: 10_000, recordsPerTestFile: 10_000, labelBytes: 1,
    classNames: [
      "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
    ])

  static let hundred = CIFARFormat(
    name: "cifar100", folder: "cifar-100-binary",
    trainFiles: ["train.bin"], testFile: "test.bin",
    recordsPerTrainFile: 50_000, recordsPerTestFile: 10_000, labelBytes: 2,
    classNames: [
      "apple", "aquarium_fish", "baby", "bear", "beaver", "bed", "bee", "beetle", "bicycle",
      "bottle", "bowl", "boy", "bridge", "bus", "butterfly", "camel", "can", "castle",
      "caterpillar", "cattle", "chair", "chimpanzee", "clock", "cloud", "cockroach", "couch",
      "crab", "crocodile", "cup", "dinosaur", "dolphin", "elephant", "flatfish", "forest", "fox",
      "girl", "hamster", "house", "kangaroo", "keyboard", "lamp", "lawn_mower", "leopard", "lion",
      "lizard", "lobster", "man", "maple_tree", "motorcycle", "mountain", "mouse", "mushroom",
      "oak_tree", "orange", "orchid", "otter", "palm_tree", "pear", "pickup_truck", "pine_tree",
      "plain", "plate", "poppy", "porcupine", "possum", "rabbit", "raccoon", "ray", "road",
      "rocket", "rose", "sea", "seal", "shark", "shrew", "skunk", "skyscraper", "snail", "snake",
      "spider", "squirrel", "streetcar", "sunflower", "sweet_pepper", "table", "tank", "telephone",
      "television", "tiger", "tractor", "train", "trout", "tulip", "turtle", "wardrobe", "whale",
      "willow_tree", "wolf", "woman", "worm",
    ])
}
