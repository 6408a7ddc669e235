import ArgumentParser
import Compose
import Engine
import Image
import Model

/// `roost publish`: a project into a registry, to be run from there with `-f oci://NAME`.
struct PublishCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.shown
  static let configuration = CommandConfiguration(
    commandName: "publish",
    abstract: "Put the project into a registry, to be run with -f oci://NAME.")

  @Flag(help: "Publish the images as well; refused: push them to a registry of their own.")
  var app = false
  @Option(help: "The form of the manifest: 1.0 or 1.1. The newest that the registry takes.")
  var ociVersion: String?
  @Flag(help: "Add the digests that the images have today.")
  var resolveImageDigests = false
  @Flag(help: "Publish variables and env files too.")
  var withEnv = false
  @Flag(name: [.customShort("y"), .long], help: "Answer every question with yes.")
  var yes = false
  @Flag(help: "Speak to the registry without encryption.")
  var insecureRegistry = false
  @ArgumentParser.Argument(help: "The name: REGISTRY/NAME[:TAG].")
  var name: String

  func validate() throws {
    if app {
      throw ValidationError(
        "--app: images are not put beside the project; leave it out, and push the images with "
          + "`roost push`")
    }
    if let ociVersion, ComposeArtifact.Form(rawValue: ociVersion) == nil {
      throw ValidationError("--oci-version \(ociVersion): expected 1.0 or 1.1")
    }
  }

  func run(in context: CommandContext) throws {
    let reference = try Reference(name).tagged
    let loaded = try context.load(context.loadRequest())
    guard let project = loaded.project else {
      throw EngineError("the project cannot be resolved with these options")
    }
    try checkImages(project)
    if !yes { try PublishQuestions(project: project, loaded: loaded, withEnv: withEnv).ask() }
    var entries = try files(of: loaded, context)
    if context.global.dryRun {
      return context.show(
        "publish to \(reference.familiar)", entries.map(\.name), because: "publish was asked for")
    }
    try context.requireRoot()
    let engine = context.engine(progress: context.progress("publish"))
    var push = PushOptions()
    push.ignoreFailures = true
    if project.services.contains(where: { $0.build != nil }) { try engine.push(project, push) }
    if resolveImageDigests {
      let digests = try ImageDigests(engine: engine).override(of: project)
      entries.append(
        ComposeArtifact.Entry(.file, name: "image-digests.yaml", bytes: Array(digests.utf8)))
    }
    let isInsecure =
      insecureRegistry || context.global.insecureRegistries.contains(reference.domain)
    let digest = try engine.publish(
      entries, as: reference, form: ociVersion.flatMap(ComposeArtifact.Form.init),
      isInsecure: isInsecure)
    context.print("\(reference.familiar)@\(digest)")
  }

  /// Nobody elsewhere can get an image that has no name but the one of this project.
  private func checkImages(_ project: Project) throws {
    let nameless = project.services.filter { $0.build != nil && $0.hasDefaultImage }
    guard let first = nameless.first else { return }
    let names = nameless.map(\.name).joined(separator: ", ")
    throw first.source.diagnostic(
      .error, "the images of \(names) have no name by which others could pull them", part: "build",
      hint: "give each an `image` in a registry beside its `build`")
  }

  private func files(
    of loaded: LoadedProject, _ context: CommandContext
  ) throws -> [ComposeArtifact.Entry] {
    try ComposeLoader(reader: context.reader).publishedFiles(loaded) {
      Digest.sha256(of: $0).hex
    }.map { file in
      let kind: ComposeArtifact.Kind =
        switch file.kind {
        case .file: .file
        case .extended: .extended
        case .environment: .environment
        }
      return ComposeArtifact.Entry(kind, name: file.name, bytes: file.bytes)
    }
  }
}

/// What is asked before a project is shown to others.
private struct PublishQuestions {
  let project: Project
  let loaded: LoadedProject
  let withEnv: Bool

  func ask() throws {
    try askAboutMounts()
    try askAboutValues()
  }

  private func askAboutMounts() throws {
    let mounts = project.services.flatMap { service in
      service.mounts.compactMap { mount -> String? in
        guard case .bind(let bind) = mount.kind else { return nil }
        return "  \(service.name): \(bind.source):\(mount.target)"
      }
    }
    guard !mounts.isEmpty else { return }
    try confirm(
      "The paths of these bind mounts are published, without what is in them:\n"
        + mounts.joined(separator: "\n") + "\nPublish them?", "the paths of bind mounts")
  }

  private func askAboutValues() throws {
    let values = project.services.flatMap { service in
      service.environment.map { "  \(service.name): \($0.key)" }
    }
    let contents = project.configs.compactMap { config -> String? in
      if case .inline = config.content { "  config \(config.key)" } else { nil }
    }
    guard !values.isEmpty || !contents.isEmpty else { return }
    let list = (values + contents).joined(separator: "\n")
    guard withEnv || values.isEmpty else {
      throw Diagnostic(
        .error, "services have variables, which others would see:\n\(list)",
        hint: "leave them to those who run the project, or publish them with --with-env")
    }
    try confirm(
      "Everybody who may read the registry will see the values of:\n\(list)\nPublish them?",
      "values")
  }

  private func confirm(_ question: String, _ what: String) throws {
    guard Question.ask(question) else {
      throw EngineError(
        "nothing was published: nobody said yes to publishing \(what)",
        hint: "answer y, or give the option -y")
    }
  }
}
