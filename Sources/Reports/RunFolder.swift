internal import Glibc

/// The folder that holds everything a run leaves behind.
public struct RunFolder: Sendable, Equatable {
  /// Where the folder is, as it was given or made: `runs/lenet-3`.
  public let path: String

  /// The settings as used.
  public var argumentsPath: String { path + "/args.yaml" }
  /// Device, versions, seed, checksums, command line.
  public var environmentPath: String { path + "/env.json" }
  /// One row per epoch.
  public var metricsPath: String { path + "/metrics.csv" }
  /// One row per logged step.
  public var stepsPath: String { path + "/steps.csv" }
  /// One row per logged step and tensor.
  public var layersPath: String { path + "/layers.csv" }
  /// One row per logged step and parameter group.
  public var groupsPath: String { path + "/groups.csv" }
  /// What was printed.
  public var logPath: String { path + "/train.log" }
  /// Curves of the run, as a drawing.
  public var resultsPath: String { path + "/results.svg" }
  /// The folder of the weights.
  public var weightsPath: String { path + "/weights" }
  /// The weights after the last epoch.
  public var lastWeightsPath: String { weightsPath + "/last.safetensors" }
  /// The weights in training after the last epoch, where their average is what is scored and saved.
  public var rawWeightsPath: String { weightsPath + "/last-raw.safetensors" }
  /// The weights of the epoch with the best monitored figure.
  public var bestWeightsPath: String { weightsPath + "/best.safetensors" }

  /// A folder that an earlier run made.
  public init(existing path: String) { self.path = path }

  /// Makes `parent/name-N` with the next free N; runs that start at the same time get their own.
  ///
  /// - Parameters:
  ///   - name: What the run is called.
  ///   - parent: Where it is put.
  ///   - weights: Whether there will be weights to keep.
  /// - Throws: `DiskError`.
  public init(
    named name: String, in parent: String = "runs", weights: Bool = true
  ) throws(DiskError) {
    try makeFolders(parent)
    var number = (entries(of: parent).compactMap { runNumber(of: $0, named: name) }.max() ?? 0) + 1
    while mkdir("\(parent)/\(name)-\(number)", 0o755) != 0 {
      guard errno == EEXIST else {
        throw DiskError(.create, "\(parent)/\(name)-\(number)", code: errno)
      }
      number += 1
    }
    path = "\(parent)/\(name)-\(number)"
    if weights { try makeFolders(weightsPath) }
    _ = try AppendFile(creating: logPath)
  }

  /// Makes the folder that the user asked for, or takes it over where it is empty.
  ///
  /// - Parameters:
  ///   - path: The folder.
  ///   - weights: Whether there will be weights to keep.
  /// - Throws: `FolderInUse` where something is in it, else `DiskError`.
  public init(at path: String, weights: Bool = true) throws {
    if let refusal = FolderInUse(path) { throw refusal }
    self.path = path
    try makeFolders(weights ? weightsPath : path)
    do throws(DiskError) {
      _ = try AppendFile(creating: logPath)
    } catch {
      // Another run may have been given the same folder since we looked.
      if error.code == EEXIST, let refusal = FolderInUse(path) { throw refusal }
      throw error
    }
  }

  /// The file for the weights of one of several runs, `weights/NAME/seed-N.safetensors`; its folder
  /// is made.
  /// - Throws: `DiskError`.
  public func makeWeightsPath(of name: String, seed: UInt64) throws(DiskError) -> String {
    let folder = "\(weightsPath)/\(name)"
    try makeFolders(folder)
    return "\(folder)/seed-\(seed).safetensors"
  }

  /// Writes `args.yaml`.
  /// - Throws: `DiskError`.
  public func write(arguments yaml: String) throws(DiskError) {
    try DurableFile.write(yaml, to: argumentsPath)
  }

  /// Writes `env.json`.
  /// - Throws: `DiskError`.
  public func write(_ environment: RunEnvironment) throws(DiskError) {
    try DurableFile.write(environment.json.page + "\n", to: environmentPath)
  }

  /// Starts `metrics.csv`.
  /// - Throws: `DiskError`.
  public func createMetrics(validation: Bool) throws(DiskError) -> CSVFile {
    try CSVFile(creating: metricsPath, columns: EpochRow.columns(validation: validation))
  }

  /// Starts `steps.csv`.
  /// - Throws: `DiskError`.
  public func createSteps() throws(DiskError) -> CSVFile {
    try CSVFile(creating: stepsPath, columns: StepRow.columns)
  }

  /// Starts `layers.csv`.
  /// - Throws: `DiskError`.
  public func createLayers() throws(DiskError) -> CSVFile {
    try CSVFile(creating: layersPath, columns: LayerRow.columns)
  }

  /// Starts `groups.csv`.
  /// - Throws: `DiskError`.
  public func createGroups() throws(DiskError) -> CSVFile {
    try CSVFile(creating: groupsPath, columns: GroupRow.columns)
  }
}

/// A folder given for a new run that already holds something: nothing is overwritten.
public struct FolderInUse: Error, Equatable, Sendable, CustomStringConvertible {
  /// The folder as the user gave it.
  public let path: String
  private let isFolder: Bool

  /// The reason not to write into `path`, or nil where it is free: missing, or an empty folder.
  public init?(_ path: String) {
    self.path = path
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    isFolder = status.st_mode & S_IFMT == S_IFDIR
    if isFolder && entries(of: path).isEmpty { return nil }
  }

  /// What is there, and what to type.
  public var description: String {
    let found = isFolder ? "\(path) is not empty" : "\(path) is a file"
    return "\(found), and a run never overwrites: give a new folder, such as --out \(freeName)"
  }

  private var freeName: String {
    var base = path
    while base.count > 1 && base.hasSuffix("/") { base.removeLast() }
    var number = 2
    while access("\(base)-\(number)", F_OK) == 0 { number += 1 }
    return "\(base)-\(number)"
  }
}

/// The N of a folder called `name-N`.
private func runNumber(of entry: String, named name: String) -> Int? {
  guard entry.hasPrefix(name + "-") else { return nil }
  let digits = entry.dropFirst(name.count + 1)
  guard digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
    return nil
  }
  return Int(digits)
}
