import ArgumentParser
import Compose
import Engine
import Linux
import Model

/// `roost lock`: the digests of today's images into a file that every `up` keeps to.
struct LockCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.shown
  static let configuration = CommandConfiguration(
    commandName: "lock",
    abstract: "Write the digests of the images to \(LockFile.name), which `up` keeps to.",
    discussion: """
      Every command of the project uses the images of these digests from then on, until \
      \(LockFile.name) is written anew or removed. `roost --locked up` refuses images that are not in it.
      """)

  @Argument(help: "Services whose images are looked up again; none means all.")
  var services: [String] = []

  func run(in context: CommandContext) throws {
    let images = try RegistryImages(context: context, services: services)
    var file = services.isEmpty ? LockFile() : try images.locked()
    let engine = context.engine()
    for image in images.names {
      let digest = try engine.registryDigest(of: image)
      file.set(image, digest)
      context.print("\(image) \(digest)")
    }
    guard !context.global.dryRun else {
      return context.show("write lock file", [images.lockFile], because: "lock was asked for")
    }
    try HostOutput.write(file.text, to: images.lockFile)
  }
}
