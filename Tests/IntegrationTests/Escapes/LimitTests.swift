import Glibc
import Linux
import TestSupport
import Testing

/// Files and images that are larger than anything, or not what is expected in their place.
@Suite("Bounds of what is read", .timeLimit(.standard), .needsRoot, .serialized)
struct LimitTests {
  @Test(
    "pipes, devices, sockets and files of any size are refused at once, also where the user named them"
  )
  func kinds() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      let make = [
        "mkfifo f", "mknod f c 1 5", "mknod f b 7 0", "truncate -s 1T f",
      ]
      let uses = [
        "    env_file: ./f\n", "    label_file: ./f\n",
        "    secrets: [s]\nsecrets: {s: {file: ./f}}\n",
        "    configs: [s]\nconfigs: {s: {file: ./f}}\n", "    extends: {file: ./f, service: it}\n",
        "include: [./f]\n",
        "    build: {context: ., secrets: [s], dockerfile_inline: \"FROM busybox\\nRUN "
          + "--mount=type=secret,id=s true\"}\nsecrets: {s: {file: ./f}}\n",
      ]
      for command in make {
        try Sandbox.check(["sh", "-c", "cd \(box.project) && rm -f f && \(command)"])
        for use in uses {
          try box.compose("services:\n  it:\n    image: busybox\n    command: id\n" + use)
          let result = try box.roost(["up", "--build"])
          #expect(result.exitCode != 0, "\(command), \(use): \(result.text)")
          #expect(!result.errors.contains("Invalid argument"), "\(command), \(use): \(result.text)")
          let place = use.contains("build") ? "dockerfile_inline:2:" : "compose.yaml:"
          #expect(result.errors.contains(place), "\(command), \(use): \(result.text)")
          let reasons = ["pipe", "device", "larger than", "more than"]
          #expect(
            reasons.contains(where: result.errors.contains), "\(command), \(use): \(result.text)")
        }
        #expect(try box.roost(["-f", "f", "config"]).exitCode != 0, "\(command)")
      }
    }
  }

  @Test("a secret of a build is taken whole or refused")
  func buildSecrets() throws {
    try Sandbox.with { box in
      defer { _ = try? box.roost(["network", "rm", "bridge"]) }
      try box.importBusybox()
      try box.write(
        "Dockerfile", "FROM busybox\nRUN --mount=type=secret,id=s wc -c /run/secrets/s > /size\n")
      for (size, isTaken) in [(512_000, true), (512_001, false)] {
        try Files.write("\(box.project)/s", [UInt8](repeating: 0x78, count: size))
        let result = try box.roost(
          ["image", "build", "--no-cache", "--secret", "id=s,src=s", "-t", "made", "."])
        #expect((result.exitCode == 0) == isTaken, "\(result.text)")
        if !isTaken { #expect(result.errors.contains("larger than 500 KiB"), "\(result.text)") }
      }
      let kept = try box.up("container", "run", "--rm", "made", "cat", "/size")
      #expect(kept.output.contains("512000"))
    }
  }

  @Test("a file that claims to be larger than the disk ends a build at once, and fills no volume")
  func sparse() throws {
    try Sandbox.with { box in
      defer { _ = try? box.roost(["network", "rm", "bridge"]) }
      try box.importBusybox()
      try Sandbox.check(["truncate", "-s", "15T", "\(box.project)/big"])
      for line in [
        "COPY big /", "ADD big /", "COPY . /x", "RUN truncate -s 4398046511104 /big",
      ] {
        try box.write("Dockerfile", "FROM busybox\n\(line)\n")
        let result = try box.roost(["image", "build", "-t", "made", "."])
        #expect(result.exitCode != 0, "\(line): \(result.text)")
        #expect(result.errors.contains("big"), "\(line): \(result.text)")
        #expect(result.errors.contains("are free"), "\(line): \(result.text)")
      }
      // A layer may hold it: what was taken in keeps the holes, and so does a new volume.
      let tree = "\(box.directory)/tree"
      try Files.makeDirectories("\(tree)/data")
      try Sandbox.check(["truncate", "-s", "4T", "\(tree)/data/big"])
      try Sandbox.check(
        ["sh", "-c", "echo end >> \(tree)/data/big && tar -C \(tree) -Scf \(tree).tar data"])
      try Sandbox.check(
        ["sh", "-c", "cd \(box.directory) && tar -Af busybox.tar tree.tar && rm tree/data/big"])
      try box.up("image", "import", "\(box.directory)/busybox.tar", "sparse")
      let seen = try box.up(
        "container", "run", "--rm", "-v", "/data", "sparse", "sh", "-c",
        "stat -c %s /data/big; dd if=/data/big bs=4 skip=1099511627776 count=1 2>/dev/null; du -k /data/big | cut -f 1"
      )
      let words = seen.output.split(separator: "\n")
      #expect(words.prefix(2) == ["4398046511108", "end"], "\(seen.text)")
      #expect(words.count == 3 && Int(words[2]).map { $0 < 1_000 } == true, "\(seen.text)")
    }
  }

  @Test("an image of thousands of volumes, or one without a path, is refused with a sentence")
  func volumes() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      let many = (0..<3_000).map { "\"/v\($0)\"" }.joined(separator: ",")
      for (change, text) in [
        ("VOLUME [\(many)]", "3000 volumes"), ("VOLUME [\"data\"]", "'data'"),
      ] {
        let imported = try box.roost(
          ["image", "import", "--change", change, "\(box.directory)/busybox.tar", "made"])
        guard imported.exitCode == 0 else {
          #expect(change.contains("data"), "\(imported.text)")
          continue
        }
        let result = try box.roost(["container", "run", "--rm", "made", "true"])
        #expect(result.exitCode != 0 && result.errors.contains(text), "\(result.text)")
      }
    }
  }

  @Test("an image that exposes every port runs, and does not take every port of the host")
  func ports() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.write("Dockerfile", "FROM busybox\nEXPOSE 1-65535 1-65535/udp\n")
      try box.up("image", "build", "-q", "-t", "every", ".")
      let refused = try box.roost(["container", "run", "--rm", "-P", "every", "true"])
      #expect(refused.exitCode == 125, "\(refused.text)")
      #expect(refused.errors.contains("exposes 131070 ports"), "\(refused.text)")
      try box.up("container", "run", "-d", "--name", "all", "every", "sleep", "infinity")
      try box.up("container", "commit", "all", "kept")
      let kept = try box.up("image", "inspect", "kept").output
      #expect(kept.contains("\"65535/tcp\"") && kept.contains("\"65535/udp\""))
      try box.up("container", "rm", "-f", "all")
    }
  }

  @Test(
    "a Dockerfile whose values grow from line to line ends with a sentence, and so does a commit")
  func growth() throws {
    try Sandbox.with { box in
      defer { _ = try? box.roost(["network", "rm", "bridge"]) }
      try box.importBusybox()
      let ten = String(repeating: "$A", count: 10)
      let text = String(repeating: "a", count: 40)
      func lines(_ line: (Int) -> String) -> String {
        (1...40).map { line($0) + "\n" }.joined()
      }
      for (dockerfile, message) in [
        ("FROM busybox\nENV A=\(text)\n" + lines { _ in "ENV A=\(ten)" }, "4194304"),
        ("ARG A=\(text)\n" + lines { _ in "ARG A=\(ten)" } + "FROM busybox\n", "4194304"),
        ("FROM busybox\nARG A=\(text)\n" + lines { _ in "ARG A=\(ten)" }, "4194304"),
        (
          "FROM busybox\nENV A0=\(text)\n"
            + lines { "ENV A\($0)=\(String(repeating: "${A\($0 - 1):-x}", count: 4))" }
            + "LABEL x=$A40\n", "4194304"
        ),
        (
          "FROM busybox\nENV A=\(text)\n" + lines { _ in "ENV A=${A//a/\(text)}" }, "4194304"
        ),
        (
          "FROM busybox\n"
            + lines { "LABEL l\($0)=\(String(repeating: "x", count: 120_000))" },
          "4194304"
        ),
        (
          "FROM busybox\nENV A=" + String(repeating: "${B:-", count: 20_000)
            + String(repeating: "}", count: 20_000) + "\n", "within one another"
        ),
        (
          "FROM busybox AS a0\n" + (1...3000).map { "FROM a\($0 - 1) AS a\($0)\n" }.joined(),
          "at most 500 stages"
        ),
      ] {
        try box.write("Dockerfile", dockerfile)
        let result = try box.roost(["image", "build", "-t", "grown", "."])
        #expect(result.exitCode == 17, "\(dockerfile.prefix(80)): \(result.text.suffix(2000))")
        #expect(
          result.errors.contains(message) && result.errors.contains("Dockerfile:"),
          "\(dockerfile.prefix(80)): \(result.text.suffix(2000))")
      }
      // What could not be read again is not stored either.
      let labels = (0..<18).map { "LABEL l\($0)=\(String(repeating: "x", count: 110_000))\n" }
      try box.write("Dockerfile", "FROM busybox\n" + labels.joined())
      try box.up("image", "build", "-t", "base", ".")
      try box.up("container", "create", "--name", "it", "base", "true")
      var changes = ["container", "commit"]
      for number in 0..<4 {
        changes += ["--change", "LABEL m\(number)=\(String(repeating: "x", count: 100_000))"]
      }
      let result = try box.roost(changes + ["it", "grown"])
      #expect(result.exitCode == 1, "\(result.text.suffix(2000))")
      #expect(result.errors.contains("4194304"), "\(result.text.suffix(2000))")
      #expect(!(try box.up("image", "ls").output.contains("grown")))
    }
  }
}
