import OpenCL
import Testing

/// A queue on the first device.
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

/// Expects a body to throw an error of one code whose text contains some words.
func expectError(
  _ code: OpenCLError.Code, saying words: String..., from body: () throws -> Void,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let error = #expect(throws: OpenCLError.self, sourceLocation: sourceLocation, performing: body)
  guard let error else { return }
  #expect(error.code == code, sourceLocation: sourceLocation)
  for word in words {
    #expect("\(error)".contains(word), "\(error)", sourceLocation: sourceLocation)
  }
}
