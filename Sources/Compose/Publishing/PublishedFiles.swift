import Model
import YAML

/// A file of a project that is published.
package struct PublishedFile: Sendable, Hashable {
  /// What it is to the project.
  package enum Kind: Sendable, Hashable {
    /// A Compose file; they are merged in their order.
    case file
    /// A file that services of others extend.
    case extended
    /// An env file of a service.
    case environment
  }

  /// What it is to the project.
  package var kind: Kind
  /// Its name, without directories.
  package var name: String
  /// Its content. The files that it names have their published names in it.
  package var bytes: [UInt8]
}

extension ComposeLoader {
  /// The files of a project with all local files that they need to be read elsewhere, under names
  /// that tell nothing about this machine.
  ///
  /// - Parameter digest: The digits of a digest, which name what the Compose files mention.
  /// - Throws: what cannot be published, with its place.
  package func publishedFiles(
    _ project: LoadedProject, digest: @escaping ([UInt8]) -> String
  ) throws(Diagnostics) -> [PublishedFile] {
    var collector = FileCollector(
      reader: reader, directory: project.workingDirectory, home: project.environment["HOME"],
      digest: digest)
    var result: [PublishedFile] = []
    for path in project.composeFiles {
      guard path != "-" else {
        throw Diagnostics([
          Diagnostic(
            .error, "what comes from standard input cannot be published",
            hint: "write it to a file, and name that with -f")
        ])
      }
      let bytes = try collector.published(path, in: project.pathDirectory)
      result.append(PublishedFile(kind: .file, name: PathText.base(of: path), bytes: bytes))
    }
    return result + collector.others
  }
}

/// Follows the files that files name, each once.
private struct FileCollector {
  let reader: FileReader
  /// The directory that messages name files from.
  let directory: String
  let home: String?
  let digest: ([UInt8]) -> String
  /// The extended files and env files, in the order in which they were found.
  private(set) var others: [PublishedFile] = []
  private var names: [String: String] = [:]

  init(
    reader: FileReader, directory: String, home: String?, digest: @escaping ([UInt8]) -> String
  ) {
    self.reader = reader
    self.directory = directory
    self.home = home
    self.digest = digest
  }

  /// A place where a file is named.
  private struct Mention {
    var node: Node
    var path: NodePath
    var kind: PublishedFile.Kind
    var isRequired = true
  }

  /// The text of a file, in which other files have the names under which they are published.
  mutating func published(_ path: String, in directory: String) throws(Diagnostics) -> [UInt8] {
    let source = SourceFile(name: shown(path), text: try read(path, .commandLine))
    var edits: [(mark: Mark, old: String, new: String)] = []
    for document in try Node.documents(in: source) {
      try refuseIncludes(document)
      for mention in mentions(in: document) {
        guard let text = mention.node.stringValue, !RemoteFile.isRemote(text),
          let name = try publish(text, mention, in: directory)
        else { continue }
        edits.append((mention.node.mark, text, name))
      }
    }
    return try edited(source, edits)
  }

  /// The name under which a file is published that another one names; nil for one that may be
  /// missing and is.
  private mutating func publish(
    _ text: String, _ mention: Mention, in directory: String
  ) throws(Diagnostics) -> String? {
    guard !text.contains("$") else {
      throw failure("a file whose name has a variable cannot be published", mention)
    }
    let path = PathText.absolute(PathText.expandingHome(text, home: home), in: directory)
    if let known = names[path] { return known }
    if !mention.isRequired, reader.kind(path) == nil { return nil }
    let place = FilePlace.node(mention.node, mention.path)
    let content = try read(path, place)
    let ending = mention.kind == .environment ? "env" : "yaml"
    let name = "\(digest(content)).\(ending)"
    names[path] = name
    var bytes = content
    if mention.kind == .extended {
      bytes = try published(path, in: PathText.directory(of: path))
    }
    others.append(PublishedFile(kind: mention.kind, name: name, bytes: bytes))
    return name
  }

  private func shown(_ path: String) -> String {
    let relative = PathText.relative(path, to: directory)
    return relative.hasPrefix("..") ? path : relative
  }

  private func mentions(in document: Node) -> [Mention] {
    var found: [Mention] = []
    for service in document["services"]?.mapping?.entries ?? [] {
      let path: NodePath = ["services", .key(service.key)]
      if let file = service.value["extends"]?["file"] {
        found.append(
          Mention(
            node: file, path: path.appending("extends").appending("file"), kind: .extended))
      }
      guard let files = service.value["env_file"] else { continue }
      for entry in files.sequence ?? [files] {
        found.append(
          Mention(
            node: entry["path"] ?? entry, path: path.appending("env_file"), kind: .environment,
            isRequired: entry["required"]?.boolValue ?? true))
      }
    }
    return found
  }

  private func refuseIncludes(_ document: Node) throws(Diagnostics) {
    let entries = document["include"]?.sequence ?? []
    for entry in entries {
      let files = entry.mapping == nil ? entry : entry["path"] ?? entry
      for file in files.sequence ?? [files] {
        guard let text = file.stringValue, !RemoteFile.isRemote(text) else { continue }
        throw Diagnostics([
          file.diagnostic(
            .error, "a project that includes local files cannot be published", path: ["include"],
            hint: "publish the included project too and include it by its oci:// address, or "
              + "name its files with further -f options")
        ])
      }
    }
  }

  private func read(_ path: String, _ place: FilePlace) throws(Diagnostics) -> [UInt8] {
    do throws(FileReader.Failure) { return try reader.read(path) } catch {
      throw Diagnostics([place.message("cannot read \(path): \(error.reason)")])
    }
  }

  private func failure(_ message: String, _ mention: Mention) -> Diagnostics {
    Diagnostics([mention.node.diagnostic(.error, message, path: mention.path)])
  }

  // MARK: The text

  /// Replaces what stands at some places. All else stays byte by byte what it is, comments too.
  private func edited(
    _ source: SourceFile, _ edits: [(mark: Mark, old: String, new: String)]
  ) throws(Diagnostics) -> [UInt8] {
    guard !edits.isEmpty else { return source.text }
    var lines = source.text.split(separator: 0x0A, omittingEmptySubsequences: false)
      .map(Array.init)
    let order = edits.sorted { ($0.mark.line, $0.mark.column) > ($1.mark.line, $1.mark.column) }
    var done: Set<[Int]> = []
    for edit in order where done.insert([edit.mark.line, edit.mark.column]).inserted {
      let index = edit.mark.line - 1
      let start = edit.mark.column - 1
      guard lines.indices.contains(index), start >= 0, start <= lines[index].count,
        let range = lines[index][start...].firstRange(of: Array(edit.old.utf8))
      else {
        throw Diagnostics([
          edit.mark.diagnostic(
            .error, "cannot replace the name of this file for publishing", path: NodePath(),
            hint: "write it in one line and without escapes")
        ])
      }
      lines[index].replaceSubrange(range, with: edit.new.utf8)
    }
    return Array(lines.joined(separator: [0x0A]))
  }
}
