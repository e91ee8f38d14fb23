internal import COpenCL

/// A compiled kernel whose parameters are known to Swift: arguments in the wrong order or number do
/// not compile.
public struct Kernel<each Argument: KernelArgument>: ~Copyable {
  /// The name in the source.
  public let name: String

  private let handle: Handle
  private let context: Context
  private let limits: KernelLimits

  fileprivate init(
    _ handle: consuming Handle, name: String, in context: Context, limits: KernelLimits
  ) {
    self.name = name
    self.handle = handle
    self.context = context
    self.limits = limits
  }

  /// The most work-items in a work-group that the kernel's registers allow.
  public var maxWorkGroupSize: Int { limits.workGroupSize }

  /// The number of work-items that run in step, such as a warp: work-groups should be multiples.
  public var preferredMultiple: Int { limits.preferredMultiple }

  /// A launch of the kernel with its arguments, ready to be enqueued as often as wanted.
  ///
  /// - Parameters:
  ///   - grid: The work-items and work-groups.
  ///   - label: What the launch is for, such as a layer's name.
  ///   - arguments: The arguments, in the kernel's order.
  /// - Returns: The launch, for the queue that the kernel was built on.
  /// - Throws: ``OpenCLError`` where the work-group does not divide the grid, or the kernel or the
  ///   device cannot run it.
  public func bind(
    over grid: Grid, label: String? = nil, _ arguments: repeat each Argument
  ) throws(OpenCLError) -> Launch {
    try check(grid)
    let bound = BoundKernel(try another(), over: grid)
    var list = ArgumentList(of: bound.pointer, name: name, in: context)
    for argument in repeat each arguments { try argument.append(to: &list) }
    try checkLocalMemory(of: bound.pointer)
    let (kernel, global, local) = (bound.pointer, bound.global, bound.local)
    return Launch(
      name, over: grid, label: label, call: "clEnqueueNDRangeKernel",
      in: context, keeping: list.owners + [bound]
    ) { queue, event in
      clEnqueueNDRangeKernel(queue, kernel, 3, nil, global, local, 0, nil, event)
    }
  }

  /// Arguments belong to a `cl_kernel`, so every launch has its own.
  private func another() throws(OpenCLError) -> Handle {
    let kernel = handle.pointer
    let program = try answer(OpaquePointer?.none, "clGetKernelInfo") {
      clGetKernelInfo(kernel, cl_kernel_info(CL_KERNEL_PROGRAM), $0, $1, $2)
    }
    var code: cl_int = 0
    let made = clCreateKernel(program, name, &code)
    return Handle(try created(made, code, "clCreateKernel", name), release: clReleaseKernel)
  }

  private func check(_ grid: Grid) throws(OpenCLError) {
    let call = "clEnqueueNDRangeKernel"
    let (x, y, z) = grid.local
    guard grid.x > 0, grid.y > 0, grid.z > 0, x > 0, y > 0, z > 0 else {
      throw OpenCLError(
        .invalidGrid, call: call, detail: "\(name) over \(grid)", hint: "No size may be zero")
    }
    guard grid.x.isMultiple(of: x), grid.y.isMultiple(of: y), grid.z.isMultiple(of: z) else {
      throw OpenCLError(
        .invalidWorkGroupSize, call: call,
        detail: "\(name) over \(grid): the work-group does not divide the grid",
        hint: "Use Grid.covering, and a guard in the kernel")
    }
    let device = context.device
    let allowed = min(limits.workGroupSize, device.maxWorkGroupSize)
    guard grid.localCount <= allowed,
      zip([x, y, z], device.maxWorkItemSizes).allSatisfy({ $0 <= $1 })
    else {
      throw OpenCLError(
        .invalidWorkGroupSize, call: call,
        detail: "\(name) over \(grid): the work-group has \(grid.localCount) work-items, and "
          + "\(device.name) allows \(allowed) for this kernel, at most "
          + device.maxWorkItemSizes.map(String.init).joined(separator: " x "))
    }
    let required = limits.required
    guard required.x == 0 || required == WorkGroup(x: x, y: y, z: z) else {
      throw OpenCLError(
        .invalidWorkGroupSize, call: call,
        detail: "\(name) over \(grid): the source requires work-groups of "
          + "\(required.x) x \(required.y) x \(required.z)",
        hint: "Launch it with that size, or change reqd_work_group_size")
    }
  }

  private func checkLocalMemory(of kernel: OpaquePointer) throws(OpenCLError) {
    let device = context.device
    let id = device.id.pointer
    let used = try answer(cl_ulong(0), "clGetKernelWorkGroupInfo") {
      clGetKernelWorkGroupInfo(
        kernel, id, cl_kernel_work_group_info(CL_KERNEL_LOCAL_MEM_SIZE), $0, $1, $2)
    }
    guard used <= device.localMemory else {
      throw OpenCLError(
        .outOfResources, call: "clEnqueueNDRangeKernel",
        detail: "\(name) uses \(amount(Int(clamping: used))) of local memory, and \(device.name) "
          + "has \(amount(device.localMemory))", hint: "Use smaller tiles")
    }
  }
}

extension Program {
  /// The kernel of a name, once its parameters proved to be those that Swift declares.
  ///
  /// The number of parameters is compared always, their types where the driver keeps them. A
  /// pointer to vectors takes a buffer of their scalars.
  ///
  /// - Parameters:
  ///   - name: The kernel's name.
  ///   - types: The types of the arguments, in order.
  /// - Returns: The kernel.
  /// - Throws: ``OpenCLError`` that names the kernels there are, or the parameter that differs.
  public func kernel<each Argument: KernelArgument>(
    _ name: String, of types: repeat (each Argument).Type
  ) throws(OpenCLError) -> Kernel<repeat each Argument> {
    let handle = try makeKernel(name)
    let limits = try KernelLimits(of: handle.pointer, on: context.device)
    var declared: [KernelParameter] = []
    for type in repeat (each Argument).self { declared.append(type.parameter) }
    try Signature(of: handle.pointer, name: name).check(declared)
    return Kernel(handle, name: name, in: context, limits: limits)
  }
}

/// What a compiled kernel allows on its device.
private struct KernelLimits {
  let workGroupSize: Int
  let preferredMultiple: Int
  /// The work-group size that the source requires, zeros where it leaves the choice.
  let required: WorkGroup

  init(of kernel: OpaquePointer, on device: Device) throws(OpenCLError) {
    let id = device.id.pointer
    func query(_ parameter: Int32) -> Query {
      { clGetKernelWorkGroupInfo(kernel, id, cl_kernel_work_group_info(parameter), $0, $1, $2) }
    }
    let call: StaticString = "clGetKernelWorkGroupInfo"
    workGroupSize = try answer(0, call, query(CL_KERNEL_WORK_GROUP_SIZE))
    preferredMultiple = try answer(0, call, query(CL_KERNEL_PREFERRED_WORK_GROUP_SIZE_MULTIPLE))
    required = try answer(
      WorkGroup(x: 0, y: 0, z: 0), call, query(CL_KERNEL_COMPILE_WORK_GROUP_SIZE))
  }
}

/// The answer to CL_KERNEL_COMPILE_WORK_GROUP_SIZE.
private struct WorkGroup: Equatable, BitwiseCopyable {
  var x: Int
  var y: Int
  var z: Int
}

/// A kernel with its arguments and its sizes, at addresses that stay.
private final class BoundKernel {
  private let handle: Handle
  private let sizes: UnsafeMutablePointer<Int>

  init(_ handle: consuming Handle, over grid: Grid) {
    self.handle = handle
    sizes = .allocate(capacity: 6)
    let (x, y, z) = grid.local
    for (place, size) in [grid.x, grid.y, grid.z, x, y, z].enumerated() { sizes[place] = size }
  }

  deinit { sizes.deallocate() }

  var pointer: OpaquePointer { handle.pointer }
  var global: UnsafePointer<Int> { UnsafePointer(sizes) }
  var local: UnsafePointer<Int> { UnsafePointer(sizes + 3) }
}

/// What the compiled kernel says of its parameters.
private struct Signature {
  let kernel: String
  let count: Int
  /// Empty where the driver keeps no types.
  var parameters: [(name: String, type: KernelParameter)] = []

  init(of kernel: OpaquePointer, name: String) throws(OpenCLError) {
    self.kernel = name
    count = Int(
      try answer(cl_uint(0), "clGetKernelInfo") {
        clGetKernelInfo(kernel, cl_kernel_info(CL_KERNEL_NUM_ARGS), $0, $1, $2)
      })
    for index in 0..<cl_uint(count) {
      let call: StaticString = "clGetKernelArgInfo"
      func query(_ parameter: Int32) -> Query {
        { clGetKernelArgInfo(kernel, index, cl_kernel_arg_info(parameter), $0, $1, $2) }
      }
      do throws(OpenCLError) {
        let space = try answer(
          cl_kernel_arg_address_qualifier(0), call, query(CL_KERNEL_ARG_ADDRESS_QUALIFIER))
        let type = try text(call, query(CL_KERNEL_ARG_TYPE_NAME))
        let name = try text(call, query(CL_KERNEL_ARG_NAME))
        parameters.append((name, KernelParameter(qualifier: space, type: type)))
      } catch  where error.code == .argumentInfoNotAvailable {
        parameters = []
        return
      }
    }
  }

  /// Throws unless the declared parameters are the kernel's.
  func check(_ declared: [KernelParameter]) throws(OpenCLError) {
    guard declared.count == count else {
      throw mismatch("the kernel takes \(count) arguments, and Swift declares \(declared.count)")
    }
    for (index, (own, type)) in zip(parameters, declared).enumerated() where own.type != type {
      throw mismatch(
        "parameter \(index), \(own.name), is `\(own.type)`, and Swift declares `\(type)`")
    }
  }

  private func mismatch(_ detail: String) -> OpenCLError {
    OpenCLError(
      .signatureMismatch, call: "clGetKernelArgInfo", detail: "\(kernel): \(detail)",
      hint: "Make the types in Swift and the .cl file agree; the .cl file may use macros for types "
        + "but no typedefs, which hide them from this check")
  }
}
