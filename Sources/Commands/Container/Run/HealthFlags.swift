import ArgumentParser
import Model

/// How the container's health is found out.
struct HealthFlags: ParsableArguments {
  @Option(help: "What a probe runs, as a line for the shell.")
  var healthCmd: String?
  @Option(help: "The pause between probes, such as 30s.")
  var healthInterval: String?
  @Option(help: "How long a probe may take.")
  var healthTimeout: String?
  @Option(help: "How many failures in a row make it unhealthy.")
  var healthRetries: Int?
  @Option(help: "How long after the start failures do not count.")
  var healthStartPeriod: String?
  @Option(help: "The pause between probes during the start period.")
  var healthStartInterval: String?
  @Flag(help: "No healthcheck, whatever the image says.")
  var noHealthcheck = false

  func validate() throws {
    guard noHealthcheck, !settings.isEmpty else { return }
    throw ValidationError("--no-healthcheck and the options of a healthcheck exclude each other")
  }

  private var settings: JSONObject {
    var settings = JSONObject()
    settings["test"] = healthCmd.map { .strings(["CMD-SHELL", $0]) }
    settings["interval"] = healthInterval.map(JSON.string)
    settings["timeout"] = healthTimeout.map(JSON.string)
    settings["retries"] = healthRetries.map { .integer(Int64($0)) }
    settings["start_period"] = healthStartPeriod.map(JSON.string)
    settings["start_interval"] = healthStartInterval.map(JSON.string)
    return settings
  }

  func add(to document: inout ContainerDocument) {
    if noHealthcheck { return document.set("healthcheck", ["disable": true]) }
    if !settings.isEmpty { document.set("healthcheck", .object(settings)) }
  }
}
