/// A training set and a test set of the same kind of images.
public struct Dataset: Sendable {
  /// What the dataset is called on the command line, `fashion-mnist`.
  public let name: String
  /// The images to learn from.
  public let train: ImageSet
  /// The images to be judged by.
  public let test: ImageSet

  /// Joins two sets whose images have one shape and whose labels mean the same classes.
  public init(name: String, train: ImageSet, test: ImageSet) {
    precondition(
      train.shape == test.shape && train.classNames == test.classNames,
      "train and test differ: \(train.shape), \(train.classes) classes; \(test.shape), \(test.classes)"
    )
    self.name = name
    self.train = train
    self.test = test
  }

  /// The shape of one image, `[channels, height, width]`.
  public var shape: [Int] { train.shape }

  /// How many classes the labels tell apart.
  public var classes: Int { train.classes }

  /// What the classes are called, by label.
  public var classNames: [String] { train.classNames }

  /// The files that the dataset was read from; none if it was computed.
  public var files: [SourceFile] { train.files + test.files }
}

/// Labelled images of one shape, as bytes in host memory.
public struct ImageSet: Sendable {
  /// Which part of the dataset this is, `train` or `test`.
  public let name: String
  /// Colour planes of an image: 1 for grey, 3 for red, green, blue.
  public let channels: Int
  /// Rows of an image.
  public let height: Int
  /// Columns of an image.
  public let width: Int
  /// What the classes are called, by label.
  public let classNames: [String]
  /// The pixels, `[count, channels, height, width]`, row major.
  public let images: [UInt8]
  /// The class of each image, `[count]`, each below `classes`.
  public let labels: [UInt8]
  /// The files that the set was read from; none if it was computed.
  public let files: [SourceFile]

  /// Takes images and labels that belong together; every label must be below the number of names.
  ///
  /// - Parameters:
  ///   - name: `train` or `test`.
  ///   - shape: `[channels, height, width]` of one image.
  ///   - classNames: the classes by label, at most 256.
  ///   - images: `[labels.count, channels, height, width]`, row major.
  ///   - labels: the class of each image.
  ///   - files: where the bytes came from.
  public init(
    name: String, shape: [Int], classNames: [String], images: [UInt8], labels: [UInt8],
    files: [SourceFile] = []
  ) {
    precondition(
      shape.count == 3 && shape.allSatisfy { $0 > 0 }, "\(shape) is not [channels, height, width]")
    precondition(
      images.count == labels.count * shape[0] * shape[1] * shape[2],
      "\(images.count) bytes are not \(labels.count) images of \(shape)")
    precondition(
      firstLabel(in: labels, from: classNames.count) == nil,
      "a label is not below \(classNames.count)")
    self.name = name
    channels = shape[0]
    height = shape[1]
    width = shape[2]
    self.classNames = classNames
    self.images = images
    self.labels = labels
    self.files = files
  }

  /// How many images there are.
  public var count: Int { labels.count }

  /// How many classes the labels tell apart.
  public var classes: Int { classNames.count }

  /// The shape of one image, `[channels, height, width]`.
  public var shape: [Int] { [channels, height, width] }
}

/// A file that images or labels were read from, and what tells it from another.
public struct SourceFile: Hashable, Sendable {
  /// The path as it was opened.
  public let path: String
  /// The size of the contents in bytes, after decompression.
  public let bytes: Int
  /// CRC-32 of the contents, after decompression: a file and its .gz agree, `gzip -lv` prints it.
  ///
  /// It recognises a different or damaged dataset; it is no defence against a forged one.
  public let crc32: UInt32

  /// `crc32` as it is usually written, eight hexadecimal digits.
  public var checksum: String {
    let digits = String(crc32, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }
}

/// The position of the first label that is `classes` or more.
func firstLabel(in labels: [UInt8], from classes: Int) -> Int? {
  labels.withUnsafeBufferPointer { labels in labels.firstIndex { Int($0) >= classes } }
}
