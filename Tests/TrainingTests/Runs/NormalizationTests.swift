import Datasets
import Networks
import OpenCL
import Optimizers
import Reference
import Reports
import Testing
import Training

@Suite struct NormalizationTests {
  /// Mean and deviation of bytes / 255, by their definitions.
  private func statistics(_ bytes: [UInt8]) -> (mean: Double, deviation: Double) {
    let values = bytes.map { Double($0) / 255 }
    let mean = values.reduce(0, +) / Double(values.count)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
    return (mean, variance.squareRoot())
  }

  @Test(arguments: [
    Settings.Normalization.none, .automatic, .fixed(mean: [0.25], deviation: [0.5]),
  ])
  func `pixels enter as the setting says`(setting: Settings.Normalization) throws {
    var run = TinyRun()
    (run.options.normalize, run.options.shuffle, run.options.logEvery) = (setting, false, 1)
    let trainer = try run.trainer()
    let wanted: (mean: Double, deviation: Double) =
      switch setting {
      case .none: (0, 1)
      case .automatic: statistics(run.data.train.images)
      case .fixed: (0.25, 0.5)
      }
    #expect(mismatch([trainer.normalization[0].mean], [wanted.mean], relative: 1e-12) == nil)
    #expect(
      mismatch([trainer.normalization[0].deviation], [wanted.deviation], relative: 1e-12) == nil)
    // The twin normalises by these numbers; the device must have used the same, test set included.
    var twin = try Twin(of: trainer, on: run.data)
    let row = try #require(try trainer.next())
    let epoch = twin.trainEpoch(0, from: 0, batch: 32, trainer.plan, momentum: 0.9)
    #expect(mismatch([row.train.loss], [epoch.score.loss], relative: 1e-5) == nil)
    #expect(mismatch([row.test.loss], [twin.testScore.loss], relative: 1e-5) == nil)
  }

  @Test func `the part held back has its say in the statistics, the test set has none`() throws {
    var run = TinyRun()
    run.options.validation = 0.5
    let normalization = try run.trainer().normalization[0]
    #expect(
      mismatch([normalization.mean], [statistics(run.data.train.images).mean], relative: 1e-12)
        == nil)
  }

  @Test func `every channel has numbers of its own`() throws {
    let (red, green) = ([UInt8](repeating: 51, count: 16), [UInt8](0..<16))
    let images = ImageSet(
      name: "train", shape: [2, 4, 4], classNames: ["a"], images: red + green, labels: [0])
    let data = Dataset(name: "two", train: images, test: images)
    func normalization(_ setting: Settings.Normalization) throws -> [[Double]] {
      let network = try Network(
        on: Device.all()[0], input: data.train.imageShape, batch: 1, layers: { Dense(1) })
      var options = Trainer.Options()
      options.normalize = setting
      return try Trainer(network, on: data, epochs: 1, optimizer: SGD(), options: options)
        .normalization.map { [$0.mean, $0.deviation] }
    }
    let found = try normalization(.automatic)
    #expect(mismatch(found[0], [0.2, 0], relative: 0, absolute: 1e-12) == nil)
    #expect(
      mismatch(found[1], [7.5 / 255, (255.0 / 12).squareRoot() / 255], relative: 1e-12) == nil)
    #expect(
      try normalization(.fixed(mean: [0.1], deviation: [0.2])) == [[0.1, 0.2], [0.1, 0.2]])
    #expect(
      try normalization(.fixed(mean: [0.1, 0.3], deviation: [0.2, 0.4])) == [
        [0.1, 0.2], [0.3, 0.4],
      ])
    let error = #expect(throws: TrainingError.self) {
      try normalization(.fixed(mean: [0.1, 0.2, 0.3], deviation: [1, 1, 1]))
    }
    #expect(error?.description.contains("3 means, and the images have 2 channels") == true)
  }
}
