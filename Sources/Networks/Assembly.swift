public import Kernels
public import OpenCL

extension Progress: KernelValue {}
extension Draw: KernelValue {}
extension ConvShape: KernelValue {}
extension WinogradShape: KernelValue {}
extension WinogradFilterShape: KernelValue {}
extension PoolShape: KernelValue {}
extension DenseShape: KernelValue {}
extension Chunk: KernelValue {}
extension Unit: KernelValue {}
extension Tensor: KernelValue {}
extension MatrixTile: KernelValue {}
extension Rates: KernelValue {}
extension StepLog: KernelValue {}
extension UpdateShape: KernelValue {}

/// A program that several owners bind launches from.
package final class SharedProgram {
  private let program: Program

  package init(_ queue: Queue, _ source: String) throws(OpenCLError) {
    program = try queue.build(source)
  }

  /// A launch of kernel `name` whose parameters must be of the arguments' types.
  package func launch<each A: KernelArgument>(
    _ name: String, over grid: Grid, label: String, flops: Double = 0, bytes: Int = 0,
    _ arguments: repeat each A
  ) throws(OpenCLError) -> Launch {
    let kernel = try program.kernel(name, of: repeat (each A).self)
    let launch = try kernel.bind(over: grid, label: label, repeat each arguments)
    launch.flops = flops
    launch.bytes = Double(bytes)
    return launch
  }
}

/// A tensor of a plan that is being made: its place is not known yet.
struct TensorID: Hashable {
  let index: Int
}

/// A plan that is being made: launches that name tensors, and the tensors' lives that follow.
struct Assembly {
  private var tensors: [MemoryPlan.Tensor] = []
  private var steps: [((Arenas) throws -> Launch)?] = []

  /// The number of steps so far.
  var count: Int { steps.count }

  /// A tensor of `count` elements that the next step is the first to touch.
  mutating func tensor<Element>(_ count: Int, of type: Element.Type = Float.self) -> TensorID {
    tensors.append(
      .init(bytes: count * MemoryLayout<Element>.stride, life: steps.count...steps.count))
    return TensorID(index: tensors.count - 1)
  }

  /// Appends a launch that reads or writes `touched`.
  mutating func step(
    touching touched: [TensorID], _ bind: @escaping (Arenas) throws -> Launch
  ) {
    extend(touched)
    steps.append(bind)
  }

  /// Keeps the place of a launch that is bound later and reads or writes `touched`.
  mutating func reserve(touching touched: [TensorID]) {
    extend(touched)
    steps.append(nil)
  }

  private mutating func extend(_ touched: [TensorID]) {
    for id in touched {
      let life = tensors[id.index].life
      tensors[id.index].life = life.lowerBound...max(life.upperBound, steps.count)
    }
  }

  /// Places the tensors in device memory.
  func place(on queue: Queue, sharing: Bool) throws -> Arenas {
    let plan = try MemoryPlan(
      tensors, alignment: queue.device.baseAlignment, limit: queue.device.maxAllocation,
      sharing: sharing)
    let bytes = plan.arenas.reduce(0, +)
    guard bytes <= queue.device.globalMemory else {
      throw NetworkError(
        "out of memory: the activations of a batch take \(bytes) bytes, and \(queue.device.name) "
          + "has \(queue.device.globalMemory): use a smaller batch", isOutOfMemory: true)
    }
    return Arenas(
      plan: plan, sizes: tensors.map(\.bytes),
      arenas: try plan.arenas.map { (bytes) throws(OpenCLError) in
        try queue.buffer(of: UInt8.self, count: bytes)
      })
  }

  /// The launches of some steps, bound to memory.
  func bind(_ arenas: Arenas, _ range: Range<Int>) throws -> [Launch] {
    try steps[range].compactMap { try $0?(arenas) }
  }
}

/// The memory of a plan.
struct Arenas {
  fileprivate let plan: MemoryPlan
  fileprivate let sizes: [Int]
  /// The allocations that hold the tensors.
  let arenas: [Buffer<UInt8>]

  /// The memory of a tensor.
  func callAsFunction<Element: BitwiseCopyable>(
    _ id: TensorID, of type: Element.Type = Float.self
  ) throws(OpenCLError) -> Buffer<Element> {
    let place = plan.places[id.index]
    return try arenas[place.arena].slice(
      offset: place.start, count: sizes[id.index] / MemoryLayout<Element>.stride, of: Element.self)
  }
}
