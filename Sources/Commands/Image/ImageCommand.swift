import ArgumentParser
import Engine
import Image
import Model

/// `roost image …`: images by themselves.
struct ImageCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "image", abstract: "Work on images.",
    subcommands: [
      ImageListCommand.self, ImageBuildCommand.self, ImageHistoryCommand.self,
      ImageImportCommand.self, ImageInspectCommand.self, ImageLoadCommand.self,
      ImagePruneCommand.self, ImagePullCommand.self, ImagePushCommand.self,
      ImageRemoveCommand.self, ImageSaveCommand.self, ImageTagCommand.self,
    ])
}

extension CommandContext {
  /// The images of this machine.
  var images: ImageStore {
    ImageStore(layout: layout, archiveProgram: processEnvironment.executables.archive)
  }

  /// True when there is an image of this name or id.
  func hasImage(_ name: String) -> Bool { imageID(name) != nil }

  /// The id of the image of a name or the beginning of an id; nil when there is none.
  func imageID(_ name: String) -> String? { ((try? images.find(name)) ?? nil)?.id.hex }

  /// The containers that use an image.
  func users(of image: ImageRecord) throws(Diagnostic) -> [String] {
    do throws(EngineError) {
      return try engine().imageUse().containers(of: image)
    } catch {
      throw error.diagnostics.first
        ?? Diagnostic(
          .error, "the containers cannot be listed")
    }
  }
}
