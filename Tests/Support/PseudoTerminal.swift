internal import Glibc

/// A terminal whose other end is read by a test.
public final class PseudoTerminal {
  /// The end that a program writes to.
  public let descriptor: Int32
  private let master: Int32

  /// What the system said when it refused a terminal.
  public struct Refusal: Error {
    /// Its `errno`.
    public let code: Int32
  }

  /// Opens a terminal of so many columns.
  ///
  /// - Throws: ``Refusal``.
  public init(columns: UInt16) throws {
    // Glibc's module hides posix_openpt and its kin; these are the calls that they make on Linux.
    master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    let (unlock, askNumber): (UInt, UInt) = (0x4004_5431, 0x8004_5430)
    var isLocked: Int32 = 0
    var number: Int32 = 0
    var size = winsize(ws_row: 25, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    guard ioctl(master, unlock, &isLocked) == 0, ioctl(master, askNumber, &number) == 0 else {
      throw Refusal(code: errno)
    }
    descriptor = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
    guard descriptor >= 0, ioctl(descriptor, UInt(TIOCSWINSZ), &size) == 0 else {
      throw Refusal(code: errno)
    }
  }

  deinit {
    close(descriptor)
    close(master)
  }

  /// What has been written so far.
  public func text() -> String { read { false } }

  /// What is written until `isOver`, and from there on without a pause.
  public func text(until isOver: () -> Bool) -> String { read { !isOver() } }

  private func read(while isWaiting: () -> Bool) -> String {
    var bytes: [UInt8] = []
    var ready = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
    var block = [UInt8](repeating: 0, count: 65_536)
    while true {
      // Asked before the look, so that what was written before the end is seen.
      let waits = isWaiting()
      if poll(&ready, 1, 20) > 0 {
        let count = Glibc.read(master, &block, block.count)
        guard count > 0 else { break }
        bytes += block[..<count]
      } else if !waits {
        break
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// What a screen shows after a text with carriage returns: later characters replace earlier ones.
///
/// A line that is longer than the screen is wide stays one line. Colours take no place.
public func screen(_ text: String) -> [String] {
  var lines: [[Character]] = [[]]
  var column = 0
  // As scalars, because \r\n would be one character.
  var scalars = text.unicodeScalars[...]
  while let scalar = scalars.popFirst() {
    switch scalar {
    case "\r": column = 0
    case "\n":
      lines.append([])
      column = 0
    case "\u{1B}":
      // ESC [ parameters letter.
      _ = scalars.popFirst()
      while let next = scalars.popFirst(), !(0x40...0x7E).contains(next.value) {}
    default:
      let last = lines.count - 1
      if column < lines[last].count {
        lines[last][column] = Character(scalar)
      } else {
        lines[last].append(Character(scalar))
      }
      column += 1
    }
  }
  return lines.map { line in
    String(String(line).reversed().drop { $0 == " " }.reversed())
  }
}
