import Glibc
import Linux
import Model
import Runtime
import State

extension Engine {
  /// The processes of a project's containers that run.
  package func processes(
    _ selection: ProjectSelection, services: [String]
  ) throws(EngineError) -> [ContainerProcesses] {
    try ForeignMounts.refuse(selection.name, layout)
    let context = ContainerContext(self, project: selection.name)
    var options = ListOptions()
    options.services = services
    return processes(of: try containers(selection, options), context)
  }

  /// The processes of a container of any project, found by name or id.
  package func processes(container name: String) throws(EngineError) -> ContainerProcesses {
    let record = try running(container: name)
    try ForeignMounts.refuse(record.project, layout)
    let context = ContainerContext(self, project: record.project)
    let summary = Summarizer(context: context).summary(of: record)
    return processes(of: [summary], context)[0]
  }

  private func processes(
    of containers: [ContainerSummary], _ context: ContainerContext
  ) -> [ContainerProcesses] {
    let ticks = ClockTicks()
    return containers.map { summary in
      let ids = summary.pid.flatMap { UserNamespace.map(of: $0) } ?? .identity
      let members = context.processes.processes(summary.id).compactMap { member in
        // Programs that rewrite their title leave blanks behind it.
        let words = member.arguments.joined(separator: " ").split(separator: " ")
        return ticks.process(member.pid, ids, command: words.joined(separator: " "))
      }
      return ContainerProcesses(container: summary, processes: members)
    }
  }
}

/// Turns what /proc says in clock ticks into times. Source: proc_pid_stat(5).
private struct ClockTicks {
  private let perSecond = max(1, Int64(sysconf(Int32(_SC_CLK_TCK))))
  private let now = Clock.now()
  private let uptime: Double

  init() {
    let text = (try? Files.readText("/proc/uptime")) ?? ""
    uptime = text.split(separator: " ").first.flatMap { Double(String($0)) } ?? 0
  }

  /// What is known of a process whose user is shown as the container has it.
  func process(_ pid: Int32, _ ids: IDMap, command: String) -> ContainerProcesses.Process? {
    guard let text = try? Files.readText("/proc/\(pid)/stat"), let stat = ProcessStat(text),
      let status = try? Files.status("/proc/\(pid)"), let mark = text.lastIndex(of: ")")
    else { return nil }
    // Behind the name: state, parent, group, session, terminal, …
    let fields = text[text.index(after: mark)...].split(separator: " ")
    guard fields.count > 13 else { return nil }
    let used = (Int64(String(fields[11])) ?? 0) + (Int64(String(fields[12])) ?? 0)
    let age = max(0.01, uptime - Double(stat.startTime) / Double(perSecond))
    return ContainerProcesses.Process(
      uid: ids.id(ofHost: status.user) ?? status.user, pid: pid, parent: stat.parent,
      cpuPercent: Int(Double(used) / Double(perSecond) / age * 100),
      started: Timestamp(nanoseconds: now.nanoseconds - Int64(age * 1e9)),
      terminal: Int32(String(fields[4])) ?? 0, cpuSeconds: used / perSecond, command: command)
  }
}
