internal import ArgumentParser
internal import Networks
internal import Specs

struct LayerList: ListingCommand {
  static let configuration = CommandConfiguration(
    commandName: "layers",
    abstract: "List the layers that --model takes, with their parameters.",
    usage: ListChoice.usage(of: "layers"))

  @OptionGroup var choice: ListChoice

  static var listing: Listing {
    Listing(
      groups: [
        .init(title: "", entries: Architecture.catalog.signatures.map { Listing.Entry($0) })
      ],
      closing: "A network is a list of them, from the pixels to the classes: --model 'conv(6, 5,"
        + " padding=2) relu maxpool(2) dense(10)'. gpu-train models lists those with a name.")
  }

  static func name(meantBy text: String) throws(SpecError) -> String {
    try Architecture.catalog.find(text).name
  }
}
