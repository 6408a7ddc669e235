import ArgumentParser
import Engine
import Image
import Linux
import Model

/// `roost image ls`.
struct ImageListCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.changesNothing
  static let configuration = CommandConfiguration(
    commandName: "ls", abstract: "List images.", aliases: ["list"])

  @Flag(name: [.customShort("a"), .long], help: .hidden)
  var all = false
  @Flag(help: "Show digests.")
  var digests = false
  @Option(
    name: [.customShort("f"), .long],
    help: ArgumentHelp(
      "Only some images: reference=PATTERN, dangling=true|false, label=KEY[=VALUE].",
      valueName: "filter"))
  var filter: [String] = []
  @Option(help: "table, json, or a Go template.")
  var format: String?
  @Flag(help: "Do not cut ids.")
  var noTrunc = false
  @Flag(name: [.customShort("q"), .long], help: "Only ids.")
  var quiet = false
  @ArgumentParser.Argument(help: "Only images of this repository[:tag].")
  var name: String?

  func run(in context: CommandContext) throws {
    let images = try context.images.list(damaged: context.show).filter { try matches($0) }
      .sorted {
        ($0.configuration.created ?? .distantPast) > ($1.configuration.created ?? .distantPast)
      }
    if quiet {
      var seen: Set<ObjectID> = []
      for image in images where seen.insert(image.id).inserted {
        context.print(noTrunc ? "sha256:\(image.id.hex)" : image.id.short)
      }
      return
    }
    var columns: [Listing.Column] = [.init("Repository"), .init("Tag")]
    if digests { columns.append(.init("Digest")) }
    columns += [.init("ID", "IMAGE ID"), .init("CreatedSince", "CREATED"), .init("Size")]
    let listing = Listing(columns: columns, rows: images.flatMap(rows))
    context.print(try listing.text(format: format), terminator: "")
  }

  private func rows(_ image: ImageRecord) -> [JSON] {
    let names = image.references.filter { reference in
      name.map { ImageFilter.matches(reference, pattern: $0) } ?? true
    }
    if names.isEmpty { return [row(image, repository: "<none>", tag: "<none>")] }
    return names.map { row(image, repository: $0.familiarRepository, tag: $0.tag ?? "<none>") }
  }

  private func row(_ image: ImageRecord, repository: String, tag: String) -> JSON {
    let created = image.configuration.created
    let age = created.map {
      HumanDuration.text(seconds: Clock.now().seconds - $0.seconds) + " ago"
    }
    return [
      "Containers": "N/A", "CreatedAt": .string(created.map(ContainerRow.shownTime) ?? "N/A"),
      "CreatedSince": .string(age ?? "N/A"),
      "Digest": .string(digest(of: image, repository: repository)),
      "ID": .string(noTrunc ? "sha256:\(image.id.hex)" : image.id.short),
      "Repository": .string(repository), "Tag": .string(tag),
      "Size": .string(HumanSize.decimal(image.size)),
    ]
  }

  /// The digest by which the registry knows the image; that of the manifest for one from here.
  private func digest(of image: ImageRecord, repository: String) -> String {
    for text in image.repositoryDigests {
      guard let known = try? Reference(text), known.familiarRepository == repository,
        let digest = known.digest
      else { continue }
      return digest.description
    }
    return image.manifestDigest.description
  }

  private func matches(_ image: ImageRecord) throws -> Bool {
    if let name, !image.references.contains(where: { ImageFilter.matches($0, pattern: name) }) {
      return false
    }
    return try filter.allSatisfy { try ImageFilter.matches(image, filter: $0) }
  }
}

extension Timestamp {
  /// Before everything.
  static let distantPast = Timestamp(nanoseconds: .min)
}

/// The filters of `image ls` and `image prune`.
enum ImageFilter {
  /// True when an image has the property that `KEY=VALUE` names.
  static func matches(_ image: ImageRecord, filter: String) throws -> Bool {
    let parts = filter.split(separator: "=", maxSplits: 1).map(String.init)
    guard parts.count == 2 else { throw EngineError("--filter \(filter): expected KEY=VALUE") }
    switch parts[0] {
    case "reference": return image.references.contains { matches($0, pattern: parts[1]) }
    case "dangling": return image.references.isEmpty == (parts[1] == "true")
    case "label":
      let wanted = parts[1].split(separator: "=", maxSplits: 1).map(String.init)
      return image.configuration.labels.contains { label in
        label.key == wanted[0] && (wanted.count == 1 || label.value == wanted[1])
      }
    default:
      throw EngineError("--filter \(parts[0]): expected reference, dangling or label")
    }
  }

  /// True when a name is of the repository, or is the name, or fits with `*` and `?`.
  static func matches(_ reference: Reference, pattern: String) -> Bool {
    let repository = reference.familiarRepository
    return [repository, reference.familiar, "\(repository):\(reference.tag ?? "")"].contains {
      fits(Array($0)[...], Array(pattern)[...])
    }
  }

  private static func fits(_ text: ArraySlice<Character>, _ pattern: ArraySlice<Character>) -> Bool
  {
    guard let first = pattern.first else { return text.isEmpty }
    if first == "*" {
      return (0...text.count).contains { fits(text.dropFirst($0), pattern.dropFirst()) }
    }
    guard let next = text.first, first == "?" || first == next else { return false }
    return fits(text.dropFirst(), pattern.dropFirst())
  }
}
