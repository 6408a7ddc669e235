import Image
import Linux
import Model
import State
import Transfer

// Projects that are in repositories and registries.
extension Engine {
  /// Brings the Compose file that an address names to this machine; returns its path.
  ///
  /// - Parameters:
  ///   - address: That of a git repository, or `oci://` and the name of what was published.
  ///   - directory: Where copies are kept.
  ///   - names: What Compose files are called, for the address of a directory.
  ///   - insecureRegistries: The registries that are spoken to without encryption or without
  ///     a look at their certificates.
  package func bringComposeFile(
    _ address: String, into directory: String, names: [String], insecureRegistries: Set<String>
  ) throws(Diagnostic) -> String {
    let cancellation = BuildCancellation()
    let watch: InterruptionWatch
    do throws(SyscallError) {
      watch = try InterruptionWatch(interruption) { cancellation.cancel() }
    } catch {
      throw Diagnostic(.error, "cannot watch for Ctrl-C: \(error)")
    }
    defer { watch.end() }
    let sources = ProjectSources(
      directory: directory, cancellation: cancellation, agent: caller.sshAgent)
    let scheme = "oci://"
    guard address.hasPrefix(scheme) else {
      return try sources.bringRepository(address, names: names)
    }
    let name = try Reference(String(address.dropFirst(scheme.count)))
    return try sources.bringArtifact(address) { place throws(Diagnostic) in
      do throws(RegistryError) {
        return try RegistryAccess(engine: self, progress: SilentTransfer()).using {
          (program, registryCancellation) throws(RegistryError) in
          try program.fetchArtifact(
            name, into: place, isInsecure: insecureRegistries.contains(name.domain),
            registryCancellation)
        }
      } catch {
        throw error.diagnostic
      }
    }
  }

  /// The image with the digest by which its registry knows it today: `name:tag@sha256:…`.
  package func pinned(_ image: String) throws(EngineError) -> String {
    let reference: Reference
    do throws(Diagnostic) { reference = try Reference(image) } catch { throw EngineError(error) }
    if reference.digest != nil { return image }
    do throws(RegistryError) {
      let digest = try RegistryAccess(engine: self, progress: SilentTransfer()).using {
        (program, cancellation) throws(RegistryError) in
        try program.resolve(reference, isInsecure: false, cancellation)
      }
      return "\(image)@\(digest)"
    } catch {
      throw EngineError(error)
    }
  }

  /// The digest by which a registry knows an image today.
  package func registryDigest(of image: String) throws(EngineError) -> String {
    let pinned = try pinned(image)
    guard let mark = pinned.lastIndex(of: "@") else { return pinned }
    return String(pinned[pinned.index(after: mark)...])
  }

  /// The digest by which the registry of an image knew it when it was pulled; nil for one that is not
  /// here, or came from elsewhere.
  package func pulledDigest(of image: String) throws(EngineError) -> String? {
    let context = ContainerContext(self, project: "")
    guard let record = try context.image(image), let name = try? Reference(image) else {
      return nil
    }
    let known = record.repositoryDigests.compactMap { try? Reference($0) }
    return known.first { $0.familiarRepository == name.familiarRepository }?.digest?.description
  }

  /// Publishes a project to a registry.
  ///
  /// - Parameters:
  ///   - entries: Its files.
  ///   - name: What it will be called.
  ///   - form: The form of the manifest; nil for the newest that the registry takes.
  ///   - isInsecure: True to speak without encryption.
  /// - Returns: the digest of the manifest.
  package func publish(
    _ entries: [ComposeArtifact.Entry], as name: Reference, form: ComposeArtifact.Form?,
    isInsecure: Bool
  ) throws(EngineError) -> String {
    do throws(RegistryError) {
      return try push(entries, as: name, form: form ?? .version1_1, isInsecure)
    } catch {
      // What does not know artifacts refuses the manifest of one.
      guard form == nil, error.kind == .invalid || error.kind == .notFound else {
        throw EngineError(error)
      }
    }
    do throws(RegistryError) {
      return try push(entries, as: name, form: .version1_0, isInsecure)
    } catch {
      throw EngineError(error)
    }
  }

  private func push(
    _ entries: [ComposeArtifact.Entry], as name: Reference, form: ComposeArtifact.Form,
    _ isInsecure: Bool
  ) throws(RegistryError) -> String {
    let directory = "\(layout.sources)/.publish-\(String(UInt64.random(in: 0...(.max)), radix: 36))"
    defer { try? Files.removeTree(directory) }
    do throws(Diagnostic) {
      try ComposeArtifact.write(
        entries, form: form, created: Clock.now().rfc3339(fractionDigits: 0), to: directory)
    } catch {
      throw RegistryError(.local, error)
    }
    return try RegistryAccess(engine: self, progress: SilentTransfer()).using {
      (program, cancellation) throws(RegistryError) in
      try program.pushArtifact(
        name, from: directory, isInsecure: isInsecure, cancellation
      ).digest.description
    }
  }
}
