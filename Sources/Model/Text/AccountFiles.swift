/// A user of a file like /etc/passwd. Source: passwd(5).
package struct PasswordEntry: Hashable, Sendable {
  /// The user's name.
  package var name: String
  /// The user's number.
  package var user: UInt32
  /// The number of the user's first group.
  package var group: UInt32
  /// The home directory; empty when the line does not name one.
  package var home: String

  /// The users in a file's text, in its order. Of a file in an image anything may be wrong: lines
  /// without a name, a user's and a group's number are skipped.
  package static func parse(_ text: String) -> [PasswordEntry] {
    AccountFile.lines(text).compactMap { fields in
      guard fields.count >= 4, let user = AccountFile.number(fields[2]),
        let group = AccountFile.number(fields[3])
      else { return nil }
      return PasswordEntry(
        name: fields[0], user: user, group: group, home: fields.count > 5 ? fields[5] : "")
    }
  }
}

/// A group of a file like /etc/group. Source: group(5).
package struct GroupEntry: Hashable, Sendable {
  /// The group's name.
  package var name: String
  /// The group's number.
  package var number: UInt32
  /// The names of the users whose further group it is.
  package var members: [String]

  /// The groups in a file's text, in its order. Lines without a name and a number are skipped.
  package static func parse(_ text: String) -> [GroupEntry] {
    AccountFile.lines(text).compactMap { fields in
      guard fields.count >= 3, let number = AccountFile.number(fields[2]) else { return nil }
      let members = fields.count > 3 ? fields[3].split(separator: ",").map(String.init) : []
      return GroupEntry(name: fields[0], number: number, members: members)
    }
  }
}

/// What both files have in common: a line an entry, its name first, colons between the fields.
private enum AccountFile {
  static func lines(_ text: String) -> [[String]] {
    // These are bytes: in text, a combining mark would hide the colon before it.
    text.utf8.split(separator: 0x0A).compactMap { line in
      let fields = line.split(separator: 0x3A, omittingEmptySubsequences: false)
      guard let name = fields.first, !name.isEmpty else { return nil }
      return fields.map { String(Substring($0)) }
    }
  }

  /// A number of digits alone: `+1` and `-1` are none.
  static func number(_ text: String) -> UInt32? {
    guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return UInt32(text)
  }
}

/// What a user or group was named with: a number, or the name of an entry. Source: Go's
/// `strconv.Atoi` and moby/sys/user, which Docker uses.
package enum IDNumber: Hashable, Sendable {
  /// A number that a user or group can have.
  case number(UInt32)
  /// A number that nobody can have: a negative one, or one above `largest`.
  case outOfRange
  /// Not a number, so a name.
  case name

  /// The largest number of a user or group, as in Docker. To the kernel 4294967295 means "none".
  package static let largest: UInt32 = 2_147_483_647

  /// Tells what a text is: digits, with a sign before them or without, are a number.
  package init(_ text: String) {
    let hasSign = text.utf8.first == UInt8(ascii: "+") || text.utf8.first == UInt8(ascii: "-")
    let digits = text.utf8.dropFirst(hasSign ? 1 : 0)
    guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
      self = .name
      return
    }
    guard let number = UInt32(String(Substring(digits))), number <= Self.largest,
      number == 0 || text.utf8.first != UInt8(ascii: "-")
    else {
      self = .outOfRange
      return
    }
    self = .number(number)
  }
}
