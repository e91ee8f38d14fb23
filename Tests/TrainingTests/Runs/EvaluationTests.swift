import Foundation
import Networks
import Reference
import Reports
import Support
import Testing
import Training

@Suite struct EvaluationTests {
  private let folder: Scratch
  private let weights: String
  private let row: EpochRow

  /// A run of two epochs and its last weights.
  init() throws {
    folder = try Scratch()
    weights = folder.file("last.safetensors")
    let trainer = try Session(tinySettings()).trainer
    var last: EpochRow?
    while let row = try trainer.next() { last = row }
    row = try #require(last)
    try trainer.weights().write(to: weights)
  }

  private func score(_ change: (inout Settings) -> Void = { _ in }) throws -> Score {
    var settings = tinySettings()
    change(&settings)
    return try Evaluation(settings, weights: weights).score()
  }

  @Test func `a saved network scores what its run reported, to the last bit`() throws {
    #expect(try score() == row.test)
  }

  @Test func `a score is a pure function of the weights`() throws {
    let evaluation = try Evaluation(tinySettings(), weights: weights)
    let first = try evaluation.score()
    #expect(try evaluation.score() == first)
  }

  // 20 test images: one batch with room, several with a ragged last one, one image at a time.
  @Test(arguments: [1, 16, 20, 48])
  func `the batch size changes no more than the order of a sum`(batch: Int) throws {
    let score = try score { $0.batchSize = batch }
    #expect(score.accuracy == row.test.accuracy)
    #expect(mismatch([score.loss], [row.test.loss], relative: 1e-6) == nil)
  }

  @Test func `pixels are normalised as in training, whatever the settings and the data`() throws {
    #expect(try score { $0.normalize = .fixed(mean: [0.9], deviation: [0.1]) } == row.test)
    // Other training images have other statistics, but the first test images are the same.
    #expect(try score { ($0.dataset, $0.seed) = ("synthetic:103", 9) } == row.test)
  }

  @Test func `weights of other tools are normalised as the settings say`() throws {
    let file = try Safetensors(contentsOf: weights)
    try Safetensors(file.tensors).write(to: weights)
    #expect(try score() == row.test)
    let other = try score { $0.normalize = .none }
    #expect(other.loss.isFinite && other != row.test)
  }

  @Test func `a network that does not fit the weights is refused`() throws {
    #expect(throws: NetworkError.self) { try score { $0.model = "maxpool(2) dense(10)" } }
  }

  @Test func `a normalisation of other channels than the images' is refused`() throws {
    let file = try Safetensors(contentsOf: weights)
    try Safetensors(file.tensors, metadata: ["normalization": "0.1,0.2,0.3,0.4,0.5,0.6"])
      .write(to: weights)
    let error = #expect(throws: TrainingError.self) { try score() }
    #expect(error?.description.contains("of 3 channels, and synthetic has 1") == true)
  }
}
