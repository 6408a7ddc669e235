import ArgumentParser
import Engine
import Linux
import Model

/// `roost top`: the processes of containers.
struct TopCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "top", abstract: "Show the processes of containers.")

  @Argument(help: "Services; none means all.")
  var services: [String] = []

  func run(in context: CommandContext) throws {
    let selection = try context.selection(services: services)
    let listed = try context.engine().processes(selection, services: services)
    guard !listed.isEmpty else { return }
    var table = Table("SERVICE", "#", "UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD")
    for entry in listed {
      table.rows += entry.processes.map { row(entry.container, $0) }
    }
    context.print(table.text())
  }

  private func row(
    _ container: ContainerSummary, _ process: ContainerProcesses.Process
  ) -> [String] {
    [
      container.service, String(container.number), UserNames.name(of: process.uid),
      String(process.pid), String(process.parent), String(process.cpuPercent),
      startText(process.started), terminalText(process.terminal), timeText(process.cpuSeconds),
      process.command,
    ]
  }

  private func startText(_ moment: Timestamp) -> String {
    let text = moment.rfc3339(fractionDigits: 0)
    return String(text.dropFirst(11).prefix(5))
  }

  /// The name of a terminal by its device number: major 136 and up are pseudo terminals.
  private func terminalText(_ device: Int32) -> String {
    let major = (device >> 8) & 0xFFF
    let minor = (device & 0xFF) | ((device >> 12) & 0xFFF00)
    return (136...143).contains(major) ? "pts/\(minor)" : "?"
  }

  private func timeText(_ seconds: Int64) -> String {
    let parts = [seconds / 3600, seconds / 60 % 60, seconds % 60]
    return parts.map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
  }
}
