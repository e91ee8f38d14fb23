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
    try self.init(Spec(parsing: text))
  }

  /// The optimizer that a line before a pasted schedule makes, with the rate that it names:
  /// `optimizer = torch.optim.SGD(model.parameters(), lr=0.1)`; nil if there is none.
  public static func pasted(in text: String) -> OptimizerSpec? {
    guard let spec = try? Spec.Script(text).optimizer else { return nil }
    return try? OptimizerSpec(spec)
  }

  private init(_ spec: Spec) throws(SpecError) {
    let arguments = try Self.catalog.bind(spec)
    learningRate = arguments["lr"]
    guard let kind = Self.kinds.first(where: { $0.signature == arguments.signature }) else {
      preconditionFailure("the catalog is made of the kinds")
    }
    do throws(OptimizerError) {
      optimizer = try kind.init(arguments)
    } catch {
      throw arguments.error(error.description)
    }
  }

  /// The optimizers that the grammar knows.
  public static let kinds: [any Optimizer.Type] = [
    SGD.self, Adam.self, AdamW.self, Adagrad.self, Adadelta.self, RMSprop.self, Adamax.self,
    NAdam.self, RAdam.self, Rprop.self, ASGD.self, Lion.self, Adan.self, ScheduleFreeSGD.self,
    ScheduleFreeAdamW.self, LARS.self, LAMB.self, Adafactor.self, Prodigy.self, DAdaptSGD.self,
    DAdaptAdam.self, DoG.self, Muon.self,
  ]

  /// Their declarations.
  public static let catalog = Catalog(of: "optimizer", kinds.map { $0.signature })
}
