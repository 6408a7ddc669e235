import State
import TestSupport
import Testing

@testable import Archive

@Suite("Destinations of copies", .timeLimit(.standard))
struct CopyDestinationTests {
  private static let file = CopyDestination.Source(isDirectory: false, name: Array("f".utf8))
  private static let directory = CopyDestination.Source(isDirectory: true, name: Array("d".utf8))
  private static let content = CopyDestination.Source(isDirectory: true, name: nil)

  @Test(
    "what is there and how the path ends say where a copy goes",
    arguments: [
      (
        file, CopyDestination.Existing.nothing, CopyPlace.Ending.name, CopyDestination.Place.instead
      ),
      (file, .file, .name, .instead), (file, .directory, .name, .into),
      (file, .directory, .slash, .into), (file, .directory, .content, .into),
      (directory, .nothing, .name, .instead), (directory, .nothing, .slash, .instead),
      (directory, .nothing, .content, .instead), (directory, .directory, .name, .into),
      (directory, .directory, .content, .into), (content, .nothing, .name, .instead),
      (content, .directory, .name, .merge), (content, .directory, .slash, .merge),
    ])
  func places(
    source: CopyDestination.Source, existing: CopyDestination.Existing, ending: CopyPlace.Ending,
    place: CopyDestination.Place
  ) throws {
    #expect(try CopyDestination.place(source, on: existing, ending: ending) == place)
  }

  @Test(
    "what cannot be is refused with its reason",
    arguments: [
      (
        directory, CopyDestination.Existing.file, CopyPlace.Ending.name,
        CopyDestination.Refusal.directoryOntoFile
      ),
      (content, .file, .slash, .directoryOntoFile), (file, .file, .slash, .slashAfterFile),
      (file, .file, .content, .slashAfterFile),
      (file, .nothing, .slash, .fileOntoMissingDirectory),
      (file, .nothing, .content, .fileOntoMissingDirectory), (file, .other, .name, .notAFile),
      (directory, .other, .name, .notAFile),
    ])
  func refusals(
    source: CopyDestination.Source, existing: CopyDestination.Existing, ending: CopyPlace.Ending,
    refusal: CopyDestination.Refusal
  ) {
    #expect(throws: refusal) {
      try CopyDestination.place(source, on: existing, ending: ending)
    }
  }
}
