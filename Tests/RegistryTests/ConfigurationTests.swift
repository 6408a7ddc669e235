import Linux
import Model
import State
import TestSupport
import Testing
import Transfer

@testable import Registry

@Suite("Configuration of registries", .timeLimit(.standard))
struct ConfigurationTests {
  private let files: Scratch

  init() throws { files = try Scratch() }

  @Test("base 64 of any length comes back, and nonsense does not")
  func base64() {
    for text in ["", "a", "ab", "abc", "user:pä§$wörd", "x:y:z"] {
      #expect(Base64.decode(Base64.encode(text)) == text)
    }
    #expect(Base64.encode("user:password") == "dXNlcjpwYXNzd29yZA==")
    #expect(Base64.decode("!!!!") == nil)
    #expect(Base64.decode("/////w==") == nil)
  }

  @Test("credentials are found under the host, and under whole addresses in old files")
  func credentials() throws {
    let path = try files.write(
      "config.json",
      """
      {"auths": {"https://index.docker.io/v1/": {"auth": "\(Base64.encode("hub:one"))"},
      "https://old.test/v2/": {"auth": "\(Base64.encode("old:two:three"))"},
      "token.test": {"auth": "", "identitytoken": "t"}, "empty.test": {}}}
      """)
    let file = try DockerConfiguration(path: path)
    #expect(try file.credentials(for: "docker.io") == .password(user: "hub", secret: "one"))
    #expect(try file.credentials(for: "old.test") == .password(user: "old", secret: "two:three"))
    #expect(try file.credentials(for: "token.test") == .identityToken("t"))
    #expect(try file.credentials(for: "empty.test") == nil)
    #expect(try file.credentials(for: "other.test") == nil)
  }

  @Test("logging in and out leaves the rest of the file as it was")
  func keepsTheRest() throws {
    let path = try files.write(
      "config.json", #"{"detachKeys": "ctrl-x", "auths": {"a.test": {"auth": "eDp5"}}}"#)
    let store = CredentialStore(environment: ["DOCKER_CONFIG": files.path])
    let given = Credentials.password(user: "u", secret: "p")
    #expect(try store.store(given, for: "b.test:5000") == path)
    #expect(try store.credentials(for: "b.test:5000") == given)
    #expect(try Files.status(path).mode & 0o777 == 0o600)
    #expect(try store.erase("b.test:5000"))
    #expect(try store.erase("b.test:5000") == false)
    let json = try JSON.parse(Files.read(path))
    #expect(json == ["detachKeys": "ctrl-x", "auths": ["a.test": ["auth": "eDp5"]]])
  }

  @Test("a helper program keeps credentials in the file's place")
  func helper() throws {
    let bin = try files.directory("bin")
    let script = """
      #!/bin/sh
      case "$1" in
      store) cat > "\(files.path)/kept" ;;
      get) cat > "\(files.path)/asked"
        [ -e "\(files.path)/kept" ] && exec cat "\(files.path)/kept"
        echo "credentials not found in native keychain"; exit 1 ;;
      erase) rm "\(files.path)/kept" ;;
      esac
      """
    try files.write("bin/docker-credential-test", script, mode: 0o755)
    try files.write("config.json", #"{"credHelpers": {"h.test": "test"}}"#)
    let store = CredentialStore(
      environment: ["DOCKER_CONFIG": files.path, "PATH": "\(bin):/usr/bin:/bin"])
    #expect(try store.credentials(for: "h.test") == nil)
    #expect(try Files.readText("\(files.path)/asked") == "h.test")
    let given = Credentials.password(user: "u", secret: "s\"ecret")
    #expect(try store.store(given, for: "h.test") == nil)
    #expect(try store.credentials(for: "h.test") == given)
    #expect(try Files.readText("\(files.path)/config.json").contains("ecret") == false)
    #expect(try store.erase("h.test"))
    #expect(try store.credentials(for: "h.test") == nil)
  }

  @Test("a helper that is not installed is named")
  func missingHelper() throws {
    try files.write("config.json", #"{"credsStore": "nowhere"}"#)
    let store = CredentialStore(environment: ["DOCKER_CONFIG": files.path, "PATH": "/usr/bin"])
    let error = #expect(throws: RegistryError.self) { try store.credentials(for: "x.test") }
    #expect(error?.diagnostic.message.contains("docker-credential-nowhere") == true)
  }

  @Test("mirrors and exceptions are read from the configuration file")
  func rules() throws {
    let path = try files.write(
      "registries.json",
      """
      {"registries": {"docker.io": {"mirrors": ["https://m.test"]},
      "10.0.0.5:5000": {"plainHTTP": true, "skipVerify": true}}}
      """)
    var settings = RegistrySettings()
    try settings.readRules(path)
    #expect(settings.rules["docker.io"]?.mirrors == ["https://m.test"])
    let allowed = try #require(WebAddress("http://10.0.0.5:5000/v2/"))
    let other = try #require(WebAddress("http://10.0.0.5:5001/v2/"))
    #expect(settings.permits(allowed))
    #expect(settings.permits(other) == false)
    try settings.readRules("\(files.path)/none.json")
  }

  @Test(
    "mistakes in the configuration file are named",
    arguments: [
      "[]", "{", #"{"registries": {"a": {"plainHTTP": "yes"}}}"#,
      #"{"registries": {"a": {"insecure": true}}}"#, #"{"mirrors": []}"#,
      #"{"registries": {"a": {"mirrors": ["m.test"]}}}"#,
    ])
  func mistakes(_ text: String) throws {
    let path = try files.write("registries.json", text)
    var settings = RegistrySettings()
    let error = #expect(throws: RegistryError.self) { try settings.readRules(path) }
    #expect(error?.diagnostic.message.contains(path) == true)
  }

  @Test("a registry is named in several ways")
  func domains() throws {
    for name in ["docker.io", "https://index.docker.io/v1/", "registry-1.docker.io"] {
      #expect(try Registry.domain(of: name) == "docker.io")
    }
    #expect(try Registry.domain(of: "https://r.test:5000/v2/") == "r.test:5000")
    #expect(throws: RegistryError.self) { try Registry.domain(of: "no registry") }
  }
}
