import ArgumentParser
import Engine
import Linux
import Model

/// `roost top`: the processes of containers.
struct TopCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.changesNothing
  static let configuration = CommandConfiguration(
    commandName: "top", abstract: "Show the processes of containers.")

  @Argument(help: "Services; none means all.")
  var services: [String] = []

  func run(in context: CommandContext) throws {
    let selection = try context.selection(services: services)
    let listed = try context.engine().processes(selection, services: services)
    guard !listed.isEmpty else { return }
    var table = Table(["SERVICE", "#"] + ProcessRow.heads)
    for entry in listed {
      let container = [entry.container.service, String(entry.container.number)]
      table.rows += entry.processes.map { container + ProcessRow.cells($0) }
    }
    context.print(table.text())
  }
}

/// One process as `top` shows it.
enum ProcessRow {
  /// The heads of its columns.
  static let heads = ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"]

  /// Its columns.
  static func cells(_ process: ContainerProcesses.Process) -> [String] {
    [
      UserNames.name(of: process.uid), String(process.pid), String(process.parent),
      String(process.cpuPercent), startText(process.started), terminalText(process.terminal),
      timeText(process.cpuSeconds), process.command,
    ]
  }

  private static func startText(_ moment: Timestamp) -> String {
    let text = moment.rfc3339(fractionDigits: 0)
    return String(text.dropFirst(11).prefix(5))
  }

  /// The name of a terminal by its device number: major 136 and up are pseudo terminals.
  private static func terminalText(_ device: Int32) -> String {
    let major = (device >> 8) & 0xFFF
    let minor = (device & 0xFF) | ((device >> 12) & 0xFFF00)
    return (136...143).contains(major) ? "pts/\(minor)" : "?"
  }

  private static func timeText(_ seconds: Int64) -> String {
    let parts = [seconds / 3600, seconds / 60 % 60, seconds % 60]
    return parts.map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
  }
}
