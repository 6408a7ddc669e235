import Glibc
import Linux
import TestSupport
import Testing

/// Copies in both directions against containers that change their tree meanwhile.
///
/// Sources: CVE-2018-15664, CVE-2019-14271.
@Suite("Escapes by copies", .timeLimit(.standard), .needsRoot, .serialized)
struct CopyEscapes {
  private static let secret = "not for containers"

  /// A service that may write to `w`, and a directory of the machine that everybody may read and
  /// write, so that only where a path leads keeps the copy away from it.
  private func withScene(
    _ keys: String = "", _ body: (Sandbox, _ place: String) throws -> Void
  ) throws {
    try Sandbox.with { box in
      try box.importBusybox()
      let place = "\(box.directory)/machine"
      try Files.makeDirectories(place)
      try Files.write("\(place)/f", Self.secret)
      for path in [box.directory, place, "\(place)/f"] { try Files.setMode(path, 0o777) }
      try box.write("w/d/f", "own")
      try box.write("in/d/f", "copied")
      try box.write("in/f", "copied")
      try box.compose(
        "services:\n  web: {image: busybox, command: sleep 600, stop_signal: SIGKILL, "
          + "volumes: [\"./w:/w\"]\(keys)}\n")
      try box.up("up", "-d")
      try body(box, place)
      #expect(try Files.list(place) == ["f"])
      #expect(try Files.readText("\(place)/f") == Self.secret)
    }
  }

  private func againstSwapper(
    _ box: Sandbox, link: String, _ body: () throws -> Void
  ) throws {
    let swapper = try Swapper("\(box.project)/w/d", link: link)
    defer { swapper.end() }
    let end = Clock.monotonicNanoseconds() + 2_000_000_000
    repeat { try body() } while Clock.monotonicNanoseconds() < end
    #expect(swapper.count > 100)
  }

  @Test(
    "a directory that is swapped for a link neither leads in nor out of the container",
    arguments: ["", ", userns_mode: host"])
  func swapped(keys: String) throws {
    try withScene(keys) { box, place in
      for link in [place, "../../machine", "/proc/1/root\(place)", "/proc/self/cwd/../machine"] {
        try againstSwapper(box, link: link) {
          for target in ["/w/d", "/w/d/", "/w/d/f", "/w"] {
            for source in ["in/f", "in/d", "in/."] {
              _ = try box.roost(["cp", source, "web:\(target)"])
            }
          }
          for source in ["/w", "/w/d", "/w/d/", "/w/d/.", "/w/d/f"] {
            try? Files.removeTree("\(box.project)/out")
            try Files.makeDirectories("\(box.project)/out")
            _ = try box.roost(["cp", "-L", "web:\(source)", "out"])
            let found = try Sandbox.execute(["grep", "-r", Self.secret, "\(box.project)/out"])
            #expect(found.output.isEmpty, "\(link), \(source): \(found.output)")
          }
        }
      }
    }
  }

  @Test("links that wait in the container lead to files of its own, or nowhere")
  func links() throws {
    try withScene { box, place in
      for target in [
        "\(place)/f", "../../../../../../..\(place)/f", "/proc/1/root\(place)/f",
        "/proc/self/root\(place)/f", "/proc/self/fd/5\(place)/f",
      ] {
        try? Files.removeIfPresent("\(box.project)/w/l")
        try Files.link("\(box.project)/w/l", to: target)
        for way in [["web:/w/l", "taken"], ["-L", "web:/w/l", "taken"]] {
          _ = try? Files.removeTree("\(box.project)/taken")
          _ = try box.roost(["cp"] + way)
          let isRead = (try? Files.status("\(box.project)/taken", followLinks: false))?.kind
          #expect(isRead != .regular, "\(target)")
        }
        _ = try box.roost(["cp", "in/f", "web:/w/l"])
      }
    }
  }

  @Test("what was copied out is no way for the next copy to lead elsewhere")
  func linkThenDirectory() throws {
    try withScene { box, place in
      try Files.removeTree("\(box.project)/w/d")
      try Files.link("\(box.project)/w/d", to: place)
      try box.up("cp", "web:/w/.", "out")
      #expect(try Files.readLink("\(box.project)/out/d") == place)
      try Files.remove("\(box.project)/w/d")
      try box.write("w/d/f", "from the container")
      let result = try box.roost(["cp", "web:/w/.", "out"])
      #expect(result.exitCode == 1 && result.errors.contains("by a directory"), "\(result.text)")
    }
  }

  @Test("a tar that leads out by its names or links stays in the container")
  func archives() throws {
    try withScene { box, place in
      let program = box.program.joined(separator: " ")
      for (script, name) in [
        (
          "ln -s \(place) t/x; tar -cf a.tar -C t x; rm t/x; mkdir t/x; echo bad > t/x/g; "
            + "tar -rf a.tar -C t x/g", "link"
        ),
        (
          "echo bad > t/g; tar -P -cf a.tar --transform 's,^,../../../../../..\(place)/,' t/g",
          "dots"
        ),
        ("echo bad > t/g; tar -P -cf a.tar --transform 's,^t,\(place),' t/g", "absolute"),
      ] {
        let result = try box.inside([
          "sh", "-c", "rm -rf t; mkdir t; \(script); \(program) cp - web:/w < a.tar",
        ])
        #expect(!result.errors.contains("usage"), "\(name): \(result.text)")
        #expect(try Files.list(place) == ["f"], "\(name): \(result.text)")
      }
    }
  }

  @Test("a pipe, a device or a socket where a file was is neither opened nor waited for")
  func specialFiles() throws {
    try withScene { box, _ in
      try Sandbox.check([
        "sh", "-ec", "cd \(box.project)/w; mkfifo d/p; mknod d/zero c 1 5; mkdir e; mkfifo e/f",
      ])
      try box.up("cp", "web:/w/d", "out")
      #expect(try Files.status("\(box.project)/out/p").kind == .pipe)
      #expect(try Files.status("\(box.project)/out/zero", followLinks: false).size == 0)
      // A file that is a pipe the next moment.
      let swapper = try Swapper("\(box.project)/w/d", link: "e")
      defer { swapper.end() }
      let end = Clock.monotonicNanoseconds() + 1_000_000_000
      while Clock.monotonicNanoseconds() < end {
        _ = try box.roost(["cp", "web:/w/d/f", "got"])
      }
    }
  }

  @Test("what the container's root may not read is not read, and named as the container names it")
  func unreadable() throws {
    try withScene { box, _ in
      for name in ["w/d/closed", "w/d/shut"] {
        if name == "w/d/closed" {
          try box.write(name, Self.secret)
        } else {
          try Files.remove("\(box.project)/w/d/closed")
          try Files.makeDirectory("\(box.project)/\(name)")
        }
        // No user of the container is this one.
        try Files.setOwner("\(box.project)/\(name)", user: 70_000, group: 70_000)
        try Files.setMode("\(box.project)/\(name)", 0o700)
        let result = try box.roost(["cp", "web:/w/d", "out"])
        #expect(result.exitCode == 1, "\(result.text)")
        #expect(result.errors.contains("\(name.dropFirst(2)) in "), "\(result.text)")
        #expect(!result.text.contains(Self.secret) && !result.text.contains("/proc/"))
      }
    }
  }

  @Test("libraries and name services of the container are not loaded by a copy")
  func libraries() throws {
    try withScene { box, place in
      try box.up(
        "exec", "-T", "web", "sh", "-c",
        "mkdir -p /lib/x86_64-linux-gnu /usr/lib /lib64; for n in libnss_files.so.2 libc.so.6 "
          + "libarchive.so.13 gconv/UTF-16.so; do mkdir -p /lib/x86_64-linux-gnu/gconv; "
          + "echo broken > /lib/x86_64-linux-gnu/$n; done; echo 'passwd: evil' > /etc/nsswitch.conf"
      )
      try box.up("cp", "in", "web:/tmp")
      try box.up("cp", "web:/tmp/in", "back")
      try box.up("stop")
      try box.up("cp", "web:/tmp/in", "again")
      #expect(try Files.readText("\(box.project)/again/f") == "copied")
    }
  }
}
