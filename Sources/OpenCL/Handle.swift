internal import COpenCL

/// The single owner of an OpenCL object: releases it when it goes away.
struct Handle: ~Copyable {
  let pointer: OpaquePointer
  private let release: @convention(c) (OpaquePointer?) -> cl_int

  init(_ pointer: OpaquePointer, release: @convention(c) (OpaquePointer?) -> cl_int) {
    self.pointer = pointer
    self.release = release
  }

  // Nothing can be done about a failed release, and a lost device fails all of them.
  deinit { _ = release(pointer) }
}

/// One of the `clGet...Info` functions with its object and question filled in: it takes the
/// destination's size, the destination, and where to put the size of the answer.
typealias Query = (Int, UnsafeMutableRawPointer?, UnsafeMutablePointer<Int>?) -> cl_int

/// The answer to a query of fixed size, written over `value`.
func answer<T: BitwiseCopyable>(
  _ value: T, _ call: StaticString, _ query: Query
) throws(OpenCLError) -> T {
  var value = value
  try check(query(MemoryLayout<T>.size, &value, nil), call)
  return value
}

/// The answer to a query of a list.
func list<T: BitwiseCopyable>(
  of zero: T, _ call: StaticString, _ query: Query
) throws(OpenCLError) -> [T] {
  var size = 0
  try check(query(0, nil, &size), call)
  guard size > 0 else { return [] }
  var values = Array(repeating: zero, count: size / MemoryLayout<T>.stride)
  try check(query(size, &values, nil), call)
  return values
}

/// The answer to a query of text, without its closing zero and the blanks that drivers pad with.
func text(_ call: StaticString, _ query: Query) throws(OpenCLError) -> String {
  let bytes = try list(of: UInt8(0), call, query)
  let text = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  return String(
    text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
}
