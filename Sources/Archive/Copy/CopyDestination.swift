import State

/// Docker's rules of where a copy goes. Source: `docker cp --help`, docs.docker.com.
enum CopyDestination {
  /// What is at the destination.
  enum Existing: Hashable {
    /// Nothing; the directory above it is there.
    case nothing
    case directory
    case file
    /// A device, a pipe or a socket.
    case other
  }

  /// What comes.
  struct Source: Hashable {
    var isDirectory: Bool
    /// Its name; nil when it is what is in a directory, without the directory itself.
    var name: [UInt8]?
  }

  /// Where it goes.
  enum Place: Hashable {
    /// Into the directory, under its own name.
    case into
    /// Into the directory, which becomes as the one that is copied is.
    case merge
    /// In the place of what the path names.
    case instead
  }

  /// Why a copy goes nowhere.
  enum Refusal: Error, Hashable, CustomStringConvertible {
    case directoryOntoFile
    case fileOntoMissingDirectory
    case slashAfterFile
    case notAFile
    case archiveNeedsDirectory

    var description: String { message("the destination") }

    /// A sentence about a destination.
    func message(_ place: String) -> String {
      switch self {
      case .directoryOntoFile: "cannot copy a directory onto the file \(place)"
      case .fileOntoMissingDirectory: "there is no directory \(place)"
      case .slashAfterFile: "\(place) is a file, not a directory"
      case .notAFile: "\(place) is neither a file nor a directory"
      case .archiveNeedsDirectory: "\(place) is not a directory"
      }
    }

    /// What helps; empty when nothing does.
    var hint: String {
      switch self {
      case .directoryOntoFile, .notAFile: ""
      case .fileOntoMissingDirectory:
        "leave out the slash at its end to have a file of this name, or make it first"
      case .slashAfterFile: "leave out what follows its name"
      case .archiveNeedsDirectory: "what a tar holds is copied into a directory"
      }
    }
  }

  /// Where a file or directory goes.
  static func place(
    _ source: Source, on existing: Existing, ending: CopyPlace.Ending
  ) throws(Refusal) -> Place {
    switch existing {
    case .directory: return source.name == nil ? .merge : .into
    case .other: throw .notAFile
    case .file:
      if source.isDirectory { throw .directoryOntoFile }
      guard ending == .name else { throw .slashAfterFile }
      return .instead
    case .nothing:
      guard source.isDirectory || ending == .name else { throw .fileOntoMissingDirectory }
      return .instead
    }
  }
}
