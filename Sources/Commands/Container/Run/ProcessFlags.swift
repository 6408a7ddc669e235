import ArgumentParser
import Model

/// What runs in the container, and how.
struct ProcessFlags: ParsableArguments {
  @Option(
    name: [.customShort("e", allowingJoined: true), .long],
    help: "Set a variable, or pass ours on; may be repeated.")
  var env: [String] = []
  @Option(
    help: ArgumentHelp(
      "Set variables from a file of NAME=value lines; may be repeated.", valueName: "file"))
  var envFile: [String] = []
  @Option(help: "What is executed instead of the image's entry point.")
  var entrypoint: String?
  @Flag(
    name: .customLong("init"),
    help: "Have a small init as PID 1, which passes signals on and reaps.")
  var usesInit = false
  @Option(
    name: [.customShort("l", allowingJoined: true), .long], help: "Set a label; may be repeated.")
  var label: [String] = []
  @Option(help: ArgumentHelp("Set labels from a file; may be repeated.", valueName: "file"))
  var labelFile: [String] = []
  @Option(help: "Set an annotation; may be repeated.")
  var annotation: [String] = []
  @Option(help: "Where the output goes: json-file, local or none.")
  var logDriver: String?
  @Option(help: "An option of the log, such as max-size=10m; may be repeated.")
  var logOpt: [String] = []
  @Option(help: "The platform of the image, such as linux/amd64.")
  var platform: String?
  @Option(help: "When it is started again: no, on-failure[:N], always or unless-stopped.")
  var restart: String?
  @Option(help: "The signal that asks it to stop.")
  var stopSignal: String?
  @Option(help: "How many seconds a stop waits before it kills.")
  var stopTimeout: Int?
  @Option(
    name: [.customShort("u", allowingJoined: true), .long], help: "Run as this user[:group].")
  var user: String?
  @Option(help: "A further group; may be repeated.")
  var groupAdd: [String] = []
  @Option(
    name: [.customShort("w", allowingJoined: true), .long],
    help: "The working directory in the container.")
  var workdir: String?

  func validate() throws {
    if let stopTimeout, stopTimeout < 0 {
      throw ValidationError("--stop-timeout \(stopTimeout): expected a number of seconds")
    }
  }

  func add(to document: inout ContainerDocument, _ processEnvironment: ProcessEnvironment) throws {
    let variables: [(key: String, value: String)] = env.compactMap { word in
      let (name, value) = Assignment.split(word)
      return (value ?? processEnvironment.variables[name]).map { (name, $0) }
    }
    document.set("environment", map: variables)
    if !envFile.isEmpty {
      let base = processEnvironment.workingDirectory
      document.set(
        "env_file",
        .array(
          envFile.map { path in
            let full = path.hasPrefix("/") ? path : "\(base)/\(path)"
            return ["path": .string(full), "format": "raw"]
          }))
    }
    // Unlike in a file, this is one program without arguments.
    document.set("entrypoint", entrypoint.map { .strings($0.isEmpty ? [] : [$0]) } as JSON?)
    document.set("init", flag: usesInit)
    document.set("labels", map: label.map { Assignment.withValue($0) })
    document.set("label_file", list: labelFile)
    document.set("annotations", map: annotation.map { Assignment.withValue($0) })
    addLogging(to: &document)
    document.set("platform", platform)
    document.set("restart", restart)
    document.set("stop_signal", stopSignal)
    document.set("stop_grace_period", stopTimeout.map { "\($0)s" })
    document.set("user", user)
    document.set("group_add", list: groupAdd)
    document.set("working_dir", workdir)
  }

  private func addLogging(to document: inout ContainerDocument) {
    guard logDriver != nil || !logOpt.isEmpty else { return }
    var logging = JSONObject()
    logging["driver"] = logDriver.map(JSON.string)
    if !logOpt.isEmpty {
      logging["options"] = .stringMap(logOpt.map { Assignment.withValue($0) })
    }
    document.set("logging", .object(logging))
  }
}

/// `NAME=value`.
enum Assignment {
  /// The name, and the value if there is one.
  static func split(_ word: String) -> (name: String, value: String?) {
    guard let mark = word.firstIndex(of: "=") else { return (word, nil) }
    return (String(word[..<mark]), String(word[word.index(after: mark)...]))
  }

  /// The same; without a value it is empty.
  static func withValue(_ word: String) -> (key: String, value: String) {
    let (name, value) = split(word)
    return (name, value ?? "")
  }
}
