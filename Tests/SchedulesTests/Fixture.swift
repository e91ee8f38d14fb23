import Schedules
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What PyTorch, or another library, gives for one schedule; see make.py and make_foreign.py of
/// Tests/Fixtures/schedules.
struct Fixture: CustomTestStringConvertible {
  let spec: String
  let base: Double
  let clock: Clock
  let ticks: Int
  let sum: Double
  let weightedSum: Double
  let rates: [(tick: Int, value: Double)]
  let momenta: [(tick: Int, value: Double)]

  var testDescription: String { spec }

  static let all = read("pytorch.tsv")
  static let foreign = read("foreign.tsv")

  private static func read(_ name: String) -> [Fixture] {
    let path =
      #filePath.dropLast("SchedulesTests/Fixture.swift".count) + "Fixtures/schedules/" + name
    return contents(of: String(path)).split(separator: "\n").compactMap { line in
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
      guard fields.count == 8, let base = Double(fields[1]),
        let clock = Clock(rawValue: String(fields[2])),
        let ticks = Int(fields[3]), let sum = Double(fields[4]), let weighted = Double(fields[5])
      else { return nil }
      return Fixture(
        spec: String(fields[0]), base: base, clock: clock, ticks: ticks, sum: sum,
        weightedSum: weighted, rates: pairs(fields[6]), momenta: pairs(fields[7]))
    }
  }

  /// The loss that make.py feeds to a plateau.
  static func metric(_ k: Int) -> Double {
    1 / (1 + Double(k) * 0.01) + Double((k * 7919 + 13) % 1000) * 0.0001
  }

  private static func pairs(_ text: Substring) -> [(tick: Int, value: Double)] {
    text.split(separator: " ").compactMap { pair in
      let parts = pair.split(separator: "=")
      guard parts.count == 2, let tick = Int(parts[0]), let value = Double(parts[1]) else {
        return nil
      }
      return (tick, value)
    }
  }

  private static func contents(of path: String) -> String {
    guard let file = fopen(path, "r") else { return "" }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
      bytes += buffer[..<count]
    }
  }
}

/// Plans of a schedule for a run of so many ticks, one update per epoch.
func plan(
  _ spec: String, _ base: Double? = nil, ticks: Int, clock: Clock? = nil, warmup: Length? = nil
) throws -> Plan {
  try Schedule(parsing: spec).resolved(
    for: Run(epochs: ticks, stepsPerEpoch: 1), baseRate: base, defaultRate: 0.1, clock: clock,
    warmup: warmup)
}

/// The rates of a schedule at all ticks of such a run.
func rates(
  _ spec: String, _ base: Double? = nil, ticks: Int, clock: Clock? = nil, warmup: Length? = nil,
  metrics: [Double] = []
) throws -> [Double] {
  try plan(spec, base, ticks: ticks, clock: clock, warmup: warmup)
    .values(in: 0..<ticks, metrics: metrics).map(\.learningRate)
}

/// Expects numbers to agree to 1e-12 of their size, or to 1e-15 of `scale` where they cancel out.
func expectEqual(
  _ values: [Double], _ expected: [Double], scale: Double = 0, tolerance: Double = 1e-12,
  _ comment: String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
  guard values.count == expected.count else {
    Issue.record(
      "\(values.count) values, \(expected.count) expected \(comment)",
      sourceLocation: sourceLocation)
    return
  }
  for (index, (value, wanted)) in zip(values, expected).enumerated() {
    let allowed = max(tolerance * abs(wanted), 1e-15 * scale)
    if !(abs(value - wanted) <= allowed) {
      Issue.record(
        "value \(index) is \(value), expected \(wanted) \(comment)", sourceLocation: sourceLocation)
      return
    }
  }
}
