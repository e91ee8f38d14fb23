import Networks
import Testing
import Trials

/// Whole networks against their references in double precision.
@Suite struct GradientTests {
  @Test(arguments: Specimen.all, [LaneShape.wide, LaneShape(1, 32)])
  func `logits, losses and gradients are those of the reference`(
    _ specimen: Specimen, _ lanes: LaneShape
  ) throws {
    let faults = try Trial(specimen, batch: 17, lanes: lanes).faults()
    #expect(faults == [])
  }

  @Test(arguments: LaneShape.all.filter { $0 != .wide && $0 != LaneShape(1, 32) })
  func `every shape of the lanes gives the results of the reference`(_ lanes: LaneShape) throws {
    let faults = try Trial(.windows, batch: 17, lanes: lanes).faults()
    #expect(faults == [])
  }

  @Test(arguments: [1, 15, 16, 31, 33], [Specimen.windows, .dense])
  func `a batch may end anywhere in a vector`(batch: Int, _ specimen: Specimen) throws {
    let faults = try Trial(specimen, batch: batch).faults()
    #expect(faults == [])
  }

  @Test(arguments: [LaneShape.wide, LaneShape(1, 32)])
  func `the last batch of an epoch counts only the images that it has`(_ lanes: LaneShape) throws {
    let trial = try Trial(.windows, batch: 17, count: 40, lanes: lanes)
    // 17, 17 and 6 images, and the next epoch from the first image on.
    for step in 0..<5 {
      let faults = try trial.faults(ofStep: step)
      #expect(faults == [], "step \(step)")
    }
  }

  @Test(arguments: [Specimen.windows, .pools], [LaneShape.wide, LaneShape(1, 32)])
  func `sharing memory changes no bit`(_ specimen: Specimen, _ lanes: LaneShape) throws {
    func train(sharing: Bool) throws -> [[UInt32]] {
      let trial = try Trial(specimen, batch: 17, count: 40, lanes: lanes, sharing: sharing)
      try trial.setRates(0.01, count: 4)
      for _ in 0..<4 { try trial.step() }
      return try trial.bits()
    }
    let alone = try train(sharing: false)
    #expect(try train(sharing: true) == alone)
    #expect(alone.joined().allSatisfy { Float(bitPattern: $0).isFinite })
  }
}
