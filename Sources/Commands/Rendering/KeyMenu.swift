import Engine
import Glibc
import Linux
import Model
import Synchronization

/// The keys that an attached `up` listens to, and the row that tells of them.
///
/// The terminal is not made raw: only lines and echo are off, so that Ctrl-C does what it always does
/// and what is written looks as always. How the terminal was before is put back at every end that the
/// process lives to see.
final class KeyMenu: Sendable {
  private let watch: WatchSwitch
  private let detach: @Sendable () -> Void
  private let block: Block
  private let over = Interruption()

  private struct State {
    /// How the terminal was; nil while it is so.
    var settings: Terminal.Settings?
    var isRunning = false
  }

  private let state = ConditionLock(State())

  // Source: ASCII; termios(3), VQUIT and VSUSP.
  private static let enter: [UInt8] = [0x0A, 0x0D]
  private static let suspend: UInt8 = 0x1A
  private static let quit: UInt8 = 0x1C

  /// A menu that is not shown yet.
  ///
  /// - Parameters:
  ///   - watch: What `w` switches.
  ///   - detach: What `d` does.
  init(_ watch: WatchSwitch, style: TextStyle, detach: @escaping @Sendable () -> Void) {
    self.watch = watch
    self.detach = detach
    block = Block(watch, style)
  }

  /// Shows it, and listens from now on.
  func begin() {
    state.with { $0.isRunning = true }
    do throws(SyscallError) {
      try WorkerThread.detach { [self] in
        listen()
        leave()
        state.with { $0.isRunning = false }
      }
    } catch {
      state.with { $0.isRunning = false }
    }
  }

  /// Listens no more, and puts the terminal back.
  func end() {
    over.interrupt()
    state.wait { $0.isRunning ? nil : () }
  }

  // MARK: The terminal

  /// True while the shell lets this program have the keys.
  private var isInForeground: Bool { tcgetpgrp(0) == getpgrp() }

  private func take() {
    guard isInForeground, let settings = try? Terminal.readKeys(0) else { return }
    state.with { $0.settings = settings }
    TerminalRescue.arm(settings)
    Screen.shared.show(block)
  }

  private func leave() {
    Screen.shared.settle(block)
    let settings = state.with { state in
      defer { state.settings = nil }
      return state.settings
    }
    TerminalRescue.disarm()
    // In the background it is the shell's, and a change of it would stop the program.
    if let settings, isInForeground { Terminal.restore(0, settings) }
  }

  /// Leaves the terminal to the shell as Ctrl-Z or Ctrl-\\ do, and takes it again afterwards.
  private func pass(_ signal: Int32) {
    leave()
    // First the others that the shell runs with it. Then this thread, which does not go on before
    // the program does: it would take the terminal again.
    Glibc.signal(signal, SIG_IGN)
    kill(0, signal)
    Glibc.signal(signal, SIG_DFL)
    raise(signal)
  }

  // MARK: Keys

  // How soon it is seen that the shell has given the keys back.
  private static let milliseconds: Int32 = 200

  private func listen() {
    while !over.isInterrupted {
      if state.with({ $0.settings == nil }) { take() }
      let isOurs = isInForeground && state.with { $0.settings != nil }
      var entries = [
        pollfd(fd: isOurs ? 0 : -1, events: Int16(POLLIN), revents: 0),
        pollfd(fd: over.descriptor, events: Int16(POLLIN), revents: 0),
      ]
      _ = try? Descriptors.poll(&entries, timeoutMilliseconds: Self.milliseconds)
      guard entries[0].revents != 0, !over.isInterrupted, isInForeground else { continue }
      var key: UInt8 = 0
      // The terminal is gone.
      guard read(0, &key, 1) == 1 else { return }
      act(upon: key)
    }
  }

  private func act(upon key: UInt8) {
    switch key {
    case UInt8(ascii: "w"):
      watch.toggle()
      Screen.shared.redraw(block)
    case UInt8(ascii: "d"): detach()
    case Self.suspend: pass(SIGTSTP)
    case Self.quit: pass(SIGQUIT)
    case _ where Self.enter.contains(key): Output.write("\n", to: block.descriptor)
    default: return
    }
  }

  /// The row.
  private final class Block: ScreenBlock {
    let descriptor: Int32 = 1
    private let watch: WatchSwitch
    private let style: TextStyle

    init(_ watch: WatchSwitch, _ style: TextStyle) {
      self.watch = watch
      self.style = style
    }

    func rows(_ size: TerminalSize, isLast: Bool) -> [TerminalText] {
      let texts = [("w", watch.isOn ? " Disable Watch" : " Enable Watch"), ("d", " Detach")]
      let width = texts.reduce(3) { $0 + $1.0.count + $1.1.count }
      guard !isLast, size.rows > 2, width < size.columns else { return [] }
      var row: TerminalText = ""
      for (position, (key, text)) in texts.enumerated() {
        let gap: TerminalText = position == 0 ? "" : "   "
        row += gap + style.color("1", "\(key)") + style.color("2", "\(text)")
      }
      return [row]
    }

    func end() {}
  }
}
