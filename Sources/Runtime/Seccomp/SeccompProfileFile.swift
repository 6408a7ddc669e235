import Glibc
import Linux
import Model
import State

extension SeccompProfile {
  /// Reads a profile in Docker's JSON form.
  ///
  /// - Throws: a diagnostic that names the member that is wrong.
  package init(json: JSON, name: String) throws(Diagnostic) {
    let reader = ProfileReader(name: name)
    guard json.objectValue != nil else { throw reader.error("", "must be an object") }
    defaultAction = try reader.action(
      json["defaultAction"], errno: json["defaultErrnoRet"], at: "defaultAction")
    rules = []
    for (index, rule) in (json["syscalls"]?.arrayValue ?? []).enumerated() {
      rules.append(try reader.rule(rule, at: "syscalls[\(index)]"))
    }
  }
}

/// Reads the parts of a profile file.
private struct ProfileReader {
  let name: String

  func error(_ path: String, _ reason: String) -> Diagnostic {
    Diagnostic(
      .error, "seccomp profile \(name): \(path.isEmpty ? "" : "\(path) ")\(reason)",
      hint: "the form is that of Docker's profiles: defaultAction, syscalls [names, action, args]")
  }

  func action(
    _ value: JSON?, errno: JSON?, at path: String
  ) throws(Diagnostic) -> SeccompProfile.Action {
    let number = UInt16(clamping: errno?.intValue ?? Int64(EPERM))
    switch value?.stringValue {
    case "SCMP_ACT_ALLOW": return .allow
    case "SCMP_ACT_ERRNO": return .fail(errno: number)
    case "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD": return .killThread
    case "SCMP_ACT_KILL_PROCESS": return .killProcess
    case "SCMP_ACT_TRAP": return .trap
    case "SCMP_ACT_LOG": return .log
    case "SCMP_ACT_TRACE": return .trace(number)
    case let text?: throw error(path, "is \"\(text)\", which is not an action")
    case nil: throw error(path, "is missing")
    }
  }

  func rule(_ value: JSON, at path: String) throws(Diagnostic) -> SeccompProfile.Rule {
    var names = value.strings("names")
    if let single = value["name"]?.stringValue { names.append(single) }
    guard !names.isEmpty else { throw error("\(path).names", "is missing") }
    var conditions: [SeccompProfile.Condition] = []
    for (index, argument) in (value["args"]?.arrayValue ?? []).enumerated() {
      conditions.append(try condition(argument, at: "\(path).args[\(index)]"))
    }
    let includes = value["includes"] ?? .null
    let excludes = value["excludes"] ?? .null
    return SeccompProfile.Rule(
      names, try action(value["action"], errno: value["errnoRet"], at: "\(path).action"),
      when: conditions,
      capabilities: try capabilities(includes, at: "\(path).includes.caps"),
      withoutCapabilities: try capabilities(excludes, at: "\(path).excludes.caps"),
      architectures: includes.strings("arches"), withoutArchitectures: excludes.strings("arches"),
      minimumKernel: (includes["minKernel"]?.stringValue ?? "").split(separator: ".")
        .compactMap { Int($0) })
  }

  private func capabilities(_ value: JSON, at path: String) throws(Diagnostic) -> CapabilitySet {
    var result = CapabilitySet.none
    for name in value.strings("caps") {
      guard let set = CapabilitySet(name: name) else {
        throw error(path, "has \"\(name)\", which is not a capability")
      }
      result = result.union(set)
    }
    return result
  }

  private func condition(_ value: JSON, at path: String) throws(Diagnostic)
    -> SeccompProfile.Condition
  {
    guard let index = value["index"]?.intValue, (0..<6).contains(index) else {
      throw error("\(path).index", "must be a number from 0 to 5")
    }
    guard let text = value["op"]?.stringValue,
      let comparison = SeccompProfile.Comparison(rawValue: text)
    else { throw error("\(path).op", "is not a comparison") }
    return SeccompProfile.Condition(
      UInt32(index), comparison, number(value["value"]), number(value["valueTwo"]))
  }

  // Values above 2^63 are read as a floating point number.
  private func number(_ value: JSON?) -> UInt64 {
    if let integer = value?.intValue { return UInt64(bitPattern: integer) }
    return value?.doubleValue.flatMap { UInt64(exactly: $0) } ?? 0
  }
}
