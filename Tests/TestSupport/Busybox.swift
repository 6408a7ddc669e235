import Linux

/// The program of many names that tests put into their file systems.
package enum Busybox {
  /// Where Debian's package busybox-static puts it.
  private static let program = "/bin/busybox"

  /// Writes `bin/busybox` below a directory, with links for the named applets; for all it has,
  /// where none are named.
  package static func install(below root: String, applets: [String]? = nil) throws {
    let directory = "\(root)/bin"
    try Files.makeDirectories(directory)
    try Files.write("\(directory)/busybox", try Files.read(program), mode: 0o755)
    for applet in try applets ?? all() where applet != "busybox" {
      try Files.link("\(directory)/\(applet)", to: "busybox")
    }
  }

  private static func all() throws -> [String] {
    try TestPrograms.run(program, ["--list"]).outputText.split(separator: "\n").map(String.init)
  }
}
