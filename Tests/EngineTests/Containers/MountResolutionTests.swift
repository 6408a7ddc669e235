import Compose
import Image
import Linux
import Model
import Runtime
import State
import TestSupport
import Testing

@testable import Engine

@Suite("What is mounted into a container", .timeLimit(.standard))
struct MountResolutionTests {
  let sandbox: TestEngine
  let context: ContainerContext

  init() throws {
    sandbox = try TestEngine()
    context = sandbox.context()
  }

  private func resolve(_ request: ContainerRequest) throws(EngineError) -> MountResolution {
    var resolution = MountResolution(request, context)
    try resolution.resolve()
    return resolution
  }

  /// What is wrong, with the line of the file.
  private func failures(_ request: ContainerRequest) -> [String] {
    do throws(EngineError) {
      _ = try resolve(request)
      return []
    } catch {
      return error.diagnostics.map { "\($0.location?.line ?? 0): \($0.message)" }
    }
  }

  private func createVolume(_ name: String, anonymous: Bool = false) throws {
    var volume = VolumeRecord(name: name, created: context.now)
    volume.isAnonymous = anonymous
    try context.volumes.create(volume)
  }

  @Test("a directory of the host is bound, read-only when asked")
  func bind() throws {
    try sandbox.write("site/index.html", "hello")
    let resolved = try resolve(
      request("volumes: [\"\(sandbox.directory)/site:/srv:ro\"]"))
    #expect(
      resolved.mounts == [
        .bind(
          State.BindMount(source: "\(sandbox.directory)/site", target: "/srv", readOnly: true))
      ])
    #expect(
      resolved.records == [
        MountRecord(.bind, source: "\(sandbox.directory)/site", target: "/srv", readOnly: true)
      ])
    #expect(resolved.warnings == [])
  }

  @Test("a missing directory is to be made in the short form, with a warning; nothing is made yet")
  func missingDirectory() throws {
    let path = "\(sandbox.directory)/new/data"
    let resolved = try resolve(request("volumes: [\"\(path):/d\"]"))
    #expect(resolved.directoriesToMake.map(\.directory) == [path])
    #expect(resolved.directoriesToMake.map(\.subpath) == [""])
    #expect(!Files.exists(path))
    #expect(
      resolved.warnings.map(\.message) == [
        "bind source \(path) did not exist: an empty directory was made"
      ])
  }

  @Test("what lies below a directory that a container may write to is looked up within it")
  func below() throws {
    let shared = "\(sandbox.directory)/shared"
    try Files.makeDirectories("\(shared)/in/ner")
    try Files.write("\(shared)/token", "t")
    let top =
      "  other: {image: x, volumes: [\"\(shared):/s\", \"\(shared)/in:/i\", \"/:/host:ro\"]}\n"
      + "secrets: {token: {file: \"\(shared)/token\"}}\n"
    let resolved = try resolve(
      request(
        "volumes: [\"\(shared)/in/ner:/a\", \"\(shared)/./new:/b\"]\nsecrets: [token]", top))
    #expect(
      resolved.mounts == [
        .bind(State.BindMount(source: shared, target: "/a", subpath: "in/ner")),
        .bind(State.BindMount(source: shared, target: "/b", subpath: "new")),
        .bind(
          State.BindMount(
            source: shared, target: "/run/secrets/token", readOnly: true, subpath: "token")),
      ])
    #expect(resolved.directoriesToMake.map(\.subpath) == ["new"])
    // Only what others may write to counts, and what lies below it.
    let besides = try resolve(
      request(
        "volumes: [\"\(shared):/a\"]",
        "  other: {image: x, volumes: [\"\(shared)/in:/i\", \"\(sandbox.directory):/r:ro\"]}\n"))
    #expect(besides.mounts == [.bind(State.BindMount(source: shared, target: "/a"))])
  }

  @Test("what a volume stands for is looked up within the directory that containers may write to")
  func belowByVolume() throws {
    let shared = "\(sandbox.directory)/shared"
    try Files.makeDirectories("\(shared)/in/ner")
    for (name, device) in [("p_in", "\(shared)/in"), ("p_all", shared)] {
      var volume = VolumeRecord(name: name, created: context.now)
      volume.options = ["type": "none", "o": "bind", "device": device]
      try context.volumes.create(volume)
    }
    let volumes =
      "volumes:\n"
      + [("in", "\(shared)/in"), ("all", shared)].map {
        "  \($0): {driver_opts: {type: none, o: bind, device: \"\($1)\"}}\n"
      }.joined()
    let writes = [
      "  other: {image: x, volumes: [\"\(shared):/s\"]}\n",
      "  other: {image: x, volumes: [all:/s]}\n",
      "  other: {image: x, profiles: [off], volumes: [\"\(shared):/s\"]}\n",
    ]
    for other in writes {
      let resolved = try resolve(
        request(
          "volumes: [\"in:/a\", {type: volume, source: in, target: /b, volume: {subpath: ner}}]\n",
          other + volumes))
      let notes = context.layout.volume("p_in")
      #expect(
        resolved.mounts == [
          .bind(
            State.BindMount(
              source: shared, target: "/a", copyUp: true, subpath: "in", noteDirectory: notes)),
          .bind(
            State.BindMount(source: shared, target: "/b", subpath: "in/ner", noteDirectory: notes)),
        ], "\(other)")
    }
  }

  @Test("directories that containers of other files may write to count as well")
  func belowByOthers() throws {
    let shared = "\(sandbox.directory)/shared"
    try Files.makeDirectories("\(shared)/in")
    var other = containerRecord("other")
    other.mounts = [
      MountRecord(.bind, source: shared, target: "/s", readOnly: false),
      MountRecord(.bind, source: sandbox.directory, target: "/r", readOnly: true),
    ]
    try context.containers.create(other, containerSpec(other))
    let resolved = try resolve(request("volumes: [\"\(shared)/in:/a\"]"))
    #expect(
      resolved.mounts == [.bind(State.BindMount(source: shared, target: "/a", subpath: "in"))])
  }

  @Test("a missing source is refused where no directory is to be made")
  func missingSource() throws {
    let path = "\(sandbox.directory)/none"
    let long = try request(
      "volumes: [{type: bind, source: \(path), target: /d, bind: {create_host_path: false}}]")
    #expect(failures(long) == ["5: bind source \(path) does not exist"])
    #expect(!Files.exists(path))
    let file = try request("volumes: [\"\(path)/nginx.conf:/etc/nginx.conf\"]")
    #expect(failures(file) == ["5: bind source \(path)/nginx.conf does not exist"])
    #expect(!Files.exists(path))
  }

  @Test(
    "names with an extension look like files",
    arguments: [
      ("/a/nginx.conf", true), ("/a/b.js", true), ("/a/x.html", true), ("/a/conf.d", false),
      ("/a/.cache", false), ("/a/data", false), ("/a/v1.2", false), ("/a.conf/data", false),
      ("/a/x.", false), ("/a/x.toolong", false),
    ])
  func looksLikeFile(path: String, expected: Bool) {
    #expect(MountResolution.looksLikeFile(path) == expected)
  }

  @Test("a named volume is bound from the store, and filled from the image unless told not to")
  func namedVolume() throws {
    try createVolume("p_data")
    let top = "volumes: {data: {}}\n"
    let resolved = try resolve(request("volumes: [\"data:/d\"]", top))
    let source = context.volumes.mountpoint(
      try #require(try context.volumes.find("p_data")))
    #expect(
      resolved.mounts == [
        .bind(State.BindMount(source: source, target: "/d", copyUp: true))
      ])
    #expect(resolved.records == [MountRecord(.volume, source: "p_data", target: "/d")])
    #expect(resolved.newVolumes == [])
    let raw = try resolve(request("volumes: [\"data:/d:nocopy\"]", top))
    #expect(raw.mounts == [.bind(State.BindMount(source: source, target: "/d"))])
  }

  @Test("a subpath of a volume must be there and stay inside")
  func subpath() throws {
    try createVolume("p_data")
    let top = "volumes: {data: {}}\n"
    let source = context.volumes.mountpoint(try #require(try context.volumes.find("p_data")))
    try Files.makeDirectories("\(source)/inner")
    try Files.link("\(source)/way-out", to: "/etc")
    func with(_ subpath: String) throws -> ContainerRequest {
      try request(
        "volumes: [{type: volume, source: data, target: /d, volume: {subpath: \(subpath)}}]", top)
    }
    #expect(
      try resolve(with("inner")).mounts == [
        .bind(State.BindMount(source: source, target: "/d", subpath: "inner"))
      ])
    #expect(failures(try with("none")) == ["5: there is no none in volume p_data"])
    #expect(failures(try with("way-out")) == ["5: there is no way-out in volume p_data"])
  }

  @Test("a volume without a name is new, and has the image's content")
  func anonymousVolume() throws {
    let resolved = try resolve(request("volumes: [/d]"))
    let volume = try #require(resolved.newVolumes.first)
    #expect(volume.isAnonymous && volume.project == "p" && volume.name.count == 64)
    #expect(
      resolved.records == [
        MountRecord(.volume, source: volume.name, target: "/d", anonymous: true)
      ])
  }

  @Test("the image's volumes are anonymous ones, unless something else is mounted there")
  func imageVolumes() throws {
    let box = image { $0.volumes = ["/data", "/log"] }
    let resolved = try resolve(request("tmpfs: [/log]", image: box))
    #expect(resolved.records.map(\.target) == ["/log", "/data"])
    #expect(resolved.records.map(\.anonymous) == [false, true])
  }

  @Test("a replacement keeps the anonymous volumes of the container before it")
  func carriedVolume() throws {
    var old = containerRecord("web")
    let name = identity("kept").hex
    try createVolume(name, anonymous: true)
    old.mounts = [MountRecord(.volume, source: name, target: "/d", anonymous: true)]
    var asked = try request("volumes: [/d, /e]", replaces: old)
    let resolved = try resolve(asked)
    #expect(resolved.records.first?.source == name)
    #expect(resolved.newVolumes.count == 1, "only /e is new")
    asked.keepsAnonymousVolumes = false
    #expect(try resolve(asked).newVolumes.count == 2)
  }

  @Test("a file system in memory has its size, mode and owner")
  func tmpfs() throws {
    let resolved = try resolve(
      request("tmpfs: [\"/t:size=64m,mode=1770,uid=7,gid=8,exec\"]"))
    #expect(
      resolved.mounts == [
        .tmpfs(
          State.TmpfsMount(
            target: "/t", size: 64 << 20, mode: 0o1770, user: 7, group: 8, options: ["exec"]))
      ])
  }

  @Test(
    "secrets and configs are the files themselves, or copies where they have an owner or a mode of their own"
  )
  func secrets() throws {
    let file = try sandbox.write("token", "t")
    let resolved = try resolve(
      request(
        """
        secrets: [token]
        configs: [{source: motd, target: /etc/motd, uid: '7', gid: '8', mode: 0440}]
        """,
        "secrets: {token: {file: \(file)}}\nconfigs: {motd: {content: hello}}\n"))
    #expect(
      resolved.mounts == [
        .bind(State.BindMount(source: file, target: "/run/secrets/token", readOnly: true)),
        .file(
          FileMount(
            source: "\(resolved.contentDirectory)/0", target: "/etc/motd", user: 7, group: 8,
            mode: 0o440)),
      ])
    #expect(resolved.files == [Array("hello".utf8)])
  }

  @Test("a secret that is nowhere is refused at its definition")
  func missingSecret() throws {
    let path = "\(sandbox.directory)/none"
    let asked = try request("secrets: [token]", "secrets: {token: {file: \(path)}}\n")
    #expect(failures(asked) == ["6: the file \(path) of secret token does not exist"])
    let unset = try request("secrets: [token]", "secrets: {token: {environment: NOT_SET}}\n")
    #expect(failures(unset) == ["6: the variable NOT_SET of secret token is not set"])
  }

  @Test("everything that is wrong is told at once")
  func severalErrors() throws {
    let none = "\(sandbox.directory)/none"
    let asked = try request(
      """
      volumes:
      - {type: bind, source: \(none), target: /a, bind: {create_host_path: false}}
      - data:/d
      """, "volumes: {data: {}}\n")
    #expect(
      failures(asked) == [
        "6: bind source \(none) does not exist", "7: volume p_data does not exist",
      ])
  }

  @Test("volumes of another service are taken over, and stay that service's")
  func volumesFrom() throws {
    try createVolume("p_data")
    var owner = containerRecord("db")
    owner.mounts = [
      MountRecord(.volume, source: "p_data", target: "/d", anonymous: true),
      MountRecord(.bind, source: "/etc", target: "/e"),
    ]
    context.remember(owner)
    let project = try loadProject(
      """
      name: p
      services:
        web: {image: web, volumes_from: ["db:ro"]}
        db: {image: db}
      """)
    let asked = ContainerRequest(
      project: project, service: try #require(project.service("web")), id: identity("request"),
      name: "p-web-1", number: 1, image: image(), configHash: "hash")
    let resolved = try resolve(asked)
    #expect(resolved.records.map(\.target) == ["/d", "/e"])
    #expect(resolved.records.allSatisfy { $0.readOnly && !$0.anonymous })
  }
}
