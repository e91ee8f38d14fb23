internal import ArgumentParser
internal import Networks
internal import Specs

struct ModelList: ListingCommand {
  static let configuration = CommandConfiguration(
    commandName: "models", abstract: "List the networks that --model takes by name.",
    usage: ListChoice.usage(of: "models"))

  @OptionGroup var choice: ListChoice

  static var listing: Listing {
    get throws {
      let entries = try Architecture.names.map { name in
        let layers = try Architecture.layers(name, classes: 10).map(\.text)
        return Listing.Entry(name: name, usage: name, summary: layers.joined(separator: " "))
      }
      return Listing(
        groups: [.init(title: "", entries: entries)],
        closing: "The last layer has as many outputs as the data has classes. A list such as these"
          + " is a network too: --model 'maxpool(4) dense(10)'. gpu-train layers lists the layers.")
    }
  }

  static func name(meantBy text: String) throws(SpecError) -> String {
    try Catalog(of: "model", Architecture.names.map { Signature($0, "a network") }).find(text).name
  }
}
