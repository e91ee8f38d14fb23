/// Where and from what a run was made: `env.json`.
public struct RunEnvironment: Sendable, Equatable {
  /// The device's own name.
  public var device: String
  /// The driver's version.
  public var driver: String
  /// What the device reports as its OpenCL version.
  public var openCLVersion: String
  /// This program's version.
  public var programVersion: String
  /// The seed that all randomness is keyed by.
  public var seed: UInt64
  /// A checksum for every file of the dataset, by the file's name.
  public var datasetChecksums: [String: String]
  /// The program's arguments, its own name first.
  public var commandLine: [String]

  /// A run's surroundings.
  public init(
    device: String, driver: String, openCLVersion: String, programVersion: String, seed: UInt64,
    datasetChecksums: [String: String], commandLine: [String]
  ) {
    self.device = device
    self.driver = driver
    self.openCLVersion = openCLVersion
    self.programVersion = programVersion
    self.seed = seed
    self.datasetChecksums = datasetChecksums
    self.commandLine = commandLine
  }

  /// The same text for the same surroundings: keys in a fixed order, files sorted by name.
  public var json: JSON {
    let checksums = datasetChecksums.sorted { $0.key < $1.key }
    return .object([
      .init("device", .string(device)),
      .init("driver", .string(driver)),
      .init("opencl_version", .string(openCLVersion)),
      .init("program_version", .string(programVersion)),
      .init("seed", .unsigned(seed)),
      .init("dataset_checksums", .object(checksums.map { .init($0.key, .string($0.value)) })),
      .init("command_line", .array(commandLine.map(JSON.string))),
    ])
  }
}
