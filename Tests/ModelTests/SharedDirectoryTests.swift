import Model
import TestSupport
import Testing

@Suite("Directories that containers write to", .timeLimit(.standard))
struct SharedDirectoryTests {
  /// The links of the host.
  private static let links = [
    "/p/way": "w", "/l": "/p/w/inner", "/p/up": "../q", "/p/loop": "loop",
  ]

  private func place(_ path: String, _ shared: [String]) -> [String] {
    let directories = SharedDirectories(shared) { Self.links[$0] }
    let (directory, subpath) = directories.place(of: path)
    return [directory, subpath]
  }

  @Test("what lies below one is looked up within it, by whatever way the user leads there")
  func places() {
    #expect(place("/p/w/d/f", ["/p/w"]) == ["/p/w", "d/f"])
    #expect(place("/p/./w//d", ["/p/w/"]) == ["/p/w", "d"])
    #expect(place("/p/way/f", ["/p/w"]) == ["/p/w", "f"])
    #expect(place("/p/w/f", ["/p/way"]) == ["/p/w", "f"])
    #expect(place("/l/f", ["/p/w"]) == ["/p/w", "inner/f"])
    #expect(place("/p/up/f", ["/q"]) == ["/q", "f"])
    #expect(place("/p/w/../f", ["/p/w"]) == ["/p/w", "../f"])
    #expect(place("/p/w/a/b", ["/p/w/a", "/p/w"]) == ["/p/w", "a/b"])
  }

  @Test("everything else stays as it is")
  func others() {
    #expect(place("/p/w", ["/p/w"]) == ["/p/w", ""])
    #expect(place("/p/word", ["/p/w"]) == ["/p/word", ""])
    #expect(place("/p/way/f", ["/q"]) == ["/p/way/f", ""])
    #expect(place("/p/loop/f", ["/q"]) == ["/p/loop/f", ""])
    #expect(place("/p/w/f", ["/"]) == ["/p/w/f", ""])
    #expect(place("https://example.org/p/w/f", ["/p/w"]) == ["https://example.org/p/w/f", ""])
    #expect(place("/p/w/f", []) == ["/p/w/f", ""])
    let added = SharedDirectories.none.adding(["/p/w"]).place(of: "/p/w/f")
    #expect(added.directory == "/p/w" && added.subpath == "f")
  }

  @Test("numbers of users are told from names as in Go")
  func numbers() {
    for (text, number) in [
      ("0", 0), ("+0", 0), ("-0", 0), ("00012", 12), ("2147483647", 2_147_483_647),
    ]
      as [(String, UInt32)]
    {
      #expect(IDNumber(text) == .number(number), "\(text)")
    }
    for text in ["-1", "2147483648", "4294967295", "4294967296", "99999999999999999999"] {
      #expect(IDNumber(text) == .outOfRange, "\(text)")
    }
    for text in ["", "+", "-", " 0", "0 ", "0x0", "1_0", "1e3", "root", "\u{0660}", "+-1"] {
      #expect(IDNumber(text) == .name, "\(text)")
    }
  }
}
