import Schedules
import Testing

/// Random schedules of every kind, nested in every way, with sensible and senseless arguments.
@Suite struct RandomTests {
  private struct Generator {
    var state: UInt64

    mutating func below(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(bound))
    }

    mutating func pick<T>(_ values: [T]) -> T { values[below(values.count)] }

    mutating func value(_ kind: Parameter.Kind, _ depth: Int) -> String {
      switch kind {
      case .integer: return pick(["0", "1", "2", "7", "100"])
      case .number: return pick(["0", "0.1", "0.5", "0.9", "1", "2", "1e-9", "30", "-7"])
      case .boolean: return pick(["true", "false"])
      case .text: return "x"
      case .choice(let words): return "'\(pick(words))'"
      case .length:
        return pick([
          "0", "1", "3", "10", "40", "2ep", "1.5ep", "7it", "45it", "30%", "1e18", "0.5",
        ])
      case .function:
        return pick([
          "lambda e: 0.9 ** e", "lambda e: 1 / (1 + e)", "lambda e: e", "lambda e: 1 / e",
          "lambda e: 1 - e",
        ])
      case .spec: return schedule(depth - 1)
      case .list(let kind): return list(kind, below(4), depth)
      case .tuple(let kind, let count): return list(kind, count, depth)
      case .either(let a, let b): return value(below(2) == 0 ? a : b, depth)
      case .optional(let kind): return below(2) == 0 ? "none" : value(kind, depth)
      }
    }

    private mutating func list(_ kind: Parameter.Kind, _ count: Int, _ depth: Int) -> String {
      var elements: [String] = []
      for _ in 0..<count { elements.append(value(kind, depth)) }
      return "[\(elements.joined(separator: ", "))]"
    }

    mutating func schedule(_ depth: Int) -> String {
      guard depth > 0 else { return pick(["constant", "cosine", "StepLR(2)", "linear"]) }
      switch below(10) {
      case 0: return "(\(schedule(depth - 1)) * \(schedule(depth - 1)))"
      case 1:
        return "(\(schedule(depth - 1)) for \(value(.length(), 0)) then \(schedule(depth - 1)))"
      case 2: return "(warmup(\(value(.length(), 0))) then \(schedule(depth - 1)))"
      default:
        let signature = pick(Schedule.catalog.signatures)
        var arguments: [String] = []
        for parameter in signature.parameters where !parameter.isIgnored {
          guard parameter.defaultValue == nil || below(2) == 0 else { continue }
          arguments.append("\(parameter.name)=\(value(parameter.kind, depth))")
        }
        return "\(signature.name)(\(arguments.joined(separator: ", ")))"
      }
    }
  }

  @Test(arguments: [1, 2, 3, 4])
  func `a random schedule is refused with a reason, or gives the same finite rates in any order`(
    seed: UInt64
  ) throws {
    var random = Generator(state: seed)
    let run = Run(epochs: 12, stepsPerEpoch: 5)
    let metrics = (0..<12).map { $0 == 4 ? .nan : Fixture.metric($0) }
    var resolved = 0
    for round in 0..<1500 {
      let text = random.schedule(3)
      do throws(SpecError) {
        let schedule = try Schedule(parsing: text)
        #expect(try Schedule(parsing: schedule.description) == schedule)
        let plan = try schedule.resolved(
          for: run, baseRate: 0.1, clock: random.pick([nil, nil, .epoch, .step]))
        resolved += 1
        let points = Array(plan.values(in: 0..<70, of: .step, metrics: metrics))
        for k in [69, 3, 30, 0, 59, 60] {
          let point = plan.value(at: run.tick(k, of: .step), metrics: metrics)
          if point != points[k] { Issue.record("seed \(seed), round \(round): \(text) at \(k)") }
        }
        if !points.allSatisfy({ $0.learningRate.isFinite && $0.learningRate >= 0 }) {
          Issue.record("seed \(seed), round \(round): \(text) gives \(points)")
        }
        if plan.describe().isEmpty { Issue.record("\(text) has no words") }
        _ = plan.events(metrics: metrics)
      } catch {
        if error.description.isEmpty { Issue.record("\(text) is refused without a reason") }
      }
    }
    #expect(resolved > 200)
  }
}
