public import OpenCL

/// How a device's lanes are filled with images: the numbers behind `V`, `BLOCK` and `GROUP` of
/// `lanes.h`.
///
/// Activations lie in blocks of images, images innermost: `[block][channel][row][column][image]`.
public struct Lanes: Sendable, Hashable {
  /// Images that one work-item handles at once: 1, 2, 4, 8 or 16.
  public let width: Int
  /// Work-items along the images in a work-group: 1 on a CPU.
  public let group: Int
  /// Images in a block.
  public let block: Int
  /// The batch rounded up to whole blocks and work-groups; images beyond the batch are inactive.
  public let paddedBatch: Int
  /// Values of `width` lanes that a work-item can keep in registers for its sums.
  let registers: Int
  /// Bytes of local memory that a work-group may fill.
  let localMemory: Int

  /// Image groups in a batch: the padded batch / `width`.
  public var groups: Int { paddedBatch / width }

  /// Fits a batch to a device.
  ///
  /// A CPU takes its vector register and work-groups of one; a block is one register wide, so that
  /// what a core works on lies together. A GPU takes one image a work-item, 32 of them side by
  /// side, and the whole batch as one block.
  public init(for device: Device, batch: Int) {
    switch device.kind {
    case .cpu:
      let width = device.nativeFloatLanes >= 16 ? 16 : device.nativeFloatLanes >= 8 ? 8 : 4
      // A CPU's local memory is a part of its caches: more than a quarter of a MiB leaves L2.
      self.init(
        width: width, group: 1, batch: batch, localMemory: min(device.localMemory, 1 << 18))
    case .gpu, .accelerator:
      self.init(width: 1, group: 32, batch: batch, localMemory: device.localMemory)
    }
  }

  /// Fits a batch to lanes of a given shape.
  ///
  /// - Parameters:
  ///   - width: Images of a work-item: 1, 2, 4, 8 or 16.
  ///   - group: Work-items of a work-group; 1 is a CPU's shape, more a GPU's.
  ///   - batch: Images in a batch.
  ///   - localMemory: Bytes of local memory that a work-group may fill.
  public init(width: Int, group: Int, batch: Int, localMemory: Int = 1 << 15) {
    precondition([1, 2, 4, 8, 16].contains(width), "OpenCL has no vectors of \(width) floats")
    precondition(group >= 1 && batch >= 1, "a work-group and a batch hold at least one image")
    self.width = width
    self.group = group
    self.localMemory = localMemory
    let step = width * group
    paddedBatch = (batch + step - 1) / step * step
    block = group == 1 ? width : paddedBatch
    // AVX-512 has 32 registers, older sets 16; some hold operands.
    registers = group > 1 ? 24 : width == 16 ? 24 : 12
  }

  /// The greatest divisor of the image groups (of work-groups, on a GPU) that is at most `most`.
  func together(_ most: Int) -> Int {
    let places = groups / group
    return (1...max(1, min(most, places))).last { places % $0 == 0 } ?? 1
  }

  /// A grid over all image groups and two other dimensions.
  func grid(groups: Int? = nil, _ first: Int, _ second: Int = 1) -> Grid {
    let images = groups ?? self.groups
    return group == 1
      ? Grid(first, second, images) : Grid(images, first, second, local: (group, 1, 1))
  }

  /// The lines that every program starts with.
  var definitions: String { "#define V \(width)\n#define GROUP \(group)\n#define BLOCK \(block)\n" }
}
