// C's `stdout` is a variable that any thread might replace; nothing here does.
@preconcurrency internal import Glibc
internal import Foundation
internal import Reports

@main
enum Main {
  static func main() {
    // Each line shows at once, also where the output is a pipe or a file.
    setvbuf(stdout, nil, _IOLBF, 0)
    // A limit on the size of files (ulimit -f) is then an error of the write, told like a full disk.
    signal(SIGXFSZ, SIG_IGN)
    let log = Log(environment: ProcessInfo.processInfo.environment)
    exit(Program(log: log).run(Array(CommandLine.arguments.dropFirst())).rawValue)
  }
}
