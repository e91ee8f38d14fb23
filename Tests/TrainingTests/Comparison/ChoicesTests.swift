import Testing
import Training

@Suite struct ChoicesTests {
  private func variants(_ texts: [String: [String]]) throws -> [Variant] {
    try Choices(texts).variants()
  }

  @Test func `several kinds of values are combined, each with each`() throws {
    let variants = try variants([
      "lr": ["0.1", "0.2", "0.3"], "schedule": ["constant", "StepLR(10)"],
      "optimizer": ["SGD(momentum=0.9)"],
    ])
    #expect(
      variants.map(\.label) == [
        "constant, lr 0.1", "constant, lr 0.2", "constant, lr 0.3", "StepLR, lr 0.1",
        "StepLR, lr 0.2", "StepLR, lr 0.3",
      ])
    #expect(variants.map(\.learningRate) == [0.1, 0.2, 0.3, 0.1, 0.2, 0.3])
    #expect(variants[4].settings.schedule == "StepLR(10)")
    #expect(variants.allSatisfy { $0.settings.optimizer == "SGD(momentum=0.9)" })
  }

  @Test(arguments: [
    (["slow=StepLR(10)", "StepLR(5)"], ["slow", "StepLR"]),
    // Where one word does not tell them apart, all of the text does.
    (["StepLR(10)", "StepLR(5)", "cosine"], ["StepLR(10)", "StepLR(5)", "cosine"]),
    // And where that is long, a number.
    (
      [
        "CosineScheduler(max_update=20, base_lr=0.3, final_lr=0.01)",
        "CosineScheduler(max_update=30, base_lr=0.3, final_lr=0.01)",
      ], ["CosineScheduler 1", "CosineScheduler 2"]
    ),
    (["cosine", "cosine", "cosine"], ["cosine", "cosine (2)", "cosine (3)"]),
    (["constant for 1ep then cosine", "cosine"], ["constant for 1ep then cosine", "cosine"]),
    (["with room=cosine", "constant"], ["with room", "constant"]),
    (
      ["LambdaLR(lambda e: 1 if e == 3 else 0.5)", "s = StepLR(optimizer, 3)"],
      ["LambdaLR", "StepLR"]
    ),
    (
      ["linear(to=0.1) for 5ep then cosine(to=0.01)", "cosine"], ["schedule 1", "cosine"]
    ),
    (["cosine"], ["cosine"]),
    (["only=cosine"], ["only"]),
  ])
  func `labels are short, and no two are alike`(schedules: [String], labels: [String]) throws {
    #expect(try variants(["schedule": schedules]).map(\.label) == labels)
  }

  @Test func `a name is not part of the value`() throws {
    let variants = try variants(["schedule": ["a b=StepLR(step_size=3, gamma=0.5)"], "lr": ["x=1"]])
    #expect(variants.map(\.label) == ["a b, x"])
    #expect(variants[0].settings.schedule == "StepLR(step_size=3, gamma=0.5)")
    #expect(variants[0].learningRate == 1)
  }

  @Test(arguments: [(8, 8, nil), (13, 5, 65)])
  func `sixty-four variants are compared and no more`(a: Int, b: Int, refused: Int?) throws {
    let choices = Choices([
      "schedule": (1...a).map { "StepLR(\($0))" }, "lr": (1...b).map { "0.\($0)" },
    ])
    guard let refused else {
      #expect(try choices.variants().count == a * b)
      return
    }
    let error = #expect(throws: SettingsError.self) { try choices.variants() }
    #expect(
      error?.problems == [
        "\(refused) variants (13 of --schedule times 5 of --lr) are more than the 64 that one "
          + "comparison takes: leave some out"
      ])
  }

  @Test func `problems of all variants are told together, each once`() {
    var checks = SettingsChecks()
    checks.schedule = { $0 == "constant" ? nil : "unknown" }
    let error = #expect(throws: SettingsError.self) {
      try Choices(["schedule": ["a", "constant", "b"], "lr": ["0.1", "x"]])
        .variants(flags: ["epochs": "0"], mistakes: ["--foo: no such flag"], checks: checks)
    }
    #expect(
      error?.problems == [
        "--foo: no such flag", "--epochs 0: must be a whole number of at least 1",
        "--schedule a: unknown", "--lr x: must be a number, or auto",
        "--schedule b: unknown",
      ])
  }

  @Test func `what is not chosen comes from the other flags`() throws {
    let variants = try Choices(["lr": ["1", "2"]]).variants(flags: ["schedule": "cosine"])
    #expect(variants.map(\.settings.schedule) == ["cosine", "cosine"])
    #expect(Choices([:]).count == 1)
    #expect(try Choices([:]).variants(flags: ["epochs": "3"]).map(\.settings.epochs) == [3])
  }
}
