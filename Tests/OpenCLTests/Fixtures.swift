import OpenCL
import Testing

/// The device of the tests: the first one, or the first whose name contains `GPU_TRAIN_TEST_DEVICE`.
func testQueue(profiling: Bool = false) throws -> Queue {
  try Queue(Device.all()[0], profiling: profiling)
}

let saxpySource = """
  #line 2 "saxpy.cl"
  kernel void saxpy(int count, float a, global const float *x, global float *y) {
    const int i = get_global_id(0);
    if (i < count) y[i] = fma(a, x[i], y[i]);
  }
  """

/// Expects a call to fail with a code, and gives the error for a closer look.
func expectFailure(
  _ code: OpenCLError.Code, sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () throws -> Void
) -> OpenCLError? {
  let error = #expect(throws: OpenCLError.self, sourceLocation: sourceLocation, performing: body)
  #expect(error?.code == code, sourceLocation: sourceLocation)
  return error
}
