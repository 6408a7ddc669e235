import Model
import YAML

extension ServiceBinder {
  func bindIsolation(_ service: inout Service) {
    service.privileged = reader.flag("privileged")
    service.addedCapabilities = reader.texts("cap_add").map(Self.capability)
    service.droppedCapabilities = reader.texts("cap_drop").map(Self.capability)
    service.securityOptions = reader.elements("security_opt").compactMap { element in
      element.readSelfForRun { (value) throws(UnitError) in
        try securityOption(NodeReader.text(value))
      }
    }
    service.devices = reader.elements("devices").map { device in
      DeviceMapping(
        source: device.text("source") ?? "", target: device.text("target") ?? "",
        permissions: device.text("permissions") ?? "rwm")
    }
    service.deviceCgroupRules = reader.texts("device_cgroup_rules")
    service.ipc = namespace("ipc")
    service.pid = namespace("pid")
    service.uts = namespace("uts")
    service.cgroup = namespace("cgroup")
    service.userNamespace = namespace("userns_mode")
    service.cgroupParent = reader.text("cgroup_parent")
    service.runtime = word(
      "runtime", ["", "runc", "io.containerd.runc.v2"],
      hint: "leave it out: containers run in roost's own runtime")
    _ = word("isolation", ["", "default"], hint: "leave it out: it is a setting of Windows")
    if let deploy = reader.child("deploy") {
      _ = word(
        "mode", ["", "replicated", "global"], in: deploy,
        hint: "what runs once and ends is a job, below `jobs`")
    }
    service.sysctls = reader.map("sysctls")
    service.ulimits = Self.ulimits(reader)
  }

  /// The text of a key of which only some values can be honoured.
  private func word(
    _ key: String, _ known: [String], in section: NodeReader? = nil, hint: String
  ) -> String? {
    (section ?? reader).readForRun(key) { (value) throws(UnitError) in
      let text = try NodeReader.text(value)
      guard known.contains(text) else {
        throw UnitError("there is no \(key) \"\(text)\" here", hint: hint)
      }
      return text
    }
  }

  private static func capability(_ text: String) -> String {
    let name = text.uppercased()
    return name == "ALL" || name.hasPrefix("CAP_") ? name : "CAP_\(name)"
  }

  private static let namespaceModes: [String: NamespaceMode] = [
    "": .default, "private": .private, "shareable": .shareable, "none": .none, "host": .host,
  ]

  private func namespace(_ key: String) -> NamespaceMode {
    reader.readForRun(key) { (value) throws(UnitError) in
      let text = try NodeReader.text(value)
      if let mode = Self.namespaceModes[text] { return mode }
      guard let (kind, name) = Self.reference(text) else {
        throw UnitError(
          "\"\(text)\" is not a namespace",
          hint: "use host, private, service:<name> or container:<name>")
      }
      return kind == "service" ? .service(name) : .container(name)
    } ?? .default
  }

  // The name and its value are separated by `=`, or by `:` in older files.
  private func securityOption(_ text: String) throws(UnitError) -> SecurityOption {
    let parts = text.split(maxSplits: 1) { $0 == "=" || $0 == ":" }.map(String.init)
    let value = parts.count == 2 ? parts[1] : ""
    switch (parts.first, value) {
    case ("no-new-privileges", "true"), ("no-new-privileges", ""): return .noNewPrivileges(true)
    case ("no-new-privileges", "false"): return .noNewPrivileges(false)
    case ("seccomp", "unconfined"): return .seccomp(.unconfined)
    case ("seccomp", "builtin"): return .seccomp(.builtin)
    case ("seccomp", let path) where !path.isEmpty: return .seccomp(.file(absolute(path)))
    case ("apparmor", let profile) where !profile.isEmpty: return .apparmor(profile)
    case ("label", let label) where !label.isEmpty: return .label(label)
    case ("systempaths", "unconfined"): return .unmaskedSystemPaths
    default:
      throw UnitError(
        "\"\(text)\" is not a supported security option",
        hint: "use no-new-privileges, seccomp=…, apparmor=…, label=… or systempaths=unconfined")
    }
  }

  private func absolute(_ path: String) -> String {
    path.hasPrefix("/") ? path : "\(workingDirectory)/\(path)"
  }

  static func ulimits(_ reader: NodeReader) -> [Ulimit] {
    reader.entries("ulimits").map { entry in
      if let single = entry.reader.node.integerValue {
        return Ulimit(name: entry.key, soft: single, hard: single)
      }
      return Ulimit(
        name: entry.key, soft: Int64(entry.reader.integer("soft") ?? 0),
        hard: Int64(entry.reader.integer("hard") ?? 0))
    }
  }
}
