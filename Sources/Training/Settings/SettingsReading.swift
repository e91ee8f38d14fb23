internal import Glibc
internal import Reports
internal import Specs

/// What is wrong with the settings, all of it at once.
public struct SettingsError: Error, Equatable, Sendable, CustomStringConvertible {
  /// One text per problem, in the order of the command line; a text may go over several lines.
  public let problems: [String]

  /// An error of at least one problem.
  public init(_ problems: [String]) { self.problems = problems }

  /// The problem, or the count of problems and each under a dash.
  public var description: String {
    guard problems.count != 1 else { return problems[0] }
    let items = problems.map {
      "  - "
        + $0.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\n    ")
    }
    return "\(problems.count) problems:\n" + items.joined(separator: "\n")
  }
}

/// What the rooms that read specs, names and files have to say about settings.
///
/// Each check gets the text that will be used and returns the reason against it, or nil. Texts that
/// stand at their default are checked too.
public struct SettingsChecks: Sendable {
  /// The reason against a text, or nil.
  public typealias Check = @Sendable (String) -> String?

  /// `--device`.
  public var device: Check = { _ in nil }
  /// `--dataset`.
  public var dataset: Check = { _ in nil }
  /// `--model`.
  public var model: Check = { _ in nil }
  /// `--optimizer`.
  public var optimizer: Check = { _ in nil }
  /// `--schedule`, where it is given.
  public var schedule: Check = { _ in nil }
  /// `--warmup`, where it is given.
  public var warmup: Check = { _ in nil }
  /// `--momentum-schedule`, where it is given.
  public var momentumSchedule: Check = { _ in nil }
  /// `--weight-decay-schedule`, where it is given.
  public var weightDecaySchedule: Check = { _ in nil }
  /// `--group`, where it is given.
  public var group: Check = { _ in nil }
  /// `--swa-start`, where it is given.
  public var swaStart: Check = { _ in nil }
  /// `--init`, where it is given.
  public var initialWeights: Check = { _ in nil }
  /// `--out`, where it is given.
  public var out: Check = { FolderInUse($0)?.description }
  /// Rules that span several settings, such as a rate in the optimizer's spec and another in `--lr`.
  ///
  /// A complaint about a setting whose own text was refused is dropped: it would judge a default.
  public var combined: @Sendable (Settings) -> [Complaint] = { _ in [] }

  /// A reason against the settings of some names together.
  public struct Complaint: Sendable {
    let names: [String]
    let reason: String

    /// A reason, with the names of every setting that it looked at.
    public init(about names: String..., reason: String) {
      self.names = names
      self.reason = reason
    }
  }

  /// Checks that find nothing wrong, other than a folder in use.
  public init() {}

  fileprivate func check(_ name: String) -> Check? {
    switch name {
    case "device": device
    case "dataset": dataset
    case "model": model
    case "optimizer": optimizer
    case "schedule": schedule
    case "warmup": warmup
    case "momentum-schedule": momentumSchedule
    case "weight-decay-schedule": weightDecaySchedule
    case "group": group
    case "swa-start": swaStart
    case "init": initialWeights
    case "out": out
    default: nil
    }
  }
}

extension Settings {
  /// Reads settings: the built-in ones, over them those of a file, over them the flags.
  ///
  /// - Parameters:
  ///   - defaults: What stands in place of the built-in settings, as flags have it.
  ///   - flags: The text of each flag that was given, by its name without dashes.
  ///   - configuration: The file that `--config` names.
  ///   - mistakes: What is wrong with the command line already, to be told together with the rest.
  ///   - checks: What the rooms that own the texts have to say.
  /// - Throws: `SettingsError` with every problem there is.
  public init(
    over defaults: [String: String] = [:], flags: [String: String], configuration: String? = nil,
    mistakes: [String] = [], checks: SettingsChecks = SettingsChecks()
  ) throws(SettingsError) {
    var reader = Reader()
    reader.read(flags: defaults)
    reader.problems = mistakes
    if let configuration { reader.read(file: configuration) }
    reader.read(flags: flags)
    reader.apply(checks)
    guard reader.problems.isEmpty else { throw SettingsError(reader.problems) }
    self = reader.settings
  }
}

/// Layers texts over the defaults and keeps what is wrong with them.
private struct Reader {
  var settings = Settings()
  var problems: [String] = []
  /// How to call each setting where it was given: `--lr 0.1`, or file, line and key.
  private var labels: [String: String] = [:]
  private var refused: Set<String> = []

  mutating func read(file: String) {
    let yaml: String
    switch contents(of: file) {
    case .success(let text): yaml = text
    case .failure(let error):
      problems.append("--config \(file): \(error.reason)")
      return
    }
    let (entries, problems) = configurationEntries(of: yaml, named: file)
    self.problems += problems
    let foreign = ForeignSettings(
      entries.map { ($0.name, [$0.text].compactMap { $0 }) })
    for entry in entries {
      let place = "\(file):\(entry.line): "
      // A file may say `no-shuffle: true`, as a command line does.
      let isNegation = entry.name == "no-shuffle"
      guard let setting = Setting.named[isNegation ? "shuffle" : entry.name] else {
        self.problems.append(place + unknownKey(entry, foreign))
        continue
      }
      guard let text = entry.text else { continue }
      read(setting, text, label: "\(place)\(entry.name): \(text)")
      if isNegation && !refused.contains("shuffle") { settings.shuffle.toggle() }
    }
  }

  mutating func read(flags: [String: String]) {
    for setting in Setting.all {
      guard let text = flags[setting.name] else { continue }
      read(setting, text, label: "--\(setting.name)" + (text.isEmpty ? "" : " \(text)"))
    }
  }

  private mutating func read(_ setting: Setting, _ text: String, label: String) {
    labels[setting.name] = label
    if let reason = text.isEmpty ? "needs a value" : setting.read(text, &settings) {
      problems.append("\(label): \(reason)")
      refused.insert(setting.name)
    }
  }

  mutating func apply(_ checks: SettingsChecks) {
    let faults = readPasted()
    for setting in Setting.all where !refused.contains(setting.name) {
      guard let text = setting.text(settings) ?? (faults[setting.name] == nil ? nil : "") else {
        continue
      }
      let label = labels[setting.name] ?? "--\(setting.name) \(text)"
      if let reason = checks.check(setting.name)?(text) ?? faults[setting.name] {
        problems.append("\(label): \(reason)")
        if faults[setting.name] != nil { refused.insert(setting.name) }
      }
    }
    if let unset = faults[""] {
      problems.append(unset)
      refused.formUnion(["schedule", "optimizer"])
    }
    let own = [monitorComplaint, clippingComplaint, averageComplaint]
    for complaint in own.compactMap({ $0 }) + checks.combined(settings)
    where refused.isDisjoint(with: complaint.names) {
      let given = complaint.names.compactMap { labels[$0] }
      let label = given.isEmpty ? "" : given.joined(separator: ", ") + ": "
      problems.append(label + complaint.reason)
    }
  }

  /// Reads pasted lines.
  ///
  /// - Returns: What is wrong with them by the settings' names, or by an empty one for names in them that
  ///   have no value.
  private mutating func readPasted() -> [String: String] {
    var faults: [String: String] = [:]
    settings.readPasted(given: Set(labels.keys).subtracting(refused)) { name, error in
      faults[name ?? ""] = error.description
    }
    return faults
  }

  private var monitorComplaint: SettingsChecks.Complaint? {
    guard settings.monitor.needsValidation, settings.validation == 0 else { return nil }
    return .init(
      about: "monitor", "validation",
      reason: "there is no validation set to look at; hold a part of the training set back with "
        + "--validation 0.1, or use --monitor test_loss")
  }

  private var clippingComplaint: SettingsChecks.Complaint? {
    let given = [settings.clipNorm, settings.clipValue, settings.clipAdaptive].compactMap { $0 }
    guard given.count > 1 else { return nil }
    return .init(
      about: "clip-norm", "clip-value", "clip-adaptive",
      reason: "\(given.count) ways to clip gradients: give one")
  }

  private var averageComplaint: SettingsChecks.Complaint? {
    guard settings.ema != nil, settings.swaStart != nil else { return nil }
    return .init(
      about: "ema", "swa-start", reason: "two averages of the weights: give one")
  }

  private func unknownKey(_ entry: ConfigurationEntry, _ foreign: ForeignSettings) -> String {
    let name = entry.name
    let advice = Settings.foreignAdvice(on: name, foreign, known: Settings.names) { name, value in
      "\(name): \(value ?? "...")"
    }
    switch name {
    case "config": return "config: a configuration file cannot name another"
    case _ where advice != nil: return "\(name): no such setting; \(advice ?? "")"
    default:
      return "\(name): no such setting"
        + (Settings.name(meantBy: name).map { "; did you mean \($0)?" }
          ?? "; the settings are \(Settings.names.joined(separator: ", "))")
    }
  }
}

private struct Unreadable: Error { let reason: String }

private func contents(of path: String) -> Result<String, Unreadable> {
  guard let file = fopen(path, "re") else {
    return .failure(Unreadable(reason: String(cString: strerror(errno))))
  }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var block = [UInt8](repeating: 0, count: 65_536)
  while true {
    let count = fread(&block, 1, block.count, file)
    bytes += block[..<count]
    if count < block.count { break }
  }
  if ferror(file) != 0 { return .failure(Unreadable(reason: String(cString: strerror(errno)))) }
  guard let text = String(validating: bytes, as: UTF8.self) else {
    return .failure(Unreadable(reason: "is not text in UTF-8"))
  }
  return .success(text)
}
