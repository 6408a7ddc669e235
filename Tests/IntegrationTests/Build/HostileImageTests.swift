import Glibc
import Linux
import Model
import TestSupport
import Testing

/// Images whose parts lie about one another, through the real program.
@Suite("Hostile images", .timeLimit(.standard), .needsRoot)
struct HostileImageTests {
  /// Python that makes an OCI layout of `parts` and writes it as a tar to `out`.
  private static let prelude = #"""
    import gzip, hashlib, io, json, subprocess, sys, tarfile
    out, parts = sys.argv[1], {"oci-layout": b'{"imageLayoutVersion":"1.0.0"}'}
    OCI = "application/vnd.oci.image."
    LAYER, MANIFEST, INDEX = OCI + "layer.v1.tar", OCI + "manifest.v1+json", OCI + "index.v1+json"
    def digest(data): return "sha256:" + hashlib.sha256(data).hexdigest()
    def layer(name, data=b"x", count=1):
        buffer = io.BytesIO()
        tar = tarfile.open(fileobj=buffer, mode="w")
        for number in range(count):
            entry = tarfile.TarInfo(name + str(number))
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
        tar.close()
        return buffer.getvalue()
    A, B = layer("a"), layer("b")
    LONG = layer("long", b"".join(hashlib.sha256(b"%d" % n).digest() for n in range(9000)))
    def part(data, type, **more):
        parts["blobs/sha256/" + digest(data)[7:]] = data
        return dict({"mediaType": type, "digest": digest(data), "size": len(data)}, **more)
    def config(*contents):
        return part(json.dumps({"architecture": "amd64", "os": "linux", "config": {}, "rootfs":
            {"type": "layers", "diff_ids": [digest(data) for data in contents]}}).encode(),
            OCI + "config.v1+json")
    def manifest(blobs, contents=None, type=LAYER, **more):
        layers = [dict(part(data, type), **more) for data in blobs]
        return part(json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "layers": layers,
            "config": config(*(contents or blobs))}).encode(), MANIFEST)
    def index(*entries):
        return json.dumps({"schemaVersion": 2, "manifests": list(entries)}).encode()
    def top(*entries): parts["index.json"] = index(*entries)
    def packed(blob, content=None, type=LAYER): top(manifest([blob], [content or A], type))
    def flip(data, place): return data[:place] + bytes([data[place] ^ 255]) + data[place + 1:]
    def zstd(data): return subprocess.run(["zstd", "-qc"], input=data, stdout=-1).stdout

    """#

  private static let ending = #"""

    tar = tarfile.open(out, "w")
    for name, data in parts.items():
        entry = tarfile.TarInfo(name)
        entry.size = len(data)
        tar.addfile(entry, io.BytesIO(data))
    tar.close()
    """#

  private func load(_ script: String, in box: Sandbox) throws -> Sandbox.Result {
    let path = "\(box.directory)/image.tar"
    try Sandbox.check(["python3", "-c", Self.prelude + script + Self.ending, path])
    return try box.roost(["image", "load", "-i", path])
  }

  /// What is in the store, finished or not.
  private func leftovers(_ box: Sandbox) throws -> [String] {
    try Files.listIfPresent("\(box.root)/layers")
      + Files.listIfPresent("\(box.root)/images/blobs/sha256")
  }

  private static let refused: [(name: String, script: String, message: String)] = [
    (
      "an index that names itself",
      """
      me = "sha256:" + "1" * 64
      inner = index({"mediaType": INDEX, "digest": me, "size": 10})
      parts["blobs/sha256/" + me[7:]] = inner
      top({"mediaType": INDEX, "digest": me, "size": len(inner)})
      """, "is not what its name says"
    ),
    (
      "indexes in indexes",
      """
      entry = manifest([A])
      for depth in range(10): entry = part(index(entry), INDEX)
      top(entry)
      """, "nested too deeply"
    ),
    ("10,000 layers", "top(manifest([A] * 10000))", "at most 128 can be stacked"),
    (
      "10,000 layers for Docker",
      """
      parts = {"0.tar": A, "c.json": None}
      entry = config(*[A] * 10000)
      parts["c.json"] = parts.pop("blobs/sha256/" + entry["digest"][7:])
      parts["manifest.json"] = json.dumps([{"Config": "c.json", "RepoTags": ["h:1"],
          "Layers": ["0.tar"] * 10000}]).encode()
      """, "at most 128 can be stacked"
    ),
    ("more contents than layers", "top(manifest([A], [A, B]))", "its configuration names 2"),
    ("more layers than contents", "top(manifest([A, B], [A]))", "its configuration names 1"),
    ("contents in the wrong order", "top(manifest([A, B], [B, A]))", "but the image names"),
    ("a layer that is smaller", "top(manifest([A], size=len(A) + 1))", "bytes instead of"),
    ("a layer that is larger", "top(manifest([A], size=7))", "bytes instead of 7"),
    ("a negative size", "top(manifest([A], size=-1))", "without a size"),
    ("a size beyond all numbers", "top(manifest([A], size=1e300))", "without a size"),
    ("the largest size", "top(manifest([A], size=2**63 - 1))", "bytes instead of"),
    (
      "a layer as configuration",
      """
      top(part(json.dumps({"schemaVersion": 2, "config": part(A, LAYER),
          "layers": [part(A, LAYER)]}).encode(), MANIFEST))
      """, "is not valid"
    ),
    (
      "a configuration as layer",
      """
      entry = config(A)
      top(part(json.dumps({"schemaVersion": 2, "config": entry,
          "layers": [dict(entry, mediaType=LAYER)]}).encode(), MANIFEST))
      """, "cannot be read"
    ),
    (
      "a digest that is a path",
      "top({'mediaType': MANIFEST, 'digest': 'sha256:../../etc/passwd', 'size': 3})",
      "without a sha256 digest"
    ),
    (
      "something else than an image", "top(manifest([A], type='application/vnd.cncf.helm.chart'))",
      "is of no image that can run"
    ),
    ("gzip cut short", "packed(gzip.compress(LONG)[:-20000], LONG)", "truncated gzip"),
    ("gzip without its end", "packed(gzip.compress(LONG)[:-8], LONG)", "damaged or cut short"),
    ("gzip damaged", "packed(flip(gzip.compress(LONG), 150000), LONG)", "error"),
    ("gzip twice", "packed(gzip.compress(gzip.compress(A)))", "compressed more than once"),
    ("zstd cut short", "packed(zstd(LONG)[:-2000], LONG)", "Truncated zstd"),
    ("zstd damaged", "packed(flip(zstd(LONG), 150000), LONG)", "error"),
    ("no tar", "packed(b'hello' * 300, b'hello' * 300)", "cannot be read"),
    ("a tar cut in a header", "packed((A + LONG)[:1324], (A + LONG)[:1324])", "error"),
    ("a tar cut in a file", "packed(LONG[:5000], LONG[:5000])", "Truncated"),
    ("nothing for something", "packed(b'')", "but the image names"),
  ]

  @Test("what does not fit together is refused with a reason, and leaves nothing")
  func refusals() throws {
    try Sandbox.with { box in
      for test in Self.refused {
        let result = try load(test.script, in: box)
        #expect(result.exitCode == 1, "\(test.name): \(result.text)")
        #expect(result.errors.contains(test.message), "\(test.name): \(result.text)")
        #expect(try box.up("image", "ls", "-q").output == "", "\(test.name)")
        #expect(try leftovers(box) == [], "\(test.name)")
      }
    }
  }

  private static let taken: [(name: String, script: String)] = [
    ("the same layer thrice", "top(manifest([A, A, A]))"),
    ("the same manifest many times", "top(*[manifest([A])] * 500)"),
    ("gzip that is said to be plain", "packed(gzip.compress(A))"),
    ("plain that is said to be gzip", "packed(A, A, LAYER + '+gzip')"),
    ("zstd", "packed(zstd(A), A, LAYER + '+zstd')"),
    ("gzip in two parts", "packed(gzip.compress(A[:1000]) + gzip.compress(A[1000:]))"),
    ("a tar without its end", "packed(A[:1024], A[:1024])"),
    ("only zeros", "packed(bytes(1 << 20), bytes(1 << 20))"),
  ]

  @Test("what is odd but right is taken")
  func odd() throws {
    try Sandbox.with { box in
      for test in Self.taken {
        let result = try load(test.script, in: box)
        #expect(result.exitCode == 0, "\(test.name): \(result.text)")
        let id = try box.up("image", "ls", "-q").output.split(separator: "\n")
        #expect(id.count == 1, "\(test.name)")
        try box.up("image", "rm", String(id.first ?? ""))
      }
    }
  }

  @Test(
    "holes in files stay holes, in every spelling",
    arguments: [
      "gnu", "posix --sparse-version=0.0", "posix --sparse-version=0.1",
      "posix --sparse-version=1.0",
    ])
  func sparse(format: String) throws {
    try Sandbox.with { box in
      let tree = "\(box.directory)/tree"
      try Files.makeDirectories(tree)
      let script = """
        for i in $(seq 40); do printf data$i | dd of=many bs=1 seek=$((i * 300000)) conv=notrunc \
          2>&-; done
        printf start > tail; truncate -s 3M tail; truncate -s 5M only; truncate -s 1T huge
        printf end >> huge; tar -S --format=\(format) -cf ../tree.tar .
        """
      let made = try Sandbox.execute(["sh", "-c", script], directory: tree)
      try #require(made.exitCode == 0, "\(made.text)")
      try box.up("image", "import", "\(tree).tar", "sparse")
      let answer = try JSON.parse(box.up("image", "inspect", "sparse").output)
      let top = try #require(
        answer.arrayValue?.first?["GraphDriver"]?["Data"]?["UpperDir"]?.stringValue)
      for name in ["many", "tail", "only"] {
        try Sandbox.check(["cmp", "\(tree)/\(name)", "\(top)/\(name)"])
      }
      let huge = try Files.status("\(top)/huge")
      #expect(huge.size == (1 << 40) + 3 && huge.allocated < 1 << 20)
    }
  }

  @Test("a hard link to a symbolic link is a second name of the link itself")
  func linkToLink() throws {
    try Sandbox.with { box in
      let result = try load(
        """
        buffer = io.BytesIO()
        tar = tarfile.open(fileobj=buffer, mode="w")
        for name, type, target in [("s", tarfile.SYMTYPE, "/etc/passwd"),
            ("h", tarfile.LNKTYPE, "s")]:
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = type, target
            tar.addfile(entry)
        tar.close()
        packed(buffer.getvalue(), buffer.getvalue())
        """, in: box)
      #expect(result.exitCode == 0, "\(result.text)")
      let id = try box.up("image", "ls", "-q").output.split(separator: "\n").first ?? ""
      let answer = try JSON.parse(box.up("image", "inspect", String(id)).output)
      let top = try #require(
        answer.arrayValue?.first?["GraphDriver"]?["Data"]?["UpperDir"]?.stringValue)
      let names = try ["s", "h"].map { try Files.status("\(top)/\($0)", followLinks: false) }
      #expect(names[0].inode == names[1].inode && names[0].kind == .symbolicLink)
    }
  }
}
