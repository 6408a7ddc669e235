import Glibc
import Linux
import Model
import Runtime
import State
import TestSupport
import Testing

@Suite("Ranges of ids", .timeLimit(.standard))
struct IDRangeTests {
  private let directory: TemporaryDirectory
  private var place: String { "\(directory.path)/ids" }
  private var users: String { "\(directory.path)/etc" }
  private var ranges: IDRanges { IDRanges(directory: place, users: users) }

  init() throws {
    directory = try TemporaryDirectory()
    try Files.makeDirectories("\(directory.path)/etc")
  }

  private func container(_ number: Int, root: String = "one") throws -> (ContainerLayout, ObjectID)
  {
    let digits = String(number, radix: 16)
    let text = String(repeating: "0", count: 7 - digits.count) + digits
    let id = try #require(ObjectID(text + String(repeating: "a", count: 57)))
    let layout = Layout(root: "\(directory.path)/\(root)", runRoot: "\(directory.path)/run")
    let place = layout.container(id)
    try Files.makeDirectories(place.state)
    return (place, id)
  }

  private func start(of number: UInt32) -> UInt32 { IDRanges.first + number * IDRanges.count }

  @Test("all ranges lie where no one else looks for ids")
  func bounds() {
    // login.defs: SUB_UID_MAX; systemd: uids of containers, foreign uids; sssd: ldap_idmap_range_max.
    let last = IDRanges.first + (IDRanges.ranges * IDRanges.count - 1)
    for others: ClosedRange<UInt32> in [
      0...65_535, 100_000...600_100_000, 524_288...1_879_048_191, 200_000...2_000_200_000,
      2_147_352_576...2_147_418_111, 2_147_483_648...4_294_967_295,
    ] {
      #expect(!others.overlaps(IDRanges.first...last))
    }
  }

  @Test("two containers never have an id in common, of one root or of two")
  func disjoint() throws {
    var found: [IDMap] = []
    for root in ["one", "two"] {
      for number in [7, 7 + Int(IDRanges.ranges), 8] {
        let (place, id) = try container(number, root: root)
        found.append(try ranges.reserve(place, id))
      }
    }
    #expect(Set(found.map(\.start)).count == 6)
    #expect(found.allSatisfy { ($0.start - IDRanges.first) % IDRanges.count == 0 })
  }

  @Test("a range that was reserved and not noted is given back all the same")
  func unnoted() throws {
    let (place, id) = try container(3)
    let (other, otherID) = try container(4)
    for (place, id) in [(place, id), (other, otherID)] { _ = try ranges.reserve(place, id) }
    // As a command leaves it that is killed between the two.
    try Files.remove(place.idMap)
    try IDRanges.release(place, directory: self.place)
    #expect(try Files.list(self.place) == ["\(start(of: 4))"])
  }

  @Test("a container keeps its range, and gives it back when it is removed")
  func kept() throws {
    let (place, id) = try container(3)
    let map = try ranges.reserve(place, id)
    #expect(map == IDMap(start: start(of: 3), count: 65_536))
    #expect(try ranges.reserve(place, id) == map)
    #expect(try IDMapRecord.read(place.idMap)?.map == map)
    try IDRanges.release(place, directory: self.place)
    #expect(!Files.exists(self.place), "the last one takes the directory along")
    try IDRanges.release(place, directory: self.place)
    // As after a reboot: the reservation is gone, the record is there.
    #expect(try ranges.reserve(place, id) == map)
  }

  @Test("a range that somebody took after a reboot is not used by two")
  func taken() throws {
    let (mine, myID) = try container(3)
    let map = try ranges.reserve(mine, myID)
    try IDRanges.release(mine, directory: place)
    let (other, otherID) = try container(3, root: "two")
    #expect(try ranges.reserve(other, otherID) == map)
    let later = try ranges.reserve(mine, myID)
    #expect(later.start == start(of: 4))
    #expect(try IDMapRecord.read(mine.idMap)?.map == later)
    try IDRanges.release(mine, directory: place)
    #expect(try Files.list(place) == ["\(map.start)"], "what belongs to the other stays")
  }

  @Test("what a removed root left is taken over")
  func stale() throws {
    let (gone, goneID) = try container(3)
    let map = try ranges.reserve(gone, goneID)
    try Files.removeTree(gone.state)
    let (place, id) = try container(3, root: "two")
    #expect(try ranges.reserve(place, id) == map)
  }

  @Test(
    "ids of users, groups and of others' ranges are left alone",
    arguments: [
      ("passwd", "eve:x:%:100::/home/eve:/bin/sh"), ("group", "eves:x:%:"),
      ("subuid", "eve:%:65536"), ("subgid", "eve:1:4294967295\n"), ("subuid", "a:b:c\neve:%:1"),
    ])
  func foreign(file: String, line: String) throws {
    let text = line.replacing("%", with: "\(start(of: 3) + 5)")
    try Files.write("\(users)/\(file)", Array("\(text)\n".utf8))
    let (place, id) = try container(3)
    guard !line.contains("4294967295") else {
      let error = #expect(throws: SyscallError.self) { try ranges.reserve(place, id) }
      #expect(error?.errno == EUSERS)
      #expect(error?.hint?.contains("container prune") == true)
      return
    }
    // A range of 65536 from the middle of one reaches into the next.
    let next: UInt32 = line.hasSuffix("65536") ? 5 : 4
    #expect(try ranges.reserve(place, id).start == start(of: next))
  }

  @Test("files with lines that are no entries are read as far as they can be")
  func malformed() throws {
    try Files.write("\(users)/subuid", Array("\n:::\neve:99999999999:1\neve:1:0\n#\n".utf8))
    let (place, id) = try container(3)
    #expect(try ranges.reserve(place, id).start == start(of: 3))
  }
}
