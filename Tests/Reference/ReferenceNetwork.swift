/// A small network in double precision: the logits, the loss and every gradient.
///
/// It is made of the functions beside it and nothing else, one image after the other, so that a
/// whole plan of the device can be compared with it.
public struct ReferenceNetwork: Sendable {
  /// One layer; shapes follow from the layer before.
  public enum Layer: Hashable, Sendable {
    /// A convolution with bias, `[C, H, W]` to `[filters, P, Q]`.
    case conv(
      _ filters: Int, window: Extent, stride: Extent = 1, padding: Extent = 0,
      dilation: Extent = 1, groups: Int = 1)
    /// max(x, 0) that keeps NaN, of any shape.
    case relu
    /// The largest value under each window; the stride defaults to the window.
    case maxPool(_ window: Extent, stride: Extent? = nil, padding: Extent = 0)
    /// The mean under each window, border included; the stride defaults to the window.
    case averagePool(_ window: Extent, stride: Extent? = nil, padding: Extent = 0)
    /// A dense layer with bias over all values of an image, in the order `(c, h, w)`.
    case dense(_ outputs: Int)
  }

  /// A named tensor: a parameter or its gradient.
  public struct Parameter: Hashable, Sendable {
    /// The name that PyTorch users know it by: `conv1.weight`, `fc2.bias`.
    public var name: String
    /// The lengths of its axes, in PyTorch's order.
    public var shape: [Int]
    /// Its values, row-major.
    public var values: [Double]
  }

  /// What one pass forward and backward gives.
  public struct Gradients: Hashable, Sendable {
    /// The output of the last layer, `[N, classes]`.
    public var logits: [Double]
    /// The loss of the batch.
    public var loss: BatchLoss
    /// The gradient of the mean loss by each parameter, in the order of the parameters.
    public var parameters: [Parameter]
    /// The gradient of the mean loss by the input, `[N, C, H, W]`.
    public var input: [Double]

    /// The gradient of the parameter of that name.
    public subscript(name: String) -> [Double]? {
      parameters.first { $0.name == name }?.values
    }
  }

  /// conv 6@5x5 pad 2, ReLU, max-pool 2, conv 16@5x5, ReLU, max-pool 2, dense 120, 84, classes.
  public static func lenet(classes: Int = 10) -> [Layer] {
    [
      .conv(6, window: 5, padding: 2), .relu, .maxPool(2),
      .conv(16, window: 5), .relu, .maxPool(2),
      .dense(120), .relu, .dense(84), .relu, .dense(classes),
    ]
  }

  /// conv 32@3x3, ReLU, conv 64@3x3, ReLU, max-pool 2, dense 128, ReLU, dense classes.
  public static func cnn(classes: Int = 10) -> [Layer] {
    [
      .conv(32, window: 3), .relu, .conv(64, window: 3), .relu, .maxPool(2),
      .dense(128), .relu, .dense(classes),
    ]
  }

  /// `[C, H, W]`, one image of the input.
  public let input: ImageShape
  /// The layers, first to last.
  public let layers: [Layer]
  /// The number of values per image that the last layer gives.
  public let classes: Int
  /// All parameters in order of appearance, the weights of a layer before its bias.
  public var parameters: [Parameter]

  /// The layers with their shapes; a number points at the weights, the bias is the next.
  private let steps: [Step]

  private enum Step: Sendable {
    case conv(ConvGeometry, weights: Int)
    case relu
    case maxPool(PoolGeometry)
    case averagePool(PoolGeometry)
    case dense(inputs: Int, outputs: Int, weights: Int)
  }

  /// Makes a network with seeded random parameters, even in +- 1 / sqrt(fan-in) as PyTorch's defaults.
  ///
  /// - Parameters:
  ///   - input: `[C, H, W]`, one image of the input.
  ///   - layers: The layers, first to last.
  ///   - seed: The same seed gives the same parameters.
  public init(input: ImageShape, layers: [Layer], seed: UInt32 = 0) {
    var shape = input
    var steps: [Step] = []
    var parameters: [Parameter] = []
    var convolutions = 0
    var denses = 0

    func add(_ name: String, weights: [Int]) -> Int {
      let fanIn = weights.dropFirst().reduce(1, *)
      let bound = 1 / Double(fanIn).squareRoot()
      for (kind, shape) in [("weight", weights), ("bias", [weights[0]])] {
        let values = randomValues(
          shape.reduce(1, *), seed: seed &+ UInt32(parameters.count), in: -bound...bound)
        parameters.append(Parameter(name: "\(name).\(kind)", shape: shape, values: values))
      }
      return parameters.count - 2
    }

    for layer in layers {
      switch layer {
      case .conv(let filters, let window, let stride, let padding, let dilation, let groups):
        let geometry = ConvGeometry(
          shape, filters: filters, window: window, stride: stride, padding: padding,
          dilation: dilation, groups: groups)
        convolutions += 1
        let weights = add("conv\(convolutions)", weights: geometry.filterShape)
        steps.append(.conv(geometry, weights: weights))
        shape = geometry.output
      case .relu:
        steps.append(.relu)
      case .maxPool(let window, let stride, let padding):
        let geometry = PoolGeometry(shape, window: window, stride: stride, padding: padding)
        steps.append(.maxPool(geometry))
        shape = geometry.output
      case .averagePool(let window, let stride, let padding):
        let geometry = PoolGeometry(shape, window: window, stride: stride, padding: padding)
        steps.append(.averagePool(geometry))
        shape = geometry.output
      case .dense(let outputs):
        denses += 1
        let weights = add("fc\(denses)", weights: [outputs, shape.count])
        steps.append(.dense(inputs: shape.count, outputs: outputs, weights: weights))
        shape = ImageShape(outputs, 1, 1)
      }
    }
    self.input = input
    self.layers = layers
    self.steps = steps
    self.parameters = parameters
    self.classes = shape.count
  }

  /// The values of the parameter of that name; nil if there is none, and then setting does nothing.
  public subscript(name: String) -> [Double]? {
    get { parameters.first { $0.name == name }?.values }
    set {
      guard let newValue, let index = parameters.firstIndex(where: { $0.name == name }) else {
        return
      }
      precondition(newValue.count == parameters[index].values.count, "\(name) has another size")
      parameters[index].values = newValue
    }
  }

  /// The logits of a batch.
  ///
  /// - Parameter x: The images, `[N, C, H, W]`.
  /// - Returns: The output of the last layer, `[N, classes]`.
  public func forward(_ x: [Double]) -> [Double] {
    steps.reduce(x) { apply($1, to: $0) }
  }

  /// The output of every layer, `[N, ...]` each, first to last.
  ///
  /// - Parameter x: The images, `[N, C, H, W]`.
  /// - Returns: One array per layer.
  public func activations(_ x: [Double]) -> [[Double]] {
    var values = [x]
    for step in steps {
      values.append(apply(step, to: values[values.count - 1]))
    }
    return Array(values.dropFirst())
  }

  /// The loss of a batch.
  ///
  /// - Parameters:
  ///   - x: The images, `[N, C, H, W]`.
  ///   - labels: The class of each image, `[N]`, from 0.
  ///   - active: The number of images that count, from the first; nil for all.
  /// - Returns: The losses and the number of correct predictions.
  public func loss(_ x: [Double], labels: [Int], active: Int? = nil) -> BatchLoss {
    softmaxCrossEntropyForward(forward(x), labels: labels, classes: classes, active: active)
  }

  /// The loss of a batch and its gradients.
  ///
  /// - Parameters:
  ///   - x: The images, `[N, C, H, W]`.
  ///   - labels: The class of each image, `[N]`, from 0.
  ///   - active: The number of images that count, from the first; nil for all.
  /// - Returns: Logits, losses and gradients.
  public func gradients(_ x: [Double], labels: [Int], active: Int? = nil) -> Gradients {
    let values = [x] + activations(x)
    let logits = values[values.count - 1]
    var gradients = parameters
    var dy = softmaxCrossEntropyBackward(
      logits, labels: labels, classes: classes, active: active)

    for (step, x) in zip(steps, values).reversed() {
      switch step {
      case .conv(let geometry, let weights):
        gradients[weights].values = convBackwardFilters(dy, x, geometry)
        gradients[weights + 1].values = biasBackward(
          dy, channels: geometry.output.channels,
          pixels: geometry.output.height * geometry.output.width)
        dy = convBackwardInput(dy, parameters[weights].values, geometry)
      case .relu:
        dy = reluBackward(dy, x)
      case .maxPool(let geometry):
        dy = maxPoolBackward(dy, indices: maxPoolForward(x, geometry).indices, geometry)
      case .averagePool(let geometry):
        dy = averagePoolBackward(dy, geometry)
      case .dense(let inputs, let outputs, let weights):
        gradients[weights].values = denseBackwardWeights(dy, x, inputs: inputs, outputs: outputs)
        gradients[weights + 1].values = biasBackward(dy, channels: outputs)
        dy = denseBackwardInput(dy, parameters[weights].values, inputs: inputs, outputs: outputs)
      }
    }
    return Gradients(
      logits: logits,
      loss: softmaxCrossEntropyForward(logits, labels: labels, classes: classes, active: active),
      parameters: gradients, input: dy)
  }

  private func apply(_ step: Step, to x: [Double]) -> [Double] {
    switch step {
    case .conv(let geometry, let weights):
      convForward(x, parameters[weights].values, parameters[weights + 1].values, geometry)
    case .relu:
      reluForward(x)
    case .maxPool(let geometry):
      maxPoolForward(x, geometry).y
    case .averagePool(let geometry):
      averagePoolForward(x, geometry)
    case .dense(let inputs, let outputs, let weights):
      denseForward(
        x, parameters[weights].values, parameters[weights + 1].values, inputs: inputs,
        outputs: outputs)
    }
  }
}
