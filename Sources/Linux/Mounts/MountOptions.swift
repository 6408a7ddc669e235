/// Options of a mount as people write them, `noexec,size=10m`: what holds for the mount, and what the
/// file system is to know. Source: mount(8), mount_setattr(2).
package struct MountOptions {
  /// What holds for the mount.
  package private(set) var attributes: MountTree.Attributes
  /// The options of the file system, in order.
  package private(set) var options: [(name: String, value: String?)] = []

  private static let flags: [String: (set: MountTree.Attributes, clear: MountTree.Attributes)] = [
    "ro": (.readOnly, []), "rw": ([], .readOnly), "suid": ([], .noSetUser),
    "nosuid": (.noSetUser, []), "dev": ([], .noDevices), "nodev": (.noDevices, []),
    "exec": ([], .noPrograms), "noexec": (.noPrograms, []), "noatime": (.noAccessTime, []),
    "relatime": ([], .noAccessTime), "defaults": ([], []),
  ]

  /// Sorts words; a later one overrules an earlier one.
  ///
  /// - Parameter attributes: what holds unless a word says otherwise.
  package init(_ words: [String], attributes: MountTree.Attributes = []) {
    self.attributes = attributes
    for word in words where !word.isEmpty {
      if let change = Self.flags[word] {
        self.attributes = self.attributes.subtracting(change.clear).union(change.set)
      } else {
        let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
        options.append((parts.first ?? word, parts.count > 1 ? parts[1] : nil))
      }
    }
  }
}
