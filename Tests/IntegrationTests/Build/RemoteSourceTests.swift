import Glibc
import Linux
import Model
import TestSupport
import Testing

/// ADD from the web and from git, and contexts that are elsewhere, through the real program.
@Suite("Sources elsewhere", .timeLimit(.standard), .needsRoot)
struct RemoteSourceTests {
  private func with(_ body: (Sandbox, WebServer) throws -> Void) throws {
    try Sandbox.with { box in
      let server = try WebServer(box)
      try withExtendedLifetime(server) { try body(box, server) }
    }
  }

  /// Builds, and returns the lines of the image's files.
  private func build(
    _ box: Sandbox, _ dockerfile: String, _ arguments: [String] = []
  ) throws -> Set<String> {
    try box.write("Dockerfile", "FROM scratch\n\(dockerfile)\n")
    try box.roost(["--progress", "plain", "image", "build", "-t", "made"] + arguments + ["."])
      .requireSuccess()
    return try files(of: "made", box)
  }

  private func files(of image: String, _ box: Sandbox) throws -> Set<String> {
    let answer = try box.roost(["image", "inspect", image])
    let json = try #require(try JSON.parse(answer.output).arrayValue?.first, "\(answer.text)")
    let data = try #require(json["GraphDriver"]?["Data"])
    let layers = ["UpperDir", "LowerDir"].flatMap { key in
      (data[key]?.stringValue ?? "").split(separator: ":").map(String.init)
    }
    return try TreeSnapshot(merging: layers).lines
  }

  private func refusal(_ box: Sandbox, _ dockerfile: String) throws -> String {
    try box.write("Dockerfile", "FROM scratch\n\(dockerfile)\n")
    let result = try box.roost(["image", "build", "."])
    #expect(result.exitCode == 17, "\(result.text)")
    #expect(result.errors.contains("Dockerfile:2"), "\(result.text)")
    #expect(try box.up("image", "ls", "-q").output == "")
    #expect(try Files.listIfPresent("\(box.root)/layers") == [])
    return result.errors
  }

  @Test("a file is fetched, through redirections, and then cached by its content")
  func web() throws {
    try with { box, server in
      try server.write("dir/file.txt", "hello")
      try Sandbox.check(["touch", "-d", "2001-02-03", "\(server.directory)/dir/file.txt"])
      let step = "ADD \(server.base)/to/dir/file.txt /new/"
      let lines = try build(box, step)
      #expect(lines.contains(#"/new/file.txt file 600 0:0 "hello""#), "\(lines)")
      #expect(server.requests == ["GET /to/dir/file.txt", "GET /dir/file.txt"])
      let again = try box.up("--progress", "plain", "image", "build", ".")
      #expect(again.text.contains("CACHED"), "\(again.text)")
      try server.write("dir/file.txt", "other")
      let changed = try box.up("--progress", "plain", "image", "build", ".")
      #expect(changed.text.contains("the content of \(server.base)/to/dir/file.txt changed"))
    }
  }

  @Test("what cannot be fetched is named with its line, and leaves nothing")
  func refusals() throws {
    try with { box, server in
      try server.write("file.txt", "hello")
      let missing = try refusal(box, "ADD \(server.base)/nosuch /x")
      #expect(missing.contains("answers with status 404"), "\(missing)")
      let digest = String(repeating: "0", count: 64)
      let wrong = try refusal(box, "ADD --checksum=sha256:\(digest) \(server.base)/file.txt /x")
      #expect(wrong.contains("wrong checksum"), "\(wrong)")
      let unknown = try refusal(box, "ADD http://nosuch.invalid/x /x")
      #expect(unknown.contains("cannot fetch http://nosuch.invalid/x"), "\(unknown)")
      for path in ["file:///etc/passwd", "/etc/passwd.git#main"] {
        #expect(try refusal(box, "ADD \(path) /x").contains("is not in the build context"))
      }
      let repository = try refusal(box, "ADD \(server.base)/nosuch.git /x")
      #expect(repository.contains("cannot read the repository"), "\(repository)")
    }
  }

  private static let history = """
    mkdir -p sub/deep; echo one > file; echo s > sub/inner; echo '#!/bin/sh' > sub/deep/run
    chmod 755 sub/deep/run; ln -s /etc/passwd link; git add .; git commit -qm one; git tag v1
    git tag -a -m annotated v1a; echo two > file; git commit -qam two
    git checkout -qb side; echo side > file; git commit -qam side; git checkout -q main
    """

  @Test(
    "a repository comes with its files, by branch, tag, commit or none", arguments: [true, false])
  func repository(isSmart: Bool) throws {
    try with { box, server in
      try server.repository("app", Self.history)
      let address = "\(server.base)\(isSmart ? "/smart" : "")/app.git"
      let first = try server.commit("app", "v1")
      let second = try server.commit("app", "main")
      let expected = [
        "": "two", "#side": "side", "#v1": "one", "#v1a": "one", "#\(first)": "one",
        "#refs/heads/main": "two", "?tag=v1": "one", "?branch=side&checksum=": "",
      ]
      for (suffix, content) in expected where !content.isEmpty {
        let lines = try build(box, "ADD \(address)\(suffix) /src")
        #expect(lines.contains("/src/file file 644 0:0 \"\(content)\\n\""), "\(suffix): \(lines)")
        #expect(lines.contains(#"/src/sub/deep/run file 755 0:0 "# + "\"#!/bin/sh\\n\""))
        #expect(lines.contains("/src/link link 777 0:0 -> /etc/passwd"), "\(lines)")
        #expect(!lines.contains { $0.contains(".git") }, "\(lines)")
      }
      let sub = try build(box, "ADD --chown=7:8 --exclude=deep \(address)#main:sub /")
      #expect(sub.contains("/inner file 644 7:8 \"s\\n\""), "\(sub)")
      #expect(!sub.contains { $0.contains("deep") }, "\(sub)")
      let kept = try build(box, "ADD --keep-git-dir=true --checksum=\(second) \(address) /src")
      #expect(kept.contains { $0.hasPrefix("/src/.git/HEAD file") }, "\(kept)")
    }
  }

  @Test("a repository that is not what was asked for is refused")
  func wrongRepository() throws {
    try with { box, server in
      try server.repository("app", Self.history + "\nln -s / out; git add .; git commit -qm out")
      let address = "\(server.base)/smart/app.git"
      let first = try server.commit("app", "v1")
      let wrong = try refusal(box, "ADD --checksum=\(first) \(address) /src")
      #expect(wrong.contains("is at the commit"), "\(wrong)")
      #expect(try refusal(box, "ADD \(address)#nosuch /src").contains("no branch or tag 'nosuch'"))
      #expect(try refusal(box, "ADD \(address)#main:nosuch /src").contains("no directory"))
      #expect(try refusal(box, "ADD \(address)#main:out/etc /src").contains("no directory"))
    }
  }

  @Test("a commit that did not move is not fetched again, one that did is")
  func cachedRepository() throws {
    try with { box, server in
      try server.repository("app", Self.history)
      try box.write("Dockerfile", "FROM scratch\nADD \(server.base)/smart/app.git /src\n")
      try box.up("--progress", "plain", "image", "build", ".")
      let count = server.requests.count { $0.hasPrefix("POST") }
      let again = try box.up("--progress", "plain", "image", "build", ".")
      #expect(again.text.contains("CACHED"), "\(again.text)")
      // To list the names is one question, at most two by the protocol.
      #expect(server.requests.count { $0.hasPrefix("POST") } <= count + 1)
      try server.repository("app", "echo three > file; git add .; git commit -qm three")
      let moved = try box.up("--progress", "plain", "image", "build", ".")
      #expect(moved.text.contains("the commit of"), "\(moved.text)")
    }
  }

  @Test("neither hooks nor settings of a repository or of the user run anything")
  func hooks() throws {
    try with { box, server in
      let mark = "\(box.directory)/ran"
      try server.repository(
        "evil",
        """
        mkdir -p .githooks; printf '#!/bin/sh\\ntouch \(mark)\\n' > .githooks/post-checkout
        chmod 755 .githooks/post-checkout; printf '* filter=x\\n' > .gitattributes
        printf '[core]\\n\\thooksPath = .githooks\\n\\tfsmonitor = touch \(mark)\\n' > .gitconfig
        printf '[submodule "x"]\\n\\tpath = x\\n\\turl = \(box.directory)/web/.tree-evil\\n' > .gitmodules
        git add .; git commit -qm one
        """)
      try box.write("home/.gitconfig", "[filter \"x\"]\n\tsmudge = touch \(mark)\n")
      try box.write("Dockerfile", "FROM scratch\nADD \(server.base)/evil.git /src\n")
      let result = try box.roost(
        ["image", "build", "."], environment: ["HOME=\(box.project)/home"])
      #expect(result.exitCode == 0, "\(result.text)")
      #expect(!Files.exists(mark))
    }
  }

  @Test("git@ goes through ssh, git:// to git's own server")
  func otherProtocols() throws {
    try with { box, server in
      try server.repository("app", Self.history)
      try box.write(
        "bin/ssh",
        """
        #!/bin/sh
        echo "$@" >> \(box.directory)/ssh.log
        for last; do :; done
        eval "exec $last"
        """, mode: 0o755)
      let path = "PATH=\(box.project)/bin:/usr/sbin:/usr/bin:/sbin:/bin"
      try box.write(
        "Dockerfile", "FROM scratch\nADD git@host:\(server.directory)/app.git#side /src\n")
      let build = ["image", "build", "-t", "made", "."]
      let result = try box.inside(
        ["env", path, "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory"]
          + ["GIT_CONFIG_VALUE_0=*"] + box.program + build)
      #expect(result.exitCode == 0, "\(result.text)")
      #expect(try files(of: "made", box).contains("/src/file file 644 0:0 \"side\\n\""))
      let log = try Files.readText("\(box.directory)/ssh.log")
      #expect(log.contains("-o BatchMode=yes") && log.contains("git@host"), "\(log)")
      try box.up("image", "rm", "made")

      let daemon = try CommandRun(
        box.onHost + ["git", "daemon", "--export-all"]
          + ["--reuseaddr", "--listen=127.0.0.1", "--base-path=\(server.directory)"])
      defer {
        daemon.signal(SIGKILL)
        _ = try? daemon.wait()
      }
      try box.write("Dockerfile", "FROM scratch\nADD git://127.0.0.1/app.git#v1 /src\n")
      let isUp = try eventually { try box.roost(build).exitCode == 0 }
      #expect(isUp)
      #expect(try files(of: "made", box).contains("/src/file file 644 0:0 \"one\\n\""))
    }
  }

  @Test("without git a repository is refused with what to install, and nothing asks for a password")
  func missing() throws {
    try with { box, server in
      try box.write("Dockerfile", "FROM scratch\nADD \(server.base)/app.git /src\n")
      let without = try box.inside(
        ["env", "PATH=/nosuch"] + box.program + ["image", "build", "."])
      #expect(without.exitCode == 17, "\(without.text)")
      #expect(without.errors.contains("git is not installed"), "\(without.text)")
      try box.write("Dockerfile", "FROM scratch\nADD \(server.base)/secret.git /src\n")
      let secret = try box.roost(["image", "build", "."])
      #expect(secret.exitCode == 17, "\(secret.text)")
      #expect(secret.errors.contains("not open to everybody"), "\(secret.text)")
    }
  }

  @Test("submodules come along, but none from files of this machine")
  func submodules() throws {
    try with { box, server in
      try server.repository("lib", "echo lib > lib.txt; git add .; git commit -qm lib")
      let commit = try server.commit("lib", "main")
      let module = { (url: String) in
        """
        printf '[submodule "lib"]\\n\\tpath = lib\\n\\turl = \(url)\\n' > .gitmodules
        git add .; git update-index --add --cacheinfo 160000,\(commit),lib; git commit -qm app
        """
      }
      try server.repository("app", module("\(server.base)/lib.git"))
      let lines = try build(box, "ADD \(server.base)/app.git /src")
      #expect(lines.contains("/src/lib/lib.txt file 644 0:0 \"lib\\n\""), "\(lines)")
      let without = try build(box, "ADD \(server.base)/app.git?submodules=false /src")
      #expect(!without.contains { $0.contains("lib.txt") }, "\(without)")
      try box.up("image", "rm", "made")
      try server.repository("bad", module("\(server.directory)/lib.git"))
      try box.write("Dockerfile", "FROM scratch\nADD \(server.base)/bad.git /src\n")
      let result = try box.roost(["image", "build", "."])
      #expect(result.exitCode == 17, "\(result.text)")
      #expect(result.errors.contains("submodules"), "\(result.text)")
    }
  }

  // MARK: - Contexts

  @Test("a build context may be a repository, a tar or a Dockerfile elsewhere")
  func contexts() throws {
    try with { box, server in
      try server.repository(
        "app",
        """
        mkdir dir; printf 'FROM scratch\\nCOPY . /all/\\n' > dir/Dockerfile
        echo skip > dir/.dockerignore; echo x > dir/skip; echo y > dir/kept
        git add .; git commit -qm one
        """)
      try box.up("image", "build", "-t", "git", "\(server.base)/app.git#main:dir")
      let fromGit = try files(of: "git", box)
      #expect(fromGit.contains("/all/kept file 644 0:0 \"y\\n\""), "\(fromGit)")
      #expect(!fromGit.contains { $0.contains("/skip") }, "\(fromGit)")
      let tree = "\(server.directory)/.tree-app/dir"
      try Sandbox.check(["tar", "-C", tree, "-czf", "\(server.directory)/c.tar.gz", "."])
      try box.up("image", "build", "-t", "tar", "\(server.base)/c.tar.gz")
      #expect(try files(of: "tar", box).contains("/all/kept file 644 0:0 \"y\\n\""))
      try server.write("Dockerfile", "FROM scratch\nLABEL a=b\nCOPY --from=other kept /k\n")
      try box.up(
        "image", "build", "-t", "file", "--build-context", "other=\(server.base)/app.git#:dir",
        "\(server.base)/Dockerfile")
      #expect(try files(of: "file", box).contains("/k file 644 0:0 \"y\\n\""))
      try box.compose(
        """
        services:
          app:
            build:
              context: \(server.base)/app.git#main:dir
              additional_contexts: [other=\(server.base)/c.tar.gz]
              dockerfile_inline: |
                FROM scratch
                COPY kept /a
                COPY --from=other kept /b
        """)
      try box.up("build")
      let composed = try files(of: "stack-app", box)
      #expect(composed.contains("/a file 644 0:0 \"y\\n\""), "\(composed)")
      #expect(composed.contains("/b file 644 0:0 \"y\\n\""), "\(composed)")
    }
  }

  @Test("a Dockerfile or a tar may come from standard input")
  func standardInput() throws {
    try Sandbox.with { box in
      let dockerfile = "FROM scratch\nCOPY . /all/\nCOPY <<EOF /text\nhere\nEOF\n"
      let alone = try box.roost(["image", "build", "-t", "alone", "-"], input: dockerfile)
      #expect(alone.exitCode == 0, "\(alone.text)")
      #expect(try files(of: "alone", box).contains("/text file 644 0:0 \"here\\n\""))
      try box.write("tree/Dockerfile", dockerfile)
      try box.write("tree/kept", "k")
      let roost = box.program.joined(separator: " ")
      let piped = try box.inside(
        ["sh", "-c", "tar -C tree -czf - . | \(roost) image build -t tar -"])
      #expect(piped.exitCode == 0, "\(piped.text)")
      #expect(try files(of: "tar", box).contains(#"/all/kept file 644 0:0 "k""#))
      let both = try box.roost(["image", "build", "-f", "-", "-"], input: dockerfile)
      #expect(both.exitCode == 1 && both.errors.contains("cannot both"), "\(both.text)")
      let empty = try box.roost(["image", "build", "-"])
      #expect(empty.exitCode == 17 && empty.errors.contains("no FROM"), "\(empty.text)")
    }
  }

  @Test("a context from elsewhere shows no file of this machine")
  func hostileContexts() throws {
    try with { box, server in
      try server.repository(
        "evil",
        """
        ln -s /etc/passwd Dockerfile; mkdir d; printf 'FROM scratch\\nCOPY x /x\\n' > d/Dockerfile
        ln -s /etc/passwd d/x; ln -s /etc/passwd d/.dockerignore; git add .; git commit -qm one
        """)
      for suffix in ["", "#:d"] {
        let result = try box.roost(["image", "build", "\(server.base)/evil.git\(suffix)"])
        #expect(result.exitCode == 17, "\(result.text)")
        #expect(result.errors.contains("leads out of it"), "\(result.text)")
        #expect(!result.errors.contains("root:"), "\(result.text)")
      }
      try server.repository("evil", "rm d/.dockerignore; git add .; git commit -qm two")
      let inside = try box.roost(["image", "build", "\(server.base)/evil.git#:d"])
      #expect(inside.exitCode == 17, "\(inside.text)")
      #expect(inside.errors.contains("'x' is not in the build context"), "\(inside.text)")
    }
  }
}

extension Sandbox.Result {
  fileprivate func requireSuccess() throws { try #require(exitCode == 0, "\(text)") }
}
