import Datasets
import Foundation
import Networks
import Reference
import Reports
import Specs
import Support
import Testing
import Training

/// The settings of a run on drawn digits that takes milliseconds.
func tinySettings() -> Settings {
  var settings = Settings()
  settings.dataset = "synthetic:100"
  settings.model = "maxpool(4) dense(10)"
  settings.batchSize = 32
  settings.epochs = 2
  settings.logEvery = 1
  return settings
}

@Suite struct SessionTests {
  private let folder: Scratch

  init() throws { folder = try Scratch() }

  /// Trains to the end and returns the rows without their times.
  private func train(_ session: Session) throws -> (steps: [StepRow], epochs: [EpochRow]) {
    var steps: [StepRow] = []
    var epochs: [EpochRow] = []
    session.trainer.onStep = { steps.append($0) }
    while let row = try session.trainer.next() { epochs.append(row.untimed) }
    return (steps, epochs)
  }

  @Test func `what was left open is filled in as used`() throws {
    let settings = tinySettings()
    let used = try Session(settings).settings
    #expect(used.schedule == "cosine" && used.learningRate == .fixed(0.05))
    var other = used
    (other.schedule, other.learningRate) = (nil, nil)
    #expect(other == settings, "nothing else changes")
  }

  @Test func `a rate in the optimizer's spec is the run's`() throws {
    var settings = tinySettings()
    settings.optimizer = "SGD(lr=0.25)"
    let session = try Session(settings)
    #expect(session.settings.learningRate == .fixed(0.25))
    #expect(try train(session).steps.first?.learningRate == 0.25)
  }

  @Test func `the rate of an optimizer that was pasted with the schedule is the run's`() throws {
    func rate(_ flags: [String: String]) throws -> Settings.LearningRate? {
      let pasted = "opt = SGD(net.parameters(), lr=0.25); StepLR(opt, 30)"
      let read = try Settings(flags: flags.merging(["schedule": pasted]) { own, _ in own })
      var settings = tinySettings()
      (settings.schedule, settings.optimizer) = (read.schedule, read.optimizer)
      settings.learningRate = read.learningRate
      return try Session(settings).settings.learningRate
    }
    #expect(try rate([:]) == .fixed(0.25))
    #expect(try rate(["lr": "0.5"]) == .fixed(0.5))
    #expect(try rate(["optimizer": "SGD(lr=0.1)"]) == .fixed(0.1))
  }

  @Test func `biases decay by default, and so they do in a trainer of its own`() {
    #expect(Settings().decayBiases && Trainer.Options().decayBiases)
  }

  @Test func `a schedule that names its rates needs no other`() throws {
    var settings = tinySettings()
    settings.schedule = "OneCycleLR(max_lr=0.1)"
    #expect(try Session(settings).settings.learningRate == nil)
  }

  @Test func `the same settings give the same bits, another seed others`() throws {
    let (one, two) = (try Session(tinySettings()), try Session(tinySettings()))
    let (first, second) = (try train(one), try train(two))
    #expect(first.steps == second.steps && first.epochs == second.epochs)
    #expect(try bits(of: one.trainer) == bits(of: two.trainer))
    var settings = tinySettings()
    settings.seed = 1
    let other = try Session(settings)
    #expect(try train(other).steps != first.steps)
    #expect(try bits(of: other.trainer) != bits(of: one.trainer))
  }

  @Test func `the settings that a run writes repeat it bit for bit`() throws {
    var settings = tinySettings()
    (settings.validation, settings.warmup) = (0.1, "3it")
    (settings.schedule, settings.learningRate) = ("ExponentialLR(gamma=0.9)", .fixed(0.1 + 0.2))
    settings.normalize = .fixed(mean: [0.1 + 0.2], deviation: [1.0 / 3])
    let session = try Session(settings)
    let path = try folder.write(session.settings.yaml, to: "args.yaml")
    let again = try Session(Settings(flags: [:], configuration: path))
    #expect(try train(again).steps == train(session).steps)
    #expect(try bits(of: again.trainer) == bits(of: session.trainer))
  }

  @Test func `names, shapes and values of the weights are PyTorch's`() throws {
    var settings = tinySettings()
    settings.model =
      "conv(4, [5, 3]) relu maxpool(4) conv(2, 2, bias=False) dense(6) relu dense(10)"
    let session = try Session(settings)
    let path = folder.file("weights.safetensors")
    try session.trainer.weights().write(to: path)
    let tensors = try readSafetensors(URL(filePath: path))
    #expect(
      tensors.mapValues(\.shape) == [
        "conv1.weight": [4, 1, 5, 3], "conv1.bias": [4], "conv2.weight": [2, 4, 2, 2],
        "fc1.weight": [6, 50], "fc1.bias": [6], "fc2.weight": [10, 6], "fc2.bias": [10],
      ])
    // Row-major in these shapes: a network in double precision computes the same with them.
    var twin = ReferenceNetwork(
      input: ImageShape(1, 28, 28),
      layers: [
        .conv(4, window: Extent(5, 3)), .relu, .maxPool(4), .conv(2, window: 2), .dense(6), .relu,
        .dense(10),
      ])
    twin["conv2.bias"] = [0, 0]
    for (name, tensor) in tensors { twin[name] = tensor.values }
    let data = Synthetic(count: 100, testCount: 20).test
    let normalization = session.trainer.normalization[0]
    let pixels = gather(
      data.images, ImageShape(1, 28, 28), indices: Array(0..<20), mean: [normalization.mean],
      std: [normalization.deviation])
    var still = settings
    (still.learningRate, still.initialWeights, still.epochs) = (.fixed(0), path, 1)
    let row = try #require(try Session(still).trainer.next())
    let wanted = twin.loss(pixels, labels: data.labels.map { Int($0) }).mean
    #expect(mismatch([row.test.loss], [wanted], relative: 1e-5) == nil)
  }

  @Test func `a run begins with the weights of another's end`() throws {
    let first = try Session(tinySettings())
    let trained = try train(first)
    let path = folder.file("last.safetensors")
    try first.trainer.weights().write(to: path)
    var settings = tinySettings()
    settings.initialWeights = path
    let next = try Session(settings)
    #expect(try bits(of: next.trainer) == bits(of: first.trainer))
    let continued = try train(next)
    let end = try #require(trained.epochs.last)
    #expect(continued.epochs[0].train.loss < end.train.loss)
    // With a rate of 0 it stands where the other ended.
    settings.learningRate = .fixed(0)
    let still = try train(Session(settings))
    #expect(still.epochs.map(\.test) == [end.test, end.test])
  }

  @Test func `weights that do not fit are refused with every mismatch`() throws {
    let path = folder.file("weights.safetensors")
    func tensor(_ name: String, _ shape: [Int]) -> Safetensors.Tensor {
      .init(name: name, shape: shape, values: Array(repeating: 0, count: shape.reduce(1, *)))
    }
    try Safetensors([
      tensor("fc1.weight", [49, 10]), tensor("fc2.weight", [10, 10]), tensor("extra", []),
    ]).write(to: path)
    var settings = tinySettings()
    settings.initialWeights = path
    let error = #expect(throws: NetworkError.self) { try Session(settings) }
    let text = try #require(error?.description)
    for part in [
      "fc1.weight is [49, 10], and the network needs [10, 49]", "fc1.bias [10] is missing",
      "fc2.weight", "extra",
    ] {
      #expect(text.contains(part), "\(text)")
    }
    #expect(error?.isOutOfMemory == false)
  }

  @Test(arguments: ["5", "-1ep", "ep", "cosine", ""])
  func `a warm-up without a length is refused`(text: String) {
    #expect(throws: SpecError.self) { try Session.warmupLength(text) }
  }

  @Test(arguments: [
    "maxpool(4) dense(3000000000)", "conv(9000000000000000, 5) dense(10)",
    "conv(6, 5, padding=1000000000000) dense(10)",
  ])
  func `a network beyond the memory of the device is refused before it is built`(
    model: String
  ) throws {
    var settings = tinySettings()
    settings.model = model
    let error = #expect(throws: NetworkError.self) { try Session(settings) }
    #expect(error?.isOutOfMemory == true)
    #expect(error?.description.contains("GiB") == true)
  }

  @Test(arguments: [100_000_000, 1_000_000_000_000, Int.max])
  func `a batch beyond the memory of the device is refused with its numbers`(batch: Int) throws {
    var settings = tinySettings()
    settings.batchSize = batch
    let error = #expect(throws: NetworkError.self) { try Session(settings) }
    #expect(error?.isOutOfMemory == true)
    #expect(error?.description.contains("\(batch) images") == true)
  }

  @Test func `endless runs are planned like any other`() throws {
    var settings = tinySettings()
    (settings.epochs, settings.maxSteps) = (Int.max, 3)
    let rows = try train(Session(settings))
    #expect(rows.epochs.count == 1 && rows.steps.count == 3)
  }
}
