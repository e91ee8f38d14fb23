import Reference
import Testing

@testable import Networks

@Suite struct MemoryPlanTests {
  /// Tensors of random sizes and lives.
  private func tensors(seed: UInt32) -> [MemoryPlan.Tensor] {
    let random = randomValues(120, seed: seed, in: 0...1)
    return (0..<40).map { index in
      let birth = Int(random[3 * index] * 30)
      return .init(
        bytes: 1 + Int(random[3 * index + 1] * 5000),
        life: birth...(birth + Int(random[3 * index + 2] * 8)))
    }
  }

  private func expectSound(
    _ plan: MemoryPlan, of tensors: [MemoryPlan.Tensor], alignment: Int, limit: Int,
    sharing: Bool, _ comment: Comment, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    for (index, (place, tensor)) in zip(plan.places, tensors).enumerated() {
      let end = place.start + tensor.bytes
      #expect(place.start.isMultiple(of: alignment), comment, sourceLocation: sourceLocation)
      #expect(
        place.start >= 0 && end <= plan.arenas[place.arena], comment,
        sourceLocation: sourceLocation)
      for other in 0..<index where plan.places[other].arena == place.arena {
        let alive = !sharing || tensors[other].life.overlaps(tensor.life)
        let apart =
          plan.places[other].start + tensors[other].bytes <= place.start
          || end <= plan.places[other].start
        #expect(
          apart || !alive, "\(comment): tensors \(other) and \(index)",
          sourceLocation: sourceLocation)
      }
    }
    #expect(plan.arenas.allSatisfy { $0 <= limit }, comment, sourceLocation: sourceLocation)
  }

  @Test(arguments: [1, 4, 128], [true, false])
  func `tensors that live together lie apart, aligned and within the limit`(
    alignment: Int, sharing: Bool
  ) throws {
    for seed in 0..<20 as Range<UInt32> {
      let tensors = tensors(seed: seed)
      for limit in [Int.max, 5120, 7001] {
        let plan = try MemoryPlan(
          tensors, alignment: alignment, limit: limit, sharing: sharing)
        expectSound(
          plan, of: tensors, alignment: alignment, limit: limit, sharing: sharing,
          "seed \(seed), limit \(limit)")
      }
    }
  }

  @Test func `sharing takes no more memory than the lives need`() throws {
    let chain = (0..<10).map { MemoryPlan.Tensor(bytes: 100, life: $0...($0 + 1)) }
    #expect(try MemoryPlan(chain, alignment: 4).arenas == [200])
    #expect(try MemoryPlan(chain, alignment: 4, sharing: false).arenas == [1000])
    let apart = (0..<5).map { MemoryPlan.Tensor(bytes: 10 * ($0 + 1), life: $0...$0) }
    #expect(try MemoryPlan(apart, alignment: 1).arenas == [50])
  }

  @Test func `a tensor above the limit is refused with both sizes`() {
    let error = #expect(throws: NetworkError.self) {
      try MemoryPlan([.init(bytes: 4097, life: 0...0)], alignment: 128, limit: 4096)
    }
    #expect(
      error?.description
        == "out of memory: one activation takes 4097 bytes, and the device allocates at most 4096 "
        + "at once: use a smaller batch")
  }
}
