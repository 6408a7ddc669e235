import Glibc
import Linux
import NIOSSL
import State
import Transfer

/// The certificates that are configured for a host, as Docker lays them out: `*.crt` are
/// authorities to trust, `NAME.cert` with `NAME.key` identify us.
///
/// Source: Docker documentation, "Verify repository client with certificates".
struct CertificateDirectory {
  let paths: [String]

  /// The directories of a host; `host:port` and, for the usual port, `host` alone.
  init(_ parents: [String], host: String, port: Int, isUsualPort: Bool) {
    var names = ["\(host):\(port)"]
    if isUsualPort { names.append(host) }
    paths = parents.flatMap { parent in names.map { "\(parent)/\($0)" } }
      .filter { Files.isDirectory($0) }
  }

  var isEmpty: Bool { paths.isEmpty }

  /// Adds what is there to a configuration.
  func apply(to configuration: inout TLSConfiguration) throws(RegistryError) {
    for path in paths {
      let names = ((try? Files.list(path)) ?? []).sorted()
      for name in names {
        let file = "\(path)/\(name)"
        do {
          if name.hasSuffix(".crt") {
            let certificates = try NIOSSLCertificate.fromPEMFile(file)
            configuration.additionalTrustRoots.append(.certificates(certificates))
          } else if name.hasSuffix(".cert") {
            try identify(with: file, names: names, in: path, &configuration)
          }
        } catch let error as RegistryError {
          throw error
        } catch {
          throw RegistryError(
            .local, "cannot read the certificate \(file)", hint: "it must be in PEM form")
        }
      }
    }
  }

  private func identify(
    with file: String, names: [String], in path: String,
    _ configuration: inout TLSConfiguration
  ) throws {
    let key = Files.name(of: file).dropLast(".cert".count) + ".key"
    guard names.contains(String(key)) else {
      throw RegistryError(.local, "\(file) has no key: \(path)/\(key) is missing")
    }
    configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(file)
      .map { .certificate($0) }
    configuration.privateKey = .privateKey(
      try NIOSSLPrivateKey(file: "\(path)/\(key)", format: .pem))
  }
}
