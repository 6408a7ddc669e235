import Linux
import Model
import TestSupport
import Testing

/// Builds cases with roost in a sandbox and with buildah in a store beside it.
struct BuildScene {
  let box: Sandbox

  /// True when there is a peer to compare with.
  static let hasPeer = Spawn.find("buildah") != nil

  private var contexts: String { "\(box.directory)/contexts" }
  private var peerStore: [String] {
    [
      "--root", "\(box.directory)/peer", "--runroot", "\(box.directory)/peer-run",
      "--storage-driver", "vfs",
    ]
  }

  /// Makes a sandbox in which both tools have the same image `busybox`, and calls `body`.
  static func with(_ body: (BuildScene) throws -> Void) throws {
    try Sandbox.with { box in
      // The network of RUN stays for the next build, as Docker's does.
      defer { _ = try? box.roost(["network", "rm", "bridge"]) }
      try body(try BuildScene(box))
    }
  }

  private init(_ box: Sandbox) throws {
    self.box = box
    try importBase()
    try Files.makeDirectories(contexts)
    guard Self.hasPeer else { return }
    try Files.write(
      "\(box.directory)/Base", Array("FROM scratch\nADD base.tar /\nCMD [\"sh\"]\n".utf8))
    try Sandbox.check(
      peer(
        "bud", Self.budOptions + ["-t", "busybox", "-f", "\(box.directory)/Base", box.directory])
    )
  }

  private static let programs = [
    "cat", "chmod", "chown", "cp", "echo", "head", "id", "ln", "ls", "mkdir", "mkfifo", "mv",
    "printf", "rm", "rmdir", "sed", "sh", "stat", "test", "touch", "tr", "truncate",
  ]

  /// A base with few files: buildah copies all of them for each step.
  private func importBase() throws {
    let tree = "\(box.directory)/base"
    for name in ["etc", "tmp", "root", "var"] {
      try Files.makeDirectories("\(tree)/\(name)")
    }
    try Busybox.install(below: tree, applets: Self.programs)
    try Files.write(
      "\(tree)/etc/passwd",
      Array("root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/tmp:/bin/sh\n".utf8), mode: 0o644)
    try Files.write(
      "\(tree)/etc/group", Array("root:x:0:\napp:x:1000:\nextra:x:2000:app\n".utf8), mode: 0o644)
    try Sandbox.check(["chmod", "1777", "\(tree)/tmp"])
    try Sandbox.check(["tar", "-C", tree, "-cf", "\(box.directory)/base.tar", "."])
    try box.up(
      "image", "import", "--change", "CMD [\"sh\"]", "\(box.directory)/base.tar", "busybox")
  }

  private static let budOptions = [
    "--isolation", "chroot", "--format", "docker", "--identity-label=false", "--pull-never", "-q",
  ]

  private func peer(_ verb: String, _ arguments: [String]) -> [String] {
    ["buildah"] + peerStore + [verb] + arguments
  }

  /// Makes the context of a case; returns its directory.
  func makeContext(_ test: BuildCase, number: Int) throws -> String {
    let context = "\(contexts)/\(number)"
    try Files.makeDirectories(context)
    try Files.write("\(context)/Dockerfile", Array(test.dockerfile.utf8))
    if let prior = test.prior { try Files.write("\(context)/Prior", Array(prior.utf8)) }
    let script = "umask 022; set -e; \(test.setup)"
    let made = try Sandbox.execute(["sh", "-c", script], directory: context)
    try #require(made.exitCode == 0, "\(test.name): \(made.text)")
    return context
  }

  // MARK: - roost

  /// The lines of what roost makes of a case.
  func build(_ test: BuildCase, number: Int, in context: String) throws -> Set<String> {
    if test.prior != nil {
      try build(["-t", "prior", "-f", "\(context)/Prior", context], test, in: context)
    }
    try build(["-t", "case-\(number)"] + test.options + [context], test, in: context)
    return try snapshot(of: "case-\(number)")
  }

  private func build(_ arguments: [String], _ test: BuildCase, in context: String) throws {
    let result = try Sandbox.execute(
      box.onHost + box.program + ["image", "build"] + arguments,
      environment: test.environment, directory: context)
    try #require(result.exitCode == 0, "\(test.name): \(result.text)")
  }

  /// The lines of an image in roost's store.
  func snapshot(of image: String) throws -> Set<String> {
    let answer = try box.roost(["image", "inspect", image])
    let json = try #require(try JSON.parse(answer.output).arrayValue?.first, "\(answer.text)")
    let data = try #require(json["GraphDriver"]?["Data"])
    let layers = ["UpperDir", "LowerDir"].flatMap { key in
      (data[key]?.stringValue ?? "").split(separator: ":").map(String.init)
    }
    let configuration = ConfigurationSnapshot(
      json["Config"] ?? .null, author: json["Author"]?.stringValue)
    return try TreeSnapshot(merging: layers).lines.union(configuration.lines)
  }

  // MARK: - buildah

  /// The lines of what buildah makes of a case.
  func buildWithPeer(
    _ test: BuildCase, number: Int, in context: String
  ) throws -> Set<String> {
    if test.prior != nil {
      try buildWithPeer(["-t", "prior", "-f", "\(context)/Prior", context], test, in: context)
    }
    try buildWithPeer(["-t", "case-\(number)"] + test.options + [context], test, in: context)
    return try peerSnapshot(of: "case-\(number)")
  }

  private func buildWithPeer(
    _ arguments: [String], _ test: BuildCase, in context: String
  ) throws {
    let result = try Sandbox.execute(
      peer("bud", Self.budOptions + arguments), environment: test.environment, directory: context)
    try #require(result.exitCode == 0, "\(test.name), buildah: \(result.text)")
  }

  /// The lines of an image in buildah's store.
  func peerSnapshot(of image: String) throws -> Set<String> {
    // The driver vfs has a directory with the whole tree of each layer.
    let store = "\(box.directory)/peer"
    let images = try JSON.parse(Files.readText("\(store)/vfs-images/images.json"))
    let record = images.arrayValue?.first { json in
      json.strings("names").contains { $0.hasSuffix("/\(image):latest") }
    }
    let layer = try #require(record?["layer"]?.stringValue, "buildah has no image \(image)")
    let tree = try TreeSnapshot(merging: ["\(store)/vfs/dir/\(layer)"])
    let inspected = try Sandbox.execute(peer("inspect", ["--type", "image", image]))
    let docker = try JSON.parse(inspected.output)["Docker"] ?? .null
    let configuration = ConfigurationSnapshot(
      docker["config"] ?? .null, author: docker["author"]?.stringValue)
    return tree.lines.union(configuration.lines)
  }

  /// Takes an archive that roost saved into buildah's store.
  func loadIntoPeer(_ archive: String) throws -> String {
    let result = try Sandbox.execute(peer("pull", ["-q", "docker-archive:\(archive)"]))
    try #require(result.exitCode == 0, "\(result.text)")
    return result.output.trimmed
  }

  /// The tree that buildah unpacks an archive to; nil when it refuses.
  func peerTree(_ archive: String) throws -> String? {
    let pulled = try Sandbox.execute(peer("pull", ["-q", "docker-archive:\(archive)"]))
    guard pulled.exitCode == 0 else { return nil }
    let store = "\(box.directory)/peer"
    let images = try JSON.parse(Files.readText("\(store)/vfs-images/images.json"))
    let id = pulled.output.trimmed
    let record = images.arrayValue?.first { $0["id"]?.stringValue == id }
    let layer = try #require(record?["layer"]?.stringValue, "buildah has no image \(id)")
    return "\(store)/vfs/dir/\(layer)"
  }
}

extension String {
  fileprivate var trimmed: String {
    String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
  }
}
