internal import COpenCL

/// A device of any OpenCL platform: an id and what the device says of itself.
public struct Device: Sendable, Hashable {
  /// What a device is; the order is that of ``Device/all()``.
  public enum Kind: String, Sendable, Hashable, Comparable, CaseIterable {
    case gpu, accelerator, cpu

    /// Whether a kind comes before another in the numbering.
    public static func < (left: Kind, right: Kind) -> Bool { left.rank < right.rank }

    private var rank: Int {
      switch self {
      case .gpu: 0
      case .accelerator: 1
      case .cpu: 2
      }
    }
  }

  /// The place in ``all()``: what `--device` takes.
  public internal(set) var index: Int
  /// The name, as the driver gives it.
  public let name: String
  /// The maker of the device.
  public let vendor: String
  /// The name of the platform (the driver's family) that offers the device.
  public let platform: String
  /// The driver's version.
  public let driver: String
  /// The version of OpenCL, such as `OpenCL 3.0 CUDA`.
  public let version: String
  /// Whether it is a GPU, an accelerator or a processor.
  public let kind: Kind
  /// The cores, or what the driver counts as such.
  public let computeUnits: Int
  /// The highest clock in MHz, 0 where unknown.
  public let clock: Int
  /// The most work-items in a work-group; a kernel may allow fewer.
  public let maxWorkGroupSize: Int
  /// The most work-items of a work-group along x, y and z.
  public let maxWorkItemSizes: [Int]
  /// Global memory in bytes.
  public let globalMemory: Int
  /// The largest single buffer in bytes.
  public let maxAllocation: Int
  /// Local memory of a work-group in bytes.
  public let localMemory: Int
  /// Whether local memory is faster than global memory, as on GPUs.
  public let hasDedicatedLocalMemory: Bool
  /// What the offset of a slice must be a multiple of, in bytes.
  public let baseAlignment: Int
  /// Whether kernels may use `double`.
  public let hasDoubles: Bool
  /// Whether device and host share their memory.
  public let hasUnifiedMemory: Bool
  /// The floats of the device's natural vector: 16 with AVX-512, 8 with AVX2, 1 on most GPUs.
  public let nativeFloatLanes: Int
  /// The floats of the vector that the driver's compiler prefers.
  public let preferredFloatLanes: Int
  /// The names of the extensions.
  public let extensions: Set<String>

  let id: DeviceID
}

/// A `cl_device_id`.
///
/// Unchecked: the id of a whole device is never released, and every call that takes one is
/// thread-safe by the OpenCL standard (appendix A.2).
struct DeviceID: @unchecked Sendable, Hashable {
  let pointer: OpaquePointer
}

extension Device: CustomStringConvertible {
  /// The index, the name and the platform on one line.
  public var description: String { "\(index): \(name) (\(platform))" }
}

extension Device {
  /// Every device of every platform in one numbering: GPUs first, then accelerators, then CPUs.
  ///
  /// Platforms without devices are skipped. The devices are looked for once in a process.
  ///
  /// - Throws: ``OpenCLError`` with ``OpenCLError/isNoDevice`` where there is none.
  public static func all() throws(OpenCLError) -> [Device] { try found.get() }

  /// The device with an index, or the first whose name contains a text, whatever the case.
  ///
  /// A name is looked for among the devices first, then among their platforms and vendors, so that
  /// both `4090` and `pocl` work.
  ///
  /// - Throws: ``OpenCLError`` that lists the devices where none fits.
  public static func select(_ text: String) throws(OpenCLError) -> Device {
    try select(text, from: all())
  }

  /// How many elements of a type lie between two places where a slice of a buffer may start.
  public func alignment<Element: BitwiseCopyable>(of type: Element.Type) -> Int {
    var (a, b) = (baseAlignment, MemoryLayout<Element>.stride)
    while b != 0 { (a, b) = (b, a % b) }
    return baseAlignment / a
  }

  // Once, because PoCL 3.1 races when two threads make the first call.
  private static let found = Result<[Device], OpenCLError> { () throws(OpenCLError) in
    try discover()
  }

  /// Sorts devices by kind, keeps the drivers' order within a kind, and numbers them.
  static func numbered(_ devices: [Device]) -> [Device] {
    var sorted = Kind.allCases.sorted().flatMap { kind in devices.filter { $0.kind == kind } }
    for index in sorted.indices { sorted[index].index = index }
    return sorted
  }

  static func select(_ text: String, from devices: [Device]) throws(OpenCLError) -> Device {
    let wanted = text.lowercased()
    if let index = Int(text) {
      if devices.indices.contains(index) { return devices[index] }
      // A model's number, but not any digit: index 3 of three devices is no RTX 3060.
      let model = devices.first { $0.name.split(separator: " ").contains(Substring(text)) }
      if let model { return model }
    } else if !wanted.isEmpty {
      let named = devices.first { $0.name.lowercased().contains(wanted) }
      let family = devices.first { "\($0.platform) \($0.vendor)".lowercased().contains(wanted) }
      if let device = named ?? family { return device }
    }
    let known = devices.map { "\n  \($0)" }.joined()
    throw OpenCLError(
      .deviceNotFound, call: "Device.select", detail: "no device has the index or name '\(text)'",
      hint: "Give an index or a part of a name. The devices are:\(known)")
  }

  private static func discover() throws(OpenCLError) -> [Device] {
    var count: cl_uint = 0
    let code = clGetPlatformIDs(0, nil, &count)
    guard code == CL_SUCCESS, count > 0 else {
      throw OpenCLError(
        code == CL_SUCCESS ? .platformNotFound : .init(code), call: "clGetPlatformIDs",
        detail: "no OpenCL driver is found", hint: DriverSearch.current.hint)
    }
    var platforms = [cl_platform_id?](repeating: nil, count: Int(count))
    try check(clGetPlatformIDs(count, &platforms, nil), "clGetPlatformIDs")

    var devices: [Device] = []
    var failure = OpenCLError(
      .deviceNotFound, call: "clGetDeviceIDs",
      detail: "none of the \(count) installed OpenCL platforms has a device",
      hint: DriverSearch.current.hint)
    for case let platform? in platforms {
      // A platform may have no devices, or be broken; neither hides the devices of the others.
      do throws(OpenCLError) {
        let name = try text("clGetPlatformInfo") {
          clGetPlatformInfo(platform, cl_platform_info(CL_PLATFORM_NAME), $0, $1, $2)
        }
        for id in try ids(on: platform) { devices.append(try Device(id, platform: name)) }
      } catch  where error == OpenCLError(.deviceNotFound) {
        continue
      } catch {
        failure = error
      }
    }
    guard !devices.isEmpty else { throw failure }
    return numbered(devices)
  }

  private static func ids(on platform: cl_platform_id) throws(OpenCLError) -> [OpaquePointer] {
    let type = cl_device_type(CL_DEVICE_TYPE_ALL)
    var count: cl_uint = 0
    try check(clGetDeviceIDs(platform, type, 0, nil, &count), "clGetDeviceIDs")
    guard count > 0 else { return [] }
    var ids = [cl_device_id?](repeating: nil, count: Int(count))
    try check(clGetDeviceIDs(platform, type, count, &ids, nil), "clGetDeviceIDs")
    return ids.compactMap { $0 }
  }

  private init(_ id: OpaquePointer, platform: String) throws(OpenCLError) {
    func query(_ parameter: Int32) -> Query {
      { clGetDeviceInfo(id, cl_device_info(parameter), $0, $1, $2) }
    }
    func text(_ parameter: Int32) throws(OpenCLError) -> String {
      try OpenCL.text("clGetDeviceInfo", query(parameter))
    }
    func number<T: FixedWidthInteger & BitwiseCopyable>(
      _ parameter: Int32, _ type: T.Type
    ) throws(OpenCLError) -> Int {
      Int(clamping: try answer(T.zero, "clGetDeviceInfo", query(parameter)))
    }

    index = 0
    name = try text(CL_DEVICE_NAME)
    vendor = try text(CL_DEVICE_VENDOR)
    self.platform = platform
    driver = try text(CL_DRIVER_VERSION)
    version = try text(CL_DEVICE_VERSION)
    let type = try number(CL_DEVICE_TYPE, cl_device_type.self)
    kind =
      if type & Int(CL_DEVICE_TYPE_GPU) != 0 {
        .gpu
      } else if type & Int(CL_DEVICE_TYPE_CPU) != 0 {
        .cpu
      } else {
        .accelerator
      }
    computeUnits = try number(CL_DEVICE_MAX_COMPUTE_UNITS, cl_uint.self)
    clock = (try? number(CL_DEVICE_MAX_CLOCK_FREQUENCY, cl_uint.self)) ?? 0
    maxWorkGroupSize = try number(CL_DEVICE_MAX_WORK_GROUP_SIZE, Int.self)
    maxWorkItemSizes = try list(
      of: 0, "clGetDeviceInfo", query(CL_DEVICE_MAX_WORK_ITEM_SIZES))
    globalMemory = try number(CL_DEVICE_GLOBAL_MEM_SIZE, cl_ulong.self)
    maxAllocation = try number(CL_DEVICE_MAX_MEM_ALLOC_SIZE, cl_ulong.self)
    localMemory = try number(CL_DEVICE_LOCAL_MEM_SIZE, cl_ulong.self)
    hasDedicatedLocalMemory =
      (try? number(CL_DEVICE_LOCAL_MEM_TYPE, cl_uint.self)) == Int(CL_LOCAL)
    let bits = try number(CL_DEVICE_MEM_BASE_ADDR_ALIGN, cl_uint.self)
    baseAlignment = max(1, bits / 8)
    hasUnifiedMemory =
      (try? number(CL_DEVICE_HOST_UNIFIED_MEMORY, cl_uint.self)).map { $0 != 0 } ?? false
    nativeFloatLanes =
      max(1, (try? number(CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT, cl_uint.self)) ?? 1)
    preferredFloatLanes =
      max(1, (try? number(CL_DEVICE_PREFERRED_VECTOR_WIDTH_FLOAT, cl_uint.self)) ?? 1)
    extensions = Set(try text(CL_DEVICE_EXTENSIONS).split(separator: " ").map(String.init))
    hasDoubles =
      extensions.contains("cl_khr_fp64")
      || (try? number(CL_DEVICE_DOUBLE_FP_CONFIG, cl_ulong.self)).map { $0 != 0 } ?? false
    self.id = DeviceID(pointer: id)
  }
}
