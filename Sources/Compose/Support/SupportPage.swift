extension SupportTable {
  private static let sections: [(title: String, prefix: String)] = [
    ("Services", "services.*."), ("Build", "services.*.build."),
    ("Deploy", "services.*.deploy."), ("Networks", "networks.*."), ("Volumes", "volumes.*."),
    ("Secrets", "secrets.*."), ("Configs", "configs.*."), ("Jobs", "jobs.*."),
  ]

  /// All rows but those that a job has because a service has them.
  private static var shownEntries: [KeySupportEntry] {
    let ofServices = Set(
      entries.lazy.filter { $0.path.hasPrefix("services.*.") }
        .map { $0.path.dropFirst("services.*.".count) })
    return entries.filter { entry in
      !entry.path.hasPrefix("jobs.*.")
        || !ofServices.contains(entry.path.dropFirst("jobs.*.".count))
    }
  }

  /// The support table as a page of the documentation, in Markdown.
  package static var page: String {
    var page = """
      # Support of Compose keys

      Every key of the Compose specification, and what roost does with it. Keys that are not here
      are refused, as Docker Compose refuses them; other keys that begin with
      `x-` are kept and ignored.
      `*` stands for any name or position. A job has the keys of a service, except `attach`,
      `container_name`, `deploy`, `develop`, `extends`, `external_links`, `links`, `post_start`,
      `pre_start`, `pre_stop`, `provider`, `restart` and `scale`.

      This page is written by `make docs` from the table that the warnings are made of.

      """
    page += table("Top level", prefix: "", shownEntries.filter { !isInSection($0) })
    for section in sections {
      let rows = shownEntries.filter { self.section(of: $0)?.title == section.title }
      page += table(section.title, prefix: section.prefix, rows)
    }
    return page
  }

  private static func isInSection(_ entry: KeySupportEntry) -> Bool { section(of: entry) != nil }

  /// The section with the longest prefix.
  private static func section(of entry: KeySupportEntry) -> (title: String, prefix: String)? {
    sections.filter { entry.path.hasPrefix($0.prefix) }
      .max { $0.prefix.utf8.count < $1.prefix.utf8.count }
  }

  private static func table(
    _ title: String, prefix: String, _ rows: [KeySupportEntry]
  ) -> String {
    var text = "\n## \(title)\n\n| key | roost | |\n|---|---|---|\n"
    for row in rows {
      text += "| `\(row.path.dropFirst(prefix.count))` | \(row.support.title) |"
      text += row.support.note.isEmpty ? " |\n" : " \(row.support.note) |\n"
    }
    return text
  }
}
