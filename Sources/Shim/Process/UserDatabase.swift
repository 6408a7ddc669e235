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

  /// Looks up `name|uid[:group|gid]` and further groups, as Docker does: what is a number is never
  /// taken for a name and needs no entry, and memberships of /etc/group count unless a group is
  /// given. Source: moby/sys/user, GetExecUser.
  func identity(
    user specification: String, additionalGroups: [String]
  ) throws(LaunchFailure) -> UserIdentity {
    let parts = specification.split(
      separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let (user, entry) = try self.user(parts.first.map(String.init) ?? "")
    var identity = UserIdentity(
      user: user, group: entry?.group ?? 0, groups: [], home: entry?.home ?? "/")
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
    for number in [identity.user] + identity.groups where number > IDNumber.largest {
      throw Self.outOfRange(String(number))
    }
    return identity
  }

  /// No name at all is root.
  private func user(
    _ text: String
  ) throws(LaunchFailure) -> (number: uid_t, entry: PasswordEntry?) {
    switch IDNumber(text.isEmpty ? "0" : text) {
    case .number(let number): return (number, users.first { $0.user == number })
    case .outOfRange: throw Self.outOfRange(text)
    case .name:
      guard let entry = users.first(where: { $0.name == text }) else {
        throw Self.unknown("user", text, "/etc/passwd")
      }
      return (entry.user, entry)
    }
  }

  private func group(_ text: String) throws(LaunchFailure) -> gid_t {
    switch IDNumber(text) {
    case .number(let number): return number
    case .outOfRange: throw Self.outOfRange(text)
    case .name:
      guard let entry = groups.first(where: { $0.name == text }) else {
        throw Self.unknown("group", text, "/etc/group")
      }
      return entry.number
    }
  }

  private static func outOfRange(_ text: String) -> LaunchFailure {
    LaunchFailure(
      stage: "user",
      message: "user or group \(text): numbers of users and groups go from 0 to "
        + "\(IDNumber.largest)")
  }

  private static func unknown(_ kind: String, _ name: String, _ file: String) -> LaunchFailure {
    LaunchFailure(
      stage: "user", message: "there is no \(kind) \"\(name)\" in the container's \(file)",
      path: file)
  }
}
