import Datasets
import Networks
import OpenCL
import Optimizers
import Reference
import Reports
import Schedules
import Training

/// A dense layer on pooled digits: 500 weights, so that a run takes milliseconds.
struct TinyRun {
  /// 100 images in batches of 32: the last of an epoch holds 4.
  var data = Synthetic(count: 100, testCount: 20)
  var batch = 32
  var epochs = 2
  var optimizer = "SGD(momentum=0.9)"
  var schedule = "constant"
  var baseRate = 0.05
  var options = Trainer.Options()
  /// The initial weights, all of them alike; nil leaves the network's own.
  var weights: Float?

  /// Builds the run.
  func trainer() throws -> Trainer {
    let network = try Network(
      on: Device.all()[0], input: data.train.imageShape, batch: batch, seed: options.seed
    ) {
      MaxPool(4)
      Dense(10)
    }
    if let weights {
      try network.load(
        network.parameters.map {
          let value = $0.name == "fc1.weight" ? weights : 0
          return (
            name: $0.name, shape: $0.shape, values: [Float](repeating: value, count: $0.count)
          )
        })
    }
    return try Trainer(
      network, on: data, epochs: epochs,
      optimizer: OptimizerSpec(parsing: optimizer).optimizer,
      learningRate: Schedule(parsing: schedule), baseRate: baseRate, options: options)
  }

  /// Trains to the end.
  func results() throws -> Results {
    let trainer = try trainer()
    var results = Results()
    trainer.onStep = { results.steps.append($0) }
    while let row = try trainer.next() {
      results.epochs.append(row)
      results.isBest.append(trainer.isBest)
    }
    results.weights = try bits(of: trainer)
    return results
  }

  /// What a run leaves behind.
  struct Results {
    var steps: [StepRow] = []
    var epochs: [EpochRow] = []
    var isBest: [Bool] = []
    var weights: [String: [UInt32]] = [:]
  }
}

/// The weights by name, as bits, so that NaN can be compared.
func bits(of trainer: Trainer) throws -> [String: [UInt32]] {
  let tensors = try trainer.weights().tensors.map { ($0.name, $0.values.map(\.bitPattern)) }
  return Dictionary(uniqueKeysWithValues: tensors)
}

extension EpochRow {
  /// The row without what the clock decides.
  var untimed: EpochRow {
    var row = self
    (row.seconds, row.imagesPerSecond) = (0, 0)
    return row
  }
}

/// The same run in double precision, one image after the other.
struct Twin {
  private(set) var network: ReferenceNetwork
  private let train: (pixels: [Double], labels: [Int])
  private let test: (pixels: [Double], labels: [Int])
  private let size: Int
  private var buffers: [[Double]?]

  /// A twin with the weights and the normalisation that a trainer starts with.
  init(of trainer: Trainer, on data: Dataset) throws {
    let shape = ImageShape(data.train.channels, data.train.height, data.train.width)
    func read(_ set: ImageSet) -> (pixels: [Double], labels: [Int]) {
      let pixels = gather(
        set.images, shape, indices: Array(0..<set.count), mean: trainer.normalization.map(\.mean),
        std: trainer.normalization.map(\.deviation))
      return (pixels, set.labels.map { Int($0) })
    }
    train = read(data.train)
    test = read(data.test)
    size = shape.count
    network = ReferenceNetwork(input: shape, layers: [.maxPool(4), .dense(10)])
    for tensor in try trainer.weights().tensors {
      network[tensor.name] = tensor.values.map { Double($0) }
    }
    buffers = Array(repeating: nil, count: network.parameters.count)
  }

  /// The loss of each training image.
  var trainingLosses: [Double] {
    network.loss(train.pixels, labels: train.labels).perImage
  }

  /// The figures of the test set.
  var testScore: Score { score(network.loss(test.pixels, labels: test.labels)) }

  /// Loss and gradient norm of each batch, and the means over the epoch's images.
  mutating func trainEpoch(
    _ epoch: Int, from step: Int, batch: Int, _ plan: Plan, momentum: Double
  ) -> (steps: [(loss: Double, norm: Double)], score: Score) {
    var steps: [(loss: Double, norm: Double)] = []
    var losses: [Double] = []
    var correct = 0
    for start in stride(from: 0, to: train.labels.count, by: batch) {
      let images = start..<min(start + batch, train.labels.count)
      let gradients = network.gradients(
        Array(train.pixels[images.lowerBound * size..<images.upperBound * size]),
        labels: Array(train.labels[images]))
      let point = plan.value(at: Tick(step: step + steps.count, epoch: epoch))
      let rule = ReferenceSGD(
        learningRate: point.learningRate, momentum: point.momentum ?? momentum)
      for index in network.parameters.indices {
        rule.step(
          &network.parameters[index].values, gradients.parameters[index].values,
          momentumBuffer: &buffers[index])
      }
      steps.append((gradients.loss.mean, gradientNorm(gradients.parameters.map(\.values))))
      losses += gradients.loss.perImage
      correct += gradients.loss.correct
    }
    let count = Double(losses.count)
    return (
      steps, Score(loss: losses.reduce(0, +) / count, accuracy: Double(correct) / count)
    )
  }

  private func score(_ loss: BatchLoss) -> Score {
    Score(loss: loss.mean, accuracy: Double(loss.correct) / Double(loss.perImage.count))
  }
}
