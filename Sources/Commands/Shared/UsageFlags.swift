import ArgumentParser
import Engine
import Glibc
import Linux
import Model

/// The options of `stats` and `container stats`, and what both show.
struct UsageFlags: ParsableArguments {
  @Flag(name: [.customShort("a"), .long], help: "Also those that do not run.")
  var all = false
  @Option(help: "table, json, or a Go template.")
  var format: String?
  @Flag(help: "Show it once, of the second that follows.")
  var noStream = false
  @Flag(help: "Do not cut ids.")
  var noTrunc = false

  private static let secondMilliseconds: Int32 = 1000

  /// Shows what `look` finds, anew every second until the user interrupts.
  func show(in context: CommandContext, _ look: () throws -> [ContainerUsage]) throws {
    var before = try look()
    let block = UsageBlock()
    while try waitForSecond(context) {
      let now = try look()
      let text = try listing(now, since: before).text(format: format)
      before = now
      if noStream || !isTable || !context.outputStyle.isDressed {
        context.print(text, terminator: "")
        if noStream { return }
      } else {
        block.show(text)
      }
    }
    Screen.shared.settle(block)
  }

  private var isTable: Bool {
    format == nil || format == "table" || format?.hasPrefix("table ") == true
  }

  /// False when the user interrupts meanwhile.
  private func waitForSecond(_ context: CommandContext) throws -> Bool {
    var entries = [
      pollfd(fd: context.interruption.descriptor, events: Int16(POLLIN), revents: 0)
    ]
    try Descriptors.poll(&entries, timeoutMilliseconds: Self.secondMilliseconds)
    return !context.interruption.isInterrupted
  }

  private func listing(_ now: [ContainerUsage], since before: [ContainerUsage]) -> Listing {
    Listing(
      columns: [
        .init("ID", "CONTAINER ID"), .init("Name"), .init("CPUPerc", "CPU %"),
        .init("MemUsage", "MEM USAGE / LIMIT"), .init("MemPerc", "MEM %"),
        .init("NetIO", "NET I/O"), .init("BlockIO", "BLOCK I/O"), .init("PIDs"),
      ],
      rows: now.map { usage in
        let earlier = before.first { $0.container.id == usage.container.id }
        return UsageRow(usage, since: earlier).json(cut: !noTrunc)
      })
  }
}
