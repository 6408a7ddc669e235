import Model

/// The configuration of an image as lines of text, `Key value`.
struct ConfigurationSnapshot {
  private(set) var lines: Set<String> = []

  private static let lists = ["Env", "OnBuild"]
  private static let wholes = ["Cmd", "Entrypoint", "Shell"]
  private static let texts = ["User", "WorkingDir", "StopSignal"]
  private static let sets = ["ExposedPorts", "Volumes"]

  /// Reads what `docker image inspect` shows under `Config`, and the author.
  init(_ configuration: JSON, author: String?) {
    for key in Self.lists {
      for value in configuration.strings(key) { lines.insert("\(key) \(value)") }
    }
    for key in Self.wholes {
      let values = configuration.strings(key)
      if !values.isEmpty { lines.insert("\(key) \(JSON.strings(values).text())") }
    }
    for key in Self.texts {
      let text = configuration[key]?.stringValue ?? ""
      // A directory that is not set and the root directory are the same to whoever runs the image.
      if text.isEmpty || (key == "WorkingDir" && text == "/") { continue }
      lines.insert("\(key) \(text)")
    }
    for key in Self.sets {
      for member in configuration[key]?.objectValue?.members ?? [] {
        lines.insert("\(key) \(member.key)")
      }
    }
    for label in configuration.stringMap("Labels") {
      lines.insert("Label \(label.key)=\(label.value)")
    }
    addHealthcheck(configuration["Healthcheck"])
    if let author, !author.isEmpty { lines.insert("Author \(author)") }
  }

  private mutating func addHealthcheck(_ healthcheck: JSON?) {
    guard let healthcheck, healthcheck.objectValue != nil else { return }
    lines.insert("Healthcheck.Test \(JSON.strings(healthcheck.strings("Test")).text())")
    for key in ["Interval", "Timeout", "StartPeriod", "StartInterval", "Retries"] {
      if let number = healthcheck[key]?.intValue, number != 0 {
        lines.insert("Healthcheck.\(key) \(number)")
      }
    }
  }
}
