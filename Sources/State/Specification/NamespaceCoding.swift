import Model

extension Namespaces: RecordMember {
  package init(_ reader: RecordReader) throws(RecordError) {
    self.init(
      network: try reader.optionalValue("network", "a network namespace") { Network($0) }
        ?? .private,
      user: try Source(reader, "user"), ids: try IDs(reader, "ids"), ipc: try Source(reader, "ipc"),
      pid: try Source(reader, "pid"), uts: try Source(reader, "uts"),
      cgroup: try Source(reader, "cgroup"))
  }

  package func write(_ writer: inout RecordWriter) {
    writer.set("network", network.text)
    if ids != .host { writer.set("ids", ids.text) }
    for (key, source) in [
      ("user", user), ("ipc", ipc), ("pid", pid), ("uts", uts), ("cgroup", cgroup),
    ] where source != .private {
      writer.set(key, source.text)
    }
  }
}

extension Namespaces.Network {
  /// Reads the word; nil for one that is not known.
  package init?(_ text: String) {
    switch text {
    case "private": self = .private
    case "host": self = .host
    default:
      guard text.hasPrefix("/") else { return nil }
      self = .path(text)
    }
  }

  /// The source as one word, such as `private` or `container:` and an id.
  package var text: String {
    switch self {
    case .private: "private"
    case .host: "host"
    case .path(let path): path
    }
  }
}

extension Namespaces.IDs {
  // A specification without the member was written when there were no ranges.
  package init(_ reader: RecordReader, _ key: String) throws(RecordError) {
    switch try reader.string(key, "host") {
    case "host": self = .host
    case "own": self = .own
    default: self = .container(try reader.identity(key))
    }
  }

  /// The ids as one word: `host`, `own` or the id of a container.
  package var text: String {
    switch self {
    case .host: "host"
    case .own: "own"
    case .container(let id): id.hex
    }
  }
}

extension Namespaces.Source {
  package init(_ reader: RecordReader, _ key: String) throws(RecordError) {
    let text = try reader.string(key, "private")
    switch text {
    case "private": self = .private
    case "host": self = .host
    default: self = .container(try reader.identity(key))
    }
  }

  /// The source as one word, such as `private` or `container:` and an id.
  package var text: String {
    switch self {
    case .private: "private"
    case .host: "host"
    case .container(let id): id.hex
    }
  }
}
