internal import ArgumentParser
internal import Schedules
internal import Specs

struct ScheduleList: ListingCommand {
  static let configuration = CommandConfiguration(
    commandName: "schedules",
    abstract: "List the schedules that --schedule takes, with their parameters.",
    usage: ListChoice.usage(of: "schedules"))

  @OptionGroup var choice: ListChoice

  static var listing: Listing {
    var origins: [String] = []
    for kind in ScheduleKind.all where !origins.contains(kind.origin) {
      origins.append(kind.origin)
    }
    return Listing(
      groups: origins.map { origin in
        Listing.Group(
          title: "\(origin):",
          entries: ScheduleKind.all.filter { $0.origin == origin }.map { kind in
            Listing.Entry(kind.signature, note: kind.clock.map(Self.note))
          })
      },
      closing: "Lengths are 5ep (epochs), 500it (updates), 10% (of the run) or bare numbers."
        + " gpu-train schedules NAME says what the parameters of one mean,"
        + " gpu-train schedule 'NAME(...)' draws it.")
  }

  private static func note(_ clock: Clock) -> String {
    "counts \(clock == .epoch ? "epochs" : "updates")"
  }

  static func name(meantBy text: String) throws(SpecError) -> String {
    try Schedule.catalog.find(text).name
  }
}
