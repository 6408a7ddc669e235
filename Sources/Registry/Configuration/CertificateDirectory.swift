import Glibc
import Linux
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

  /// Reads what is there.
  func read() throws(RegistryError) -> ClientEncryption {
    var encryption = ClientEncryption(directories: paths)
    for path in paths {
      let names = try list(path)
      for name in names {
        let file = "\(path)/\(name)"
        if name.hasSuffix(".crt") {
          encryption.authorities += try Self.read(file) + [0x0A]
        } else if name.hasSuffix(".cert") {
          encryption.identity = try Self.identity(file, names: names, in: path)
        }
      }
    }
    return encryption
  }

  private func list(_ path: String) throws(RegistryError) -> [String] {
    do throws(SyscallError) { return try Files.list(path).sorted() } catch {
      throw RegistryError(.local, "cannot read the certificates in \(path): \(error.reason)")
    }
  }

  private static func identity(
    _ file: String, names: [String], in path: String
  ) throws(RegistryError) -> (certificate: String, key: String) {
    let key = Files.name(of: file).dropLast(".cert".count) + ".key"
    guard names.contains(String(key)) else {
      throw RegistryError(.local, "\(file) has no key: \(path)/\(key) is missing")
    }
    _ = try (read(file), read("\(path)/\(key)"))
    return (file, "\(path)/\(key)")
  }

  /// Reads a file that must be in PEM form.
  private static func read(_ file: String) throws(RegistryError) -> [UInt8] {
    let bytes: [UInt8]
    do throws(SyscallError) { bytes = try Files.read(file) } catch {
      throw RegistryError(.local, "cannot read the certificate \(file): \(error.reason)")
    }
    guard String(decoding: bytes, as: UTF8.self).contains("-----BEGIN ") else {
      throw RegistryError(
        .local, "cannot read the certificate \(file)", hint: "it must be in PEM form")
    }
    return bytes
  }
}
