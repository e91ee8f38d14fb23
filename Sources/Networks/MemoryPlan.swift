/// The places of tensors in arenas, such that no two that live at the same time overlap.
///
/// Greedy by size: each tensor, the largest first, takes the lowest gap among those already placed
/// whose lives meet its own, in the first arena that has room.
struct MemoryPlan {
  /// A tensor: its size in bytes and the first and last step of the plan that touches it.
  struct Tensor {
    var bytes: Int
    var life: ClosedRange<Int>
  }

  /// Where a tensor lies: its arena and its first byte there.
  struct Place: Equatable {
    var arena: Int
    var start: Int
  }

  /// The place of each tensor.
  let places: [Place]
  /// The size of each arena in bytes.
  let arenas: [Int]

  /// Places the tensors.
  ///
  /// - Parameters:
  ///   - tensors: The tensors.
  ///   - alignment: Every start is a multiple of this many bytes.
  ///   - limit: No arena is larger than this many bytes.
  ///   - sharing: False gives every tensor memory of its own, so that a read of something
  ///     unwritten shows.
  /// - Throws: ``NetworkError`` where one tensor is larger than the limit.
  init(
    _ tensors: [Tensor], alignment: Int, limit: Int = .max, sharing: Bool = true
  ) throws(NetworkError) {
    func aligned(_ bytes: Int) -> Int { (bytes + alignment - 1) / alignment * alignment }
    var places = [Place](repeating: Place(arena: 0, start: 0), count: tensors.count)
    var placed: [[Int]] = [[]]
    var arenas = [0]
    let order = tensors.indices.sorted {
      (tensors[$1].bytes, $0) < (tensors[$0].bytes, $1)
    }
    for index in order {
      let tensor = tensors[index]
      guard tensor.bytes <= limit else {
        throw NetworkError(
          "out of memory: one activation takes \(tensor.bytes) bytes, and the device allocates at "
            + "most \(limit) at once: use a smaller batch", isOutOfMemory: true)
      }
      var arena = 0
      var start = 0
      while true {
        start = 0
        for other in placed[arena] where !sharing || tensors[other].life.overlaps(tensor.life) {
          let end = places[other].start + tensors[other].bytes
          if start + tensor.bytes > places[other].start, end > start { start = aligned(end) }
        }
        if start + tensor.bytes <= limit { break }
        arena += 1
        if arena == placed.count {
          placed.append([])
          arenas.append(0)
        }
      }
      places[index] = Place(arena: arena, start: start)
      placed[arena].append(index)
      placed[arena].sort { places[$0].start < places[$1].start }
      arenas[arena] = max(arenas[arena], start + tensor.bytes)
    }
    self.places = places
    self.arenas = arenas.map { max($0, 1) }
  }
}
