import ArgumentParser
import Engine
import Image
import Linux
import Model

/// `roost image history`: the steps that made an image.
struct ImageHistoryCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.changesNothing
  static let configuration = CommandConfiguration(
    commandName: "history", abstract: "Show the steps that made an image.")

  @Option(help: "table, json, or a Go template.")
  var format: String?
  @Flag(
    name: [.customShort("H"), .long], inversion: .prefixedNo,
    help: "Sizes and times in words.")
  var human = true
  @Flag(help: "Do not cut long fields.")
  var noTrunc = false
  @Flag(name: [.customShort("q"), .long], help: "Only ids.")
  var quiet = false
  @ArgumentParser.Argument(help: "The image.")
  var image: String

  func run(in context: CommandContext) throws {
    let rows = context.images.history(of: try context.images.resolve(image))
    if quiet { return rows.forEach { context.print(id($0)) } }
    let listing = Listing(
      columns: [
        .init("ID", "IMAGE"),
        .init(human ? "CreatedSince" : "CreatedAt", human ? "CREATED" : "CREATED AT"),
        .init("CreatedBy", "CREATED BY"), .init("Size"), .init("Comment"),
      ], rows: rows.map(object))
    context.print(try listing.text(format: format), terminator: "")
  }

  private func id(_ row: HistoryRow) -> String {
    guard let id = row.id else { return "<missing>" }
    return noTrunc ? "sha256:\(id.hex)" : id.short
  }

  private func object(_ row: HistoryRow) -> JSON {
    let age = row.created.map {
      HumanDuration.text(seconds: Clock.now().seconds - $0.seconds) + " ago"
    }
    let step = row.createdBy.replacing("\t", with: " ").replacing("\n", with: " ")
    return [
      "Comment": .string(row.comment),
      "CreatedAt": .string(row.created?.rfc3339(fractionDigits: 0) ?? "N/A"),
      "CreatedBy": .string(noTrunc || step.count <= 45 ? step : step.prefix(44) + "…"),
      "CreatedSince": .string(age ?? "N/A"), "ID": .string(id(row)),
      "Size": .string(human ? HumanSize.decimal(row.size) : String(row.size)),
    ]
  }
}
