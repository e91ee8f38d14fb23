public import Specs

/// An optimizer as the grammar writes it, and the learning rate that its spec may name.
public struct OptimizerSpec: Sendable {
  /// The update rule.
  public let optimizer: any Optimizer
  /// `lr=` of the spec; nil where it names none.
  public let learningRate: Double?

  /// Reads an optimizer such as `SGD(momentum=0.9, nesterov=True)`.
  ///
  /// - Throws: `SpecError` that points at the column, names the nearest valid word and lists the
  ///   parameters with their defaults.
  public init(parsing text: String) throws(SpecError) {
    let spec = try Spec(parsing: text)
    let arguments = try Self.catalog.bind(spec)
    learningRate = arguments["lr"]
    do throws(OptimizerError) {
      optimizer = try SGD(
        momentum: arguments["momentum"], dampening: arguments["dampening"],
        weightDecay: arguments["weight_decay"], nesterov: arguments["nesterov"])
    } catch {
      throw SpecError(error.description, at: spec.place)
    }
  }

  /// The optimizers that the grammar knows.
  static let catalog = Catalog(
    of: "optimizer",
    [
      Signature(
        "SGD", "stochastic gradient descent, as torch.optim.SGD",
        .init("lr", .optional(.number(.atLeast(0))), default: .nothing, "learning rate; as --lr"),
        .init("momentum", .number(.atLeast(0)), default: 0, "factor of the velocity"),
        .init("dampening", .number(), default: 0, "taken from the gradient in the velocity"),
        .init("weight_decay", .number(.atLeast(0)), default: 0, "L2 penalty"),
        .init("nesterov", .boolean, default: false, "look ahead along the velocity"))
    ])
}
