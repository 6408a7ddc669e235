import ArgumentParser
import Model

/// `--mount type=bind,source=/data,target=/data,readonly` on the command line.
enum MountFlag {
  /// Reads one mount as the long form of a service's `volumes`.
  static func parse(_ text: String) throws -> (entry: JSON, volume: String?) {
    var fields = JSONObject([("type", "volume")])
    var details: [String: JSONObject] = [:]
    for word in text.split(separator: ",") {
      let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
      let value = parts.count > 1 ? parts[1] : nil
      guard let option = options[parts[0]] else { throw unknown(parts[0], in: text) }
      let json = try self.value(value, of: option, named: parts[0], in: text)
      if let section = option.section {
        details[section, default: JSONObject()][option.key] = json
      } else {
        fields[option.key] = json
      }
    }
    for (section, object) in details.sorted(by: { $0.key < $1.key }) {
      fields[section] = .object(object)
    }
    guard fields["target"] != nil else {
      throw ValidationError("--mount \(text): the target is missing, as in target=/data")
    }
    let isVolume = fields["type"] == "volume"
    if fields["type"] == "bind", fields["bind"] == nil {
      fields["bind"] = ["create_host_path": false]
    }
    return (.object(fields), isVolume ? fields["source"]?.stringValue : nil)
  }

  private enum Kind {
    case text
    case flag
  }

  private struct Option {
    var key: String
    var section: String?
    var kind = Kind.text
  }

  private static let options: [String: Option] = [
    "type": Option(key: "type"),
    "source": Option(key: "source"), "src": Option(key: "source"),
    "target": Option(key: "target"), "dst": Option(key: "target"),
    "destination": Option(key: "target"),
    "readonly": Option(key: "read_only", kind: .flag), "ro": Option(key: "read_only", kind: .flag),
    "bind-propagation": Option(key: "propagation", section: "bind"),
    "bind-recursive": Option(key: "recursive", section: "bind"),
    "volume-nocopy": Option(key: "nocopy", section: "volume", kind: .flag),
    "volume-subpath": Option(key: "subpath", section: "volume"),
    "tmpfs-size": Option(key: "size", section: "tmpfs"),
    "tmpfs-mode": Option(key: "mode", section: "tmpfs"),
    "image-subpath": Option(key: "subpath", section: "image"),
  ]

  private static func unknown(_ name: String, in text: String) -> ValidationError {
    let near = Suggestion.nearest(to: name, in: options.keys.sorted())
    return ValidationError(
      "--mount \(text): there is no option \(name)"
        + (near.map { "; did you mean \($0)?" } ?? ""))
  }

  private static func value(
    _ value: String?, of option: Option, named name: String, in text: String
  ) throws -> JSON {
    guard case .flag = option.kind else {
      guard let value, !value.isEmpty else {
        throw ValidationError("--mount \(text): \(name) needs a value, as in \(name)=…")
      }
      return .string(value)
    }
    switch value {
    case nil, "true", "1": return true
    case "false", "0": return false
    case let other?:
      throw ValidationError("--mount \(text): \(name) is true or false, not \(other)")
    }
  }
}
