import ArgumentParser
import Engine
import Image
import Model

/// `roost image import`: an image from a root file system.
struct ImageImportCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Make an image of a tar with a root file system.")

  @Option(
    name: [.customShort("c"), .long],
    help: "A Dockerfile instruction that sets something of the image; may be repeated.")
  var change: [String] = []
  @Option(name: [.customShort("m"), .long], help: "A remark for the history.")
  var message: String?
  @Option(help: "The platform, such as linux/amd64.")
  var platform: String?
  @ArgumentParser.Argument(help: "The tar, plain or compressed; - is standard input.")
  var file: String
  @ArgumentParser.Argument(help: "The name of the image.")
  var name: String?

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    let request = ImportRequest(
      source: file == "-" ? .descriptor(0) : .file(context.absolute(file)),
      reference: try name.map { try Reference($0) }, changes: change,
      message: message, platform: try platform.map { try Platform($0) })
    let activity = ActivityProgress(
      context.progressOnTerminal("import"), ProgressEvent.Resource(.image, name ?? file),
      .importing)
    var store = context.images
    store.onRead = { activity.add($0) }
    let image = try activity.run(.imported) { try store.importArchive(request) }
    context.print("sha256:\(image.id.hex)")
  }
}

extension CommandContext {
  /// A path of the command line, made absolute.
  func absolute(_ path: String) -> String {
    path.hasPrefix("/") ? path : "\(processEnvironment.workingDirectory)/\(path)"
  }
}
