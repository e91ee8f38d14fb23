import Foundation
import Support
import Testing
import Training

@Suite struct ConfigurationTests {
  private let folder: Scratch

  init() throws { folder = try Scratch() }

  private func problems(
    _ yaml: String, flags: [String: String] = [:],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> [String] {
    let path = try folder.write(yaml, to: "c.yaml")
    let error = #expect(throws: SettingsError.self, sourceLocation: sourceLocation) {
      try Settings(flags: flags, configuration: path)
    }
    return (error?.problems ?? []).map { $0.replacingOccurrences(of: folder.path + "/", with: "") }
  }

  @Test func `a flag wins over the file, the file over what is built in`() throws {
    let path = try folder.write("epochs: 20\nbatch-size: 64\n", to: "c.yaml")
    let settings = try Settings(flags: ["epochs": "5"], configuration: path)
    #expect(settings.epochs == 5 && settings.batchSize == 64 && settings.logEvery == 50)
  }

  @Test func `YAML's ways of writing a value are read`() throws {
    let path = try folder.write(
      """
      --- # a comment
      model: conv(6, 5, padding=2) relu dense(10)   # a spec needs no quotes
      optimizer: "Adam(betas=(0.9, 0.99))"
      schedule: 'MultiStepLR(milestones=[15, 30])'
      lr: 1e-3
      shuffle: no
      max-steps: null
      warmup: ~
      clock:
      device: 0
      normalize: 0.286,0.353
      """, to: "c.yaml")
    let settings = try Settings(flags: [:], configuration: path)
    #expect(settings.model == "conv(6, 5, padding=2) relu dense(10)")
    #expect(settings.optimizer == "Adam(betas=(0.9, 0.99))")
    #expect(settings.schedule == "MultiStepLR(milestones=[15, 30])")
    #expect(settings.learningRate == 1e-3 && !settings.shuffle && settings.device == "0")
    #expect(settings.maxSteps == nil && settings.warmup == nil && settings.clock == nil)
    #expect(settings.normalize == .fixed(mean: [0.286], deviation: [0.353]))
  }

  @Test func `a file may turn shuffling off by either name`() throws {
    for line in ["shuffle: false", "no-shuffle: true"] {
      let path = try folder.write(line, to: "c.yaml")
      #expect(try !Settings(flags: [:], configuration: path).shuffle)
      #expect(try Settings(flags: ["shuffle": "true"], configuration: path).shuffle)
    }
  }

  @Test func `unknown keys are mistakes, each with its line and the nearest name`() throws {
    let found = try problems("epcohs: 3\nlr: 0.1\nlearning_rate: 0.1\nzzz: 1\nconfig: other\n")
    #expect(found.count == 4)
    #expect(found[0] == "c.yaml:1: epcohs: no such setting; did you mean epochs?")
    #expect(found[1] == "c.yaml:3: learning_rate: no such setting; did you mean lr?")
    #expect(found[2].hasPrefix("c.yaml:4: zzz: no such setting; the settings are device, dataset"))
    #expect(found[3].hasPrefix("c.yaml:5: config: "))
  }

  @Test func `mistakes in the file and on the command line are told together`() throws {
    let found = try problems("epochs: many\nbatch-size: [1, 2]\n", flags: ["seed": "-3"])
    #expect(
      found == [
        "c.yaml:2: batch-size: must be a single value; put a spec in quotes",
        "c.yaml:1: epochs: many: must be a whole number of at least 1",
        "--seed -3: must be a whole number of at least 0",
      ])
  }

  @Test func `a value of the file that a flag replaces must still be valid`() throws {
    let found = try problems("epochs: many\n", flags: ["epochs": "3"])
    #expect(found.count == 1)
  }

  @Test func `a refused text is called by the place where it was given`() throws {
    let path = try folder.write("# rates\noptimizer: SDG(0.1)\n", to: "c.yaml")
    var checks = SettingsChecks()
    checks.optimizer = { $0 == "SDG(0.1)" ? "did you mean SGD?" : nil }
    let error = #expect(throws: SettingsError.self) {
      try Settings(flags: [:], configuration: path, checks: checks)
    }
    #expect(error?.problems == ["\(path):2: optimizer: SDG(0.1): did you mean SGD?"])
  }

  @Test(arguments: ["- epochs", "just words", "3"])
  func `a file that is no list of settings is refused`(yaml: String) throws {
    #expect(try problems(yaml) == ["c.yaml: must hold lines such as 'epochs: 20', one per setting"])
  }

  @Test(arguments: ["epochs: [3", "a: b: c", "epochs: 3\nepochs: 4\n", "\tepochs: 3"])
  func `a file that is not YAML is refused`(yaml: String) throws {
    let found = try problems(yaml)
    #expect(found.count == 1)
    #expect(found.first?.hasPrefix("c.yaml: not YAML") == true)
  }

  @Test func `an empty file sets nothing`() throws {
    for yaml in ["", "# nothing\n", "---\n"] {
      let path = try folder.write(yaml, to: "c.yaml")
      #expect(try Settings(flags: [:], configuration: path) == Settings())
    }
  }

  @Test func `a file that cannot be read is named with the reason`() throws {
    let missing = folder.path + "/missing.yaml"
    let error = #expect(throws: SettingsError.self) {
      try Settings(flags: ["epochs": "0"], configuration: missing)
    }
    #expect(error?.problems.first == "--config \(missing): No such file or directory")
    #expect(error?.problems.count == 2)
    #expect(throws: SettingsError.self) { try Settings(flags: [:], configuration: folder.path) }
  }

  @Test func `the settings that a run writes repeat it, all but its folder`() throws {
    var settings = try Settings(flags: SettingsTests.everything)
    let path = try folder.write(settings.yaml, to: "args.yaml")
    #expect(!settings.yaml.contains("out:"))
    settings.out = nil
    #expect(try Settings(flags: [:], configuration: path) == settings)
  }

  @Test(arguments: [
    "null", "~", "true", "No", "3", "1e-3", "0.1", ".inf", "0x10", "12:30:45", "2001-12-14", "- a",
    "a: b", "a #b", "'quoted'", "\"double\"", "{a}", "[1]", "*alias", "&anchor", "!tag", "%x", "@x",
    "`x`", "?", ":", "-", "|", ">", " leading", "trailing ", "tab\there", "line\nbreak", "cr\r",
    "bell\u{7}", "données/été", "日本", "😀", "next\u{85}line", "\u{2028}", "C:\\dir",
    "=", "<<", "...", "---",
  ])
  func `any text survives the file`(text: String) throws {
    var settings = Settings()
    settings.dataset = text
    settings.warmup = text
    let path = try folder.write(settings.yaml, to: "args.yaml")
    // `none` and the empty text mean no value; everything else is kept to the letter.
    #expect(try Settings(flags: [:], configuration: path) == settings)
  }

  @Test func `numbers survive the file to the last bit`() throws {
    var settings = Settings()
    settings.learningRate = 0.1 + 0.2
    settings.validation = 1.0 / 3
    settings.seed = .max
    settings.normalize = .fixed(mean: [1e-7, -0.5], deviation: [1e300, 5e-5])
    settings.targetAccuracy = 0.9
    let path = try folder.write(settings.yaml, to: "args.yaml")
    #expect(try Settings(flags: [:], configuration: path) == settings)
  }
}
