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
    let script = try Script(text)
    guard script.isOneExpression else {
      if let error = script.unread.first?.error { throw error }
      let found = try OptimizerReading.all(in: script)
      guard let only = found.last else {
        throw SpecError(
          "these lines make no optimizer", at: script.place(0..<0), help: Self.catalog.help)
      }
      guard only.unset.isEmpty else { throw SpecError(unset: only.unset) }
      try self.init(only.spec)
      return
    }
    try self.init(Self.catalog.stripped(Spec(parsing: text)))
  }

  /// An optimizer from a spec.
  ///
  /// - Throws: `SpecError` if the spec names an unknown rule or gives arguments that do not fit.
  public init(_ spec: Spec) throws(SpecError) {
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
