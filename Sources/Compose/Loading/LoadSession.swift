import Model
import YAML

/// What all stages of one load share: the files, the options and the messages.
final class LoadSession {
  let reader: FileReader
  let options: LoadRequest.Options
  let keys: KeyTable
  /// What `~` stands for.
  let home: String?
  /// The current directory: messages name files from here.
  let workingDirectory: String
  var report = Report()
  var provenance = Provenance()
  /// The jobs of all files.
  var jobs = Jobs()
  /// What the documents of the command line became before a stage failed.
  var unfinishedModel: Node?
  /// Files that services of other files extend, by path and reader, read once.
  var extendedFiles: [ExtendedFileKey: ServiceTable] = [:]
  /// The values that services took over from those that they extend.
  var extendedNodeCount = 0
  /// The files that other files name, or that lie beside them, as they were read.
  private(set) var readFiles: [(path: String, place: FilePlace, bytes: [UInt8])] = []
  private var parsedFiles: [String: [Node]] = [:]
  /// True when an include failed, so that what it holds seems to be missing.
  var hasFailedInclude = false
  /// The addresses that files were brought from.
  private(set) var remoteFiles: [String] = []
  /// What secrets and configs of included files take from variables that only these see.
  var includedValues = IncludedValues()
  /// Files that were included so far.
  var includedCount = 0

  init(reader: FileReader, request: LoadRequest, keys: KeyTable = .standard) {
    self.reader = reader
    self.keys = keys
    options = request.options
    home = request.environment["HOME"]
    workingDirectory = request.workingDirectory
  }

  /// Everything found so far, sorted, with all the places that matter.
  var failure: Diagnostics {
    var explained = Report()
    explained.add(provenance.explained(report.messages).map(jobs.renamed))
    return explained.failure
  }

  /// Throws everything found so far if there is an error among it.
  func check() throws(Diagnostics) {
    if report.hasErrors { throw failure }
  }

  /// The name of a file in messages: from the current directory if it is below it.
  func shownName(of path: String) -> String {
    guard PathText.isAbsolute(path) else { return path }
    let relative = PathText.relative(path, to: workingDirectory)
    return relative.hasPrefix("../../") ? path : relative
  }

  /// The documents of a file; nil when it cannot be read, which is reported at `place`.
  func documents(of path: String, readBy place: FilePlace) -> [Node]? {
    if let known = parsedFiles[path] { return known }
    guard let source = source(of: path, readBy: place) else { return nil }
    do throws(Diagnostics) {
      let documents = try Node.documents(in: source)
      parsedFiles[path] = documents
      warnOfTags(in: source)
      return documents
    } catch {
      report.add(ForeignFiles.message(about: source).map { [$0] } ?? error.messages)
      return nil
    }
  }

  /// Brings a file that is elsewhere to this machine; nil when that failed, which is reported at
  /// `place`.
  func bring(_ address: String, _ place: FilePlace) -> String? {
    guard let bring = reader.bring else {
      report.add(place.message(RemoteFile.refusal(address), hint: RemoteFile.hint))
      return nil
    }
    do throws(Diagnostic) {
      let path = try bring(address, ProjectFiles.names)
      if !remoteFiles.contains(address) { remoteFiles.append(address) }
      return path
    } catch {
      report.add(place.message(error.message, hint: error.hint))
      return nil
    }
  }

  private func warnOfTags(in source: SourceFile) {
    for tag in source.unknownTags {
      let meant = Suggestion.nearest(to: tag.name, in: ["!reset", "!override"])
      report.add(
        tag.mark.diagnostic(
          .warning, "the tag `\(tag.name)` has no effect", path: NodePath(),
          hint: meant.map { "did you mean `\($0)`?" }))
    }
  }

  /// The text of a file; nil when it cannot be read, which is reported at `place`. Below a directory
  /// that containers may write to it is looked up within that.
  func source(
    of path: String, readBy place: FilePlace, _ shared: SharedDirectories? = nil
  ) -> SourceFile? {
    let bytes: [UInt8]
    do throws(FileReader.Failure) {
      if let (directory, subpath) = shared?.place(of: path), !subpath.isEmpty {
        bytes = try reader.readWithin(directory, subpath)
      } else {
        bytes = try reader.read(path)
        if !place.isCommandLine { readFiles.append((path, place, bytes)) }
      }
    } catch {
      report.add(
        place.message(
          "cannot read \(shownName(of: path)): \(error.reason)",
          hint: error == .notFound ? near(path) : nil))
      return nil
    }
    do throws(Diagnostic) {
      let source = try SourceFile(name: shownName(of: path), bytes: bytes)
      provenance.read(source)
      return source
    } catch {
      report.add(error)
      return nil
    }
  }
}

extension LoadSession {
  /// What may have been meant with a file that is not there.
  private func near(_ path: String) -> String? {
    guard let slash = path.lastIndex(of: "/") else { return nil }
    let other = PathCase.other(
      than: path, exists: { reader.exists($0) }, names: { reader.names($0) })
    if let other { return "there is \(shownName(of: other)), in other letter case" }
    let directory = slash == path.startIndex ? "/" : String(path[..<slash])
    guard reader.kind(directory) == .directory else {
      return "there is not a directory \(shownName(of: directory)) either"
    }
    let name = String(path[path.index(after: slash)...])
    return Suggestion.nearest(to: name, in: reader.names(directory).sorted())
      .map { "did you mean \($0)?" }
  }
}

/// Where a file is named: on the command line, by a node of another file, or nowhere, since its name
/// is the usual one.
enum FilePlace {
  case commandLine
  case usualName
  case node(Node, NodePath)

  /// True for what the user named, which nobody else has a say in.
  var isCommandLine: Bool {
    if case .commandLine = self { true } else { false }
  }

  func message(_ text: String, hint: String? = nil) -> Diagnostic {
    switch self {
    case .commandLine, .usualName: Diagnostic(.error, text, hint: hint)
    case .node(let node, let path): node.diagnostic(.error, text, path: path, hint: hint)
    }
  }
}

/// One set of files that are merged with one another: those of the command line, or those of one
/// entry of `include`.
struct LoadScope {
  /// The directory that paths of these files start from; absolute.
  var directory: String
  /// The same as seen by whoever includes them: what their paths are made to start with.
  var base: String
  /// The variables that these files see.
  var environment: ProjectEnvironment
  /// The files that led here, each included by the one before.
  var chain: [Inclusion] = []

  /// One step of a chain of includes.
  struct Inclusion {
    /// The file, with symbolic links resolved.
    var realPath: String
    var shownName: String
    /// The entry of `include` that named it; nil for a file of the command line.
    var entry: Node?
  }
}

extension FileReader.Failure {
  /// The reason in words.
  var reason: String {
    switch self {
    case .notFound: "there is no such file"
    case .isDirectory: "it is a directory"
    case .tooLarge(let maximum): "it is larger than \(ByteSize.description(of: Int64(maximum)))"
    case .failed(let reason): reason
    }
  }
}
