/// Named arrays of numbers in a file that PyTorch, NumPy and JAX read without running its contents.
///
/// Eight bytes of header length, little-endian, are followed by a JSON header and the data, row
/// major, in the order of the header and without gaps.
/// Source: the safetensors format, https://github.com/huggingface/safetensors.
public struct Safetensors: Hashable, Sendable {
  /// A named array.
  public struct Tensor: Hashable, Sendable {
    /// What it is called, such as `conv1.weight`.
    public let name: String
    /// The size of each dimension, outermost first; none for a single number.
    public let shape: [Int]
    /// The elements, row major.
    public let values: [Float]

    /// Takes as many values as the shape says.
    public init(name: String, shape: [Int], values: [Float]) {
      precondition(
        shape.allSatisfy { $0 >= 0 } && shape.reduce(1, *) == values.count,
        "\(name): \(values.count) values for shape \(shape)")
      self.name = name
      self.shape = shape
      self.values = values
    }
  }

  /// The arrays, in the order of the file.
  public var tensors: [Tensor]
  /// Anything else worth keeping, text by name.
  public var metadata: [String: String]

  /// Gathers arrays whose names differ; `format: pt` in the metadata tells readers that PyTorch's
  /// conventions hold.
  public init(_ tensors: [Tensor], metadata: [String: String] = ["format": "pt"]) {
    self.tensors = tensors
    self.metadata = metadata
  }

  /// The array of that name.
  public subscript(name: String) -> Tensor? { tensors.first { $0.name == name } }
}

/// Why a safetensors file cannot be read.
public struct SafetensorsError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file as it was named.
  public let file: String
  /// What is wrong with it.
  public let reason: String

  /// The file and the reason.
  public var description: String { "\(file): \(reason)" }
}
