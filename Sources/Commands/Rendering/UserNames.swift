import Linux

/// The names of users on the host.
enum UserNames {
  private static let table: [UInt32: String] = {
    guard let bytes = try? Files.read("/etc/passwd") else { return [:] }
    var names: [UInt32: String] = [:]
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      let fields = line.split(separator: ":", omittingEmptySubsequences: false)
      if fields.count > 2, let id = UInt32(fields[2]) { names[id] = String(fields[0]) }
    }
    return names
  }()

  /// The name of a user, or the number when it has none.
  static func name(of id: UInt32) -> String { table[id] ?? String(id) }
}
