import Glibc
import Linux
import Model
import Runtime
import State

/// As whom a program runs.
struct UserIdentity: Equatable {
  var user: uid_t
  var group: gid_t
  /// All groups, the first one among them.
  var groups: [gid_t]
  var home: String
}

/// The users and groups of a container. Source: passwd(5), group(5).
struct UserDatabase {
  private let users: [PasswordEntry]
  private let groups: [GroupEntry]

  // A file of an image may be anything.
  private static let largest = 16 << 20
  // As in Docker.
  private static let largestNumber: uid_t = 2_147_483_647

  /// Takes the texts of the two files; lines that are wrong are skipped.
  init(passwd: String, group: String) {
    users = PasswordEntry.parse(passwd)
    groups = GroupEntry.parse(group)
  }

  /// Reads the files of a container. What is not a regular file is as good as none.
  static func load(_ inside: RootedDirectory) -> UserDatabase {
    func text(_ path: String) -> String {
      String(decoding: inside.regularFile(path, limit: largest) ?? [], as: UTF8.self)
    }
    return UserDatabase(passwd: text("/etc/passwd"), group: text("/etc/group"))
  }

  /// Looks up `name|uid[:group|gid]` and further groups, as Docker does: a number needs no entry,
  /// and memberships of /etc/group count unless a group is given.
  func identity(
    user specification: String, additionalGroups: [String]
  ) throws(LaunchFailure) -> UserIdentity {
    let parts = specification.split(
      separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let wanted = parts.first.map(String.init) ?? ""
    let entry = users.first { $0.name == wanted } ?? user(number: wanted.isEmpty ? "0" : wanted)
    guard let number = entry?.user ?? uid_t(wanted.isEmpty ? "0" : wanted) else {
      throw Self.unknown("user", wanted, "/etc/passwd")
    }
    var identity = UserIdentity(
      user: number, group: entry?.group ?? 0, groups: [], home: entry?.home ?? "/")
    var others: [gid_t] = []
    if parts.count == 2, !parts[1].isEmpty {
      identity.group = try group(String(parts[1]))
    } else if let name = entry?.name {
      others = groups.filter { $0.members.contains(name) }.map(\.number)
    }
    for name in additionalGroups { others.append(try group(name)) }
    identity.groups = [identity.group]
    for number in others where !identity.groups.contains(number) { identity.groups.append(number) }
    if identity.home.isEmpty { identity.home = "/" }
    // The kernel would say "invalid argument" to some of them, which tells nobody anything.
    guard ([identity.user] + identity.groups).allSatisfy({ $0 <= Self.largestNumber }) else {
      throw LaunchFailure(
        stage: "user",
        message:
          "user \"\(specification)\": numbers of users and groups end at \(Self.largestNumber)")
    }
    return identity
  }

  private func user(number text: String) -> PasswordEntry? {
    uid_t(text).flatMap { number in users.first { $0.user == number } }
  }

  private func group(_ name: String) throws(LaunchFailure) -> gid_t {
    if let entry = groups.first(where: { $0.name == name }) { return entry.number }
    guard let number = gid_t(name) else { throw Self.unknown("group", name, "/etc/group") }
    return number
  }

  private static func unknown(_ kind: String, _ name: String, _ file: String) -> LaunchFailure {
    LaunchFailure(
      stage: "user", message: "there is no \(kind) \"\(name)\" in the container's \(file)",
      path: file)
  }
}
