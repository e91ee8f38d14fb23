internal import Dispatch
internal import Synchronization

/// A remark about work that blocks, made only if the work takes longer than people like to wait.
///
/// ```swift
/// let notice = DelayedNotice("compiling kernels (first run only)", on: log)
/// defer { notice.stop() }
/// ```
public final class DelayedNotice: Sendable {
  private enum Phase { case waiting, shown, stopped }
  private struct State {
    var phase = Phase.waiting
    var detail = ""
  }

  private let text: String
  private let log: Log
  private let began = secondsSinceBoot()
  private let state = Mutex(State())

  /// Starts the clock; after `delay` seconds the text is printed, unless `stop` came first.
  public init(_ text: String, after delay: Double = 1, on log: Log) {
    self.text = text
    self.log = log
    DispatchQueue.global().asyncAfter(deadline: .now() + delay) { [self] in show() }
  }

  /// Says how far the work is; shown on a terminal once the text is.
  public func progress(_ done: Int, of total: Int) {
    state.withLock { state in
      state.detail = "  \(done)/\(total)"
      if state.phase == .shown { log.status(state.detail) }
    }
  }

  /// Ends the notice: nothing is printed from here on, and if the text was, the time it took.
  public func stop() {
    state.withLock { state in
      if state.phase == .shown {
        log.status("")
        log.inform("\(text): \(fixedText(secondsSinceBoot() - began, decimals: 1)) s")
      }
      state.phase = .stopped
    }
  }

  private func show() {
    state.withLock { state in
      guard state.phase == .waiting else { return }
      state.phase = .shown
      log.inform(text + " ...")
      if !state.detail.isEmpty { log.status(state.detail) }
    }
  }
}
