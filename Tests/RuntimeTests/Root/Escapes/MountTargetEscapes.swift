import Glibc
import Linux
import Model
import Runtime
import State
import TestSupport
import Testing

/// Mount targets that lead out of a container, or over what it must have of its own (CVE-2021-30465,
/// CVE-2023-27561, CVE-2021-25741).
@Suite("Escapes by mount targets and sources", .timeLimit(.standard), .needsRoot, .serialized)
struct MountTargetEscapes {
  private static let descriptors = 3..<30

  /// A directory of the machine that nobody was given, and mounts of all kinds below a target.
  private struct Scene {
    let machine: Machine
    let secret: String
    let volume: String

    init(_ machine: Machine) throws {
      self.machine = machine
      secret = "\(machine.directory)/not-given"
      volume = "\(machine.directory)/volume/_data"
      try Files.makeDirectories("\(secret)/inner")
      try Files.write("\(secret)/file", "host")
      try Files.makeDirectories(volume)
      try Files.write("\(machine.directory)/one", "one")
    }

    /// The ways from the root of some file system of the machine to the secret.
    var ways: [String] {
      let inside = secret.dropFirst()
      return ["/../../\(inside)", "/../../../../../../\(inside)", ""]
    }

    func mounts(on target: String) -> [ContainerMount] {
      [
        .bind(BindMount(source: volume, target: target, copyUp: true)),
        .bind(BindMount(source: "\(machine.directory)/one", target: "\(target)/new-file")),
        .tmpfs(TmpfsMount(target: "\(target)/new-directory")),
        .file(FileMount(source: "\(machine.directory)/one", target: "\(target)/new-secret")),
        .image(ImageMount(lowerDirectories: [machine.rootfs], target: "\(target)/new-image")),
      ]
    }

    /// The machine's directory is as it was, and nothing of it came into the volume.
    func expectUntouched(
      _ comment: String, sourceLocation: Testing.SourceLocation = #_sourceLocation
    ) throws {
      #expect(
        try Files.list(secret) == ["file", "inner"], "\(comment)", sourceLocation: sourceLocation)
      #expect(
        try !Files.list(volume).contains("file"), "\(comment)", sourceLocation: sourceLocation)
    }
  }

  @Test("links of the image to descriptors, under a mount of each kind and under a device")
  func magicLinks() throws {
    try withMachine { machine in
      let scene = try Scene(machine)
      for number in Self.descriptors {
        for way in scene.ways {
          let link = "\(machine.rootfs)/data-link"
          try Files.removeIfPresent(link)
          try Files.link(link, to: "/proc/self/fd/\(number)\(way)")
          for mount in scene.mounts(on: "/data-link") {
            var spec = machine.script("true")
            spec.mounts = [mount]
            let failure = #expect(throws: LaunchFailure.self) { try machine.start(spec) }
            #expect(failure?.stage == "mounts", "\(number)\(way): \(failure.debugDescription)")
          }
          var spec = machine.script("true")
          spec.devices = [DeviceSpec(hostPath: "/dev/null", containerPath: "/data-link/null")]
          #expect(throws: LaunchFailure.self) { try machine.start(spec) }
          try scene.expectUntouched("\(number)\(way)")
        }
      }
    }
  }

  @Test(
    "nothing is mounted on /proc or on the root, however a link leads there",
    arguments: [
      ("/lnk", "/proc"), ("/lnk", "proc"), ("/lnk/sys", "/proc"), ("/lnk/self/attr", "./proc/"),
      ("/lnk", "/proc/sys/kernel"), ("/lnk", "tmp/../../proc"), ("/lnk", "/dev/fd/../../proc"),
      ("/lnk", "/"), ("/lnk", "."), ("/lnk", "../.."), ("/tmp/../lnk", "/proc"),
      ("/lnk/new", "/proc"), ("/lnk", "/second"), ("/lnk", "/proc/stat"),
    ])
  func forbidden(target: String, link: String) throws {
    try withMachine { machine in
      try Files.link("\(machine.rootfs)/lnk", to: link)
      try Files.link("\(machine.rootfs)/second", to: "lnk2")
      try Files.link("\(machine.rootfs)/lnk2", to: "/proc/self")
      for mount in try Scene(machine).mounts(on: target).prefix(1) + [
        .tmpfs(TmpfsMount(target: target)),
        .file(FileMount(source: "\(machine.directory)/one", target: target)),
      ] {
        var spec = machine.script("true")
        spec.mounts = [mount]
        let failure = #expect(throws: LaunchFailure.self, "\(mount)") { try machine.start(spec) }
        #expect(failure?.stage == "mounts", "\(mount): \(failure.debugDescription)")
      }
    }
  }

  @Test("a neighbour that shares a volume puts a link where another's mount goes")
  func neighbour() throws {
    try withMachine { machine in
      let scene = try Scene(machine)
      let shared = BindMount(source: scene.volume, target: "/shared")
      for link in ["/proc/self/fd/9/../..", "/proc", "/proc/1/root", "/dev/fd/8", "../../../proc"] {
        let left = try machine.output(of: "rm -rf /shared/x; ln -s \(link) /shared/x") {
          $0.mounts = [.bind(shared)]
        }
        #expect(left.isEmpty)
        var spec = machine.script("true")
        spec.mounts = [.bind(shared), .tmpfs(TmpfsMount(target: "/shared/x"))]
        #expect(throws: LaunchFailure.self, "\(link)") { try machine.start(spec) }
      }
    }
  }

  @Test("a neighbour that swaps links while others start: each mount lies inside")
  func race() throws {
    try withMachine { machine in
      let scene = try Scene(machine)
      try Files.makeDirectories("\(scene.volume)/x/y")
      for link in ["/proc/self/fd/7/../../..", "../../../../../..\(scene.secret)", "/proc"] {
        let swapper = try Swapper("\(scene.volume)/x", link: link)
        defer { swapper.end() }
        let end = Clock.monotonicNanoseconds() + 2_000_000_000
        var count = 0
        // On a busy machine a start takes longer than usual.
        while Clock.monotonicNanoseconds() < end || count <= 3 || swapper.count <= 100 {
          count += 1
          var spec = machine.script(
            "cat /proc/self/mountinfo | grep -c ' /proc/[a-z]*sentinel' || true")
          spec.mounts = [
            .bind(BindMount(source: scene.volume, target: "/shared")),
            .tmpfs(TmpfsMount(target: "/shared/x/y")),
            .bind(
              BindMount(source: "\(machine.directory)/one", target: "/shared/x/sentinel")),
          ]
          if let finished = try? machine.run(spec) { #expect(finished.output == "0\n") }
          #expect(try Files.list(scene.secret) == ["file", "inner"])
        }
      }
    }
  }

  // MARK: - Sources

  @Test("what a subpath of a volume names is looked up at each start, within the volume")
  func subpath() throws {
    try withMachine { machine in
      let scene = try Scene(machine)
      try Files.makeDirectories("\(scene.volume)/a/b")
      try Files.write("\(scene.volume)/a/b/mine", "mine")
      try Files.link("\(scene.volume)/good", to: "a/b")
      func mount(_ subpath: String) -> ContainerMount {
        .bind(BindMount(source: scene.volume, target: "/m", subpath: subpath))
      }
      for path in ["a/b", "good", "a/../a/b", "good/"] {
        #expect(try machine.output(of: "ls /m") { $0.mounts = [mount(path)] } == "mine\n")
      }
      try Files.rename("\(scene.volume)/a", "\(scene.volume)/old")
      for link in [scene.secret, "../../not-given", "/proc/self/fd/9", "/", "..", "/etc"] {
        try Files.removeIfPresent("\(scene.volume)/a")
        try Files.link("\(scene.volume)/a", to: link)
        for path in ["a", "a/b", "good", "a/inner", "../_data/a"] {
          var spec = machine.script("ls /m")
          spec.mounts = [mount(path)]
          let failure = #expect(throws: LaunchFailure.self, "\(link) \(path)") {
            try machine.start(spec)
          }
          #expect(failure?.stage == "mounts")
        }
      }
    }
  }

  @Test("a subpath that is swapped while containers start never shows the machine")
  func subpathRace() throws {
    try withMachine { machine in
      let scene = try Scene(machine)
      try Files.makeDirectories("\(scene.volume)/a/inner")
      let swapper = try Swapper("\(scene.volume)/a", link: "../../not-given")
      defer { swapper.end() }
      let end = Clock.monotonicNanoseconds() + 3_000_000_000
      while Clock.monotonicNanoseconds() < end || swapper.count <= 100 {
        var spec = machine.script("ls -A /m /m/..")
        spec.mounts = [.bind(BindMount(source: scene.volume, target: "/m", subpath: "a"))]
        guard let finished = try? machine.run(spec) else { continue }
        #expect(!finished.output.contains("file"), "\(finished.output)")
      }
    }
  }

  @Test("links of an image that is mounted are the image's (CVE-2024-1753)")
  func images() throws {
    try withMachine { machine in
      let scene = try Scene(machine)
      let layer = "\(machine.directory)/layer"
      let other = "\(machine.directory)/other"
      try Files.makeDirectories("\(layer)/real")
      try Files.write("\(layer)/real/mine", "mine")
      try Files.makeDirectories(other)
      for (name, target) in [
        ("absolute", scene.secret), ("up", "../../../../../..\(scene.secret)"),
        ("etc", "/etc"), ("up-etc", "../../../../etc"), ("magic", "/proc/self/fd/9"),
        ("chain", "up"), ("good", "/real"),
      ] { try Files.link("\(layer)/\(name)", to: target) }
      for lowers in [[layer], [other, layer]] {
        func mount(_ subpath: String) -> ContainerMount {
          .image(ImageMount(lowerDirectories: lowers, target: "/m", subpath: subpath))
        }
        for path in ["real", "good", "/good", "../../good", "absolute/../good", "real/../real/."] {
          let text = try? machine.output(of: "ls /m") { $0.mounts = [mount(path)] }
          #expect(text == (path.hasPrefix("absolute") ? nil : "mine\n"), "\(path)")
        }
        for path in [
          "absolute", "up", "etc", "up-etc", "magic", "chain", "chain/inner", "none",
          "../../../../../..\(scene.secret)",
        ] {
          var spec = machine.script("ls -A /m")
          spec.mounts = [mount(path)]
          let failure = #expect(throws: LaunchFailure.self, "\(path)") { try machine.start(spec) }
          #expect(failure?.stage == "mounts")
        }
      }
    }
  }
}
