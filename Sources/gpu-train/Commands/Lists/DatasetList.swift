internal import ArgumentParser
internal import Datasets
internal import Specs

struct DatasetList: ListingCommand {
  static let configuration = CommandConfiguration(
    commandName: "datasets", abstract: "List the kinds of data that --dataset takes.",
    usage: ListChoice.usage(of: "datasets"))

  @OptionGroup var choice: ListChoice

  static var listing: Listing {
    Listing(
      groups: [
        .init(
          title: "",
          entries: DatasetKind.all.map {
            Listing.Entry(name: $0.name, usage: $0.usage, summary: $0.summary)
          })
      ],
      closing:
        "DIR, FILE and PATH are yours: --dataset mnist:DIR, --dataset csv:train.csv,test.csv.")
  }

  static func name(meantBy text: String) throws(SpecError) -> String {
    try Catalog(of: "dataset", DatasetKind.all.map { Signature($0.name, $0.summary) })
      .find(text).name
  }
}
