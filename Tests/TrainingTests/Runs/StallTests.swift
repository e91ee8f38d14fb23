import Datasets
import Foundation
import Optimizers
import Reports
import Schedules
import Testing

@testable import Training

/// Runs in which nothing is learned, and what is said of them.
@Suite struct StallTests {
  private func remarks(_ change: (inout TinyRun) throws -> Void) throws -> [String] {
    var run = TinyRun(data: Synthetic(count: 800, testCount: 100))
    run.epochs = 3
    try change(&run)
    let trainer = try run.trainer()
    var texts: [String] = []
    while try trainer.next() != nil {
      #expect(trainer.remarks.allSatisfy { $0.kind == .warning })
      texts += trainer.remarks.map(\.text)
    }
    return texts
  }

  /// Digits whose labels have nothing to do with them.
  private static let noise = {
    let digits = Synthetic(count: 800, testCount: 2000)
    func shuffled(_ set: ImageSet) -> ImageSet {
      ImageSet(
        name: set.name, shape: set.shape, classNames: set.classNames, images: set.images,
        labels: set.labels.indices.map { UInt8($0 * 7919 % 1009 % 10) })
    }
    return Dataset(name: "noise", train: shuffled(digits.train), test: shuffled(digits.test))
  }()

  @Test func `a run that learns hears nothing`() throws {
    #expect(try remarks { $0.epochs = 4 } == [])
  }

  @Test(arguments: ["constant", "cosine"]) func `a rate of 0 is told once`(schedule: String) throws
  {
    let texts = try remarks { ($0.baseRate, $0.schedule) = (0, schedule) }
    #expect(
      texts.count == 1 && texts[0].contains("the learning rate was 0 in every update of epoch 1"))
  }

  @Test func `a rate that falls to 0 is told where it does`() throws {
    let texts = try remarks { $0.schedule = "MultiStepLR([2], gamma=0)" }
    try #require(texts.count == 1)
    #expect(texts[0].contains("in every update of epoch 3"))
  }

  @Test func `groups that train keep a rate of 0 silent`() throws {
    let texts = try remarks {
      $0.baseRate = 0
      $0.options.groups = [try ParameterGroup(parsing: "fc1.*: lr=0.05")]
    }
    #expect(texts == [])
  }

  @Test func `updates that change no weight are told`() throws {
    let texts = try remarks { $0.baseRate = 1e-20 }
    #expect(texts.count { $0.contains("changed no weight") && $0.contains("Raise --lr") } == 1)
  }

  @Test func `chance level is told, and the rate is asked about last`() throws {
    let texts = try remarks { ($0.data, $0.baseRate) = (Self.noise, 1e-6) }
    try #require(texts.count == 1)
    #expect(texts[0].contains("only guesses"))
    #expect(texts[0].contains("2.30") && texts[0].contains("a rate of 1e-6"))
    let fast = try remarks {
      ($0.data, $0.baseRate, $0.optimizer) = (Self.noise, 1e-7, "SGD(momentum=0.995)")
    }
    try #require(fast.count == 1)
    #expect(fast[0].contains("a momentum of 0.995"))
    let odd = try remarks {
      ($0.data, $0.baseRate) = (Self.noise, 1e-12)
      $0.options.normalize = .fixed(mean: [73], deviation: [90])
    }
    try #require(odd.count == 1)
    #expect(odd[0].contains("--normalize 73,90") && odd[0].contains("auto"))
  }

  @Test func `a loss far above that of a guess is blamed on too high a rate`() throws {
    let texts = try remarks {
      ($0.data, $0.baseRate, $0.optimizer) = (Self.noise, 100, "Adam()")
    }
    #expect(texts.count { $0.contains("a rate of 100 is too high: try --lr 10") } == 1, "\(texts)")
  }

  @Test(arguments: [
    (Settings.Normalization.fixed(mean: [73], deviation: [90]), true),
    (.fixed(mean: [0.2], deviation: [0.001]), true), (.fixed(mean: [20], deviation: [1]), true),
    (.none, false), (.automatic, false), (.fixed(mean: [0.1307], deviation: [0.3081]), false),
    (.fixed(mean: [0.5], deviation: [0.5]), false),
  ])
  func `input of an absurd scale is a warning before anything trains`(
    normalize: Settings.Normalization, isOdd: Bool
  ) throws {
    var run = TinyRun()
    run.options.normalize = normalize
    let notes = try run.trainer().notes.filter { $0.text.contains("pixels") }
    #expect(notes.count == (isOdd ? 1 : 0))
    #expect(notes.allSatisfy { $0.kind == .warning && $0.text.contains("bytes / 255") })
  }

  @Test func `a divergence is not blamed on the rate where the input or the momentum is odd`() {
    let odd = Suspicion(
      pixels: [(0.3, 0.3)], normalization: [(0.3, 1e-4)], .fixed(mean: [0.3], deviation: [1e-4]),
      momentum: 0.9)
    #expect(odd.advice(0.1).contains("the input") && odd.advice(0.1).contains("--normalize"))
    let heavy = Suspicion(
      pixels: [(0.3, 0.3)], normalization: [(0.3, 0.3)], .automatic, momentum: 0.99)
    #expect(heavy.advice(0.1).contains("act like 10") && heavy.advice(0.1).contains("momentum=0.9"))
    let usual = Suspicion(
      pixels: [(0.3, 0.3)], normalization: [(0.3, 0.3)], .automatic, momentum: 0.9)
    #expect(usual.advice(0.1).contains("try --lr 0.01"))
  }

  @Test func `who guesses knows how frequent the classes are`() {
    let images = [UInt8](repeating: 0, count: 10)
    func set(_ labels: [UInt8]) -> ImageSet {
      ImageSet(
        name: "train", shape: [1, 1, 1], classNames: ["a", "b"], images: images, labels: labels)
    }
    let skewed: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
    let guess = Guess(Dataset(name: "x", train: set(skewed), test: set(skewed)))
    #expect(guess.accuracy == 0.9 && abs(guess.loss - 0.325) < 0.001)
    #expect(guess.isMatched(Score(loss: 0.33, accuracy: 0.9), Score(loss: 0.33, accuracy: 0.9)))
    #expect(!guess.isMatched(Score(loss: 0.2, accuracy: 0.9), Score(loss: 0.2, accuracy: 0.9)))
  }
}

/// Momenta of 1 and more, which never forget.
@Suite struct MomentumLimitTests {
  @Test(arguments: [
    "SGD(momentum=1)", "SGD(momentum=1.5)", "RMSprop(momentum=1)", "LARS(momentum=2)",
    "Muon(momentum=1)", "DAdaptSGD(momentum=1)", "Adam(betas=(1, 0.9))", "Lion(betas=(0.9, 1))",
  ])
  func `no rule takes one`(text: String) {
    let error = #expect(throws: SpecError.self) { try OptimizerSpec(parsing: text) }
    #expect(error?.description.contains("less than 1") == true)
  }

  @Test(arguments: [
    "OneCycleLR(0.1, max_momentum=1)", "CyclicLR(0.01, 0.1, 2, max_momentum=1.2)",
  ])
  func `no schedule drives one`(schedule: String) throws {
    var run = TinyRun()
    run.schedule = schedule
    #expect(throws: (any Error).self) { try run.trainer() }
  }
}
