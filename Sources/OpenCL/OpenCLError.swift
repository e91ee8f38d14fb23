internal import COpenCL

/// A failed OpenCL or CLBlast call: what was asked, the code, what the user can do about it.
///
/// Two errors are equal when their codes are, so that `error == OpenCLError(.outOfResources)` reads
/// as a question about the cause.
public struct OpenCLError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The C function that failed, or would have: some mistakes are refused before the driver is asked.
  public let call: String
  /// The status by number and name.
  public let code: Code
  /// What happened, with its numbers; empty where nothing is known beyond the code.
  public let detail: String
  /// What the user can do.
  public let hint: String
  /// The compiler's words where a program did not build; empty otherwise.
  public let log: String

  /// Describes a failure; without a hint of its own it carries the code's.
  public init(
    _ code: Code, call: String = "OpenCL", detail: String = "", hint: String? = nil,
    log: String = ""
  ) {
    self.call = call
    self.code = code
    self.detail = detail
    self.hint = hint ?? code.hint
    self.log = log
  }

  /// Whether two errors have the same code.
  public static func == (left: OpenCLError, right: OpenCLError) -> Bool { left.code == right.code }

  /// Whether the device or the host ran out of memory, so that a smaller batch may help.
  public var isOutOfMemory: Bool { Code.outOfMemory.contains(code) }

  /// Whether there is no such device, or none at all.
  public var isNoDevice: Bool { Code.noDevice.contains(code) }

  /// Whether the context is dead: nothing more can be done on this queue.
  public var isDeviceLost: Bool { Code.deviceLost.contains(code) }

  /// The call, the code, what happened, what to do, and the log on lines of its own.
  public var description: String {
    var text = "\(call): \(code)"
    if !detail.isEmpty { text += ": \(detail)" }
    if !hint.isEmpty { text += ". \(hint)" }
    if !log.isEmpty { text += "\n\(log)" }
    return text
  }
}

extension OpenCLError {
  /// A status of OpenCL or CLBlast; an open set, so that a code nobody has heard of survives.
  public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The number in the headers.
    public let rawValue: Int32

    /// The status of a number.
    public init(rawValue: Int32) { self.rawValue = rawValue }

    init(_ value: Int32) { rawValue = value }

    /// The name in the headers, such as `CL_OUT_OF_RESOURCES`, or `unknown code`.
    public var name: String { Self.names[rawValue] ?? "unknown code" }

    /// The name and the number.
    public var description: String { "\(name) (\(rawValue))" }
  }
}

extension OpenCLError.Code {
  /// No device of the kind that was asked for.
  public static let deviceNotFound = Self(CL_DEVICE_NOT_FOUND)
  /// The device does not have the memory for a buffer.
  public static let allocationFailure = Self(CL_MEM_OBJECT_ALLOCATION_FAILURE)
  /// Memory, registers or local memory ran out, or the driver killed the kernel.
  public static let outOfResources = Self(CL_OUT_OF_RESOURCES)
  /// The host ran out of memory.
  public static let outOfHostMemory = Self(CL_OUT_OF_HOST_MEMORY)
  /// The queue was made without profiling.
  public static let profilingNotAvailable = Self(CL_PROFILING_INFO_NOT_AVAILABLE)
  /// Source and destination of a copy overlap.
  public static let copyOverlap = Self(CL_MEM_COPY_OVERLAP)
  /// The OpenCL C source did not compile.
  public static let buildFailure = Self(CL_BUILD_PROGRAM_FAILURE)
  /// A slice does not start on a multiple of the device's base alignment.
  public static let misalignedSlice = Self(CL_MISALIGNED_SUB_BUFFER_OFFSET)
  /// A command that this one waited for had failed.
  public static let failedDependency = Self(CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST)
  /// The driver keeps no signatures of kernels.
  public static let argumentInfoNotAvailable = Self(CL_KERNEL_ARG_INFO_NOT_AVAILABLE)
  /// A range outside its buffer, or another value that makes no sense.
  public static let invalidValue = Self(CL_INVALID_VALUE)
  /// Objects of two queues were mixed.
  public static let invalidContext = Self(CL_INVALID_CONTEXT)
  /// The queue is not valid, typically because the device was lost.
  public static let invalidQueue = Self(CL_INVALID_COMMAND_QUEUE)
  /// A buffer that is not one of this queue's.
  public static let invalidBuffer = Self(CL_INVALID_MEM_OBJECT)
  /// An option the compiler does not know.
  public static let invalidBuildOptions = Self(CL_INVALID_BUILD_OPTIONS)
  /// The program has no kernel of that name.
  public static let invalidKernelName = Self(CL_INVALID_KERNEL_NAME)
  /// The kernel's parameters are not those that Swift declares.
  public static let signatureMismatch = Self(CL_INVALID_KERNEL_DEFINITION)
  /// An argument of the wrong size.
  public static let invalidArgumentSize = Self(CL_INVALID_ARG_SIZE)
  /// The work-group is too large, or does not divide the grid.
  public static let invalidWorkGroupSize = Self(CL_INVALID_WORK_GROUP_SIZE)
  /// The work-group is too large in one dimension.
  public static let invalidWorkItemSize = Self(CL_INVALID_WORK_ITEM_SIZE)
  /// A buffer of no bytes, or of more than the device gives in one piece.
  public static let invalidBufferSize = Self(CL_INVALID_BUFFER_SIZE)
  /// An empty grid.
  public static let invalidGrid = Self(CL_INVALID_GLOBAL_WORK_SIZE)
  /// No OpenCL driver is installed.
  public static let platformNotFound = Self(CL_PLATFORM_NOT_FOUND_KHR)
  /// The shapes of a matrix product do not fit together.
  public static let invalidDimension = Self(CLBlastInvalidDimension.rawValue)

  static let outOfMemory: Set<Self> = [
    .allocationFailure, .outOfResources, .outOfHostMemory, .invalidBufferSize,
  ]
  static let noDevice: Set<Self> = [
    .deviceNotFound, Self(CL_DEVICE_NOT_AVAILABLE), .platformNotFound,
  ]
  static let deviceLost: Set<Self> = [
    .failedDependency, .invalidQueue, Self(CL_CONTEXT_TERMINATED_KHR), Self(-9999),
  ]

  static let installHint =
    "Install an OpenCL driver: apt-get install pocl-opencl-icd runs on any processor; a GPU needs "
    + "its vendor's"

  /// What the user can do about this code, where that is known.
  var hint: String {
    switch rawValue {
    case CL_DEVICE_NOT_FOUND, CL_PLATFORM_NOT_FOUND_KHR: Self.installHint
    case CL_DEVICE_NOT_AVAILABLE: "Another program may hold the device; try again or choose another"
    case CL_COMPILER_NOT_AVAILABLE: "This driver cannot compile kernels; choose another device"
    case CL_MEM_OBJECT_ALLOCATION_FAILURE:
      "The device's memory is used up; use a smaller batch or network, or end what else runs on it"
    case CL_OUT_OF_RESOURCES:
      "The device ran out of memory or registers, or the driver stopped a kernel that ran too long "
        + "or touched memory out of bounds; use a smaller batch, then look at the system log"
    case CL_OUT_OF_HOST_MEMORY:
      "The computer's memory is used up; use a smaller batch or dataset"
    case CL_BUILD_PROGRAM_FAILURE:
      "The compiler's log follows; with an empty log, check that the driver's cache folder "
        + "(PoCL: ~/.cache/pocl) can be written and its disk is not full"
    case CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST, CL_INVALID_COMMAND_QUEUE,
      CL_CONTEXT_TERMINATED_KHR, -9999:
      "The device was lost: an earlier kernel failed, ran too long or touched memory out of "
        + "bounds. Start again; the driver's words are in the system log (dmesg)"
    case CL_INVALID_MEM_OBJECT, CL_INVALID_CONTEXT:
      "Buffers, kernels and launches work only with the queue that made them"
    case CL_INVALID_WORK_GROUP_SIZE, CL_INVALID_WORK_ITEM_SIZE:
      "Use a smaller work-group, one that divides the grid"
    case CL_INVALID_BUFFER_SIZE: "Use smaller buffers; a smaller batch may do"
    case CLBlastUnexpectedError.rawValue:
      "CLBlast failed inside; its first use must not happen on two threads at once"
    default: ""
    }
  }
}

/// Throws unless a call succeeded.
func check(
  _ code: cl_int, _ call: StaticString, _ detail: @autoclosure () -> String = ""
) throws(OpenCLError) {
  guard code != CL_SUCCESS else { return }
  throw OpenCLError(.init(code), call: "\(call)", detail: detail())
}

/// The handle that a call made, or the call's error.
func created(
  _ handle: OpaquePointer?, _ code: cl_int, _ call: StaticString,
  _ detail: @autoclosure () -> String = ""
) throws(OpenCLError) -> OpaquePointer {
  try check(code, call, detail())
  guard let handle else {
    throw OpenCLError(
      .outOfHostMemory, call: "\(call)", detail: "the driver reported success but made nothing",
      hint: "This is a defect of the driver; try another version of it")
  }
  return handle
}
