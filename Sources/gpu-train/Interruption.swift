internal import Glibc
internal import Synchronization

/// A wish to stop, from Ctrl-C or a job system, that a run asks about after every step.
enum Interruption {
  private static let isSet = Atomic(false)

  /// Whether a run should save and end.
  static var isRequested: Bool { isSet.load(ordering: .relaxed) }

  /// Takes over Ctrl-C (`SIGINT`) and `SIGTERM`: the first asks the run to save and end, a Ctrl-C
  /// after that ends the program at once with status 130.
  static func install() {
    // The first look at a global sets it up under a lock, which a signal handler must not do.
    isSet.store(false, ordering: .relaxed)
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { signal in
      let wasSet = Interruption.isSet.exchange(true, ordering: .relaxed)
      if wasSet && signal == SIGINT { _exit(ExitCode.interrupted.rawValue) }
    }
    action.sa_flags = SA_RESTART
    sigaction(SIGINT, &action, nil)
    sigaction(SIGTERM, &action, nil)
  }
}
