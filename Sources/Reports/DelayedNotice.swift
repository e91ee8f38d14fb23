internal import Dispatch
internal import Synchronization

/// A remark about work that blocks, made only if the work takes longer than people like to wait, and
/// is what the remark says.
///
/// ```swift
/// let watch = CompilationWatch()
/// let notice = DelayedNotice("compiling kernels", when: { watch.hasSeenCompilation }, on: log)
/// defer { notice.stop() }
/// ```
public final class DelayedNotice: Sendable {
  private enum Phase { case waiting, shown, stopped }
  private struct State {
    var phase = Phase.waiting
    var detail = ""
  }

  private let text: String
  private let isTrue: @Sendable () -> Bool
  private let log: Log
  private let began = secondsSinceBoot()
  private let state = Mutex(State())

  /// Starts the clock; after `delay` seconds the text is printed, unless `stop` came first.
  ///
  /// - Parameters:
  ///   - text: What takes so long.
  ///   - delay: Seconds until the text is printed.
  ///   - isTrue: Asked then, and a few times a second after it, whether the text is true.
  ///   - log: Where it is printed.
  public init(
    _ text: String, after delay: Double = 1, when isTrue: @escaping @Sendable () -> Bool = { true },
    on log: Log
  ) {
    self.text = text
    self.isTrue = isTrue
    self.log = log
    ask(in: delay)
  }

  private func ask(in seconds: Double) {
    DispatchQueue.global().asyncAfter(deadline: .now() + seconds) { [self] in
      guard state.withLock({ $0.phase == .waiting }) else { return }
      isTrue() ? show() : ask(in: 0.3)
    }
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
