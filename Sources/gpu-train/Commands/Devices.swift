internal import ArgumentParser
internal import Reports

struct Devices: Command {
  static let configuration = CommandConfiguration(
    abstract: "List every OpenCL device with the index that --device takes.")

  @Flag(help: "Print a JSON array.") var json = false
  @Argument(parsing: .allUnrecognized, help: .hidden) var unrecognized: [String] = []

  func run(on log: Log) throws {
    let mistakes = mistakes(in: unrecognized, flags: ["--json"], command: "devices")
    if !mistakes.isEmpty { throw UsageError(mistakes.joined(separator: "\n")) }
    print(try installedDevices(), on: log)
  }

  func print(_ devices: [DeviceRow], on log: Log) {
    if json {
      log.print(JSON.array(devices.map(\.json)).page, isWrapped: false)
    } else {
      var table = Table([
        .init("device"), .init("name", .left), .init("type", .left), .init("memory"),
        .init("units"), .init("driver", .left), .init("platform", .left),
      ])
      devices.forEach { table.add($0.cells) }
      log.print(table.lines(width: log.width).joined(separator: "\n"))
    }
  }
}

/// A device as `devices` lists it.
struct DeviceRow {
  /// What `--device` takes.
  var index: Int
  var name: String
  /// `gpu`, `accelerator` or `cpu`.
  var type: String
  var platform: String
  var driver: String
  /// Such as `OpenCL 3.0`.
  var version: String
  /// Bytes.
  var memory: Int
  var units: Int

  var cells: [String] {
    let gibibytes = fixedText(Double(memory) / 1_073_741_824, decimals: 1) + " GiB"
    return ["\(index)", name, type, gibibytes, "\(units)", driver, platform]
  }

  var json: JSON {
    .object([
      .init("index", .integer(index)), .init("name", .string(name)), .init("type", .string(type)),
      .init("platform", .string(platform)), .init("driver", .string(driver)),
      .init("version", .string(version)), .init("memory_bytes", .integer(memory)),
      .init("units", .integer(units)),
    ])
  }
}
