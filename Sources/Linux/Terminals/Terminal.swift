import CLinux
import Glibc

/// The size of a terminal in characters.
package struct TerminalSize: Sendable, Hashable {
  /// The number of lines.
  package var rows: UInt16
  /// The number of columns.
  package var columns: UInt16

  /// Makes a size.
  package init(rows: UInt16, columns: UInt16) {
    self.rows = rows
    self.columns = columns
  }
}

/// Terminals. Source: termios(3), ioctl_tty(2).
package enum Terminal {
  /// The settings of a terminal, to put back.
  package struct Settings: @unchecked Sendable {
    fileprivate var value: termios
  }

  /// True when the descriptor is a terminal.
  package static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

  /// The size of a terminal; nil when it is none, or does not know.
  package static func size(_ descriptor: Int32) -> TerminalSize? {
    var size = winsize()
    guard linux_ioctl(descriptor, UInt(LINUX_TIOCGWINSZ), &size) == 0,
      size.ws_row > 0, size.ws_col > 0
    else { return nil }
    return TerminalSize(rows: size.ws_row, columns: size.ws_col)
  }

  /// Changes the size; programs on it get `SIGWINCH`.
  package static func setSize(_ descriptor: Int32, _ size: TerminalSize) throws(SyscallError) {
    var value = winsize(
      ws_row: size.rows, ws_col: size.columns, ws_xpixel: 0, ws_ypixel: 0)
    try Syscall.check(linux_ioctl(descriptor, UInt(LINUX_TIOCSWINSZ), &value), "ioctl TIOCSWINSZ")
  }

  /// Passes every byte on as typed, without echo or signals; returns the settings before.
  package static func makeRaw(_ descriptor: Int32) throws(SyscallError) -> Settings {
    var settings = termios()
    try Syscall.check(tcgetattr(descriptor, &settings), "tcgetattr")
    var raw = settings
    cfmakeraw(&raw)
    try Syscall.check(tcsetattr(descriptor, TCSADRAIN, &raw), "tcsetattr")
    return Settings(value: settings)
  }

  /// Gives each key as it is typed, and does not show it. Ctrl-C has its effect; Ctrl-Z and Ctrl-\\
  /// are keys as others. Returns the settings before.
  package static func readKeys(_ descriptor: Int32) throws(SyscallError) -> Settings {
    var settings = termios()
    try Syscall.check(tcgetattr(descriptor, &settings), "tcgetattr")
    var keys = settings
    keys.c_lflag &= ~tcflag_t(ICANON | ECHO)
    withUnsafeMutableBytes(of: &keys.c_cc) { characters in
      for index in [VQUIT, VSUSP] { characters[Int(index)] = 0 }
      characters[Int(VMIN)] = 1
      characters[Int(VTIME)] = 0
    }
    try Syscall.check(tcsetattr(descriptor, TCSADRAIN, &keys), "tcsetattr")
    return Settings(value: settings)
  }

  /// Stops to show what is typed, as for a password; returns the settings before.
  package static func hideInput(_ descriptor: Int32) throws(SyscallError) -> Settings {
    var settings = termios()
    try Syscall.check(tcgetattr(descriptor, &settings), "tcgetattr")
    var hidden = settings
    hidden.c_lflag &= ~tcflag_t(ECHO)
    try Syscall.check(tcsetattr(descriptor, TCSAFLUSH, &hidden), "tcsetattr")
    return Settings(value: settings)
  }

  /// Puts settings back.
  package static func restore(_ descriptor: Int32, _ settings: Settings) {
    var value = settings.value
    _ = tcsetattr(descriptor, TCSADRAIN, &value)
  }
}
