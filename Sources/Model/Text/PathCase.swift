/// Paths that differ from others in the case of letters only.
package enum PathCase {
  /// The path that somebody probably meant who wrote one that is not there: the same but for the case
  /// of its letters. Nil when there is no such file or directory either.
  ///
  /// Projects that come from a machine which does not tell `service1` from `Service1` have such paths.
  ///
  /// - Parameters:
  ///   - exists: whether something is at a path.
  ///   - names: the names in a directory; empty where there are none.
  package static func other(
    than path: String, exists: (String) -> Bool, names: (String) -> [String]
  ) -> String? {
    let isAbsolute = path.hasPrefix("/")
    var found = isAbsolute ? "" : "."
    var isOther = false
    for part in path.split(separator: "/") {
      let place = "\(found)/\(part)"
      if part == "." || part == ".." || exists(place) {
        found = place
        continue
      }
      let wanted = part.lowercased()
      let near = names(found.isEmpty ? "/" : found).sorted().first { $0.lowercased() == wanted }
      guard let near else { return nil }
      found = "\(found)/\(near)"
      isOther = true
    }
    guard isOther else { return nil }
    return isAbsolute ? found : String(found.dropFirst(2))
  }
}
