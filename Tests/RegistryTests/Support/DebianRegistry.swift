import Glibc
import Linux
import Model
import TestSupport
import Testing

extension Trait where Self == ConditionTrait {
  /// Runs where Debian's registry and the tools around it are installed.
  static var needsDebianRegistry: Self {
    .needs("docker-registry", "skopeo", "htpasswd", "openssl")
  }
}

/// Debian's `docker-registry` on a port of this machine, with a directory of its own.
final class DebianRegistry {
  /// What it asks of those who come.
  enum Access {
    case open
    case password
    case encrypted
    /// Encrypted, and only for those who show a certificate of this directory's authority.
    case certificate
  }

  static let user = "tester"
  static let secret = "s3cret:with colon"

  let port: Int
  let files: Scratch
  private let process: PidFD

  /// The key of `certificate`.
  var key: String { "\(files.path)/registry.key" }

  var host: String { "127.0.0.1:\(port)" }
  /// The certificate that encrypted registries show, which is its own authority.
  var certificate: String { "\(files.path)/registry.crt" }

  init(_ access: Access = .open) throws {
    files = try Scratch()
    port = try Self.freePort()
    var text = """
      version: 0.1
      log: {level: error}
      storage:
        filesystem: {rootdirectory: \(files.path)/data}
        delete: {enabled: true}
      http:
        addr: 127.0.0.1:\(port)

      """
    switch access {
    case .open: break
    case .password:
      let line = try Scratch.run("htpasswd", ["-Bbn", Self.user, Self.secret]).outputText
      try files.write("htpasswd", line)
      text += "auth:\n  htpasswd: {realm: test, path: \(files.path)/htpasswd}\n"
    case .encrypted, .certificate:
      try Scratch.run(
        "openssl",
        [
          "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test",
          "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "\(files.path)/registry.key",
          "-out", "\(files.path)/registry.crt",
        ])
      text += "  tls:\n    certificate: \(files.path)/registry.crt\n"
      text += "    key: \(files.path)/registry.key\n"
      if access == .certificate { text += "    clientcas: [\(files.path)/registry.crt]\n" }
    }
    let configuration = try files.write("config.yml", text)
    let log = try Files.open("\(files.path)/log", O_WRONLY | O_CREAT, mode: 0o600)
    var request = SpawnRequest(
      Spawn.find("docker-registry") ?? "", ["serve", configuration],
      environment: Spawn.currentEnvironment)
    request.descriptors = [(log.raw, 1), (log.raw, 2)]
    process = try Spawn.start(request)
    try waitUntilReady()
  }

  deinit {
    try? process.signal(SIGKILL)
    _ = try? process.reap()
  }

  private func waitUntilReady() throws {
    if eventually({ Self.connects(to: port) }) { return }
    throw Diagnostic(
      .error, "docker-registry does not start: \((try? Files.readText("\(files.path)/log")) ?? "")")
  }

  private static func freePort() throws -> Int {
    let server = try FaultyServer { _ in ServedAnswer(404) }
    server.stop()
    return server.port
  }

  private static func connects(to port: Int) -> Bool {
    let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(client) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(client, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }
}
