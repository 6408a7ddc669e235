import Engine
import Model
import State

/// One container as listings show it; the members are those of Docker Compose.
enum ContainerRow {
  /// The object of a row. With `cut` ids have 12 digits, commands 20 and mounts 15 columns, as
  /// Docker has it in tables and in JSON alike.
  static func json(_ container: ContainerSummary, now: Timestamp, cut: Bool) -> JSON {
    let mounts = container.mounts.map { cut ? shortened($0.source, to: 15) : $0.source }
    return [
      "Command": .string(quoted(container.command, cut: cut)),
      "CreatedAt": .string(shownTime(container.created)),
      "ExitCode": .integer(Int64(container.exitCode ?? 0)),
      "Health": .string(container.health == .none ? "" : container.health.rawValue),
      "HostRoot": .string(container.hostRootReasons.joined(separator: ", ")),
      "ID": .string(cut ? container.id.short : container.id.hex),
      "Image": .string(container.image),
      "Labels": .string(container.labels.map { "\($0.key)=\($0.value)" }.joined(separator: ",")),
      "LocalVolumes": .string(String(container.mounts.count { $0.type == "volume" })),
      "Mounts": .string(mounts.joined(separator: ",")),
      "Name": .string(container.name),
      "Names": .string(container.name),
      "Networks": .string(container.networks.map(\.name).joined(separator: ",")),
      "Ports": .string(PortText.text(container.ports)),
      "Project": .string(container.project),
      "Publishers": .array(container.ports.map(publisher)),
      "RunningFor": .string(container.runningFor(now: now)),
      "Service": .string(container.service),
      "Size": "0B",
      "State": .string(container.status.rawValue),
      "Status": .string(container.statusText(now: now)),
    ]
  }

  /// A line for each container that runs and whose root is root on the host.
  static func hostRootNotes(_ containers: [ContainerSummary]) -> [TerminalText] {
    containers.filter { $0.pid != nil && !$0.hostRootReasons.isEmpty }.map {
      (container) -> TerminalText in
      let reasons = container.hostRootReasons.joined(separator: ", ")
      return "\(container.name): root inside is root on this host (\(reasons))"
    }
  }

  /// The command, cut to 20 columns, in quotes as a Go program has them. Arguments with a blank get
  /// quotes of their own. Source: moby, daemon/container/view.go; docker/cli, formatter/container.go.
  static func quoted(_ words: [String], cut: Bool) -> String {
    let arguments = words.dropFirst().map { $0.contains(" ") ? "'\($0)'" : $0 }
    let text = (words.prefix(1) + arguments).joined(separator: " ")
    return GoFormat.quoted(cut ? shortened(text, to: 20) : text)
  }

  /// A text in so many columns of a terminal, the last an ellipsis where something is missing.
  private static func shortened(_ text: String, to columns: Int) -> String {
    guard TerminalCharacters.width(text) > columns else { return text }
    var shown = ""
    var width = 1
    for character in text {
      width += TerminalCharacters.width(String(character))
      guard width <= columns else { break }
      shown.append(character)
    }
    return shown + "…"
  }

  /// A moment as Docker's listings show it: `2026-01-02 03:04:05 +0000 UTC`.
  static func shownTime(_ moment: Timestamp) -> String {
    let text = moment.rfc3339(fractionDigits: 0)
    return "\(text.prefix(10)) \(text.dropFirst(11).prefix(8)) +0000 UTC"
  }

  private static func publisher(_ port: ContainerSummary.Port) -> JSON {
    [
      "URL": .string(port.hostPort == nil ? "" : port.hostAddress ?? ""),
      "TargetPort": .integer(Int64(port.containerPort)),
      "PublishedPort": .integer(Int64(port.hostPort ?? 0)),
      "Protocol": .string(port.protocol),
    ]
  }
}

/// Ports as listings show them: `0.0.0.0:8080->80/tcp, 9000-9002/tcp`.
enum PortText {
  private struct Group {
    var address: String?
    var host: ClosedRange<UInt16>?
    var container: ClosedRange<UInt16>
    var `protocol`: String
  }

  /// The text of all ports; neighbours become ranges.
  static func text(_ ports: [ContainerSummary.Port]) -> String {
    let sorted = ports.sorted {
      ($0.hostAddress ?? "", $0.protocol, $0.containerPort, $0.hostPort ?? 0)
        < ($1.hostAddress ?? "", $1.protocol, $1.containerPort, $1.hostPort ?? 0)
    }
    var groups: [Group] = []
    for port in sorted {
      if let last = groups.indices.last, joins(groups[last], port) {
        groups[last].container = groups[last].container.lowerBound...port.containerPort
        if let host = port.hostPort, let range = groups[last].host {
          groups[last].host = range.lowerBound...host
        }
      } else {
        groups.append(
          Group(
            address: port.hostAddress, host: port.hostPort.map { $0...$0 },
            container: port.containerPort...port.containerPort, protocol: port.protocol))
      }
    }
    return groups.map(text).joined(separator: ", ")
  }

  private static func joins(_ group: Group, _ port: ContainerSummary.Port) -> Bool {
    guard group.address == port.hostAddress, group.protocol == port.protocol,
      Int(group.container.upperBound) + 1 == Int(port.containerPort)
    else { return false }
    guard let range = group.host, let host = port.hostPort else {
      return group.host == nil && port.hostPort == nil
    }
    return Int(range.upperBound) + 1 == Int(host)
  }

  private static func text(_ group: Group) -> String {
    let inside = "\(text(group.container))/\(group.protocol)"
    guard let host = group.host else { return inside }
    let address = group.address ?? "0.0.0.0"
    let shown = address.contains(":") ? "[\(address)]" : address
    return "\(shown):\(text(host))->\(inside)"
  }

  private static func text(_ range: ClosedRange<UInt16>) -> String {
    range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)-\(range.upperBound)"
  }
}
