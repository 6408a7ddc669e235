import ArgumentParser
import Model

/// The manual pages, made from the commands: `roost(1)`, and one page for each command.
struct ManualPage {
  /// The words that call the command: `["roost", "image", "ls"]`.
  let words: [String]
  private let command: any ParsableCommand.Type
  private let description: CommandDescription

  /// All pages, the one of the program first.
  static var all: [ManualPage] { pages(of: RoostCommand.self, under: []) }

  private static func pages(
    of command: any ParsableCommand.Type, under parents: [String]
  ) -> [ManualPage] {
    let page = ManualPage(command, under: parents)
    return [page] + page.subcommands.flatMap { pages(of: $0, under: page.words) }
  }

  private init(_ command: any ParsableCommand.Type, under parents: [String]) {
    self.command = command
    description = CommandDescription(of: command)
    words = parents + [description.name]
  }

  /// The page's name, as in `man roost-image-ls`.
  var name: String { words.joined(separator: "-") }
  private var isProgram: Bool { words.count == 1 }
  private var subcommands: [any ParsableCommand.Type] {
    command.configuration.subcommands.filter { $0.configuration.shouldDisplay }
  }

  /// The page in the language of man(1).
  var text: String {
    var roff = Roff(title: name, version: ProgramVersion.current)
    roff.section("name")
    let summary =
      description.abstract.hasSuffix(".")
      ? String(description.abstract.dropLast()) : description.abstract
    roff.markup(Roff.escaped(name) + " \\- " + Roff.escaped(summary))
    roff.section("synopsis")
    roff.markup(synopsis)
    writeDescription(to: &roff)
    writeOperands(to: &roff)
    writeOptions(to: &roff)
    writeCommands(to: &roff)
    if isProgram { ManualText.write(to: &roff) }
    writeSeeAlso(to: &roff)
    return roff.text
  }

  private var synopsis: String {
    let call = Roff.bold(words.joined(separator: " "))
    if isProgram {
      return call + " [" + Roff.italic("global options") + "] " + Roff.italic("command")
        + " [" + Roff.italic("options") + "] [" + Roff.italic("arguments") + "]"
    }
    guard subcommands.isEmpty else { return call + " " + Roff.italic("command") }
    return ([call, "[" + Roff.italic("options") + "]"] + operands.map(Self.operand))
      .joined(separator: " ")
  }

  private var shown: [CommandDescription.Argument] { description.arguments.filter(\.isDisplayed) }
  private var operands: [CommandDescription.Argument] { shown.filter { $0.kind == .positional } }

  private static func operand(_ argument: CommandDescription.Argument) -> String {
    let name = Roff.italic(argument.valueName) + (argument.isRepeating ? " ..." : "")
    return argument.isOptional ? "[\(name)]" : name
  }

  private func writeDescription(to roff: inout Roff) {
    guard isProgram || !description.discussion.isEmpty || !description.aliases.isEmpty else {
      return
    }
    roff.section("description")
    if isProgram { roff.paragraph(ManualText.introduction) }
    if !description.discussion.isEmpty { roff.paragraph(description.discussion) }
    if !description.aliases.isEmpty {
      roff.paragraph("\nOther names: " + description.aliases.joined(separator: ", ") + ".")
    }
  }

  private func writeOperands(to roff: inout Roff) {
    guard !operands.isEmpty else { return }
    roff.section("arguments")
    for argument in operands {
      roff.item(Roff.italic(argument.valueName), Self.meaning(of: argument))
    }
  }

  private func writeOptions(to roff: inout Roff) {
    let options = shown.filter { $0.kind != .positional }
    let hasDryRun = CommandHelp.hasDryRun(command)
    guard !options.isEmpty || hasDryRun else { return }
    roff.section("options")
    defer {
      if hasDryRun { roff.item(Roff.bold(CommandWords.dryRunName), CommandWords.dryRunHelp) }
    }
    var sections: [String] = []
    for option in options where !sections.contains(option.section) {
      sections.append(option.section)
    }
    // Those without a title come first: behind one they would seem to belong to it.
    for section in sections.sorted(by: { $0.isEmpty && !$1.isEmpty }) {
      if !section.isEmpty { roff.subsection(section) }
      for option in Self.withoutOpposites(options.filter { $0.section == section }) {
        var term = option.names.map(Roff.bold).joined(separator: ", ")
        if option.kind == .option { term += " " + Roff.italic(option.valueName) }
        roff.item(term, Self.meaning(of: option))
      }
    }
  }

  /// The options, with `--no-x` in the row of `--x`: the parser gives both the same text.
  private static func withoutOpposites(
    _ options: [CommandDescription.Argument]
  ) -> [CommandDescription.Argument] {
    var rows: [CommandDescription.Argument] = []
    for option in options {
      if let last = rows.last, option.takesBack(last) {
        rows[rows.count - 1].names += option.names
      } else {
        rows.append(option)
      }
    }
    return rows
  }

  private static func meaning(of argument: CommandDescription.Argument) -> String {
    var meaning = argument.abstract
    if !argument.values.allSatisfy(meaning.contains) {
      meaning += " One of " + argument.values.joined(separator: ", ") + "."
    }
    if let value = argument.defaultValue, argument.kind != .flag, !value.isEmpty {
      meaning += (meaning.isEmpty ? "" : " ") + "Default: \(value)."
    }
    return meaning
  }

  private func writeCommands(to roff: inout Roff) {
    guard !subcommands.isEmpty else { return }
    roff.section("commands")
    let groups = command.configuration.groupedSubcommands
    let ungrouped = command.configuration.ungroupedSubcommands
    writeCommands(ungrouped, to: &roff)
    for group in groups {
      roff.subsection(group.name)
      writeCommands(group.subcommands, to: &roff)
    }
  }

  private func writeCommands(_ commands: [any ParsableCommand.Type], to roff: inout Roff) {
    for command in commands where command.configuration.shouldDisplay {
      let page = ManualPage(command, under: words)
      roff.item(Roff.bold(page.name) + "(1)", page.description.abstract)
    }
  }

  private func writeSeeAlso(to roff: inout Roff) {
    roff.section("see also")
    let parent = words.dropLast().joined(separator: "-")
    let pages = isProgram ? ["docker", "nft", "namespaces", "cgroups"] : [parent]
    let sections = isProgram ? ["1", "8", "7", "7"] : ["1"]
    roff.markup(
      zip(pages, sections).map { Roff.bold($0) + "(\($1))" }.joined(separator: ", "))
    if isProgram {
      roff.paragraph("\nThe guide and further pages are in share/doc/roost beside the programs.")
    }
  }
}
