import Glibc
import Linux
import Model
import TestSupport
import Testing

/// A program that has run on a terminal, and what the terminal got from it.
struct TerminalRun {
  /// All bytes that came, as text.
  let received: String

  private static let outputLimit = 1 << 22

  /// Runs a program to its end on a terminal of 24 lines and 200 columns.
  init(_ command: [String], environment: [String] = [], directory: String) throws {
    let terminal = try PseudoTerminal()
    try Terminal.setSize(terminal.controller.raw, TerminalSize(rows: 24, columns: 200))
    let side = try Files.open("/dev/pts/\(terminal.number)", O_RDWR | O_NOCTTY)
    let program = try #require(Spawn.find(command[0]))
    let inherited = Spawn.currentEnvironment.filter {
      !$0.hasPrefix("COMPOSE_") && !$0.hasPrefix("NO_COLOR=")
    }
    var request = SpawnRequest(
      program, Array(command.dropFirst()), environment: inherited + ["TERM=xterm"] + environment,
      descriptors: [(side.raw, 0), (side.raw, 1), (side.raw, 2)])
    request.directory = directory
    request.newSession = true
    let child = try Spawn.start(request)
    side.close()
    // The last holder of the other side gone is an error here. Source: pty(7).
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    var entry = [pollfd(fd: terminal.controller.raw, events: Int16(POLLIN), revents: 0)]
    while bytes.count < Self.outputLimit, try Descriptors.poll(&entry, timeoutMilliseconds: 60_000)
    {
      let count = read(terminal.controller.raw, &chunk, chunk.count)
      guard count > 0 else { break }
      bytes += chunk[..<count]
    }
    terminal.controller.close()
    _ = try child.waitForEnd(timeoutMilliseconds: 60_000)
    waitpid(child.pid, nil, 0)
    received = String(decoding: bytes, as: UTF8.self)
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
