import Glibc
import Linux
import Model
import Testing
import TestSupport

/// `make install` and `make uninstall`, with the programs beside the tests.
@Suite("Installing", .timeLimit(.standard))
struct InstallTests {
  private static let script =
    String(
      #filePath.dropLast("/Tests/CommandsTests/InstallTests.swift".count)) + "/.ci/install"
  private static let programs = Files.parent(of: TestPrograms.built("roost"))

  private func run(_ verb: String, into place: String, release: String = programs) throws
    -> CapturedOutput
  {
    let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
    return try Spawn.capture(
      SpawnRequest(
        "/usr/bin/env", ["bash", Self.script, verb],
        environment: [
          "PATH=\(path)", "DESTDIR=\(place)", "PREFIX=/usr/local", "RELEASE=\(release)",
        ]))
  }

  /// The paths of all files and directories below a place, without it.
  private func contents(of place: String) throws -> [String] {
    let found = try Spawn.capture(
      SpawnRequest("/usr/bin/find", [place, "-mindepth", "1", "-printf", "%P\\n"], environment: []))
    return found.outputText.split(separator: "\n").map(String.init).sorted()
  }

  @Test("what was installed is there, works, and goes again without anything else")
  func roundTrip() throws {
    let box = try TemporaryDirectory()
    let kept = try box.write("usr/local/share/man/man1/other.1", "kept")
    let before = try contents(of: box.path)
    let result = try run("install", into: box.path)
    #expect(result.status.code == 0, "\(result.errorText)")

    let files = Set(try contents(of: "\(box.path)/usr/local"))
    for name in [
      "bin/roost", "libexec/roost/roost-shim", "libexec/roost/roost-archive",
      "libexec/roost/roost-registry", "share/man/man1/roost-up.1", "share/doc/roost/LICENSE",
      "share/doc/roost/docs/guide.md", "share/bash-completion/completions/roost",
      "share/zsh/site-functions/_roost", "share/fish/vendor_completions.d/roost.fish",
    ] {
      #expect(files.contains(name), "\(name)")
    }
    let version = try Spawn.capture(
      SpawnRequest("\(box.path)/usr/local/bin/roost", ["version"], environment: []))
    #expect(version.outputText == "roost version \(ProgramVersion.current)\n")

    #expect(try run("uninstall", into: box.path).status.code == 0)
    #expect(try contents(of: box.path) == before)
    #expect(try Files.readText(kept) == "kept")
  }

  @Test("links make it answer as docker, stay when it is installed again, and go with it")
  func dockerLinks() throws {
    let box = try TemporaryDirectory()
    _ = try box.write("usr/local/kept", "kept")
    let before = try contents(of: box.path)
    #expect(try run("docker-shim", into: box.path).status.code == 1)
    #expect(try run("install", into: box.path).status.code == 0)
    #expect(try run("docker-shim", into: box.path).status.code == 0)
    for name in ["docker", "docker-compose"] {
      let version = try Spawn.capture(
        SpawnRequest("\(box.path)/usr/local/bin/\(name)", ["version"], environment: []))
      #expect(version.outputText == "roost version \(ProgramVersion.current)\n", "\(name)")
    }
    let compose = try Spawn.capture(
      SpawnRequest("\(box.path)/usr/local/bin/docker", ["compose", "version"], environment: []))
    #expect(compose.outputText == "roost version \(ProgramVersion.current)\n")
    #expect(try run("install", into: box.path).status.code == 0)
    #expect(try contents(of: "\(box.path)/usr/local/bin") == ["docker", "docker-compose", "roost"])
    #expect(try run("uninstall", into: box.path).status.code == 0)
    #expect(try contents(of: box.path) == before)

    let other = try box.write("usr/local/bin/docker", "somebody else's")
    #expect(try run("install", into: box.path).status.code == 0)
    #expect(try run("docker-shim", into: box.path).status.code == 1)
    #expect(try Files.readText(other) == "somebody else's")
  }

  @Test("installing again removes what an older version had, and uninstalling still removes all")
  func again() throws {
    let box = try TemporaryDirectory()
    #expect(try run("install", into: box.path).status.code == 0)
    let list = "\(box.path)/usr/local/share/roost/installed"
    try box.write("usr/local/share/man/man1/roost-old.1", "gone")
    try Files.append(list, Array("share/man/man1/roost-old.1\n".utf8))
    #expect(try run("install", into: box.path).status.code == 0)
    #expect(!Files.exists("\(box.path)/usr/local/share/man/man1/roost-old.1"))
    #expect(Files.exists("\(box.path)/usr/local/share/man/man1/roost.1"))
    #expect(try run("uninstall", into: box.path).status.code == 0)
    #expect(try contents(of: "\(box.path)/usr/local").isEmpty)
  }

  @Test("a list that was tampered with removes nothing outside of the prefix")
  func hostileList() throws {
    let box = try TemporaryDirectory()
    let kept = try box.write("outside", "kept")
    try box.write(
      "usr/local/share/roost/installed", "../../outside\n/outside\n\(box.path)/outside\n")
    _ = try run("uninstall", into: box.path)
    #expect(try Files.readText(kept) == "kept")
  }

  @Test("without built programs nothing is installed, and it is said what to run")
  func notBuilt() throws {
    let box = try TemporaryDirectory()
    let result = try run("install", into: box.path, release: "\(box.path)/none")
    #expect(result.status.code == 1)
    #expect(result.errorText.contains("run `make build` first"))
    #expect(try contents(of: box.path).isEmpty)
  }
}
