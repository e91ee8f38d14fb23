internal import COpenCL

/// Compiled OpenCL C: the kernels of one source text with its options.
public struct Program: ~Copyable {
  private let handle: Handle
  let context: Context

  /// The names of the kernels, in the driver's order.
  public let kernelNames: [String]

  fileprivate init(_ handle: consuming Handle, in context: Context, kernelNames: [String]) {
    self.handle = handle
    self.context = context
    self.kernelNames = kernelNames
  }

  func makeKernel(_ name: String) throws(OpenCLError) -> Handle {
    var code: cl_int = 0
    let made = clCreateKernel(handle.pointer, name, &code)
    guard code != CL_INVALID_KERNEL_NAME else {
      throw OpenCLError(
        .invalidKernelName, call: "clCreateKernel", detail: "there is no kernel '\(name)'",
        hint: "The program has: \(kernelNames.joined(separator: ", "))")
    }
    return Handle(try created(made, code, "clCreateKernel", name), release: clReleaseKernel)
  }
}

extension Queue {
  /// Compiles OpenCL C 1.2, never with fast-math.
  ///
  /// - Parameters:
  ///   - source: The text. A first line of `#line 2 "pool.cl"` makes the log point at the file.
  ///   - options: Options of the compiler, such as `-DV=16`.
  /// - Returns: The program.
  /// - Throws: ``OpenCLError`` with the compiler's log.
  public func build(
    _ source: String, options: [String] = []
  ) throws(OpenCLError) -> Program {
    // With these, x != x folds to false on PoCL and on Intel's compiler, and NaN goes unseen.
    let unsafe = ["-cl-fast-relaxed-math", "-cl-finite-math-only", "-cl-unsafe-math-optimizations"]
    precondition(
      !options.contains { option in unsafe.contains { option.contains($0) } },
      "fast-math hides NaN; use fma() where speed is wanted")
    var code: cl_int = 0
    let made = source.withCString { text in
      var text: UnsafePointer<CChar>? = text
      return clCreateProgramWithSource(context.pointer, 1, &text, nil, &code)
    }
    let handle = Handle(
      try created(made, code, "clCreateProgramWithSource"), release: clReleaseProgram)
    let program = handle.pointer
    let all = (["-cl-std=CL1.2", "-cl-kernel-arg-info"] + options).joined(separator: " ")
    var id: cl_device_id? = device.id.pointer
    code = CompilationWatch.timed(on: device) { clBuildProgram(program, 1, &id, all, nil, nil) }
    guard code == CL_SUCCESS else {
      let log = try? text("clGetProgramBuildInfo") {
        clGetProgramBuildInfo(
          program, id, cl_program_build_info(CL_PROGRAM_BUILD_LOG), $0, $1, $2)
      }
      throw OpenCLError(
        .init(code), call: "clBuildProgram", detail: "options \(all)", log: log ?? "")
    }
    let names = try text("clGetProgramInfo") {
      clGetProgramInfo(program, cl_program_info(CL_PROGRAM_KERNEL_NAMES), $0, $1, $2)
    }
    return Program(handle, in: context, kernelNames: names.split(separator: ";").map(String.init))
  }
}
