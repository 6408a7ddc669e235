import Linux
import Model
import State
import Synchronization
import TestSupport
import Testing

@testable import Image

/// A web of a few files.
final class FakeWeb: RemoteFetcher {
  struct Page: Sendable {
    var text: String
    var modified: Int64?
    var tag: String?
    var name: String?
  }

  private let state: Mutex<(pages: [String: Page], log: [String])>

  init(_ pages: [String: Page]) { state = Mutex((pages, [])) }

  /// What was asked for: the address, and `unchanged` where nothing was sent.
  var log: [String] { state.withLock { $0.log } }

  func change(_ address: String, _ page: Page) { state.withLock { $0.pages[address] = page } }

  func fetch(
    _ request: RemoteFileRequest, cancellation: BuildCancellation
  ) throws(Diagnostic) -> RemoteFile? {
    let page = state.withLock { state in
      let page = state.pages[request.address]
      let isKnown = page?.tag != nil && page?.tag == request.knownTag
      state.log.append(isKnown ? "\(request.address) unchanged" : request.address)
      return page
    }
    guard let page else { throw Diagnostic(.error, "there is nothing at \(request.address)") }
    if let tag = page.tag, tag == request.knownTag { return nil }
    let bytes = Array(page.text.utf8)
    do throws(SyscallError) { try Files.write(request.path, bytes) } catch {
      throw Diagnostic(.error, "\(error)")
    }
    return RemoteFile(
      digest: .sha256(of: bytes), size: Int64(bytes.count), modified: page.modified,
      tag: page.tag, name: page.name)
  }
}

@Suite("ADD from the web", .timeLimit(.standard), .needsRoot)
struct RemoteFileTests {
  private let box: BuildBox
  private let address = "https://h/dir/file.txt?x=1"

  init() throws { box = try BuildBox() }

  private func build(_ text: String, _ web: FakeWeb) throws -> ImageRecord {
    let request = BuildRequest(
      context: "\(box.files.path)/context",
      dockerfile: .text("FROM busybox\n\(text)\n", name: "Dockerfile"))
    return try Builder(
      store: box.store, runner: box.runner, progress: box.progress, fetcher: web
    ).build(request)
  }

  @Test("a file has the name of the address, the server's time and the mode 0600")
  func file() throws {
    let web = FakeWeb([address: .init(text: "hello", modified: 1_000_000_000)])
    let image = try build("ADD \(address) /new/", web)
    #expect(try box.read("new/file.txt", in: image) == "hello")
    let status = try #require(try box.status("new/file.txt", in: image))
    #expect(status.mode == 0o600 && status.user == 0)
    #expect(status.modifiedNanoseconds == 1_000_000_000_000_000_000)
  }

  @Test("flags and the destination's name hold, and no date is a date")
  func flags() throws {
    let web = FakeWeb([address: .init(text: "hello")])
    let image = try build("ADD --chown=5:6 --chmod=755 \(address) /other", web)
    let status = try #require(try box.status("other", in: image))
    #expect(status.mode == 0o755 && status.user == 5 && status.group == 6)
    #expect(status.modifiedNanoseconds == 0)
  }

  @Test("the content is the key: the same one is cached, and a known tag saves the sending")
  func cache() throws {
    let web = FakeWeb([address: .init(text: "hello", modified: 1, tag: "\"a\"")])
    let first = try build("ADD \(address) /x/", web)
    #expect(try build("ADD \(address) /x/", web).id == first.id)
    #expect(web.log == [address, "\(address) unchanged"])
    web.change(address, .init(text: "hello", modified: 2, tag: "\"b\""))
    #expect(try build("ADD \(address) /x/", web).id == first.id)
    web.change(address, .init(text: "other", tag: "\"c\""))
    let changed = try build("ADD \(address) /x/", web)
    #expect(try box.read("x/file.txt", in: changed) == "other")
    // What is known but needed again comes again.
    let elsewhere = try build("ADD \(address) /y/", web)
    #expect(try box.read("y/file.txt", in: elsewhere) == "other")
    #expect(box.progress.reasons.contains { $0.contains("the content of https://h/dir/file.txt") })
  }

  @Test("a checksum is compared, and with it a cached file is not asked for")
  func checksum() throws {
    let web = FakeWeb([address: .init(text: "hello")])
    let digest = Digest.sha256(of: Array("hello".utf8))
    let first = try build("ADD --checksum=\(digest) \(address) /x", web)
    #expect(try build("ADD --checksum=\(digest) \(address) /x", web).id == first.id)
    #expect(web.log == [address])
    web.change(address, .init(text: "evil"))
    let error = #expect(throws: Diagnostic.self) {
      try build("ADD --checksum=\(digest) \(address) /y", web)
    }
    #expect(error?.message.contains("wrong checksum") == true)
    #expect(error?.location?.line == 2)
    #expect(error?.excerpt?.hasPrefix("ADD") == true)
  }

  @Test("an archive is unpacked on demand only")
  func unpack() throws {
    try box.write("inner", "x")
    let tar = try box.files.tar("\(box.files.path)/context")
    let text = String(decoding: try Files.read(tar), as: UTF8.self)
    let web = FakeWeb(["http://h/a.tar": .init(text: text)])
    let plain = try build("ADD http://h/a.tar /d/", web)
    #expect(try box.status("d/a.tar", in: plain)?.kind == .regular)
    let unpacked = try build("ADD --unpack http://h/a.tar /d/", web)
    #expect(try box.read("d/inner", in: unpacked) == "x")
    #expect(try box.status("d/a.tar", in: unpacked) == nil)
  }

  @Test("an address without a name takes the server's, or none into a directory")
  func names() throws {
    let web = FakeWeb([
      "http://h/": .init(text: "a", name: "dir/../served.txt"), "http://h": .init(text: "b"),
    ])
    let served = try build("ADD http://h/ /d/", web)
    #expect(try box.read("d/served.txt", in: served) == "a")
    #expect(try box.read("f", in: build("ADD http://h /f", web)) == "b")
    let error = #expect(throws: Diagnostic.self) { try build("ADD http://h /d/", web) }
    #expect(error?.message == "http://h has no file name")
  }

  @Test("several sources, files of the context among them")
  func several() throws {
    try box.write("own", "o")
    let web = FakeWeb(["http://h/a": .init(text: "a"), "http://h/b": .init(text: "b")])
    let image = try build("ADD http://h/a own http://h/b /d/", web)
    for name in ["a", "own", "b"] {
      #expect(try box.read("d/\(name)", in: image) == String(name.prefix(1)))
    }
  }

  @Test("a password is nowhere in the image")
  func passwords() throws {
    let web = FakeWeb(["http://me:secret@h/a": .init(text: "a")])
    let image = try build("ADD http://me:secret@h/a /a", web)
    #expect(!box.store.history(of: image).contains { $0.createdBy.contains("secret") })
  }

  @Test(
    "what cannot be is refused where it stands",
    arguments: [
      ("COPY https://h/a /a", "COPY takes no addresses"),
      ("ADD --checksum=md5:1 https://h/a /a", "--checksum of a file is sha256"),
      ("ADD --checksum=sha256:1 a /a", "--checksum is for files that ADD fetches"),
      ("ADD --checksum=sha256:1 https://h/a https://h/b /a/", "one source only"),
      ("ADD --keep-git-dir https://h/a /a", "--keep-git-dir is for git"),
      ("ADD https://h/a https://h/b /a", "several sources need a directory"),
      ("ADD https://h/nosuch /a", "there is nothing at https://h/nosuch"),
      ("ADD https://h/a.git?x=y /a", "unknown parameter 'x'"),
      ("ADD --checksum=nohex https://h/a.git /a", "--checksum of a repository is a commit"),
    ])
  func refused(_ text: String, _ message: String) throws {
    let error = #expect(throws: Diagnostic.self) { try build(text, FakeWeb([:])) }
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    #expect(error?.location?.line == 2)
  }
}
