/// What a network will be, known before any device is: its tensors and its outputs.
public struct NetworkOutline: Sendable {
  /// Every tensor with its name and shape; where it lies is the device's business.
  public let parameters: [Parameter]
  /// The number of outputs.
  public let classes: Int

  /// Shapes layers for images.
  ///
  /// - Throws: ``NetworkError`` where a layer cannot take its input, nothing can be trained, or the
  ///   weights are more than kernels count.
  public init(input: Shape, layers: [any Layer]) throws(NetworkError) {
    let operations = try Operation.join(layers, input: input)
    try Operation.checkCounts(of: operations)
    classes = try Operation.classes(of: operations, input: input)
    let lanes = Lanes(width: 1, group: 1, batch: 1)
    var allocator = ParameterAllocator()
    var source = Source(lanes)
    for operation in operations { _ = operation.built(on: lanes, &allocator, &source) }
    parameters = allocator.parameters
  }
}
