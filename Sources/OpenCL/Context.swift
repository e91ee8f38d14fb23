internal import COpenCL

/// What a queue, its buffers, programs and launches have in common.
final class Context {
  let device: Device
  private let handle: Handle

  init(_ device: Device) throws(OpenCLError) {
    self.device = device
    var id: cl_device_id? = device.id.pointer
    var code: cl_int = 0
    let made = clCreateContext(nil, 1, &id, nil, nil, &code)
    handle = Handle(
      try created(made, code, "clCreateContext", "\(device)"), release: clReleaseContext)
  }

  var pointer: OpaquePointer { handle.pointer }

  /// Throws unless an object was made by the same queue; not every driver notices.
  func check(
    _ other: Context, _ call: StaticString, _ what: @autoclosure () -> String
  ) throws(OpenCLError) {
    guard other !== self else { return }
    throw OpenCLError(.invalidContext, call: "\(call)", detail: "\(what()) is another queue's")
  }
}
