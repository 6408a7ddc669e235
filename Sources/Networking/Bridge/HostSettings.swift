import Glibc
import Linux
import Model
import State

/// Settings of the host's kernel that networks need: changed when needed, written down before, and
/// put back when no network is left.
struct HostSettings {
  private let layout: Layout

  init(_ layout: Layout) { self.layout = layout }

  private typealias Change = HostSettingsRecord.Change

  private static let ipv4Forwarding = "net/ipv4/ip_forward"
  private static let ipv6Forwarding = "net/ipv6/conf/all/forwarding"

  private var path: String { "\(layout.root)/host-settings.json" }

  /// Lets the host pass packets on between its links.
  ///
  /// - Returns: a warning for each setting that changed.
  func enableForwarding(ipv6: Bool) throws(NetworkError) -> [Diagnostic] {
    let needed = [Self.ipv4Forwarding] + (ipv6 ? [Self.ipv6Forwarding] : [])
    guard needed.contains(where: { read($0) == "0" }) else { return [] }
    let lock = try NetworkLock.acquire(layout)
    defer { lock.release() }
    var wanted = [(Self.ipv4Forwarding, "1")]
    if ipv6 { wanted += acceptRouters() + [(Self.ipv6Forwarding, "1")] }
    var warnings: [Diagnostic] = []
    for (name, value) in wanted {
      guard let before = read(name), before != value else { continue }
      // Written down first: a crash in between leaves a note about a change that was not made.
      try write(
        recorded().filter { $0.name != name }
          + [Change(name: name, before: before, after: value)])
      try set(name, value)
      warnings.append(
        Diagnostic(
          .warning,
          "set \(Self.spelled(name)) to \(value) (it was \(before)): containers need it "
            + "to reach other networks; it is put back when the last network is removed"))
    }
    return warnings
  }

  /// Puts back what was changed, unless someone changed it since.
  ///
  /// - Returns: a note for each setting that was put back.
  func restore() throws(NetworkError) -> [Diagnostic] {
    let changes = try recorded()
    guard !changes.isEmpty else { return [] }
    var notes: [Diagnostic] = []
    for change in changes.reversed() where read(change.name) == change.after {
      try set(change.name, change.before)
      notes.append(
        Diagnostic(.warning, "put \(Self.spelled(change.name)) back to \(change.before)"))
    }
    do { try Files.removeIfPresent(path) } catch { throw .system(error) }
    return notes
  }

  /// A host that forwards ignores router advertisements unless `accept_ra` is 2: without this, a
  /// machine that got its IPv6 route from a router would lose it.
  private func acceptRouters() -> [(String, String)] {
    guard read(Self.ipv6Forwarding) == "0" else { return [] }
    let links = (try? Files.list("/proc/sys/net/ipv6/conf")) ?? []
    return links.filter { link in
      link != "lo" && !link.hasPrefix(NetworkRecord.bridgePrefix) && !link.hasPrefix("rv")
        && read("net/ipv6/conf/\(link)/accept_ra") == "1"
    }.map { ("net/ipv6/conf/\($0)/accept_ra", "2") }
  }

  private func read(_ name: String) -> String? {
    guard let text = try? Files.readText("/proc/sys/\(name)") else { return nil }
    return String(text.prefix { $0 != "\n" })
  }

  private func set(_ name: String, _ value: String) throws(NetworkError) {
    do { try Files.overwrite("/proc/sys/\(name)", value) } catch { throw .system(error) }
  }

  /// The changes of this boot; after a reboot the kernel's own values are back.
  private func recorded() throws(NetworkError) -> [Change] {
    do {
      let record = try HostSettingsRecord.read(path)
      return record?.bootID == Clock.bootID ? record?.changes ?? [] : []
    } catch {
      throw .record(error)
    }
  }

  private func write(_ changes: [Change]) throws(NetworkError) {
    do {
      try Files.makeDirectories(layout.root, mode: 0o700)
      try HostSettingsRecord(bootID: Clock.checkBootID(), changes: changes).write(path)
    } catch {
      throw .system(error)
    }
  }

  /// The name as sysctl(8) spells it.
  private static func spelled(_ name: String) -> String {
    String(name.map { $0 == "/" ? "." : $0 })
  }
}
