import Specs
import Testing

@Suite struct FunctionTests {
  /// Reads a lambda and gives its value.
  private func value(_ text: String, at x: Double) throws -> Double {
    let spec = try Spec(parsing: "f(\(text))")
    guard case .call(let call) = spec.form,
      case .function(let f)? = call.arguments.first?.value.form
    else {
      Issue.record("\(text) was not read as a lambda")
      return .nan
    }
    return f(x)
  }

  // Expected values: Python 3.11.
  @Test(arguments: [
    ("lambda e: 0.95 ** e", 3.0, 0.8573749999999999), ("lambda e: -e ** 2", 3, -9),
    ("lambda e: 2 ** 3 ** 2", 0, 512), ("lambda e: 2 ** -1", 0, 0.5),
    ("lambda e: e // 3", -7, -3), ("lambda e: e % 3", -7, 2), ("lambda e: e % -3", 7, -2),
    ("lambda e: 1 if e < 5 else 0.1", 4, 1), ("lambda e: 1 if e < 5 else 0.1", 5, 0.1),
    ("lambda e: 1 if e < 5 else 2 if e < 10 else 3", 7, 2),
    ("lambda e: 1 < e <= 3", 3, 1), ("lambda e: 1 < e <= 3", 1, 0),
    ("lambda e: e or 5", 0, 5), ("lambda e: e and 5", 0, 0), ("lambda e: not e", 0, 1),
    ("lambda e: min(e, 3, 2)", 7, 2), ("lambda e: max(e + 1, 3)", 7, 8),
    ("lambda e: round(e)", 2.5, 2), ("lambda e: round(e, 2)", 2.347, 2.35),
    ("lambda e: int(e)", -2.7, -2), ("lambda e: abs(e)", -2, 2),
    ("lambda e: (1 + math.cos(math.pi * e / 20)) / 2", 5, 0.8535533905932737),
    ("lambda e: np.exp(-e)", 1, 0.36787944117144233), ("lambda e: math.log(e, 2)", 8, 3),
    ("lambda e: pow(e, 0.5)", 9, 3), ("lambda epoch: epoch - 1 - 1", 5, 3),
    ("lambda e: 8 / 4 / 2", 0, 1), ("lambda e: 1 / e", 0, .infinity),
    ("lambda e: (e)", 4, 4), ("lambda e: True", 0, 1), ("lambda e: math.e", 0, 2.718281828459045),
  ])
  func `a lambda computes what Python computes`(text: String, x: Double, expected: Double) throws {
    let result = try value(text, at: x)
    #expect(result == expected || abs(result - expected) <= 1e-15 * abs(expected))
  }

  @Test func `a name of an earlier line is known in a lambda unless it is the parameter`() throws {
    let spec = try Spec(parsing: "gamma = 0.5; e = 7; f(lambda e: gamma ** e)")
    #expect(spec.description == "f(lambda e: 0.5 ** e)")
  }
}
