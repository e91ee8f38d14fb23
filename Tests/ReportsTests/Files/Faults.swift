import Glibc

@testable import Reports

/// System calls of which the n-th fails, counted over all kinds.
final class Faults {
  private(set) var calls = 0
  let failing: Int
  let code: Int32

  init(failing: Int, code: Int32) {
    self.failing = failing
    self.code = code
  }

  private func fails() -> Bool {
    calls += 1
    if calls == failing { errno = code }
    return calls == failing
  }

  /// Real calls on real files, but for the failing one; a write takes 1000 bytes at most.
  var systemCalls: SystemCalls {
    var calls = SystemCalls()
    let real = SystemCalls()
    calls.open = { self.fails() ? -1 : real.open($0, $1) }
    calls.write = {
      self.fails() ? -1 : real.write($0, UnsafeRawBufferPointer(rebasing: $1.prefix(1000)))
    }
    calls.fsync = { self.fails() ? -1 : real.fsync($0) }
    // A failed close has closed all the same.
    calls.close = { descriptor in
      let fails = self.fails()
      let code = self.code
      let status = real.close(descriptor)
      if fails { errno = code }
      return fails ? -1 : status
    }
    calls.rename = { self.fails() ? -1 : real.rename($0, $1) }
    calls.truncate = { self.fails() ? -1 : real.truncate($0, $1) }
    return calls
  }
}
