import Engine
import Model

/// Progress as one JSON object a line on standard error, for programs.
struct JSONProgress: ProgressReporter {
  let context: CommandContext

  func report(_ event: ProgressEvent) {
    var object = JSONObject()
    if context.global.dryRun { object["dry-run"] = true }
    object["id"] = .string("\(event.resource.kind.rawValue) \(event.resource.name)")
    object["status"] = .string(Self.status(event.state))
    object["text"] = .string(event.phase.rawValue)
    if let detail = event.detail { object["details"] = .string(detail) }
    write(object)
  }

  func warn(_ diagnostic: Diagnostic) { context.show(diagnostic) }

  func output(_ line: String, of resource: ProgressEvent.Resource) {
    write(
      JSONObject([
        ("tail", JSON.bool(true)), ("id", .string("\(resource.kind.rawValue) \(resource.name)")),
        ("text", .string(line)),
      ]))
  }

  private func write(_ object: JSONObject) {
    Output.write(JSON.object(object).text() + "\n", to: context.progressDescriptor)
  }

  private static func status(_ state: ProgressEvent.State) -> String {
    switch state {
    case .working: "Working"
    case .done: "Done"
    case .warning: "Warning"
    case .failed: "Error"
    }
  }
}
