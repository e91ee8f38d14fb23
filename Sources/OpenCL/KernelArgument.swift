internal import COpenCL

/// What a kernel can be given: a number, a shared struct, a ``Buffer`` or ``LocalMemory``.
public protocol KernelArgument {
  /// The parameter that takes such an argument in OpenCL C.
  static var parameter: KernelParameter { get }

  /// Hands the argument to a kernel that is being bound.
  ///
  /// - Throws: ``OpenCLError`` where the driver refuses it.
  func append(to arguments: inout ArgumentList) throws(OpenCLError)
}

/// A value that is passed to kernels by its bytes and makes up buffers.
///
/// A struct of a C header that host and device share becomes one with a line:
/// `extension PoolShape: KernelValue {}`, in a file that says `public import OpenCL`. It may hold
/// only members of 32 bits. (The protocol does not refine `BitwiseCopyable`: C structs are that, but
/// cannot be declared so outside their module.)
public protocol KernelValue: KernelArgument {
  /// The type's name in OpenCL C; the Swift name by default.
  static var openCLName: String { get }
}

private let openCLNames = [
  "Int8": "char", "Int16": "short", "Int32": "int", "Int64": "long", "UInt8": "uchar",
  "UInt16": "ushort", "UInt32": "uint", "UInt64": "ulong", "Float": "float", "Double": "double",
]

extension KernelValue {
  /// The name in OpenCL C of a Swift number, and of a shared struct its own.
  public static var openCLName: String { openCLNames["\(Self.self)"] ?? "\(Self.self)" }

  /// A parameter of this type.
  public static var parameter: KernelParameter {
    KernelParameter(space: .value, type: openCLName)
  }
}

extension KernelValue where Self: BitwiseCopyable {
  /// Hands the argument to a kernel that is being bound.
  public func append(to arguments: inout ArgumentList) throws(OpenCLError) {
    var copy = self
    try arguments.append(&copy, size: MemoryLayout<Self>.size)
  }
}

extension Int8: KernelValue {}
extension UInt8: KernelValue {}
extension Int16: KernelValue {}
extension UInt16: KernelValue {}
extension Int32: KernelValue {}
extension UInt32: KernelValue {}
extension Int64: KernelValue {}
extension UInt64: KernelValue {}
extension Float: KernelValue {}
extension Double: KernelValue {}

extension Buffer: KernelArgument {
  /// A pointer to global or constant memory.
  public static var parameter: KernelParameter {
    let name = (Element.self as? any KernelValue.Type)?.openCLName ?? "\(Element.self)"
    return KernelParameter(space: .global, type: name)
  }

  /// Hands the argument to a kernel that is being bound.
  public func append(to arguments: inout ArgumentList) throws(OpenCLError) {
    try arguments.append(self)
  }
}

/// Room in the local memory of each work-group, for a `__local` pointer parameter.
public struct LocalMemory<Element: KernelValue & BitwiseCopyable>: KernelArgument, Sendable,
  Hashable
{
  /// The number of elements.
  public let count: Int

  /// Room for a number of elements.
  public init(_ count: Int) {
    precondition(count > 0, "local memory holds at least one element, not \(count)")
    self.count = count
  }

  /// A pointer to local memory.
  public static var parameter: KernelParameter {
    KernelParameter(space: .local, type: Element.openCLName)
  }

  /// Hands the argument to a kernel that is being bound.
  public func append(to arguments: inout ArgumentList) throws(OpenCLError) {
    try arguments.append(nil, size: count * MemoryLayout<Element>.stride)
  }
}

/// A parameter of a kernel: where it lives and its type in OpenCL C.
public struct KernelParameter: Sendable, Hashable, CustomStringConvertible {
  /// Where a parameter lives.
  public enum Space: String, Sendable, Hashable {
    /// Passed by its bytes.
    case value
    /// A pointer to `__global` or `__constant` memory.
    case global
    /// A pointer to `__local` memory.
    case local
  }

  /// Where the parameter lives.
  public let space: Space
  /// The type's name, of pointers the element's.
  public let type: String

  init(space: Space, type: String) {
    self.space = space
    self.type = type
  }

  /// The parameter as OpenCL C writes it, such as `__global float *`.
  public var description: String {
    switch space {
    case .value: type
    case .global: "__global \(type) *"
    case .local: "__local \(type) *"
    }
  }

  /// The parameter that a driver describes.
  ///
  /// Buffers of scalars may be read as vectors, so a pointer to `float16` counts as one to `float`.
  init(qualifier: cl_kernel_arg_address_qualifier, type text: String) {
    switch Int32(qualifier) {
    case CL_KERNEL_ARG_ADDRESS_GLOBAL, CL_KERNEL_ARG_ADDRESS_CONSTANT: space = .global
    case CL_KERNEL_ARG_ADDRESS_LOCAL: space = .local
    default: space = .value
    }
    let ignored: Set<Substring> = ["const", "volatile", "restrict", "struct", "signed"]
    let words = text.split { $0 == " " || $0 == "*" }.filter { !ignored.contains($0) }
    let unsigned = words.first == "unsigned" || words.first?.hasPrefix("unsigned") == true
    var name = words.joined()
    if unsigned {
      let rest = name.dropFirst("unsigned".count)
      name = "u" + (rest.isEmpty ? "int" : rest)
    }
    if space != .value {
      let scalar = name.prefix { !$0.isNumber }
      if Self.scalars.contains(String(scalar)) { name = String(scalar) }
    }
    type = name
  }

  private static let scalars: Set<String> = [
    "char", "uchar", "short", "ushort", "int", "uint", "long", "ulong", "half", "float", "double",
  ]
}

/// The arguments of a kernel that is being bound, in order.
public struct ArgumentList: ~Copyable {
  private let kernel: OpaquePointer
  private let name: String
  private let context: Context
  private var count: cl_uint = 0
  private(set) var owners: [AnyObject] = []

  init(of kernel: OpaquePointer, name: String, in context: Context) {
    self.kernel = kernel
    self.name = name
    self.context = context
  }

  mutating func append(
    _ bytes: UnsafeRawPointer?, size: Int
  ) throws(OpenCLError) {
    try check(
      clSetKernelArg(kernel, count, size, bytes), "clSetKernelArg",
      "argument \(count) of \(name), \(size) bytes")
    count += 1
  }

  mutating func append<Element>(_ buffer: Buffer<Element>) throws(OpenCLError) {
    try context.check(buffer.memory.context, "clSetKernelArg", "argument \(count) of \(name)")
    var pointer: OpaquePointer? = buffer.memory.pointer
    try append(&pointer, size: MemoryLayout<OpaquePointer?>.size)
    owners.append(buffer)
  }
}
