import Model

extension ContainerMount: RecordMember {
  package init(_ reader: RecordReader) throws(RecordError) {
    let type = try reader.string("type")
    switch type {
    case "bind": self = .bind(try BindMount(reader))
    case "tmpfs": self = .tmpfs(try TmpfsMount(reader))
    case "file": self = .file(try FileMount(reader))
    case "image": self = .image(try ImageMount(reader))
    case "filesystem": self = .filesystem(try FilesystemMount(reader))
    default: throw reader.error("type", "\"\(type)\" is unknown")
    }
  }

  package func write(_ writer: inout RecordWriter) {
    switch self {
    case .bind(let mount): mount.write(&writer)
    case .tmpfs(let mount): mount.write(&writer)
    case .file(let mount): mount.write(&writer)
    case .image(let mount): mount.write(&writer)
    case .filesystem(let mount): mount.write(&writer)
    }
  }
}

extension BindMount {
  package init(_ reader: RecordReader) throws(RecordError) {
    self.init(
      source: try reader.string("source"), target: try reader.string("target"),
      readOnly: try reader.flag("readOnly"), recursive: !(try reader.flag("alone")),
      propagation: try reader.choice("propagation", .rprivate),
      copyUp: try reader.flag("copyUp"), subpath: try reader.string("subpath", ""),
      noteDirectory: try reader.string("noteDirectory", ""))
  }

  package func write(_ writer: inout RecordWriter) {
    writer.set("type", "bind")
    writer.set("source", source)
    if !subpath.isEmpty { writer.set("subpath", subpath) }
    writer.set("target", target)
    writer.set("readOnly", readOnly)
    writer.set("alone", !recursive)
    if propagation != .rprivate { writer.set("propagation", propagation.rawValue) }
    writer.set("copyUp", copyUp)
    if !noteDirectory.isEmpty { writer.set("noteDirectory", noteDirectory) }
  }
}

extension TmpfsMount {
  package init(_ reader: RecordReader) throws(RecordError) {
    self.init(
      target: try reader.string("target"), size: try reader.optionalInteger("size"),
      mode: try reader.optionalInteger("mode"), user: try reader.optionalInteger("user"),
      group: try reader.optionalInteger("group"), options: try reader.strings("options"))
  }

  package func write(_ writer: inout RecordWriter) {
    writer.set("type", "tmpfs")
    writer.set("target", target)
    writer.set("size", size)
    writer.set("mode", mode)
    writer.set("user", user)
    writer.set("group", group)
    writer.set("options", options)
  }
}

extension FileMount {
  package init(_ reader: RecordReader) throws(RecordError) {
    self.init(
      source: try reader.string("source"), target: try reader.string("target"),
      user: try reader.integer("user", 0), group: try reader.integer("group", 0),
      mode: try reader.integer("mode", 0o444), subpath: try reader.string("subpath", ""))
  }

  package func write(_ writer: inout RecordWriter) {
    writer.set("type", "file")
    writer.set("source", source)
    if !subpath.isEmpty { writer.set("subpath", subpath) }
    writer.set("target", target)
    writer.set("user", user)
    writer.set("group", group)
    writer.set("mode", mode)
  }
}

extension ImageMount {
  package init(_ reader: RecordReader) throws(RecordError) {
    self.init(
      lowerDirectories: try reader.strings("lowerDirectories"),
      target: try reader.string("target"), subpath: try reader.string("subpath", ""))
  }

  package func write(_ writer: inout RecordWriter) {
    writer.set("type", "image")
    writer.set("lowerDirectories", lowerDirectories)
    writer.set("target", target)
    if !subpath.isEmpty { writer.set("subpath", subpath) }
  }
}
