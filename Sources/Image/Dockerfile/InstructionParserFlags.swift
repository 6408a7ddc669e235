import Model

// The flags of instructions, and HEALTHCHECK, which is nearly only flags.
extension InstructionParser {
  func checkFlags(known: [String], repeated: Set<String> = []) throws(Diagnostic) {
    var seen: Set<String> = []
    for flag in flags {
      guard known.contains(flag.name) else {
        let near = Suggestion.nearest(to: flag.name, in: known)
        throw text.error(
          "unknown flag --\(flag.name) of \(raw.keyword)", at: flag.location,
          hint: near.map { "did you mean --\($0)?" }
            ?? "\(raw.keyword) knows " + known.map { "--\($0)" }.joined(separator: ", "))
      }
      guard seen.insert(flag.name).inserted || repeated.contains(flag.name) else {
        throw text.error("the flag --\(flag.name) is written twice", at: flag.location)
      }
      guard flag.value != nil || Self.booleanFlags.contains(flag.name) else {
        throw text.error("the flag --\(flag.name) needs a value", at: flag.location)
      }
    }
  }

  private static let booleanFlags: Set<String> = ["link", "parents", "keep-git-dir", "unpack"]

  func value(_ name: String) -> Word? { values(name).first }

  func values(_ name: String) -> [Word] {
    flags.filter { $0.name == name }.map { Word(text: $0.value ?? "", location: $0.location) }
  }

  func boolean(_ name: String) throws(Diagnostic) -> Bool? {
    guard let flag = flags.first(where: { $0.name == name }) else { return nil }
    switch flag.value?.lowercased() {
    case nil, "true", "1": return true
    case "false", "0": return false
    default: throw text.error("the flag --\(name) is true or false", at: flag.location)
    }
  }

  mutating func parseHealthcheck() throws(Diagnostic) -> Instruction.Kind {
    try checkFlags(known: ["interval", "timeout", "start-period", "start-interval", "retries"])
    try require("NONE or CMD and a command")
    let keyword = arguments.prefix { !$0.isWhitespace }.uppercased()
    let rest = arguments.dropFirst(keyword.count).trimmed
    var options = HealthcheckConfiguration(test: [])
    options.interval = try duration("interval")
    options.timeout = try duration("timeout")
    options.startPeriod = try duration("start-period")
    options.startInterval = try duration("start-interval")
    options.retries = try retries()
    switch keyword {
    case "NONE":
      guard rest.isEmpty, flags.isEmpty else {
        throw error("HEALTHCHECK NONE takes neither flags nor arguments", at: offset)
      }
      return .healthcheck(HealthcheckInstruction(command: nil, options: options))
    case "CMD":
      guard !rest.isEmpty else { throw error("HEALTHCHECK CMD needs a command", at: offset) }
      skipWord()
      let command = try commandForm()
      return .healthcheck(HealthcheckInstruction(command: command, options: options))
    default:
      throw error("HEALTHCHECK is followed by CMD or NONE, not '\(keyword)'", at: offset)
    }
  }

  private func duration(_ name: String) throws(Diagnostic) -> Int64 {
    guard let flag = value(name) else { return 0 }
    guard let nanoseconds = try? GoDuration.parse(flag.text), nanoseconds >= 0 else {
      throw text.error(
        "--\(name) is not a time: '\(flag.text)'", at: flag.location, hint: "such as 30s or 1m30s"
      )
    }
    guard nanoseconds == 0 || nanoseconds >= 1_000_000 else {
      throw text.error("--\(name) is shorter than 1ms", at: flag.location)
    }
    return nanoseconds
  }

  private func retries() throws(Diagnostic) -> Int {
    guard let flag = value("retries") else { return 0 }
    guard let count = Int(flag.text), count >= 0 else {
      throw text.error("--retries is not a number: '\(flag.text)'", at: flag.location)
    }
    return count
  }
}
