/// Signal names and numbers on Linux (signal(7)), as `stop_signal`, `kill -s` and STOPSIGNAL use.
package enum Signals {
  private static let names = [
    "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2",
    "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG",
    "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
  ]

  /// The number of `SIGTERM`, `TERM`, `term`, `15`, `RTMIN+3`; nil when there is no such signal.
  package static func number(of text: String) -> Int32? {
    if let number = Int32(text) { return (1...64).contains(number) ? number : nil }
    var name = text.uppercased()
    if name.hasPrefix("SIG") { name.removeFirst(3) }
    if name == "POLL" { name = "IO" }
    if name == "IOT" { name = "ABRT" }
    if let index = names.firstIndex(of: name) { return Int32(index + 1) }
    if name == "RTMIN" { return 34 }
    if name == "RTMAX" { return 64 }
    if name.hasPrefix("RTMIN+"), let offset = Int32(name.dropFirst(6)), (0...30).contains(offset) {
      return 34 + offset
    }
    if name.hasPrefix("RTMAX-"), let offset = Int32(name.dropFirst(6)), (0...30).contains(offset) {
      return 64 - offset
    }
    return nil
  }

  /// The name of a signal, such as `SIGTERM`; `signal 40` for those without one.
  package static func name(of number: Int32) -> String {
    (1...31).contains(number) ? "SIG" + names[Int(number) - 1] : "signal \(number)"
  }
}
