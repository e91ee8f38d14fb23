public import Specs

/// Networks as the command line writes them: a name, or a list of layers.
public enum Architecture {
  /// The networks that have a name.
  public static let names = ["lenet", "cnn"]

  /// The layers of a named network or of a list in the grammar.
  ///
  /// - Parameters:
  ///   - text: `lenet`, `cnn`, or layers such as `conv(6, 5, padding=2) relu maxpool(2) dense(10)`.
  ///   - classes: Outputs of a named network's last layer; a list says its own.
  /// - Returns: The layers in order.
  /// - Throws: `SpecError` that points at the column and names the nearest valid word.
  public static func layers(_ text: String, classes: Int) throws(SpecError) -> [any Layer] {
    let specs = try Spec.several(parsing: text)
    if specs.count == 1, case .call(let call) = specs[0].form, call.arguments.isEmpty {
      switch try catalogOfOne.bind(specs[0]).signature.name {
      case "lenet": return lenet(classes: classes)
      case "cnn": return cnn(classes: classes)
      default: break
      }
    }
    var layers: [any Layer] = []
    var errors: [SpecError] = []
    for spec in specs {
      do throws(SpecError) {
        if let layer = try layer(spec) { layers.append(layer) }
      } catch {
        errors.append(error)
      }
    }
    if let first = errors.first {
      throw SpecError(errors.flatMap(\.issues), help: first.help)
    }
    return layers
  }

  /// The modern LeNet: two 5 x 5 convolutions with ReLU and max-pool, three dense layers.
  public static func lenet(classes: Int) -> [any Layer] {
    [
      Conv(6, window: 5, padding: 2), ReLU(), MaxPool(2), Conv(16, window: 5), ReLU(), MaxPool(2),
      Dense(120), ReLU(), Dense(84), ReLU(), Dense(classes),
    ]
  }

  /// Two 3 x 3 convolutions of 32 and 64 filters, max-pool, and dense layers of 128 and `classes`.
  public static func cnn(classes: Int) -> [any Layer] {
    [
      Conv(32, window: 3), ReLU(), Conv(64, window: 3), ReLU(), MaxPool(2), Dense(128), ReLU(),
      Dense(classes),
    ]
  }

  /// What a single word may be.
  private static let catalogOfOne = Catalog(
    of: "network or layer", names.map { Signature($0, "a named network") } + catalog.signatures)

  /// The layers that the grammar knows.
  public static let catalog = Catalog(
    of: "layer",
    [
      Signature(
        "conv", aliases: ["Conv"], "a convolution",
        .init("filters", .integer(.atLeast(1)), "output channels"),
        .init("window", aliases: ["kernel_size"], extent(1), "rows and columns looked at"),
        .init("stride", extent(1), default: 1, "distance of windows"),
        .init("padding", extent(0), default: 0, "zeros around the input"),
        .init("dilation", extent(1), default: 1, "distance of a window's taps"),
        .init("groups", .integer(.atLeast(1)), default: 1, "groups that do not mix"),
        .init("bias", .boolean, default: true, "whether a bias is added")),
      Signature(
        "maxpool", aliases: ["MaxPool"], "the greatest value of each window",
        .init("window", aliases: ["kernel_size"], extent(1), "rows and columns looked at"),
        .init("stride", .optional(extent(1)), default: .nothing, "distance; the window by default"),
        .init("padding", extent(0), default: 0, "places around the input that never win")),
      Signature(
        "avgpool", aliases: ["AvgPool", "AveragePool"], "the mean of each window",
        .init("window", aliases: ["kernel_size"], extent(1), "rows and columns looked at"),
        .init("stride", .optional(extent(1)), default: .nothing, "distance; the window by default"),
        .init("padding", extent(0), default: 0, "zeros around the input")),
      Signature(
        "dense", aliases: ["Dense", "linear"], "a dense layer",
        .init("units", .integer(.atLeast(1)), "outputs"),
        .init("bias", .boolean, default: true, "whether a bias is added")),
      Signature("relu", aliases: ["ReLU"], "y = max(x, 0)"),
      Signature(
        "flatten", aliases: ["Flatten"],
        "all values of an image as one row; implied before the first dense layer"),
    ])

  private static func extent(_ least: Double) -> Specs.Parameter.Kind {
    .either(.integer(.atLeast(least)), .tuple(.integer(.atLeast(least)), count: 2))
  }

  private static func layer(_ spec: Spec) throws(SpecError) -> (any Layer)? {
    if case .call(let call) = spec.form, names.contains(call.name) {
      throw SpecError(
        "\(call.name) is a whole network: write it alone, without other layers or arguments",
        at: spec.place)
    }
    let arguments = try catalog.bind(spec)
    switch arguments.signature.name {
    case "conv":
      return Conv(
        arguments["filters"], window: arguments["window"], stride: arguments["stride"],
        padding: arguments["padding"], dilation: arguments["dilation"],
        groups: arguments["groups"], bias: arguments["bias"])
    case "maxpool":
      return MaxPool(
        arguments["window"], stride: arguments["stride"], padding: arguments["padding"])
    case "avgpool":
      return AveragePool(
        arguments["window"], stride: arguments["stride"], padding: arguments["padding"])
    case "dense": return Dense(arguments["units"], bias: arguments["bias"])
    case "relu": return ReLU()
    default: return nil
    }
  }
}

extension Extent: SpecValue {
  /// Reads `5` or `[5, 3]`.
  public init?(_ spec: Spec) {
    switch spec.form {
    case .number:
      guard let side = Int(spec) else { return nil }
      self.init(side, side)
    case .list(let sides):
      guard sides.count == 2, let rows = Int(sides[0]), let columns = Int(sides[1]) else {
        return nil
      }
      self.init(rows, columns)
    default: return nil
    }
  }
}
