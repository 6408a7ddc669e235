import Glibc
import Linux
import Model
import State
import TestSupport
import Testing

@testable import Image

@Suite("Builder", .timeLimit(.standard), .needsRoot)
struct BuilderTests {
  @Test("a Dockerfile becomes an image with files, configuration and history")
  func whole() throws {
    let box = try BuildBox()
    try box.write("app/server.js", "console.log(1)")
    try box.write("package.json", "{}")
    let image = try box.build(
      """
      ARG BASE=busybox
      FROM $BASE
      LABEL kind=test
      WORKDIR /srv/app
      COPY package.json ./
      RUN echo made > out.txt && mkdir -p /var/x
      COPY app .
      ENV MODE=production
      EXPOSE 3000
      USER node
      CMD ["node", "server.js"]
      """
    ) { $0.tags = [try Reference("app:1")] }
    #expect(try box.read("srv/app/server.js", in: image) == "console.log(1)")
    #expect(try box.read("srv/app/out.txt", in: image) == "made\n")
    #expect(image.configuration.command == ["node", "server.js"])
    #expect(image.configuration.workingDirectory == "/srv/app")
    #expect(image.references.map(\.familiar) == ["app:1"])
    let rows = box.store.history(of: image)
    #expect(
      rows.map(\.createdBy) == [
        "CMD [\"node\" \"server.js\"]", "USER node", "EXPOSE map[3000/tcp:{}]",
        "ENV MODE=production", "COPY app . # buildkit",
        "RUN /bin/sh -c echo made > out.txt && mkdir -p /var/x # buildkit",
        "COPY package.json ./ # buildkit", "WORKDIR /srv/app", "LABEL kind=test", "",
      ])
    #expect(rows.map(\.size).prefix(7) == [0, 0, 0, 0, 14, 5, 2])
    #expect(rows[0].id == image.id && rows.dropFirst().allSatisfy { $0.id == nil })
    #expect(rows[0].comment == "buildkit.dockerfile.v0")
  }

  @Test("a second build is wholly cached and gives the same image, whatever the times are")
  func cached() throws {
    let box = try BuildBox()
    try box.write("a.txt", "1")
    let text = "FROM busybox\nWORKDIR /w\nCOPY a.txt /a\nRUN cat /a > /b\nCMD [\"x\"]"
    let first = try box.build(text)
    try Files.remove("\(box.files.path)/context/a.txt")
    try box.write("a.txt", "1")
    let progress = RecordingProgress()
    let second = try box.build(text, progress: progress)
    #expect(second.id == first.id)
    #expect(progress.cached.count == 3)
    #expect(box.runner.count == 1)
  }

  @Test("a step that is not cached says why")
  func reasons() throws {
    let box = try BuildBox()
    try box.write("a.txt", "1")
    try box.write("b.txt", "1")
    let text = "FROM busybox\nARG V=1\nCOPY . /in/\nRUN echo $V"
    try box.build(text)
    #expect(box.progress.reasons.allSatisfy { $0 == "it was not built before" })
    try box.write("b.txt", "2")
    let changed = RecordingProgress()
    try box.build(text, progress: changed)
    #expect(changed.reasons == ["the file 'b.txt' changed", "a step before it changed"])
    let argument = RecordingProgress()
    try box.build(text, progress: argument) { $0.arguments = ["V": "2"] }
    #expect(argument.reasons == ["the build argument V changed"])
    let off = RecordingProgress()
    try box.build(text, progress: off) { $0.noCache = true }
    #expect(off.reasons == ["the cache is switched off", "the cache is switched off"])
  }

  @Test("an argument that no ARG declares is named")
  func unusedArguments() throws {
    let box = try BuildBox()
    let progress = RecordingProgress()
    try box.build("ARG A\nFROM busybox AS x\nARG B\nFROM busybox\nARG VERSION", progress: progress)
    {
      $0.arguments = ["A": "1", "B": "1", "VERSOIN": "1", "http_proxy": "1", "VERSION": "1"]
    }
    #expect(
      progress.warnings.map(\.message) == [
        "the build argument VERSOIN has no effect: no ARG declares it"
      ])
    #expect(progress.warnings.first?.hint == "did you mean VERSION?")
  }

  @Test("an excluded file comes back after an exclamation mark")
  func excludedAndBack() throws {
    let box = try BuildBox()
    for name in ["a.md", "b.md", "d/a.md"] { try box.write(name, name) }
    let image = try box.build("FROM scratch\nCOPY --exclude=**/*.md --exclude=!b.md . /x/\n")
    #expect(try box.topLayer(of: image) == ["x", "x/b.md", "x/d"])
  }

  @Test("stages copy from one another, and unused ones are not built")
  func stages() throws {
    let box = try BuildBox()
    let image = try box.build(
      """
      FROM busybox AS builder
      RUN echo tool > /tool && mkdir /d && echo x > /d/x
      FROM busybox AS unused
      RUN exit 1
      FROM scratch
      COPY --from=builder /tool /bin/tool
      COPY --from=0 /d/* /e/
      """)
    #expect(try box.read("bin/tool", in: image) == "tool\n")
    #expect(try box.read("e/x", in: image) == "x\n")
    #expect(image.layers.count == 2)
    #expect(!box.progress.started.contains { $0.contains("exit 1") })
    #expect(
      box.progress.started.first
        == "[builder 2/2] RUN echo tool > /tool && mkdir /d && echo x > /d/x")
  }

  @Test("a target ends the build at its stage")
  func target() throws {
    let box = try BuildBox()
    let image = try box.build(
      "FROM busybox AS one\nENV A=1\nFROM one AS two\nENV A=2\nFROM two\nRUN exit 1"
    ) { $0.target = "two" }
    #expect(image.configuration.variable("A") == "2")
  }

  @Test("arguments have scopes, defaults and predefined names")
  func arguments() throws {
    let box = try BuildBox()
    let image = try box.build(
      """
      ARG TAG=latest UNUSED=1
      FROM busybox:${TAG}
      ARG TAG
      ARG NAME=world
      ARG TARGETARCH
      ENV GREETING="hello $NAME" BASE=$TAG ARCH=$TARGETARCH NOT=$UNUSED
      RUN echo "$NAME $TAG $HTTP_PROXY" > /out
      """
    ) { $0.arguments = ["NAME": "you", "HTTP_PROXY": "http://p"] }
    let configuration = image.configuration
    #expect(configuration.variable("GREETING") == "hello you")
    #expect(configuration.variable("BASE") == "latest")
    #expect(configuration.variable("ARCH") == Platform.host.architecture)
    #expect(configuration.variable("NOT") == "")
    #expect(try box.read("out", in: image) == "you latest http://p\n")
    #expect(configuration.history.last?.createdBy.contains("|3 TAG=latest NAME=you") == true)
    #expect(configuration.history.last?.createdBy.contains("http://p") == false)
  }

  @Test("owners and modes are set by name and by number")
  func owners() throws {
    let box = try BuildBox()
    try box.write("d/f", "1")
    let image = try box.build(
      """
      FROM busybox
      COPY --chown=node d /a
      COPY --chown=7:staff --chmod=u=rwx,go= d/f /b/f
      COPY d/f /c
      COPY --chown=5 d/f /made/dir/
      """)
    let status = { (path: String) in try #require(try box.status(path, in: image)) }
    #expect(try status("a/f").user == 1000 && status("a/f").group == 1001)
    #expect(try status("a").user == 1000)
    #expect(try status("b/f").user == 7 && status("b/f").group == 50)
    #expect(try status("b/f").mode == 0o700)
    #expect(try status("c").user == 0)
    #expect(try status("made/dir").user == 5 && status("made/dir/f").group == 5)
  }

  @Test("sources are files, directories, patterns and here-documents")
  func sources() throws {
    let box = try BuildBox()
    for name in ["a.txt", "b.txt", "c.md", "dir/x", "dir/y.log", "deep/one/k", "deep/two/k"] {
      try box.write(name, name)
    }
    let image = try box.build(
      """
      FROM scratch
      COPY *.txt /t/
      COPY dir /d
      COPY --exclude=*.log dir /e/
      COPY --parents deep/*/k /p/
      COPY --parents deep/./one/k /q/
      COPY <<one <<"two" /h/
      1 $PATH
      one
      2 $PATH
      two
      COPY <<EOF /named
      text
      EOF
      COPY c.md /plain
      COPY --link c.md /linked/
      """)
    #expect(try box.read("t/a.txt", in: image) == "a.txt" && box.read("t/b.txt", in: image) != nil)
    #expect(try box.read("d/y.log", in: image) == "dir/y.log")
    #expect(try box.read("e/x", in: image) == "dir/x" && box.read("e/y.log", in: image) == nil)
    #expect(try box.read("p/deep/two/k", in: image) == "deep/two/k")
    #expect(try box.read("q/one/k", in: image) == "deep/one/k")
    #expect(try box.read("h/one", in: image)?.hasPrefix("1 /usr") == true)
    #expect(try box.read("h/two", in: image) == "2 $PATH\n")
    #expect(try box.read("named", in: image) == "text\n")
    #expect(try box.read("plain", in: image) == "c.md")
    #expect(try box.read("linked/c.md", in: image) == "c.md")
  }

  @Test("what .dockerignore names is not there")
  func ignored() throws {
    let box = try BuildBox()
    for name in ["keep", "drop.log", "node_modules/a", "node_modules/keep/b"] {
      try box.write(name, name)
    }
    try box.write(".dockerignore", "*.log\nnode_modules\n!node_modules/keep\n.dockerignore\n")
    let image = try box.build("FROM scratch\nCOPY . /")
    #expect(
      try box.topLayer(of: image) == [
        "keep", "node_modules", "node_modules/keep", "node_modules/keep/b",
      ])
    // A checksum that nothing is compared with would be a false comfort.
    let unused = #expect(throws: Diagnostic.self) {
      try box.build("FROM scratch\nADD --checksum=sha256:00 keep.txt /")
    }
    #expect(unused?.message.contains("--checksum") == true)
    let error = #expect(throws: Diagnostic.self) { try box.build("FROM scratch\nCOPY drop.log /") }
    #expect(error?.location?.line == 2 && error?.excerpt == "COPY drop.log /")
  }

  @Test("ADD unpacks archives, COPY does not")
  func archives() throws {
    let box = try BuildBox()
    try box.files.write("inner/dir/file", "content")
    let tar = try box.files.tar("\(box.files.path)/inner", options: ["--gzip"])
    try Files.rename(tar, "\(box.files.path)/context/a.tgz")
    try box.write("plain.txt", "not an archive")
    let image = try box.build("FROM scratch\nADD a.tgz /x/\nCOPY a.tgz /y/\nADD plain.txt /z/")
    #expect(try box.read("x/dir/file", in: image) == "content")
    #expect(try box.status("y/a.tgz", in: image)?.kind == .regular)
    #expect(try box.read("z/plain.txt", in: image) == "not an archive")
  }

  @Test("a link in the context never leads out of it")
  func contextLinks() throws {
    let box = try BuildBox()
    try box.files.write("secret", "secret")
    try Files.link("\(box.files.path)/context/up", to: "../secret")
    try Files.link("\(box.files.path)/context/abs", to: "\(box.files.path)/secret")
    for name in ["up", "abs", "../secret"] {
      #expect(throws: Diagnostic.self) { try box.build("FROM scratch\nCOPY \(name) /x") }
    }
    let image = try box.build("FROM scratch\nCOPY . /")
    #expect(try box.status("up", in: image)?.kind == .symbolicLink)
  }

  @Test("RUN mounts the context, caches, secrets and memory, and none of it stays")
  func mounts() throws {
    let box = try BuildBox()
    try box.write("in/data", "data")
    let text = """
      FROM busybox AS other
      RUN echo other > /o
      FROM busybox
      RUN --mount=type=bind,source=in,target=/in \\
          --mount=type=bind,from=other,target=/other \\
          --mount=type=cache,target=/cache --mount=type=tmpfs,target=/mem \\
          --mount=type=secret,id=token --mount=type=secret,id=token,env=TOKEN \\
          cat /in/data /run/secrets/token /other/o > /out; echo $TOKEN >> /out; \\
          ls /cache >> /out; touch /cache/seen /mem/x
      """
    let secret = { (request: inout BuildRequest) in request.secrets = ["token": .value("s3cret")] }
    let image = try box.build(text, secret)
    #expect(try box.read("out", in: image) == "datas3cretother\ns3cret\n")
    let second = try box.build(text) { request in
      secret(&request)
      request.noCache = true
    }
    #expect(try box.read("out", in: second)?.hasSuffix("seen\n") == true)
    #expect(throws: Diagnostic.self) {
      try box.build("FROM busybox\nRUN --mount=type=secret,id=none,required true")
    }
  }

  @Test("a here-document with an interpreter is run by it")
  func script() throws {
    let box = try BuildBox()
    let image = try box.build(
      "FROM busybox\nRUN <<EOF\necho one > /a\necho $((1+1)) > /b\nEOF\nRUN <<S\n#!/bin/sh\necho $0 > /c\nS"
    )
    #expect(try box.read("b", in: image) == "2\n")
    #expect(try box.read("c", in: image) == "/dev/pipes/S\n")
  }

  @Test("a failing command shows its line, its status and its last output")
  func failure() throws {
    let box = try BuildBox()
    let error = try #require(throws: Diagnostic.self) {
      try box.build("FROM busybox\n\nRUN echo first; echo second; exit 3\n")
    }
    #expect(error.message.contains("exit status 3"))
    #expect(error.location == SourceLocation(file: "Dockerfile", line: 3, column: 1))
    #expect(error.rendered().contains("3 | RUN echo first"))
    #expect(error.notes.map(\.message) == ["its output: first", "its output: second"])
    #expect(try Files.list(box.store.layout.layers).filter { $0.hasPrefix(".work") }.isEmpty)
  }

  @Test("a missing source or base image names its line and what was meant")
  func missing() throws {
    let box = try BuildBox()
    try box.write("package.json", "{}")
    let source = try #require(throws: Diagnostic.self) {
      try box.build("FROM busybox\nCOPY pakage.json /\n")
    }
    #expect(source.hint == "did you mean 'package.json'?")
    #expect(source.location == SourceLocation(file: "Dockerfile", line: 2, column: 6))
    let base = try #require(throws: Diagnostic.self) { try box.build("FROM nosuch:1\n") }
    #expect(base.location == SourceLocation(file: "Dockerfile", line: 1, column: 6))
    let remote = try #require(throws: Diagnostic.self) {
      try box.build("FROM busybox\nADD https://example.com/x /x\n")
    }
    #expect(remote.message == "nothing can be fetched here: https://example.com/x")
    #expect(remote.location == SourceLocation(file: "Dockerfile", line: 2, column: 5))
  }

  @Test("triggers of the base image run first and only once")
  func triggers() throws {
    let box = try BuildBox()
    try box.write("f", "1")
    try box.build("FROM busybox\nONBUILD COPY f /trigger") { $0.tags = [try Reference("base")] }
    let image = try box.build("FROM base\nRUN test -f /trigger") {
      $0.tags = [try Reference("child")]
    }
    #expect(try box.read("trigger", in: image) == "1")
    #expect(image.configuration.onBuild.isEmpty)
    try Files.remove("\(box.files.path)/context/f")
    try box.build("FROM child\nENV A=1")
  }

  @Test("a step that deletes hides what is below")
  func deletes() throws {
    let box = try BuildBox()
    let image = try box.build("FROM busybox\nRUN rm /etc/group && rm -r /root && mkdir /root")
    let top = try box.store.lowerDirectories(of: image)[0]
    #expect(try Files.status("\(top)/etc/group", followLinks: false).kind == .characterDevice)
    // The packed blob says the same as the directory that became the layer.
    let list = try box.files.run(
      "tar", ["tf", box.store.blobPath(image.layers[1].blob.digest)])
    #expect(list.contains("etc/.wh.group"))
    try Files.removeTree(box.store.layerPath(image.layers[1].chainID))
    let again = try box.store.lowerDirectories(of: image)[0]
    #expect(try Files.status("\(again)/etc/group", followLinks: false).kind == .characterDevice)
  }

  @Test("a step that writes nothing makes no layer")
  func empty() throws {
    let box = try BuildBox()
    let image = try box.build("FROM busybox\nWORKDIR /tmp\nRUN true")
    #expect(image.layers.count == 1)
    #expect(image.configuration.history.suffix(2).allSatisfy { $0.isEmptyLayer })
  }

  @Test("with SOURCE_DATE_EPOCH two builds give the same digest")
  func reproducible() throws {
    var digests: Set<Digest> = []
    for _ in 0..<2 {
      let box = try BuildBox()
      try box.write("f", "1")
      let image = try box.build(
        "FROM scratch AS s\nCOPY f /f\nFROM scratch\nCOPY --from=s / /x/\nENV A=1"
      ) { $0.sourceDateEpoch = 1_700_000_000 }
      digests.insert(image.manifestDigest)
    }
    #expect(digests.count == 1)
  }

  @Test("a cancelled build ends with a message and leaves nothing half-made")
  func cancelled() throws {
    let box = try BuildBox()
    let cancellation = BuildCancellation()
    cancellation.cancel()
    let request = BuildRequest(
      context: "\(box.files.path)/context",
      dockerfile: .text("FROM busybox\nRUN true", name: "Dockerfile"))
    let error = #expect(throws: Diagnostic.self) {
      try Builder(store: box.store, runner: box.runner, progress: box.progress)
        .build(request, cancellation: cancellation)
    }
    #expect(error?.message == "the build was cancelled")
    #expect(try Files.list(box.store.layout.layers).filter { $0.hasPrefix(".work") }.isEmpty)
  }
}
