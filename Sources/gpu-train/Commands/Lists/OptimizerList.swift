internal import ArgumentParser
internal import Optimizers
internal import Reports
internal import Specs

struct OptimizerList: ListingCommand {
  static let configuration = CommandConfiguration(
    commandName: "optimizers",
    abstract: "List the update rules that --optimizer takes, with their parameters.",
    usage: ListChoice.usage(of: "optimizers"))

  @OptionGroup var choice: ListChoice

  static var listing: Listing {
    get throws {
      let entries = try OptimizerSpec.kinds.map { kind in
        let cost = try OptimizerSpec(parsing: kind.signature.name).optimizer.cost
        return Listing.Entry(
          kind.signature,
          note: "\(kind.source); lr \(shortestText(kind.defaultLearningRate)), \(cost)")
      }
      return Listing(
        groups: [.init(title: "", entries: entries)],
        closing: "lr=none is the rate of --lr, or the one that stands here."
          + " gpu-train optimizers NAME says what the parameters of one mean.")
    }
  }

  static func name(meantBy text: String) throws(SpecError) -> String {
    try OptimizerSpec.catalog.find(text).name
  }
}
