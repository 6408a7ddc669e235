import ArgumentParser
import Compose
import Engine
import Linux
import Model

/// `roost outdated`: which images of the project have become others in their registries.
struct OutdatedCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.changesNothing
  static let configuration = CommandConfiguration(
    commandName: "outdated", abstract: "List images that are newer in their registries.")

  @Flag(name: [.customShort("a"), .long], help: "Also those that are not.")
  var all = false
  @Flag(help: "End with code 1 when there is one.")
  var exitCode = false
  @Option(help: "table, json, or a Go template.")
  var format: String?
  @Flag(name: [.customShort("q"), .long], help: "Only names of images.")
  var quiet = false
  @Argument(help: "Services; none means all.")
  var services: [String] = []

  func run(in context: CommandContext) throws {
    let images = try RegistryImages(context: context, services: services)
    let engine = context.engine()
    let locked = try images.locked()
    var rows: [JSON] = []
    var isOutdated = false
    for image in images.names {
      let remote = try engine.registryDigest(of: image)
      // A lock file says which one is used, whatever the name stands for here.
      let used = try locked.digest(of: image) ?? engine.pulledDigest(of: image)
      let isCurrent = used == remote
      isOutdated = isOutdated || !isCurrent
      guard all || !isCurrent else { continue }
      rows.append([
        "Image": .string(image), "Services": .string(images.services(of: image)),
        "Used": .string(used ?? "not pulled"), "Newest": .string(remote),
        "Status": .string(
          isCurrent ? "current" : locked.digest(of: image) == nil ? "newer" : "newer, locked"),
      ])
    }
    if quiet {
      for row in rows { context.print(row["Image"]?.stringValue ?? "") }
    } else {
      let listing = Listing(
        columns: [
          .init("Image"), .init("Services"), .init("Used"), .init("Newest"), .init("Status"),
        ],
        rows: rows.map { format == nil ? Self.short($0) : $0 }, jsonForm: .lines)
      context.print(try listing.text(format: format), terminator: "")
    }
    if exitCode, isOutdated { throw SilentExit(code: 1) }
  }

  /// With digests as long as ids in other listings.
  private static func short(_ row: JSON) -> JSON {
    guard case .object(var object) = row else { return row }
    for key in ["Used", "Newest"] {
      guard let text = object[key]?.stringValue, let mark = text.firstIndex(of: ":") else {
        continue
      }
      object[key] = .string(String(text[text.index(after: mark)...].prefix(12)))
    }
    return .object(object)
  }
}
