import Specs
import Testing

@Suite struct ParsingTests {
  @Test(arguments: [
    "StepLR(10, gamma=0.5)", "relu", "conv(6, 5, padding=2)", "SGD(betas=[0.9, 0.999])",
    "LambdaLR(lambda e: 0.95 ** e)", "LinearLR(0.1, total_iters=5) for 5ep then cosine",
    "cosine * StepLR(10)", "repeat((a then b) * c for 10%, 3)", "folder('a b\\'c')",
    "LambdaLR(lambda e: 0.5 if e < 10 and not e % 2 == 1 else -(e - 1) ** -2 / 3 // 4)",
    "f(none, true, false, 5ep, 500it, 10%, inf, 1e-5, -3)",
  ])
  func `a canonical text is printed as it was read`(text: String) throws {
    #expect(try Spec(parsing: text).description == text)
  }

  @Test(arguments: [
    (
      "scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=30, gamma=1e-1)\n",
      "StepLR(optimizer, step_size=30, gamma=0.1)"
    ),
    (
      "optim.SGD(model.parameters(), lr=.1, nesterov=True, )",
      "SGD(parameters, lr=0.1, nesterov=true)"
    ),
    ("Adam(betas=(0.9, 1 - 1e-3))  # the usual", "Adam(betas=[0.9, 0.999])"),
    (
      "ChainedScheduler([a(), b], optimizer=optimizer_ft)",
      "ChainedScheduler([a, b], optimizer=optimizer_ft)"
    ),
    (
      "CyclicLR(mode=\"triangular\", step_size_up=2_000, base_lr=1/4)",
      "CyclicLR(mode='triangular', step_size_up=2000, base_lr=0.25)"
    ),
    (
      "first = A(1)\nsecond = B(2)\ns = SequentialLR(opt, [first, second], milestones=[5])",
      "SequentialLR(opt, [A(1), B(2)], milestones=[5])"
    ),
    ("conv(6, window: 5)", "conv(6, window=5)"),
    (
      "x(math.pi * 0, 2 ** -1, float('inf'), 7 // 2, -7 % 3, 5epochs, 3 steps)".replacing(
        " steps", with: "steps"), "x(0, 0.5, inf, 3, 2, 5ep, 3it)"
    ),
    ("x(10%, 10 % 4, 10%4)", "x(10%, 2, 2)"),
    ("A for 10% then B", "A for 10% then B"),
  ])
  func `Python's spelling is accepted`(text: String, canonical: String) throws {
    #expect(try Spec(parsing: text).description == canonical)
  }

  @Test func `specs stand one after the other`() throws {
    let layers = try Spec.several(
      parsing: "conv(6, 5, padding=2) relu maxpool(2),\ndense(10); softmax")
    #expect(
      layers.map(\.description) == [
        "conv(6, 5, padding=2)", "relu", "maxpool(2)", "dense(10)", "softmax",
      ])
    #expect(try Spec.several(parsing: "[conv(6), relu]") == Spec.several(parsing: "conv(6) relu"))
  }

  @Test(arguments: [
    ("StepLR(10, gamma=)", 18, "is expected, but found )"),
    ("StepLR(10", 7, "never closed"),
    ("StepLR(10))", 11, "found )"),
    ("conv(6, 'a)", 9, "never closed"),
    ("StepLR(10q)", 10, "q is no unit"),
    ("StepLR(10) StepLR(20)", 12, "join schedules with `then`"),
    ("", 1, "nothing"),
    ("# only a comment", 1, "nothing"),
    ("x(1e999)", 3, "too large"),
    ("x(0 / 0)", 3, "no value"),
    ("x(2 + y)", 7, "y cannot be computed"),
    ("A for then B", 7, "a length such as"),
    ("A then", 7, "the text ends"),
    ("a(lambda: 3)", 3, "this one has none"),
    ("a(lambda e, f: 3)", 3, "this one has 2 parameters"),
    ("a(lambda e: __import__('os'))", 13, "__import__ cannot be computed here"),
    ("a(lambda e: os.system(e))", 13, "system cannot be computed here"),
    ("a(lambda e: cso(e))", 13, "did you mean cos"),
    ("a(lambda e: gamma ** e)", 13, "gamma is not known in a lambda"),
    ("a(lambda e: cos(e, 1, 2))", 13, "cos takes 1 argument, not 3"),
    ("a(“b”)", 3, "plain quotes"),
    ("a(b=1, c==2)", 8, "c cannot be computed"),
    ("x = A(1)\ny = B(2", 6, "never closed"),
  ])
  func `an error points at its column`(text: String, column: Int, message: String) throws {
    let error = try #require(throws: SpecError.self) { try Spec(parsing: text) }
    #expect(error.column == column)
    #expect(error.description.contains(message))
  }

  @Test func `an error underlines what it means in its own line`() throws {
    let error = try #require(throws: SpecError.self) {
      try Spec(parsing: "first = A(1)\nB(first, 5foo)")
    }
    #expect(
      error.description == """
        line 2, column 11: foo is no unit: lengths are written 5ep (epochs), 500it (updates) or \
        10% (of the run)
          B(first, 5foo)
                    ^~~
        """)
  }

  @Test func `a node knows where it was written`() throws {
    let spec = try Spec(parsing: "A(1) * torch.B(x=2 + 3)")
    guard case .product(_, let b) = spec.form, case .call(let call) = b.form else {
      Issue.record("\(spec) is no product")
      return
    }
    #expect(b.place?.characters == 7..<23)
    #expect(call.arguments.first?.labelPlace?.characters == 15..<16)
    #expect(call.arguments.first?.value.place?.characters == 17..<22)
  }

  private static let bombs = [
    "parentheses": String(repeating: "(", count: 50_000),
    "calls": String(repeating: "a(", count: 30_000),
    "brackets": String(repeating: "[", count: 60_000),
    "signs": String(repeating: "-", count: 60_000) + "1",
    "sums": "f(lambda e: " + String(repeating: "e+", count: 30_000) + "e)",
    "negations": "f(lambda e: " + String(repeating: "not ", count: 10_000) + "e)",
    "powers": "f(" + String(repeating: "2**", count: 20_000) + "2)",
    "lambdas": String(repeating: "lambda e: ", count: 6_000) + "e",
    "choices": String(repeating: "1 if 1 else ", count: 5_000) + "1",
    "products": "a" + String(repeating: " * a", count: 15_000),
    "digits": String(repeating: "9", count: 70_000),
    "doubling": (1...40).reduce("a0 = x\n") { $0 + "a\($1) = [a\($1 - 1), a\($1 - 1)]\n" },
    "chained names": (1...400).reduce("a0 = x\n") { $0 + "a\($1) = f(a\($1 - 1))\n" },
  ]

  @Test(arguments: bombs.keys.sorted())
  func `a text built to exhaust the parser is refused`(kind: String) throws {
    let text = try #require(Self.bombs[kind])
    #expect(throws: SpecError.self) { try Spec(parsing: text) }
  }

  @Test func `long flat texts are read`() throws {
    let milestones = (1...5000).map(String.init).joined(separator: ", ")
    let spec = try Spec(parsing: "MultiStepLR([\(milestones)])")
    #expect(spec.description.count > 20_000)
    #expect(try Spec.several(parsing: String(repeating: "relu ", count: 5000)).count == 5000)
  }

  @Test(arguments: [
    ("A(len(loader) * 10)", "A(len(loader) * 10)"),
    ("A(3 * len(d.train_iter) // 2 - 1, 2)", "A(3 * len(loader) // 2 - 1, 2)"),
    ("A(max(1, int(0.1 * len(train_dl))))", "A(max(1, int(0.1 * len(loader))))"),
    ("A(lambda it: it / (5 * len(loader)))", "A(lambda it: it / (5 * len(loader)))"),
    ("A(len(milestones))", "A(len(milestones))"),
  ])
  func `the length of a loader is kept as a formula`(text: String, printed: String) throws {
    let spec = try Spec(parsing: text)
    #expect(spec.description == printed)
    #expect(try Spec(parsing: printed) == spec)
  }

  @Test func `a formula has the value of the updates in an epoch`() throws {
    let spec = try Spec(
      parsing: "A(30 * len(loader) - 5, [len(loader) // 2], lambda e: e * len(loader))")
    #expect(spec.countsLoader)
    let settled = spec.settingStepsPerEpoch(101)
    #expect(settled.description == "A(3025, [50], lambda e: e * 101)")
    #expect(!settled.countsLoader)
  }

  @Test func `mangled texts give an error with a column, or a value that prints and reads back`()
    throws
  {
    let seeds = [
      "StepLR(optimizer, step_size=10, gamma=0.1)", "conv(6, 5, padding=2) relu maxpool(2)",
      "LinearLR(0.1, total_iters=5) for 5ep then cosine * 0.5",
      "LambdaLR(lambda e: 0.95 ** e if e < 10 else math.cos(e % 3) // 2)",
      "s = torch.optim.SGD(m.parameters(), betas=(.9, 1e-3), x=None, mode='min')\n# end",
      "a for 10% then b for 500it then [1, -2, 'x\\'y']",
      "optimizer = SGD(model.parameters(), lr=0.1); StepLR(optimizer, 30)",
      "for e in r:\n    pass\nif a:\n  b = {'c': 1}\nelse:\n  raise X\nStepLR(o, b['c'])",
      "def f(e, *, k=2):\n  return e ** k if e else len(loader)\n\ntry:\n  LambdaLR(o, f)\nexcept: 1",
      "class C(D):\n  x: int = 3\n  def g(self): return [A(y) for y in range(3) if y]\nx += 1; C.x",
    ]
    let alphabet = Array(
      "()[]=,:;.+-*/%<>!'\"\\ #\n_aeX019lambda then for if else not 5ep 10%é²\u{301}\0")
    var random = SplitMix64(state: 20_260_807)
    for round in 0..<100_000 {
      var text = Array(seeds[round % seeds.count])
      for _ in 0...random.next(below: 6) {
        let at = random.next(below: text.count + 1)
        switch random.next(below: 4) {
        case 0: text.insert(alphabet[random.next(below: alphabet.count)], at: at)
        case 1 where at < text.count: text.remove(at: at)
        case 2 where at < text.count: text[at] = alphabet[random.next(below: alphabet.count)]
        default:
          let end = min(text.count, at + random.next(below: 12))
          text.insert(contentsOf: text[min(at, end)..<end], at: random.next(below: text.count + 1))
        }
      }
      let written = String(text)
      do throws(SpecError) {
        let spec = try Spec(parsing: written)
        let printed = spec.description
        let again = try? Spec(parsing: printed)
        if again != spec { Issue.record("round \(round): \(written) printed as \(printed)") }
      } catch {
        if error.column == nil || error.description.isEmpty {
          Issue.record("round \(round): \(written) gives no column")
        }
      }
    }
  }
}

/// Steele, Lea and Flood's generator: small, and the same everywhere.
struct SplitMix64 {
  var state: UInt64

  mutating func next(below bound: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((z ^ (z >> 31)) % UInt64(bound))
  }
}
