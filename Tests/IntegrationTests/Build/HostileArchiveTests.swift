import Glibc
import Linux
import Model
import TestSupport
import Testing

/// Archives that are made to do harm, through the real commands.
@Suite("Hostile archives", .timeLimit(.standard), .needsRoot)
struct HostileArchiveTests {
  /// A Python script that writes a tar to the path in `out`.
  private static let prelude = """
    import tarfile, io, sys, gzip, os
    out = sys.argv[1]
    tar = tarfile.open(out, "w")
    def add(name, data=b"", type=tarfile.REGTYPE, link="", mode=0o644, **more):
        entry = tarfile.TarInfo(name)
        entry.size, entry.type, entry.linkname, entry.mode = len(data), type, link, mode
        for key, value in more.items(): setattr(entry, key, value)
        tar.addfile(entry, io.BytesIO(data))

    """

  private func archive(_ script: String, in box: Sandbox) throws -> String {
    let path = "\(box.directory)/hostile.tar"
    try? Files.remove(path)
    try Sandbox.check(["python3", "-c", Self.prelude + script + "\ntar.close()\n", path])
    return path
  }

  /// What is in the store besides the images there are.
  private func leftovers(_ box: Sandbox) throws -> [String] {
    var found: [String] = []
    for part in ["layers", "images/blobs/sha256"] {
      found += try Files.listIfPresent("\(box.root)/\(part)")
    }
    return found
  }

  private static let leading: [(name: String, script: String)] = [
    ("a name with ..", "add('../../escaped', b'x')"),
    ("a name with .. in the middle", "add('a/../../../escaped', b'x')"),
    ("a hard link with ..", "add('l', type=tarfile.LNKTYPE, link='../../../etc/passwd')"),
    (
      "a hard link through a link to /",
      "add('r', type=tarfile.SYMTYPE, link='/'); "
        + "add('l', type=tarfile.LNKTYPE, link='r/../../etc/passwd')"
    ),
    ("a hard link to nothing", "add('l', type=tarfile.LNKTYPE, link='nosuch')"),
    ("a file in place of the root", "add('.', b'x')"),
    ("a file below a file", "add('a', b'x'); add('a/b/c', b'x', type=tarfile.LNKTYPE, link='a/z')"),
    (
      "a file below a link to nothing",
      "add('a', type=tarfile.SYMTYPE, link='/b'); add('a/c', b'x')"
    ),
    ("a loop of links", "add('a', type=tarfile.SYMTYPE, link='a'); add('a/b', b'x')"),
  ]

  @Test("what leads out is refused, and leaves nothing", arguments: leading.map(\.name))
  func refused(_ name: String) throws {
    let script = try #require(Self.leading.first { $0.name == name }).script
    try Sandbox.with { box in
      let tar = try archive(script, in: box)
      let result = try box.roost(["image", "import", tar, "hostile"])
      #expect(result.exitCode == 1, "\(result.text)")
      #expect(result.errors.contains("error"), "\(result.text)")
      #expect(try box.up("image", "ls", "-q").output == "")
      #expect(try leftovers(box) == [])
      #expect(!Files.exists("\(box.directory)/escaped"))
      #expect(!Files.exists("\(box.root)/escaped"))
    }
  }

  @Test("what looks as if it led out lands in the root")
  func contained() throws {
    try Sandbox.with { box in
      let target = "\(box.directory)/outside"
      try Files.makeDirectories(target)
      let tar = try archive(
        """
        add('/absolute/file', b'x')
        add('\(target)', type=tarfile.DIRTYPE, mode=0o755)
        add('out', type=tarfile.SYMTYPE, link='\(target)')
        add('out/through', b'x')
        add('up', type=tarfile.SYMTYPE, link='../../../../..\(target)')
        add('up/through', b'y')
        add('dev/null', type=tarfile.CHRTYPE, devmajor=1, devminor=3, mode=0o666)
        add('su', b'x', mode=0o6755)
        add('twice', b'one'); add('twice', type=tarfile.DIRTYPE, mode=0o755); add('twice', b'two')
        add('dir', type=tarfile.DIRTYPE, mode=0o700); add('dir/f', b'x')
        add('dir', type=tarfile.DIRTYPE, mode=0o711)
        """, in: box)
      try box.up("image", "import", tar, "odd")
      let lines = try snapshot("odd", box)
      #expect(try Files.list(target) == [])
      for line in [
        #"/absolute/file file 644 0:0 "x""#, #"\#(target)/through file 644 0:0 "y""#,
        "/dev/null character 666 0:0 1,3", #"/su file 6755 0:0 "x""#,
        #"/twice file 644 0:0 "two""#, #"/dir/f file 644 0:0 "x""#, "/dir directory 711 0:0",
        "/out link 777 0:0 -> \(target)",
      ] {
        #expect(lines.contains(line), "\(line) is not in \(lines.sorted())")
      }
    }
  }

  private func snapshot(_ image: String, _ box: Sandbox) throws -> Set<String> {
    let answer = try box.roost(["image", "inspect", image])
    let json = try #require(try JSON.parse(answer.output).arrayValue?.first, "\(answer.text)")
    let top = try #require(json["GraphDriver"]?["Data"]?["UpperDir"]?.stringValue)
    return try TreeSnapshot(merging: [top]).lines
  }

  @Test("ADD refuses what leads out, and leaves the rest of the machine alone")
  func add() throws {
    try Sandbox.with { box in
      try box.write("Dockerfile", "FROM scratch\nADD hostile.tar /deep/er/\n")
      let tar = "\(box.project)/hostile.tar"
      for script in ["add('../../escaped', b'x')", "add('../../../../escaped', b'x')"] {
        try Files.rename(try archive(script, in: box), tar)
        let result = try box.roost(["image", "build", "-t", "bad", "."])
        #expect(result.exitCode == 17, "\(result.text)")
        #expect(result.errors.contains("Dockerfile:2"), "\(result.text)")
        #expect(result.errors.contains("escaped"), "\(result.text)")
      }
      #expect(try box.up("image", "ls", "-q").output == "")
      #expect(!Files.exists("/escaped"))
    }
  }

  @Test("an archive that is cut or damaged is refused")
  func damaged() throws {
    try Sandbox.with { box in
      let tar = try archive("add('a', os.urandom(200000)); add('b', b'y' * 100000)", in: box)
      let whole = try Files.read(tar)
      try Sandbox.check(["gzip", "-kn", tar])
      let packed = try Files.read("\(tar).gz")
      // Random bytes are kept as they are: only the checksum at the end tells.
      var flipped = packed
      flipped[flipped.count / 2] ^= 0xFF
      let damaged: [[UInt8]] = [
        flipped,
        Array(whole[..<100_000]), Array(packed[..<(packed.count / 2)]),
        Array("no archive at all".utf8), Array(packed.dropLast(4)),
      ]
      for (number, bytes) in damaged.enumerated() {
        try Files.write("\(box.directory)/bad", bytes)
        let result = try box.roost(["image", "import", "\(box.directory)/bad", "bad"])
        #expect(result.exitCode == 1, "\(number): \(result.text)")
        #expect(try box.up("image", "ls", "-q").output == "", "\(number)")
        #expect(try leftovers(box) == [], "\(number)")
      }
    }
  }

  @Test("what grows beyond all measure is refused, until the limit is raised")
  func bomb() throws {
    try Sandbox.with { box in
      let tar = try archive("add('zeros', bytes(30 << 20))", in: box)
      try Sandbox.check(["gzip", "-n", tar])
      let command = ["image", "import", "\(tar).gz", "zeros"]
      let refused = try box.roost(command, environment: ["ROOST_LAYER_SIZE_LIMIT=20000000"])
      #expect(refused.exitCode == 1, "\(refused.text)")
      #expect(refused.errors.contains("ROOST_LAYER_SIZE_LIMIT"), "\(refused.text)")
      #expect(try leftovers(box) == [])
      let taken = try box.roost(command, environment: ["ROOST_LAYER_SIZE_LIMIT=40000000"])
      #expect(taken.exitCode == 0, "\(taken.text)")
    }
  }

  @Test("an image whose parts do not fit together is refused")
  func mismatched() throws {
    try Sandbox.with { box in
      let tar = try archive("add('a', b'x')", in: box)
      try box.up("image", "import", tar, "good")
      let saved = "\(box.directory)/saved.tar"
      try box.up("image", "save", "--format", "oci-archive", "-o", saved, "good")
      try box.up("image", "rm", "good")
      let scripts = [
        // A layer that is not what the manifest says.
        "p=max(glob.glob('blobs/sha256/*'), key=os.path.getsize); open(p,'r+b').write(b'damage')",
        // A size that is wrong in the index.
        "t=open('index.json').read(); open('index.json','w').write(re.sub(r'\"size\":\\d+', '\"size\":7', t))",
        "p=max(glob.glob('blobs/sha256/*'), key=os.path.getsize); os.truncate(p, 700)",
        "p=max(glob.glob('blobs/sha256/*'), key=os.path.getsize); os.remove(p)",
        "open('index.json','w').write('{\"manifests\": [')",
        "open('index.json','w').write('[' * 100000)",
      ]
      for (number, script) in scripts.enumerated() {
        let tree = "\(box.directory)/tree-\(number)"
        try Files.makeDirectories(tree)
        try Sandbox.check(["tar", "-C", tree, "-xf", saved])
        let run = try Sandbox.execute(
          ["python3", "-c", "import glob,os,re\n\(script)"], directory: tree)
        try #require(run.exitCode == 0, "\(run.text)")
        try Sandbox.check(["tar", "-C", tree, "-cf", "\(tree).tar", "."])
        let result = try box.roost(["image", "load", "-i", "\(tree).tar"])
        #expect(result.exitCode == 1, "\(number): \(result.text)")
        #expect(try box.up("image", "ls", "-q").output == "", "\(number): \(result.text)")
        #expect(try Files.listIfPresent("\(box.root)/layers") == [], "\(number)")
      }
    }
  }

  @Test("a Dockerfile that is too large, and quotes that do not end")
  func dockerfiles() throws {
    try Sandbox.with { box in
      try Sandbox.check(["truncate", "-s", "50M", "\(box.project)/Dockerfile"])
      let large = try box.roost(["image", "build", "."])
      #expect(large.exitCode == 17)
      #expect(large.errors.contains("at most"), "\(large.text)")
      let wrong = [
        "ENV A=\"open\n", "LABEL a='open\n", "COPY \"a /b\n", "RUN <<EOF\nx\n", "ENV A=${B\n",
        "ENV A=${B:-${C\n", "FROM\n", "COPY [\"a\n", "HEALTHCHECK --interval=x CMD true\n",
      ]
      for text in wrong {
        try box.write("Dockerfile", "FROM scratch\n\(text)")
        let result = try box.roost(["image", "build", "."])
        #expect(result.exitCode == 17, "\(text): \(result.text)")
        #expect(result.errors.contains("Dockerfile:2"), "\(text): \(result.text)")
      }
    }
  }
}
