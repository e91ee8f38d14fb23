internal import Glibc
internal import Synchronization

/// A wish to stop, from Ctrl-C or a job system, that a run asks about after every step.
enum Interruption {
  private static let isSet = Atomic(false)

  /// Whether a run should save and end.
  static var isRequested: Bool { isSet.load(ordering: .relaxed) }

  /// Takes over Ctrl-C (`SIGINT`), `SIGTERM` and `SIGHUP`, which comes where a terminal is closed: the
  /// first asks the run to save and end, a Ctrl-C after that ends the program at once with status 130.
  ///
  /// A signal that the program was started to ignore, as a shell starts a job in the background,
  /// stays ignored.
  static func install() {
    // The first look at a global sets it up under a lock, which a signal handler must not do.
    isSet.store(false, ordering: .relaxed)
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { signal in
      let wasSet = Interruption.isSet.exchange(true, ordering: .relaxed)
      if wasSet && signal == SIGINT { _exit(ExitCode.interrupted.rawValue) }
    }
    action.sa_flags = SA_RESTART
    var awaited = sigset_t()
    sigemptyset(&awaited)
    for signal in [SIGINT, SIGTERM, SIGHUP] where !isIgnored(signal) {
      sigaction(signal, &action, nil)
      sigaddset(&awaited, signal)
    }
    // A parent's thread that blocks signals, as those of a pool do, hands this on to its children.
    pthread_sigmask(SIG_UNBLOCK, &awaited, nil)
  }

  private static func isIgnored(_ signal: Int32) -> Bool {
    var action = sigaction()
    sigaction(signal, nil, &action)
    // The pointers, because functions cannot be compared.
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
      == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}
