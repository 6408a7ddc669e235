import TestSupport
import Testing

@testable import Registry

@Suite("Challenges of registries", .timeLimit(.standard))
struct ChallengeTests {
  @Test("a bearer challenge gives its realm, service and scope")
  func bearer() {
    let line = #"Bearer realm="https://auth.test/token",service="reg",scope="repository:a/b:pull""#
    #expect(
      Challenge.parse([line]) == [
        Challenge(
          scheme: "bearer",
          parameters: [
            "realm": "https://auth.test/token", "service": "reg", "scope": "repository:a/b:pull",
          ])
      ])
  }

  @Test("several challenges may share a line or come in several")
  func several() {
    let one = Challenge.parse([#"Basic realm="x, y", Bearer realm="z""#])
    let two = Challenge.parse([#"Basic realm="x, y""#, #"bearer REALM=z"#])
    #expect(one == two)
    #expect(one.map(\.scheme) == ["basic", "bearer"])
    #expect(one.first?.parameters == ["realm": "x, y"])
  }

  @Test("quotes within quotes are unescaped")
  func escapes() {
    let parsed = Challenge.parse([#"Basic realm="say \"hi\" \\ now""#])
    #expect(parsed.first?.parameters["realm"] == #"say "hi" \ now"#)
  }

  @Test(
    "malformed lines give what was sound before the mistake",
    arguments: ["", "   ", ",,,", "=", "\"", "Basic realm=\"open", "Bearer =x", "a=b"])
  func malformed(_ line: String) {
    for challenge in Challenge.parse([line]) { #expect(challenge.parameters["realm"] == nil) }
  }
}

@Suite("Web addresses", .timeLimit(.standard))
struct WebAddressTests {
  @Test("an address has its parts, the usual port filled in")
  func parts() throws {
    let address = try #require(WebAddress("HTTPS://Host.Test/a/b?c=d#e"))
    #expect(address.scheme == "https")
    #expect(address.host == "host.test")
    #expect(address.port == 443)
    #expect(address.target == "/a/b?c=d")
    #expect(address.description == "https://host.test/a/b?c=d")
    #expect(WebAddress("http://[::1]:5000")?.description == "http://[::1]:5000/")
    #expect(WebAddress("http://h?x=1")?.target == "/?x=1")
  }

  @Test(
    "what is no web address is refused",
    arguments: [
      "", "host", "ftp://host/", "http://", "http://a b/", "http://user@host/", "http://h:0/",
      "http://h:99999/", "http://h:x/", "file:///etc/passwd", "http://h/a b", "http://h/\r\nX: y",
    ])
  func refused(_ text: String) { #expect(WebAddress(text) == nil) }

  @Test("a location leads from where it was said")
  func following() throws {
    let here = try #require(WebAddress("https://h.test:5000/v2/a/blobs/x?y=1"))
    let expected = [
      "/z": "https://h.test:5000/z", "z?q": "https://h.test:5000/v2/a/blobs/z?q",
      "?q": "https://h.test:5000/v2/a/blobs/x?q", "//o.test/z": "https://o.test/z",
      "http://o.test/z": "http://o.test/z",
    ]
    for (location, target) in expected {
      #expect(here.following(location)?.description == target, "\(location)")
    }
    #expect(here.following("ftp://o.test/z") == nil)
  }

  @Test("only this machine is loopback")
  func loopback() throws {
    for host in ["localhost", "127.0.0.1", "127.9.8.7", "[::1]", "reg.localhost"] {
      #expect(try #require(WebAddress("http://\(host)/")).isLoopback, "\(host)")
    }
    for host in ["128.0.0.1", "10.0.0.1", "localhost.test", "127.0.0.1.test", "[::2]"] {
      #expect(try #require(WebAddress("http://\(host)/")).isLoopback == false, "\(host)")
    }
  }

  @Test("query parameters are escaped")
  func escaping() throws {
    let address = try #require(WebAddress("http://h/token?a=1"))
    #expect(
      address.adding("scope", "repository:a/b:pull").target
        == "/token?a=1&scope=repository%3Aa%2Fb%3Apull")
  }
}
