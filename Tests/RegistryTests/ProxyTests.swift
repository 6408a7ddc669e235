import Linux
import Model
import State
import TestSupport
import Testing
import Transfer

@testable import Image
@testable import Registry

@Suite("Proxies", .timeLimit(.standard))
struct ProxyTests {
  private let files: Scratch

  init() throws { files = try Scratch() }

  private func choose(_ environment: [String: String], _ address: String) throws
    -> ProxyChoice.Proxy?
  {
    try ProxyChoice(environment: environment).proxy(for: try #require(WebAddress(address)))
  }

  @Test("a proxy is used where the environment says so")
  func choice() throws {
    let environment = [
      "HTTPS_PROXY": "http://p.test:3128", "no_proxy": "other.test, .inner.test,h.test:5000",
    ]
    let proxy = ProxyChoice.Proxy(host: "p.test", port: 3128)
    #expect(try choose(environment, "https://r.test/") == proxy)
    #expect(try choose(environment, "https://h.test:5001/") == proxy)
    for direct in [
      "http://r.test/", "https://127.0.0.1/", "https://a.inner.test/", "https://other.test/",
      "https://h.test:5000/",
    ] {
      #expect(try choose(environment, direct) == nil, "\(direct)")
    }
  }

  @Test("a proxy may want a name and a password, or speak SOCKS")
  func forms() throws {
    let address = "http://r.test/"
    #expect(
      try choose(["HTTP_PROXY": "http://u%40x:p:w@p.test"], address)
        == ProxyChoice.Proxy(host: "p.test", port: 80, user: "u@x", password: "p:w"))
    #expect(
      try choose(["http_proxy": "p.test:8080/"], address)
        == ProxyChoice.Proxy(host: "p.test", port: 8080))
    #expect(
      try choose(["http_proxy": "socks5://p.test"], address)
        == ProxyChoice.Proxy(host: "p.test", port: 1080, isSocks: true))
  }

  @Test(
    "a proxy that cannot be used is an error, not passed over",
    arguments: ["https://p.test", "ftp://p.test", "http://", "socks5://u:p@p.test", "p.test:0"])
  func unusable(_ text: String) throws {
    let error = #expect(throws: RegistryError.self) {
      try choose(["HTTP_PROXY": text], "http://r.test/")
    }
    #expect(error?.diagnostic.message.contains("HTTP_PROXY") == true)
    #expect(error?.diagnostic.message.contains("u:p") == false)
  }

  @Test("a pull goes through the proxy", .needsRoot)
  func plain() async throws {
    let image = try SampleImage()
    let proxy = try FaultyServer { request in
      guard request.method == "CONNECT" else { return image.answer(request) }
      return ServedAnswer(request.target == "registry.test:80" ? 200 : 403)
    }
    defer { proxy.stop() }
    var settings = RegistrySettings.forTests(files)
    settings.environment["HTTP_PROXY"] = "http://u:p@127.0.0.1:\(proxy.port)"
    settings.environment["HTTPS_PROXY"] = settings.environment["HTTP_PROXY"]
    settings.rules["registry.test"] = RegistrySettings.Rule()
    settings.rules["registry.test"]?.allowsPlainHTTP = true
    let client = PatientClient(registry: Registry(settings))
    let reference = try Reference("registry.test/app:1")
    #expect(try await client.pull(PullRequest(reference), into: files.store()).isNew)
    // Encryption is tried first.
    let tunnels = proxy.requests.filter { $0.method == "CONNECT" }
    #expect(tunnels.first?.target == "registry.test:443")
    let identity = "Basic " + Base64.encode("u:p")
    #expect(tunnels.allSatisfy { $0.headers["proxy-authorization"] == identity })
    let others = proxy.requests.filter { $0.method != "CONNECT" }
    #expect(others.allSatisfy { $0.headers["proxy-authorization"] == nil })
    #expect(others.contains { image.isForLayer($0) })
  }
}
