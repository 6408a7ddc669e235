import Glibc
import Linux
import TestSupport
import Testing

/// Dockerfiles and contexts that try to read or change the machine that builds them.
@Suite("Escapes from builds", .timeLimit(.standard), .needsRoot, .serialized)
struct BuildEscapes {
  private static let secret = "not for containers"
  private static let descriptors = 3..<16

  /// A sandbox with busybox and a directory of the machine that no build was given.
  private func withScene(_ body: (Sandbox, _ place: String) throws -> Void) throws {
    try Sandbox.with { box in
      defer { _ = try? box.roost(["network", "rm", "bridge"]) }
      try box.importBusybox()
      let place = "\(box.directory)/machine"
      try Files.makeDirectories("\(place)/emptydir")
      try Files.makeDirectories("\(place)/full/empty")
      try Files.write("\(place)/emptyfile", "")
      try Files.write("\(place)/secret", Self.secret)
      try body(box, place)
      #expect(try Files.list(place) == ["emptydir", "emptyfile", "full", "secret"])
      #expect(try Files.list("\(place)/full") == ["empty"])
      #expect(try Files.list("\(place)/emptydir") == [])
    }
  }

  private func build(_ box: Sandbox, _ dockerfile: String) throws -> Sandbox.Result {
    try box.write("Dockerfile", dockerfile)
    let result = try box.roost(["image", "build", "-t", "built", "--no-cache", "."])
    #expect(!result.text.contains(Self.secret), "\(dockerfile): \(result.text)")
    return result
  }

  private func content(_ box: Sandbox, _ path: String) throws -> String {
    try box.up("container", "run", "--rm", "built", "sh", "-c", path).output
  }

  @Test(
    "what a command leaves where something was mounted is removed within its layer (CVE-2024-23652)"
  )
  func stubs() throws {
    try withScene { box, place in
      try box.write("ctx-file", "")
      try box.write("secret-file", "s")
      for mount in [
        "type=tmpfs,target=/a/emptydir", "type=cache,target=/a/emptydir",
        "type=bind,source=.,target=/a/emptydir", "type=tmpfs,target=/a/full/empty",
        "type=bind,from=busybox,source=/etc,target=/a/emptydir",
        "type=bind,source=ctx-file,target=/a/emptyfile",
        "type=bind,from=busybox,source=/etc/passwd,target=/a/emptyfile",
        "type=secret,id=s,target=/a/emptyfile",
      ] {
        try box.write(
          "Dockerfile",
          "FROM busybox\nRUN --mount=\(mount) mv /a /a2 && ln -s \(place) /a && ls /a2\n")
        let result = try box.roost(
          ["image", "build", "--no-cache", "--secret", "id=s,src=secret-file", "-t", "built", "."])
        #expect(result.exitCode == 0, "\(mount): \(result.text)")
        #expect(Files.exists("\(place)/emptydir") && Files.exists("\(place)/emptyfile"), "\(mount)")
        #expect(Files.exists("\(place)/full/empty"), "\(mount)")
      }
      // Without tricks no stub stays.
      _ = try build(
        box,
        "FROM busybox\nRUN --mount=type=tmpfs,target=/x/y/z --mount=type=cache,target=/c true\n")
      #expect(try content(box, "ls -d /x /c 2>/dev/null; true") == "")
    }
  }

  @Test("WORKDIR that names a descriptor, straight and by a link (CVE-2024-21626)")
  func workingDirectory() throws {
    try withScene { box, _ in
      for number in Self.descriptors {
        for directory in ["/proc/self/fd/\(number)", "/l\(number)"] {
          let result = try build(
            box,
            """
            FROM busybox
            RUN ln -s /proc/self/fd/\(number)/../.. /l\(number)
            WORKDIR \(directory)
            RUN pwd -P; ls; cat ../../../../etc/shadow; ls ../../../../var/lib; true
            """)
          #expect(!result.text.contains("root:"), "\(directory): \(result.text)")
          if directory.hasPrefix("/proc") {
            #expect(result.errors.contains("working directory"), "\(directory): \(result.text)")
          } else {
            #expect(result.exitCode != 0, "\(directory): \(result.text)")
          }
        }
      }
    }
  }

  @Test("a mount of another image or stage follows that image's links in it (CVE-2024-23651, 1753)")
  func mountSources() throws {
    try withScene { box, place in
      let sources = [
        "/absolute", "absolute", "up", "../../../../../../..\(place)", "chain", "magic", "etc",
      ]
      for access in ["ro", "rw"] {
        for source in sources {
          let result = try build(
            box,
            """
            FROM busybox AS other
            RUN ln -s \(place) /absolute; ln -s ../../../../..\(place) /up; ln -s up /chain; \\
              ln -s /proc/self/fd/8/../../.. /magic
            FROM busybox
            RUN --mount=type=bind,from=other,source=\(source),target=/m,\(access) \
            ls -A /m; cat /m/secret /m/shadow; touch /m/new; true
            """)
          #expect(!result.text.contains("emptydir"), "\(source): \(result.text)")
        }
      }
    }
  }

  @Test("targets of mounts that lead through links stay inside, for every kind of mount")
  func mountTargets() throws {
    try withScene { box, place in
      try box.write("file", "f")
      let up = "../../../../../../.."
      for link in [place, "\(up)\(place)", "/proc/self/fd/9/../..", "/proc", "/proc/self/cwd"] {
        try Files.removeIfPresent("\(box.project)/lnk")
        for mount in [
          "type=tmpfs,target=/lnk/new", "type=cache,target=/lnk/new",
          "type=bind,source=.,target=/lnk/new", "type=bind,source=file,target=/lnk/new-file",
          "type=secret,id=s,target=/lnk/new-file",
        ] {
          try box.write(
            "Dockerfile",
            "FROM busybox\nRUN ln -s \(link) /lnk\nRUN --mount=\(mount) ls /lnk/ || true\n")
          let result = try box.roost(
            ["image", "build", "--no-cache", "--secret", "id=s,src=file", "-t", "built", "."])
          #expect(!result.text.contains("emptydir"), "\(link) \(mount): \(result.text)")
          if link.hasPrefix("/proc") { #expect(result.exitCode != 0, "\(link) \(mount)") }
        }
      }
    }
  }

  @Test("COPY, ADD and WORKDIR through links of the image and of the context stay inside")
  func copies() throws {
    try withScene { box, place in
      try box.write("dir/file", "copied")
      try Sandbox.check(["tar", "-C", "\(box.project)/dir", "-cf", "\(box.project)/t.tar", "file"])
      try Files.link("\(box.project)/secret", to: "\(place)/secret")
      try Files.link("\(box.project)/machine", to: place)
      try Files.link("\(box.project)/dir/up", to: "../../../../../../..\(place)")
      for target in [place, "../../../../..\(place)", "/proc/self/fd/7/../.."] {
        let result = try build(
          box,
          """
          FROM busybox
          RUN ln -s \(target) /out
          COPY dir/file /out/copied
          ADD t.tar /out/added/
          COPY <<EOF /out/here
          text
          EOF
          WORKDIR /out/new/deep
          COPY dir /out/dir
          """)
        if result.exitCode == 0, !target.hasPrefix("/proc") {
          #expect(try content(box, "cat /out/copied /out/added/file") == "copiedcopied")
        }
      }
      for copy in [
        "COPY secret /x", "COPY machine /x", "COPY machine/secret /x", "COPY mach* /x/",
        "ADD secret /x", "COPY dir/up/secret /x", "COPY ../machine/secret /x",
        "COPY ../../../../../../..\(place)/secret /x",
      ] {
        let result = try build(box, "FROM busybox\n\(copy)\nRUN cat /x /x/secret; ls -A /x; true\n")
        #expect(!result.output.contains("emptydir"), "\(copy): \(result.text)")
      }
      _ = try build(
        box,
        """
        FROM busybox AS one
        RUN ln -s \(place) /m; ln -s /proc/self/fd/9 /p
        FROM busybox
        COPY --from=one /m* /p* /y/
        RUN ls -A /y /y/m/ /y/p/; cat /y/m/secret; true
        """)
    }
  }

  @Test(
    "a Dockerfile and .dockerignore that are links out, pipes or devices are neither read nor waited for"
  )
  func oddFiles() throws {
    try withScene { box, place in
      func odd(_ path: String) -> [() throws -> Void] {
        [
          { try Files.link(path, to: "\(place)/secret") },
          { try Files.link(path, to: "../../../../../../..\(place)/secret") },
          { try Files.makePipe(path) }, { try Files.makeDirectories(path) },
          { try Files.link(path, to: "/dev/zero") },
          { try Files.makeDevice(path, kind: .characterDevice, major: 1, minor: 5, mode: 0o666) },
          { try Files.link(path, to: "/dev/stdin") },
        ]
      }
      try box.write("file", "f")
      for name in ["Dockerfile", ".dockerignore", "Dockerfile.dockerignore"] {
        for make in odd("\(box.project)/\(name)") {
          try box.write("Dockerfile", "FROM busybox\nCOPY file /file\n")
          try Files.removeTree("\(box.project)/\(name)")
          try make()
          let result = try box.roost(["image", "build", "-t", "built", "."])
          #expect(!result.text.contains("not for"), "\(name): \(result.text)")
          #expect(result.exitCode != 0, "\(name): \(result.text)")
          try Files.removeTree("\(box.project)/\(name)")
        }
      }
      // Links that stay inside are followed.
      try box.write("docker/real", "FROM busybox\nCOPY file /file\n")
      try Files.removeTree("\(box.project)/Dockerfile")
      try Files.link("\(box.project)/Dockerfile", to: "docker/real")
      try Files.link("\(box.project)/.dockerignore", to: "/docker/ignore")
      try box.write("docker/ignore", "nothing\n")
      try box.up("image", "build", "-t", "built", ".")
    }
  }

  @Test("a context that a container made a link is refused")
  func contexts() throws {
    try withScene { box, place in
      try box.write("w/context/secret", "mine")
      for build in [
        "{context: ./w/context, dockerfile_inline: \"FROM busybox\\nCOPY . /c\"}",
        "{context: ., additional_contexts: {c: ./w/context}, "
          + "dockerfile_inline: \"FROM busybox\\nCOPY --from=c . /c\"}",
      ] {
        try box.compose(
          """
          services:
            it: {image: built, build: \(build), command: cat /c/secret}
            other: {image: busybox, command: "true", volumes: ["./w:/w"]}
          """)
        #expect(try box.up("up", "--build", "it").output.contains("mine"))
        try Files.rename("\(box.project)/w/context", "\(box.project)/w/own")
        try Files.link("\(box.project)/w/context", to: place)
        let result = try box.roost(["up", "--build", "it"])
        #expect(result.exitCode != 0 && !result.text.contains("not for"), "\(result.text)")
        #expect(result.errors.contains("which containers may write to"), "\(result.text)")
        try Files.removeTree("\(box.project)/w/context")
        try Files.rename("\(box.project)/w/own", "\(box.project)/w/context")
      }
    }
  }

  @Test("a step is privileged only where the build was allowed to be (CVE-2024-23653)")
  func insecure() throws {
    try withScene { box, _ in
      let result = try build(
        box, "FROM busybox\nRUN --security=insecure mount -t tmpfs none /mnt && echo MOUNTED\n")
      #expect(result.exitCode != 0 && !result.output.contains("MOUNTED"), "\(result.text)")
    }
  }

  @Test("a step has the host's network only where the build was given it")
  func network() throws {
    try withScene { box, _ in
      let file = "ARG N=host\nFROM busybox\nARG N\nRUN --network=$N ls /sys/class/net/uplink0\n"
      let refused = try build(box, file)
      #expect(refused.exitCode != 0, "\(refused.text)")
      #expect(refused.errors.contains("--network=host is not allowed"), "\(refused.text)")
      for (network, isAllowed) in [("none", false), ("default", false), ("host", true)] {
        let result = try box.roost(
          ["image", "build", "-t", "built", "--no-cache", "--network", network, "."])
        #expect((result.exitCode == 0) == isAllowed, "\(network): \(result.text)")
      }
    }
  }
}
