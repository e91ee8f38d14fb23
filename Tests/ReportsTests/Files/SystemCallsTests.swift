import Foundation
import Testing

@testable import Reports

struct SystemCallsTests {
  @Test func `a pipe that is full for the moment is waited for`() throws {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    let (reading, writing) = (ends[0], ends[1])
    try #require(fcntl(writing, F_SETFL, O_NONBLOCK) == 0)
    // More than a pipe holds, which is 64 KiB.
    let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
    Thread.detachNewThread {
      try? SystemCalls().writeAll(bytes, to: writing)
      close(writing)
    }
    usleep(20_000)
    let reader = FileHandle(fileDescriptor: reading, closeOnDealloc: true)
    #expect(try reader.readToEnd().map(Array.init) == bytes)
  }

  @Test func `a signal in the middle of a call is no failure`() {
    var calls = 0
    let status: Int32 = again {
      calls += 1
      errno = EINTR
      return calls < 3 ? -1 : 7
    }
    #expect(status == 7 && calls == 3)
  }
}
