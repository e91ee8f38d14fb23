internal import COpenCL

/// A context and an in-order queue on one device: everything made from it belongs to it.
///
/// Work is enqueued and runs in order; reads and writes wait for all of it. A queue belongs to one
/// thread at a time; several queues may work side by side.
public final class Queue {
  /// The device behind the queue.
  public let device: Device
  /// Whether ``time(_:)`` works.
  public let profiling: Bool

  let context: Context
  private let queue: Handle

  /// Opens a device.
  ///
  /// - Parameters:
  ///   - device: The device.
  ///   - profiling: Whether the device notes when each launch began and ended, for ``time(_:)``.
  /// - Throws: ``OpenCLError`` where the driver refuses.
  public init(_ device: Device, profiling: Bool = false) throws(OpenCLError) {
    self.device = device
    self.profiling = profiling
    context = try Context(device)
    var code: cl_int = 0
    let properties = cl_command_queue_properties(profiling ? CL_QUEUE_PROFILING_ENABLE : 0)
    let queue = clCreateCommandQueue(
      context.pointer, device.id.pointer, properties, &code)
    self.queue = Handle(
      try created(queue, code, "clCreateCommandQueue", "\(device)"),
      release: clReleaseCommandQueue)
  }

  var pointer: OpaquePointer { queue.pointer }

  /// Enqueues a launch without waiting for it.
  ///
  /// - Throws: ``OpenCLError`` with the launch's name and grid; a fault of an earlier launch may
  ///   show only here.
  public func run(_ launch: Launch) throws(OpenCLError) {
    guard launch.context === context else { throw launch.error(CL_INVALID_CONTEXT) }
    let code = launch.enqueue(queue.pointer, nil)
    guard code == CL_SUCCESS else { throw launch.error(code) }
  }

  /// Enqueues launches in order, without waiting for them.
  ///
  /// - Throws: ``OpenCLError`` of the first that fails; those behind it are not enqueued.
  public func run(_ launches: [Launch]) throws(OpenCLError) {
    for launch in launches { try run(launch) }
  }

  /// Waits until everything enqueued so far is done.
  ///
  /// - Throws: ``OpenCLError`` where the work failed.
  public func finish() throws(OpenCLError) { try check(clFinish(queue.pointer), "clFinish") }

  /// Starts what is enqueued, where the driver holds it back, without waiting for it.
  ///
  /// - Throws: ``OpenCLError`` where the device was lost.
  public func flush() throws(OpenCLError) { try check(clFlush(queue.pointer), "clFlush") }

  /// Runs launches in order and gives the seconds that the device worked on each.
  ///
  /// The figures come from the device's own clock: time between launches is not counted.
  ///
  /// - Throws: ``OpenCLError`` where the queue was made without profiling, or a launch fails.
  public func time(_ launches: [Launch]) throws(OpenCLError) -> [Double] {
    guard profiling else {
      throw OpenCLError(
        .profilingNotAvailable, call: "Queue.time", detail: "this queue was made without profiling",
        hint: "Make it with Queue(device, profiling: true)")
    }
    var events: [Event] = []
    events.reserveCapacity(launches.count)
    for launch in launches {
      guard launch.context === context else { throw launch.error(CL_INVALID_CONTEXT) }
      let before = launch.isCompound ? try marker() : nil
      var event: cl_event?
      let code = launch.enqueue(queue.pointer, &event)
      guard code == CL_SUCCESS, let event else { throw launch.error(code) }
      events.append(Event(event, from: before))
    }
    try finish()
    var seconds: [Double] = []
    seconds.reserveCapacity(launches.count)
    for event in events { seconds.append(try event.seconds()) }
    return seconds
  }

  private func marker() throws(OpenCLError) -> Event {
    var event: cl_event?
    let code = clEnqueueMarkerWithWaitList(queue.pointer, 0, nil, &event)
    return Event(try created(event, code, "clEnqueueMarkerWithWaitList"), from: nil)
  }
}

/// The record of one command in a profiling queue.
private final class Event {
  private let handle: Handle
  /// The command after whose end this one began, where the record covers only the last of several.
  private let before: Event?

  init(_ event: OpaquePointer, from before: Event?) {
    handle = Handle(event, release: clReleaseEvent)
    self.before = before
  }

  func seconds() throws(OpenCLError) -> Double {
    let start =
      if let before {
        try before.moment(CL_PROFILING_COMMAND_END)
      } else {
        try moment(CL_PROFILING_COMMAND_START)
      }
    let end = try moment(CL_PROFILING_COMMAND_END)
    return end > start ? Double(end - start) * 1e-9 : 0
  }

  /// A moment in nanoseconds of the device's clock.
  private func moment(_ parameter: Int32) throws(OpenCLError) -> cl_ulong {
    try answer(cl_ulong(0), "clGetEventProfilingInfo") {
      clGetEventProfilingInfo(handle.pointer, cl_profiling_info(parameter), $0, $1, $2)
    }
  }
}
