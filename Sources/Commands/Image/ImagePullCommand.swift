import ArgumentParser
import Engine
import Image
import Model
import Transfer

/// `roost image pull`: an image from a registry.
struct ImagePullCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "pull", abstract: "Get an image from a registry.")

  @Option(help: "The platform, such as linux/arm64; this host's when left out.")
  var platform: String?
  @Flag(name: [.customShort("q"), .long], help: "Print only the image's name.")
  var quiet = false
  @ArgumentParser.Argument(help: ArgumentHelp("The image.", valueName: "name[:tag|@digest]"))
  var image: String

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    let reference = try Reference(image)
    let request = PullRequest(reference, platform: try platform.map { try Platform($0) })
    let display = TransferDisplay(context, quiet: quiet)
    if !image.contains("@"), !image.split(separator: "/").suffix(1).joined().contains(":") {
      display.announce("Using default tag: latest")
    }
    let wanted = reference.tag ?? reference.digest?.description ?? ""
    display.announce("\(wanted): Pulling from \(Self.shortRepository(reference))")
    let result = try context.engine().pullImage(request, progress: display)
    display.announce("Digest: \(result.digest)")
    display.announce(
      result.isNew
        ? "Status: Downloaded newer image for \(reference.familiar)"
        : "Status: Image is up to date for \(reference.familiar)")
    context.print(reference.description)
  }

  /// Docker leaves its own registry out here, but not `library/`.
  private static func shortRepository(_ reference: Reference) -> String {
    reference.domain == Reference.defaultDomain ? reference.path : reference.repository
  }
}
