import Model
import TestSupport
import Testing

@testable import State

@Suite("What is said to roost-registry, and what it says", .timeLimit(.standard))
struct RegistryMessageTests {
  private static let layout = Layout(root: "/r", runRoot: "/run/r")

  private static func request(_ action: RegistryRequest.Action) -> RegistryRequest {
    RegistryRequest(action, layout: layout, archiveProgram: "/libexec/roost-archive")
  }

  @Test(
    "a request reads back as it was written",
    arguments: [
      RegistryRequest.Action.pull(image: "web:1", platform: "linux/arm64"),
      .pull(image: "web:1", platform: nil), .push(image: "web:1"),
      .fetch(address: "https://a/b", path: "/f", knownTag: "t", limit: 9),
      .fetch(address: "https://a/b", path: "/f", knownTag: nil, limit: 9), .account(server: nil),
      .account(server: "a.example"), .check(server: "a.example"),
      .login(server: "a.example", user: "u", secret: "s"), .logout(server: "a.example"),
    ])
  func requests(action: RegistryRequest.Action) throws {
    let request = Self.request(action)
    #expect(try RegistryRequest(json: JSON.parse(request.json.utf8())) == request)
  }

  @Test(
    "a message reads back as it was written",
    arguments: [
      RegistryMessage.layer("abc", .downloading(done: 3, total: 9)),
      .layer("abc", .retrying(seconds: 2, reason: "busy")), .layer("abc", .mounted(from: "a/b")),
      .layer("abc", .alreadyPresent), .layer("abc", .pushing(done: 1, total: 2)),
      .announcement("latest: Pulling"), .warning(Diagnostic(.warning, "w", hint: "h")),
      .answer(.pulled(id: "i", digest: "d", isNew: false)),
      .answer(.pushed(digest: "d", size: 5)), .answer(.unchanged),
      .answer(.fetched(.init(digest: "d", size: 1, modified: 2, tag: "t", name: "n"))),
      .answer(.fetched(.init(digest: "d", size: 1, modified: nil, tag: nil, name: nil))),
      .answer(.account(domain: "d", user: nil)), .answer(.account(domain: "d", user: "u")),
      .answer(.checked(isLoggedIn: true)), .answer(.checked(isLoggedIn: false)),
      .answer(.loggedIn(unencryptedFile: "/f")), .answer(.loggedIn(unencryptedFile: nil)),
      .answer(.loggedOut(wasLoggedIn: true)), .answer(.loggedOut(wasLoggedIn: false)),
      .failure(
        RegistryError(.denied, Diagnostic(.error, "no", notes: [Diagnostic.Note("because")]))),
    ])
  func messages(message: RegistryMessage) throws {
    #expect(try RegistryMessage(json: JSON.parse(message.json.utf8())) == message)
  }

  @Test("a request of before there were versions is understood, a newer one is refused")
  func versions() throws {
    let text = """
      {"address":"https://a/b","path":"/f","tag":null,"limit":9,"verb":"fetch","root":"/r",
      "runRoot":"/run/r","archive":"/libexec/roost-archive"}
      """
    #expect(
      try RegistryRequest(json: JSON.parse(text.utf8))
        == Self.request(.fetch(address: "https://a/b", path: "/f", knownTag: nil, limit: 9)))
    #expect(throws: MessageError.self) {
      try RegistryRequest(json: ["version": 99, "verb": "push", "image": "a"])
    }
  }

  @Test("a message of any other version is refused with both versions")
  func otherVersions() throws {
    for json: JSON in [["announcement": "a"], ["version": 4, "announcement": "a"]] {
      let error = #expect(throws: MessageError.self) { try RegistryMessage(json: json) }
      let message = try #require(error).message
      #expect(message.contains("version \(json["version"]?.intValue ?? 0)"))
      #expect(message.contains("version \(MessageVersion.current)"))
    }
  }

  @Test("what has another form is refused")
  func malformed() {
    let known = JSON.integer(MessageVersion.current)
    for json: JSON in [
      ["version": known, "layer": "a", "phase": ["unheard of"]],
      ["version": known, "failure": "unheard of"], ["version": known],
      ["version": known, "answer": ["kind": "unheard of"]], [],
    ] {
      #expect(throws: MessageError.self) { try RegistryMessage(json: json) }
    }
  }
}
