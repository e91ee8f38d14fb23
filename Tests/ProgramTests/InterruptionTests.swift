import Foundation
import Testing

@testable import gpu_train

/// Each in a process of its own: signals and the wish to stop belong to the whole process.
@Suite struct InterruptionTests {
  @Test func `nothing is wished before a signal`() async {
    await #expect(processExitsWith: .exitCode(42)) {
      Interruption.install()
      exit(Interruption.isRequested ? 1 : 42)
    }
  }

  @Test func `a first Ctrl-C is a wish`() async {
    await #expect(processExitsWith: .exitCode(42)) {
      Interruption.install()
      exit(arrives(SIGINT) { Interruption.isRequested } ? 42 : 1)
    }
  }

  @Test func `SIGTERM is a wish, however often it comes`() async {
    await #expect(processExitsWith: .exitCode(42)) {
      Interruption.install()
      guard arrives(SIGTERM, until: { Interruption.isRequested }) else { exit(1) }
      exit(arrives(SIGTERM, for: 0.2) { false } ? 2 : 42)
    }
  }

  @Test func `a terminal that is closed is a wish`() async {
    await #expect(processExitsWith: .exitCode(42)) {
      Interruption.install()
      exit(arrives(SIGHUP) { Interruption.isRequested } ? 42 : 1)
    }
  }

  @Test func `under nohup a closed terminal stops nothing`() async {
    await #expect(processExitsWith: .exitCode(42)) {
      signal(SIGHUP, SIG_IGN)
      Interruption.install()
      exit(arrives(SIGHUP, for: 0.2) { Interruption.isRequested } ? 1 : 42)
    }
  }

  @Test func `a second Ctrl-C ends the program at once with 130`() async {
    await #expect(processExitsWith: .exitCode(130)) {
      Interruption.install()
      guard arrives(SIGINT, until: { Interruption.isRequested }) else { exit(1) }
      exit(arrives(SIGINT) { false } ? 2 : 3)
    }
  }

  @Test func `an impatient Ctrl-C after SIGTERM ends it too`() async {
    await #expect(processExitsWith: .exitCode(130)) {
      Interruption.install()
      guard arrives(SIGTERM, until: { Interruption.isRequested }) else { exit(1) }
      exit(arrives(SIGINT) { false } ? 2 : 3)
    }
  }
}

/// Sends this process a signal and waits for what it should bring about.
///
/// Threads of a pool block signals, so that they arrive on the main thread, a little later.
private func arrives(
  _ signal: Int32, for seconds: Double = 5, until hasHappened: () -> Bool
) -> Bool {
  kill(getpid(), signal)
  let end = Date(timeIntervalSinceNow: seconds)
  while Date() < end {
    if hasHappened() { return true }
    usleep(1000)
  }
  return false
}
