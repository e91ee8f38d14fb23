import Datasets
import Reference
import Schedules
import Reports
import Testing
import Training

/// Which images a run sees, told from their losses: with a rate of 0 and batches of one image, the
/// loss of a step names its image.
@Suite struct DrawingTests {
  /// The images that each epoch trained on, in order, and the loss of the part held back.
  private func drawn(
    _ change: (inout Trainer.Options) -> Void = { _ in },
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> (epochs: [[Int]], held: [Double], losses: [Double]) {
    var run = TinyRun()
    (run.data, run.batch, run.baseRate) = (Synthetic(count: 40, testCount: 1), 1, 0)
    run.options.logEvery = 1
    change(&run.options)
    let trainer = try run.trainer()
    let losses = try Twin(of: trainer, on: run.data).trainingLosses
    let gaps = zip(losses.sorted(), losses.sorted().dropFirst()).map { $1 - $0 }
    try #require(gaps.allSatisfy { $0 > 1e-4 }, "losses must tell images apart")
    var epochs: [[Int]] = [[], []]
    trainer.onStep = { row in
      let image = losses.indices.min { abs(losses[$0] - row.loss) < abs(losses[$1] - row.loss) }
      let nearest = try #require(image)
      #expect(abs(losses[nearest] - row.loss) < 2e-5, sourceLocation: sourceLocation)
      epochs[row.epoch - 1].append(nearest)
    }
    var held: [Double] = []
    while let row = try trainer.next() { held += row.validation.map { [$0.loss] } ?? [] }
    return (epochs, held, losses)
  }

  @Test func `every epoch draws every image once, in an order of its own`() throws {
    let epochs = try drawn().epochs
    for order in epochs {
      #expect(order.sorted() == Array(0..<40))
      #expect(order != Array(0..<40))
    }
    #expect(epochs[0] != epochs[1])
  }

  @Test func `the seed alone decides the order`() throws {
    let first = try drawn { $0.seed = 3 }.epochs
    let again = try drawn { $0.seed = 3 }.epochs
    // The upper half of a seed counts too.
    let other = try drawn { $0.seed = 3 + 1 << 32 }.epochs
    #expect(first == again)
    #expect(first != other)
  }

  @Test func `without shuffling the file's order stays`() throws {
    #expect(try drawn { $0.shuffle = false }.epochs == [Array(0..<40), Array(0..<40)])
  }

  @Test(arguments: [(0.25, 10), (0.5, 20), (0.024, 0), (0.99, 39), (0.026, 1)])
  func `the part held back is what is never trained on`(fraction: Double, count: Int) throws {
    guard count > 0 else {
      #expect(throws: TrainingError.self) { try drawn { $0.validation = fraction } }
      return
    }
    let (epochs, held, losses) = try drawn { ($0.validation, $0.seed) = (fraction, 5) }
    let trained = Set(epochs[0])
    #expect(epochs[0].count == 40 - count && trained.count == 40 - count)
    #expect(epochs[1].sorted() == epochs[0].sorted())
    let rest = losses.indices.filter { !trained.contains($0) }.map { losses[$0] }
    let wanted = rest.reduce(0, +) / Double(rest.count)
    #expect(mismatch(held, [wanted, wanted], relative: 1e-5) == nil)
  }

  @Test func `the split is the seed's and no beginning or end of the file`() throws {
    func split(_ seed: UInt64, shuffle: Bool = true) throws -> Set<Int> {
      Set(try drawn { ($0.validation, $0.seed, $0.shuffle) = (0.25, seed, shuffle) }.epochs[0])
    }
    let first = try split(1)
    #expect(try split(1) == first)
    #expect(try split(1, shuffle: false) == first)
    #expect(try split(2) != first)
    #expect(first != Set(0..<30) && first != Set(10..<40))
  }
}
