import Compose
import Engine
import Linux
import Model
import State
import Synchronization

/// The files that were brought from repositories and registries, so that a command that loads its
/// project more than once fetches them once.
final class BroughtFiles: Sendable {
  private let paths = Mutex<[String: String]>([:])

  /// The path of what an address names, by `bring` the first time.
  func path(
    of address: String, bring: () throws(Diagnostic) -> String
  ) throws(Diagnostic) -> String {
    if let known = paths.withLock({ $0[address] }) { return known }
    let path = try bring()
    paths.withLock { $0[address] = path }
    return path
  }
}

extension CommandContext {
  /// Reads the files of this machine, and brings those that are elsewhere.
  var reader: FileReader {
    var reader = HostFiles.reader
    reader.bring = { address, names throws(Diagnostic) in
      try broughtFiles.path(of: address) { () throws(Diagnostic) in
        try bring(address, names)
      }
    }
    return reader
  }

  private func bring(_ address: String, _ names: [String]) throws(Diagnostic) -> String {
    let variable =
      address.hasPrefix("oci://")
      ? "COMPOSE_EXPERIMENTAL_OCI_REMOTE" : "COMPOSE_EXPERIMENTAL_GIT_REMOTE"
    if let text = processEnvironment.variables[variable], CommandWords.truth(text) == false {
      throw Diagnostic(
        .error, "\(address) is not read: \(variable) is \(text)",
        hint: "unset it, or set it to true")
    }
    if global.progressMode(processEnvironment) != .quiet { note("reading \(address)") }
    return try engine().bringComposeFile(
      address, into: copies, names: names,
      insecureRegistries: Set(global.insecureRegistries))
  }

  /// Where copies are kept: with all else of roost, or with the user's own caches where roost's
  /// directory is not the user's to write to.
  private var copies: String {
    if processEnvironment.userID == 0 { return layout.sources }
    let variables = processEnvironment.variables
    let home = variables["HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
    let caches = variables["XDG_CACHE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
    return "\(caches ?? "\(home)/.cache")/roost/sources"
  }

  /// Asks whether a project from elsewhere may be brought up with what it takes from here: the
  /// variables of its files, which have values of this machine. Nobody is asked about one that
  /// takes none, nor about local files.
  func confirm(_ loaded: LoadedProject, _ request: LoadRequest, yes: Bool) throws {
    guard !yes, !global.dryRun, let address = loaded.remoteFiles.first,
      request.files.contains(where: loaded.remoteFiles.contains)
    else { return }
    var plain = request
    plain.options.interpolate = false
    let variables = TemplateVariable.all(
      in: try ComposeLoader(reader: reader).load(plain).tree)
    guard !variables.isEmpty else { return }
    var table = Table("VARIABLE", "VALUE", "SOURCE", "REQUIRED", "DEFAULT")
    for variable in variables {
      let setting = loaded.environment.explain(variable.name).first
      table.rows.append([
        variable.name, setting?.value ?? variable.defaultValue,
        setting?.source.description ?? "the Compose file", variable.isRequired ? "yes" : "no",
        variable.defaultValue,
      ])
    }
    let question = "\(address) uses these variables:\n\(table.text())\nGo on with these values?"
    guard Question.ask(question) else {
      throw Diagnostic(
        .error, "the project of \(address) was not brought up: nobody said yes to its variables",
        hint: "answer y, or give the option -y where the command has it")
    }
  }
}
