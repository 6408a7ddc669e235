import Model

/// Dates in headers. Source: RFC 9110, section 5.6.7.
enum HTTPDate {
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// The seconds since 1970 of a date such as `Sun, 06 Nov 1994 08:49:37 GMT`; nil for other forms,
  /// which no server should send any more.
  static func seconds(_ text: String) -> Int64? {
    let words = text.split(separator: " ")
    guard words.count == 6, words[5] == "GMT", words[1].utf8.count == 2,
      let day = Int(words[1]), (1...31).contains(day),
      let month = months.firstIndex(of: String(words[2]))
    else { return nil }
    let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
    return Timestamp(rfc3339: "\(words[3])-\(number)-\(words[1])T\(words[4])Z")?.seconds
  }
}

/// What a server says about how to keep a file. Source: RFC 6266.
enum ContentDisposition {
  /// The name of the file; nil when it has none.
  static func fileName(_ header: String) -> String? {
    var name: String?
    for part in parameters(of: header) {
      guard let equals = part.firstIndex(of: "=") else { continue }
      let key = part[..<equals].filter { !$0.isWhitespace }.lowercased()
      guard key == "filename" else { continue }
      name = unquoted(part[part.index(after: equals)...])
    }
    guard let name, !name.isEmpty, !name.hasSuffix("/") else { return nil }
    return name
  }

  /// Divides at semicolons that are not in quotes.
  private static func parameters(of header: String) -> [String] {
    var parts = [""]
    var isQuoted = false
    for character in header {
      if character == "\"" { isQuoted.toggle() }
      if character == ";", !isQuoted {
        parts.append("")
      } else {
        parts[parts.count - 1].append(character)
      }
    }
    return parts
  }

  private static func unquoted(_ text: Substring) -> String {
    let bare = text.drop { $0.isWhitespace }
    guard bare.first == "\"" else { return String(bare.prefix { !$0.isWhitespace }) }
    var result = ""
    var rest = bare.dropFirst()
    while let character = rest.popFirst(), character != "\"" {
      result.append(character == "\\" ? rest.popFirst() ?? character : character)
    }
    return result
  }
}
