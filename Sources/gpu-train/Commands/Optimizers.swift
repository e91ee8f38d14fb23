internal import ArgumentParser
internal import Optimizers
internal import Reports
internal import Specs

struct OptimizerList: Command {
  static let configuration = CommandConfiguration(
    commandName: "optimizers",
    abstract: "List the update rules that --optimizer takes, with their parameters.")

  @Argument(help: "Show only this one, with what its parameters mean.") var name: String?
  @Argument(parsing: .allUnrecognized, help: .hidden) var unrecognized: [String] = []

  func run(on log: Log) throws {
    let mistakes = mistakes(in: unrecognized, flags: [], command: "optimizers")
    if !mistakes.isEmpty { throw UsageError(mistakes.joined(separator: "\n")) }
    if let name {
      let spec: OptimizerSpec
      do throws(SpecError) {
        spec = try OptimizerSpec(parsing: name)
      } catch {
        throw UsageError(error.description)
      }
      log.print(hanging(Self.details(of: type(of: spec.optimizer)), width: log.width))
    } else {
      log.print(hanging(try Self.overview(), width: log.width))
    }
  }

  /// Every optimizer on two lines: how it is written, then what it is.
  static func overview() throws -> String {
    try OptimizerSpec.kinds.map { kind in
      let cost = try OptimizerSpec(parsing: kind.signature.name).optimizer.cost
      return "\(kind.signature.usage)\n  \(kind.signature.summary) (\(kind.source)); "
        + "lr \(shortestText(kind.defaultLearningRate)), \(cost)"
    }.joined(separator: "\n")
  }

  private static func details(of kind: any Optimizer.Type) -> String {
    "\(kind.signature.help)\n\(kind.signature.summary) (\(kind.source)); "
      + "lr \(shortestText(kind.defaultLearningRate)) by default"
  }
}
