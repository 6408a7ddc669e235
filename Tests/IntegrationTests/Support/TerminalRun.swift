import Glibc
import Linux
import Model
import TestSupport
import Testing

/// A program that has run on a terminal, and what the terminal got from it.
struct TerminalRun {
  /// What its user does once it has shown some text.
  struct Step {
    /// The text, as it comes.
    var text: String
    /// What is typed.
    var typed = ""
    /// The size that the terminal gets.
    var size: TerminalSize?
  }

  /// All bytes that came, as text.
  private(set) var received = ""
  /// What is seen of it in the end.
  private(set) var screen: TerminalScreen
  /// What was seen when each step was done.
  private(set) var seen: [[String]] = []
  /// How it ended.
  private(set) var exitCode: Int32 = -1

  private static let outputLimit = 1 << 24

  /// Runs a program to its end on a terminal, of 24 lines and 200 columns unless told otherwise.
  init(
    _ command: [String], environment: [String] = [], directory: String,
    size: TerminalSize = TerminalSize(rows: 24, columns: 200), steps: [Step] = []
  ) throws {
    screen = TerminalScreen(size)
    let terminal = try PseudoTerminal()
    try Terminal.setSize(terminal.controller.raw, size)
    let child = try Self.start(command, environment, directory, on: terminal)
    // The last holder of the other side gone is an error here. Source: pty(7).
    var chunk = [UInt8](repeating: 0, count: 65_536)
    var rest: [UInt8] = []
    var count = 0
    var next = steps[...]
    var unseen = ""
    var entry = [pollfd(fd: terminal.controller.raw, events: Int16(POLLIN), revents: 0)]
    while count < Self.outputLimit, try Descriptors.poll(&entry, timeoutMilliseconds: 60_000) {
      let length = read(terminal.controller.raw, &chunk, chunk.count)
      guard length > 0 else { break }
      count += length
      let text = Self.text(&rest, chunk[..<length])
      received += text
      unseen += text
      screen.feed(text)
      while let step = next.first, let place = unseen.firstRange(of: step.text) {
        unseen = String(unseen[place.upperBound...])
        next = next.dropFirst()
        seen.append(screen.text)
        if let size = step.size {
          screen.resize(size)
          try Terminal.setSize(terminal.controller.raw, size)
        }
        if !step.typed.isEmpty {
          try Descriptors.writeAll(terminal.controller.raw, Array(step.typed.utf8))
        }
      }
    }
    terminal.controller.close()
    if try !child.waitForEnd(timeoutMilliseconds: 60_000) { try child.signal(SIGKILL) }
    exitCode = try child.reap().code
    try #require(next.isEmpty, "it never showed \(next.first?.text ?? ""): \(received)")
  }

  private static func start(
    _ command: [String], _ environment: [String], _ directory: String, on terminal: PseudoTerminal
  ) throws -> PidFD {
    let side = try Files.open("/dev/pts/\(terminal.number)", O_RDWR | O_NOCTTY)
    // Ctrl-C has the kernel throw away what was written and is not read yet. A test may be slower to
    // read than any terminal. Source: termios(3), NOFLSH.
    var settings = termios()
    try Syscall.check(tcgetattr(side.raw, &settings), "tcgetattr")
    settings.c_lflag |= tcflag_t(NOFLSH)
    try Syscall.check(tcsetattr(side.raw, TCSANOW, &settings), "tcsetattr")
    let program = try #require(Spawn.find(command[0]))
    let inherited = Spawn.currentEnvironment.filter {
      !$0.hasPrefix("COMPOSE_") && !$0.hasPrefix("NO_COLOR=")
    }
    // With a session of its own, whose terminal this is: what is typed has effects.
    var request = SpawnRequest(
      try #require(Spawn.find("setsid")), ["--ctty", "--wait", program] + command.dropFirst(),
      environment: inherited + ["TERM=xterm"] + environment,
      descriptors: [(side.raw, 0), (side.raw, 1), (side.raw, 2)])
    request.directory = directory
    request.newSession = true
    return try Spawn.start(request)
  }

  /// The text of all bytes but those of a character that is not whole yet.
  private static func text(_ rest: inout [UInt8], _ bytes: ArraySlice<UInt8>) -> String {
    let all = rest + bytes
    // A character has at most four bytes, of which the first says how many.
    let tail = all.suffix(3).lastIndex { $0 >= 0xC0 }
    let isCut =
      tail.map { all.count - $0 < (all[$0] >= 0xF0 ? 4 : all[$0] >= 0xE0 ? 3 : 2) } ?? false
    let end = isCut ? tail ?? all.count : all.count
    rest = Array(all[end...])
    return String(decoding: all[..<end], as: UTF8.self)
  }

  /// What would do something else to the terminal than to show text: all that is not text, a new
  /// line, or what roost itself sends to colour text (SGR) and to draw lines anew (CR, CUU, ED).
  ///
  /// Source: ECMA-48.
  var commands: [String] {
    var rest = received.unicodeScalars[...]
    var found: [String] = []
    while let scalar = rest.popFirst() {
      switch scalar.value {
      case 0x0D where rest.first == "\n" || rest.first == "\u{1B}", 0x0A, 0x09: continue
      case 0x1B where rest.first == "[":
        let parameters = rest.dropFirst().prefix { $0 == ";" || ("0"..."9").contains($0) }
        let last = rest.dropFirst(1 + parameters.count).first
        let text = "\(String(parameters))\(last.map(String.init) ?? "")"
        // To hide text is not ours.
        if !["A", "J", "m"].contains(last) || text == "8m" { found.append("CSI \(text)") }
        rest = rest.dropFirst(2 + parameters.count)
      case 0x00...0x1F, 0x7F...0x9F, 0x061C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x206F:
        found.append("U+\(String(scalar.value, radix: 16))")
      default: continue
      }
    }
    return found
  }
}
