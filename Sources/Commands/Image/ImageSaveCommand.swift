import ArgumentParser
import Engine
import Glibc
import Image
import Linux
import Model

/// `roost image save`: images into an archive.
struct ImageSaveCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "save", abstract: "Write images to an archive for load and other tools.")

  @Option(help: "docker-archive or oci-archive.")
  var format = ImageStore.ArchiveFormat.docker.rawValue
  @Option(name: [.customShort("o"), .long], help: "The archive; standard output when left out.")
  var output: String?
  @ArgumentParser.Argument(help: "Images, by name or id.")
  var images: [String]

  func validate() throws {
    guard ImageStore.ArchiveFormat(rawValue: format) != nil else {
      throw ValidationError("--format \(format): expected docker-archive or oci-archive")
    }
  }

  func run(in context: CommandContext) throws {
    let kind = ImageStore.ArchiveFormat(rawValue: format) ?? .docker
    guard let output, output != "-" else {
      if isatty(1) == 1 {
        throw EngineError(
          "standard output is a terminal", hint: "name a file with --output, or redirect")
      }
      return try context.images.save(images, to: 1, format: kind)
    }
    let activity = ActivityProgress(
      context.progressOnTerminal("save"), ProgressEvent.Resource(.image, output), .saving)
    var store = context.images
    store.onRead = { activity.add($0) }
    try activity.run(.saved) {
      try HostOutput.write(to: context.absolute(output)) {
        try store.save(images, to: $0, format: kind)
      }
    }
  }
}
