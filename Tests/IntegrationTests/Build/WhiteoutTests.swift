import Glibc
import Linux
import Model
import TestSupport
import Testing

/// Whiteouts in all orders, through the real program: the merged view of the kernel is compared
/// with the tree that buildah makes, which applies layers to one directory after the other.
@Suite("Whiteouts", .timeLimit(.standard), .needsRoot, .needs("buildah"))
struct WhiteoutTests {
  /// An image: a fixed lowest layer, and layers above it, each a list of members
  /// `path [kind [value]]`.
  private struct Case {
    enum Outcome {
      case same
      /// What roost shows besides, and what buildah shows besides, and why.
      case differs(roost: [String], peer: [String], because: String)
      case refused(String)
    }

    var name: String
    var layers: [[String]]
    var outcome: Outcome

    init(_ name: String, _ layers: [String]..., outcome: Outcome = .same) {
      self.name = name
      self.layers = layers
      self.outcome = outcome
    }
  }

  private static let base = [
    "d/ dir", "d/a file A", "d/b file B", "d/s/ dir", "d/s/x file X", "e/ dir", "e/y file Y",
    "f file F", "l link d",
  ]

  private static let opaque = ".wh..wh..opq"
  /// The image specification, layer.md: "Whiteout files MUST only apply to resources in
  /// lower/parent layers." buildah applies them to the same layer, or fails.
  private static let ownLayer = "a whiteout is for lower layers only"
  private static let namesNothing = "hides nothing that has a name"

  private static let cases: [Case] = [
    Case("a file hidden", [".wh.f"]),
    Case("hidden, then made", [".wh.f", "f file new"]),
    Case(
      "made, then hidden", ["f file new", ".wh.f"],
      outcome: .differs(roost: ["f -rw-r--r-- new"], peer: [], because: ownLayer)),
    Case("opaque after its children", ["d/ dir", "d/n file N", "d/\(opaque)"]),
    Case("opaque before its children", ["d/ dir", "d/\(opaque)", "d/n file N"]),
    Case("opaque alone", ["d/\(opaque)"]),
    Case("opaque, then the same name", ["d/\(opaque)", "d/a file new"]),
    Case("the same name, then opaque", ["d/a file new", "d/\(opaque)"]),
    Case("opaque further below", ["d/s/\(opaque)", "d/s/n file N"]),
    Case(
      "opaque twice, one below the other", ["d/s/n file N", "d/s/\(opaque)", "d/\(opaque)"],
      outcome: .differs(
        roost: ["d/s drwxr-xr-x", "d/s/n -rw-r--r-- N"], peer: [], because: ownLayer)),
    Case("a directory hidden and made again", [".wh.d", "d/ dir", "d/n file N"]),
    Case(
      "a directory made and then hidden", ["d/ dir", "d/n file N", ".wh.d"],
      outcome: .differs(
        roost: [
          "d drwxr-xr-x", "d/n -rw-r--r-- N", "e drwxr-xr-x", "e/y -rw-r--r-- Y",
          "f -rw-r--r-- F", "l lrwxrwxrwx d",
        ], peer: ["refused"], because: ownLayer)),
    Case("a file hidden, then its directory", ["d/.wh.a", ".wh.d"]),
    Case("a file far below hidden, then its directory", ["d/s/.wh.x", ".wh.d"]),
    Case("a directory hidden, then a file in it", [".wh.d", "d/.wh.a"]),
    Case("opaque, with whiteouts around it", ["d/.wh.a", "d/\(opaque)", "d/s/.wh.x", "d/.wh.b"]),
    Case("a whiteout without a name", [".wh."], outcome: .refused(namesNothing)),
    Case("a whiteout without a name, deeper", ["d/.wh."], outcome: .refused(namesNothing)),
    Case("a whiteout without a name, a directory", [".wh./ dir"], outcome: .refused(namesNothing)),
    Case("a whiteout of the directory itself", ["d/.wh.."], outcome: .refused(namesNothing)),
    Case("a whiteout of the root", [".wh.."], outcome: .refused(namesNothing)),
    Case("a whiteout of the directory above", ["d/.wh..."], outcome: .refused(namesNothing)),
    Case("a whiteout of what is above the root", [".wh..."], outcome: .refused(namesNothing)),
    Case("below a link of this layer", ["m link e", "e/ dir", "m/.wh.y"]),
    Case(
      "opaque below a link of this layer", ["m link e", "e/ dir", "m/\(opaque)"],
      outcome: .differs(
        roost: [], peer: ["e/y -rw-r--r-- Y"], because: "buildah does not look through the link")),
    Case(
      "below a link to a lower layer", ["m link d", "m/.wh.a"], outcome: .refused("m")),
    Case("the root opaque, first", [opaque, "n file N"]),
    Case("the root opaque, last", ["n file N", opaque]),
    Case("the root opaque, with a dot", ["./\(opaque)", "n file N"]),
    Case("the root opaque, and layers above", [opaque, "n file N"], ["o file O", ".wh.n"]),
    Case("the root opaque twice", [opaque, "n file N"], [opaque, "o file O"]),
    Case("names with dots and slashes", ["./.wh.f", "d//.wh.a", "d/./.wh.b", "/e/.wh.y"]),
    Case("a name that climbs", ["d/../.wh.f"]),
    Case("a directory as whiteout", [".wh.d/ dir"]),
    Case("a link as whiteout", [".wh.f link x"]),
    Case("a hard link as whiteout", ["d/ dir", "d/c file C", ".wh.f hard d/c"]),
    Case("a whiteout with content", [".wh.f file content"]),
    Case("a directory as opaque mark", ["d/\(opaque)/ dir", "d/n file N"]),
    Case(
      "what AUFS left over",
      [".wh..wh.aufs", ".wh..wh.plnk/ dir", ".wh..wh.plnk/1.2 file x", "d/.wh..wh.orph file x"],
      outcome: .differs(
        roost: [], peer: [".wh..wh.plnk drwxr-xr-x"], because: "Docker leaves all of it out")),
    Case(
      "a whiteout of nothing in a new directory", ["new/.wh.x"],
      outcome: .differs(
        roost: ["new/x listed, but not there"], peer: [],
        because: "overlayfs lists what it does not merge, as with Docker's overlay2")),
    Case("whiteouts of nothing", [".wh.nosuch", "d/.wh.nosuch"]),
    Case("a whiteout of a whiteout", [".wh..wh.f"]),
    Case("a file in what looks like a whiteout", [".wh.d/inner file x"]),
    Case("hidden, and made again above", [".wh.d"], ["d/ dir", "d/n file N"]),
    Case("opaque, and more above", ["d/\(opaque)"], ["d/z file Z"]),
    Case("a file for a directory, and back", ["d file D"], ["d/ dir", "d/n file N"]),
    Case(
      "a link for a directory, and a file below it", ["d link e"], ["d/n file N"],
      outcome: .differs(
        roost: ["d drwxr-xr-x", "d/n -rw-r--r-- N"], peer: ["d lrwxrwxrwx e", "e/n -rw-r--r-- N"],
        because: "each layer is a directory of its own, as with Docker's overlay2")),
    Case("an attribute of overlayfs", ["d/ opaque", "d/n file N"]),
    Case(
      "a whiteout of overlayfs", ["f char 0,0"],
      outcome: .differs(
        roost: [], peer: ["f crw-r--r--"],
        because: "the device 0:0 is a whiteout to the kernel, as with Docker's overlay2")),
    Case(
      "a hard link to a lower layer", ["h hard f"],
      outcome: .refused("is a hard link to 'f', which is not in the archive before it")),
    Case(
      "a hard link before its target", ["h hard g", "g file G"],
      outcome: .refused("is a hard link to 'g', which is not in the archive before it")),
    Case("a file below a hidden file", [".wh.f", "f/x file X"]),
  ]

  private static let script = #"""
    import hashlib, io, json, os, stat, sys, tarfile
    def layer(members):
        out = io.BytesIO()
        tar = tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT)
        for text in members:
            words = text.split(" ", 2)
            name, kind, value = words[0], (words + ["file"])[1], (words + ["", ""])[2]
            entry = tarfile.TarInfo(name)
            entry.mode, data = 0o644, b""
            if kind == "file": data = value.encode()
            elif kind == "link": entry.type, entry.linkname = tarfile.SYMTYPE, value
            elif kind == "hard": entry.type, entry.linkname = tarfile.LNKTYPE, value
            elif kind == "char": entry.type = tarfile.CHRTYPE
            else: entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            if kind == "opaque":
                entry.pax_headers = {"SCHILY.xattr.trusted.overlay.opaque": "y"}
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
        tar.close()
        return out.getvalue()
    def save(path, name, layers):
        tar = tarfile.open(path, "w")
        def add(name, data):
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
        for number, data in enumerate(layers): add("%d.tar" % number, data)
        digests = ["sha256:" + hashlib.sha256(data).hexdigest() for data in layers]
        add("config.json", json.dumps({"architecture": "amd64", "os": "linux", "config": {},
            "rootfs": {"type": "layers", "diff_ids": digests}}).encode())
        add("manifest.json", json.dumps([{"Config": "config.json", "RepoTags": [name],
            "Layers": ["%d.tar" % number for number in range(len(layers))]}]).encode())
        tar.close()
    def show(root):
        for directory, names, files in os.walk(root):
            for name in names + files:
                path = os.path.join(directory, name)
                shown = path[len(root) + 1:]
                try: status = os.lstat(path)
                except FileNotFoundError:
                    print(shown, "listed, but not there")
                    continue
                value = ""
                if stat.S_ISLNK(status.st_mode): value = os.readlink(path)
                if stat.S_ISREG(status.st_mode): value = open(path).read()
                print((shown + " " + stat.filemode(status.st_mode) + " " + value).strip())
    if sys.argv[1] == "show": show(sys.argv[2])
    else:
        for number, layers in enumerate(json.load(open(sys.argv[2]))):
            save("%s/%d.tar" % (sys.argv[3], number), "case:%d" % number,
                [layer(members) for members in layers])
    """#

  private func python(_ arguments: [String], before: [String] = []) throws -> Sandbox.Result {
    try Sandbox.execute(before + ["python3", "-c", Self.script] + arguments)
  }

  /// What the kernel shows of an image's layers.
  private func merged(_ image: String, _ box: Sandbox) throws -> Set<String> {
    let answer = try box.roost(["image", "inspect", image])
    let json = try #require(try JSON.parse(answer.output).arrayValue?.first, "\(answer.text)")
    let data = try #require(json["GraphDriver"]?["Data"])
    var layers = ["UpperDir", "LowerDir"].compactMap { data[$0]?.stringValue }
      .filter { !$0.isEmpty }
    // overlayfs wants two directories; an empty one below changes nothing.
    layers.append("\(box.directory)/empty")
    let place = "\(box.directory)/merged"
    for path in [place, layers[layers.count - 1]] { try Files.makeDirectories(path) }
    let mount =
      "mount -t overlay none -o lowerdir=\(layers.joined(separator: ":")) \(place) && exec \"$@\""
    let result = try python(["show", place], before: ["unshare", "-m", "sh", "-c", mount, "sh"])
    try #require(result.exitCode == 0, "\(image): \(result.text)")
    return Set(result.output.split(separator: "\n").map(String.init))
  }

  @Test("images look as the specification says, and as buildah unpacks them")
  func orders() throws {
    try BuildScene.with { scene in
      let box = scene.box
      let list = "\(box.directory)/cases.json"
      let layers = Self.cases.map { test in
        JSON.array(([Self.base] + test.layers).map { JSON.strings($0) })
      }
      try Files.write(list, JSON.array(layers).utf8())
      let made = try python(["make", list, box.directory])
      try #require(made.exitCode == 0, "\(made.text)")
      for (number, test) in Self.cases.enumerated() {
        let archive = "\(box.directory)/\(number).tar"
        let loaded = try box.roost(["image", "load", "-i", archive])
        if case .refused(let message) = test.outcome {
          #expect(loaded.exitCode == 1, "\(test.name): \(loaded.text)")
          #expect(loaded.errors.contains(message), "\(test.name): \(loaded.text)")
          #expect(try box.roost(["image", "inspect", "case:\(number)"]).exitCode != 0)
          continue
        }
        try #require(loaded.exitCode == 0, "\(test.name): \(loaded.text)")
        let mine = try merged("case:\(number)", box)
        var theirs: Set<String> = ["refused"]
        if let tree = try scene.peerTree(archive) {
          theirs = Set(try python(["show", tree]).output.split(separator: "\n").map(String.init))
        }
        var expected: (roost: [String], peer: [String]) = ([], [])
        if case .differs(let roost, let peer, _) = test.outcome { expected = (roost, peer) }
        #expect(mine.subtracting(theirs).sorted() == expected.roost, "\(test.name)")
        #expect(theirs.subtracting(mine).sorted() == expected.peer, "\(test.name)")
      }
    }
  }
}
