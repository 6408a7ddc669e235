import Model

extension Namespaces {
  package init(_ reader: SpecReader) throws(SpecError) {
    self.init(
      network: try Network(reader.string("network", "private")),
      user: try Source(reader, "user"), ipc: try Source(reader, "ipc"),
      pid: try Source(reader, "pid"), uts: try Source(reader, "uts"),
      cgroup: try Source(reader, "cgroup"))
  }

  package var json: JSON {
    var writer = SpecWriter()
    writer.set("network", network.text)
    for (key, source) in [
      ("user", user), ("ipc", ipc), ("pid", pid), ("uts", uts), ("cgroup", cgroup),
    ] where source != .private {
      writer.set(key, source.text)
    }
    return writer.json
  }
}

extension Namespaces.Network {
  package init(_ text: String) throws(SpecError) {
    switch text {
    case "private": self = .private
    case "host": self = .host
    default:
      guard text.hasPrefix("/") else {
        throw SpecError(path: "namespaces.network", reason: "\"\(text)\" is unknown")
      }
      self = .path(text)
    }
  }

  package var text: String {
    switch self {
    case .private: "private"
    case .host: "host"
    case .path(let path): path
    }
  }
}

extension Namespaces.Source {
  package init(_ reader: SpecReader, _ key: String) throws(SpecError) {
    let text = try reader.string(key, "private")
    switch text {
    case "private": self = .private
    case "host": self = .host
    default: self = .container(try reader.identity(key))
    }
  }

  package var text: String {
    switch self {
    case .private: "private"
    case .host: "host"
    case .container(let id): id.hex
    }
  }
}
