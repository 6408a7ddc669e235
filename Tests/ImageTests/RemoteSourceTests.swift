import Model
import TestSupport
import Testing

@testable import Image

@Suite("Addresses of what is elsewhere", .timeLimit(.standard))
struct RemoteSourceTests {
  @Test(
    "paths are no addresses",
    arguments: ["a/b", "./x", "/etc", "github.com/x/y", "a@b/c:d", "http:/x", "-u@h:x", "@h:x"])
  func paths(_ text: String) throws {
    #expect(try RemoteSource(text) == nil)
  }

  @Test("escapes are two digits, and what is none stays")
  func escapes() {
    #expect(PercentEncoding.decode("a%20b%2Fc%zz%4") == "a b/c%zz%4")
    #expect(PercentEncoding.decode("%+1%41") == "%+1A")
    let text = "a b/ü~"
    let encoded = PercentEncoding.encode(text, keeping: PercentEncoding.isUnreserved)
    #expect(encoded == "a%20b%2F%C3%BC~")
    #expect(PercentEncoding.decode(encoded) == text)
  }

  @Test("over HTTP the ending tells a repository from a file")
  func kinds() throws {
    for text in ["http://h/a.tar.gz", "https://h/a.git/x", "HTTPS://h/a?b=c.git", "https://h"] {
      #expect(try RemoteSource(text) == .file(text))
    }
    for text in ["https://h/a.git", "https://h/a.git?ref=x", "git@h:a/b", "git://h/a", "ssh://h/a"]
    {
      guard case .repository = try RemoteSource(text) else {
        Issue.record("\(text) is a repository")
        continue
      }
    }
    #expect(
      try RemoteSource("github.com/a/b#c", isContext: true)
        == .repository(GitLocation("https://github.com/a/b#c")))
  }

  @Test("a repository's address names a reference and a directory")
  func repository() throws {
    let location = try GitLocation("https://h/a.git#v1/x:sub/../dir/")
    #expect(location.remote == "https://h/a.git")
    #expect(location.reference == "v1/x")
    #expect(location.directory == "dir")
    #expect(location.keepsGitDirectory == nil && location.hasSubmodules)
    #expect(try GitLocation("git@h:a.git").remote == "git@h:a.git")
    #expect(try GitLocation("git://h/a#:d").reference == nil)
    #expect(try GitLocation("git://h/a#:../../d").directory == "d")
    let commit = String(repeating: "aB", count: 20)
    #expect(try GitLocation("git://h/a#\(commit)").commit == commit.lowercased())
  }

  @Test("a repository's address has parameters")
  func parameters() throws {
    let location = try GitLocation(
      "https://h/a.git?branch=main&subdir=d&checksum=abc123&keep-git-dir=true&submodules=0")
    #expect(location.reference == "refs/heads/main")
    #expect(location.directory == "d")
    #expect(location.checksum == "abc123")
    #expect(location.keepsGitDirectory == true && !location.hasSubmodules)
    #expect(try GitLocation("https://h/a.git?tag=v1").reference == "refs/tags/v1")
  }

  @Test(
    "what git would take for something else is refused",
    arguments: [
      "https://h/a.git#--upload-pack=x", "https://h/a.git#a..b", "https://h/a.git#a b",
      "https://h/a.git#a^", "https://h/a.git?ref=a&branch=b", "https://h/a.git?unknown=1",
      "https://h/a.git?checksum=xyz", "https://h/a.git?submodules=maybe",
      "https://h/a.git?subdir=a#:b",
    ])
  func refused(_ text: String) {
    #expect(throws: Diagnostic.self) { try RemoteSource(text) }
  }

  @Test("passwords are not shown")
  func passwords() {
    #expect(RemoteSource.withoutPassword("https://u:p@h/x@y") == "https://h/x@y")
    #expect(RemoteSource.withoutPassword("https://h/x:y@z") == "https://h/x:y@z")
    #expect(RemoteSource.withoutPassword("git@h:x") == "git@h:x")
  }

  @Test("a file's name is the end of its path")
  func names() {
    #expect(RemoteFileName.inPath(of: "https://h/a/b.txt?c=d/e#f") == "b.txt")
    #expect(RemoteFileName.inPath(of: "https://h/a%20b") == "a b")
    #expect(RemoteFileName.inPath(of: "https://h/a%2Fb") == "b")
    for text in ["https://h", "https://h/", "https://h/..", "https://h/a/%2e%2e", "https://h/a%00"]
    {
      #expect(RemoteFileName.inPath(of: text) == nil, "\(text)")
    }
  }
}
