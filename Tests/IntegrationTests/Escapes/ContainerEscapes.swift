import Glibc
import Linux
import TestSupport
import Testing

/// Services that change their own files against what is done with them from outside.
@Suite("Escapes from running services", .timeLimit(.standard), .needsRoot, .serialized)
struct ContainerEscapes {
  private static let secret = "not for containers"

  private func withScene(_ body: (Sandbox, _ place: String) throws -> Void) throws {
    try Sandbox.with { box in
      try box.importBusybox()
      let place = "\(box.directory)/machine"
      try Files.makeDirectories("\(place)/inner")
      try Files.write("\(place)/secret", Self.secret)
      try body(box, place)
      #expect(try Files.list(place) == ["inner", "secret"])
    }
  }

  @Test("a service that restarts itself with a link for its directory never runs outside")
  func restart() throws {
    try withScene { box, _ in
      let services = (3..<16).map { number in
        """
          s\(number):
            image: busybox
            working_dir: /app
            restart: on-failure:3
            volumes: ["v:/data", "w:/other"]
            command:
              - sh
              - -c
              - |
                if [ -d /app2 ]; then pwd -P; ls -A . .. ../..; exit 0; fi
                mv /app /app2; ln -s /proc/self/fd/\(number)/../.. /app; exit 1
        """
      }.joined(separator: "\n")
      try box.compose("services:\n\(services)\nvolumes: {v: {}, w: {}}\n")
      try box.up("up", "-d")
      try #require(
        try eventually {
          try box.up("ps", "-q", "--status", "running", "--status", "restarting").output.isEmpty
        })
      let logs = try box.up("logs", "--no-log-prefix").output
      #expect(!logs.contains("_data") && !logs.contains("volumes"), "\(logs)")
    }
  }

  @Test("a neighbour that swaps a subpath for a link is refused at the next start")
  func subpath() throws {
    try withScene { box, place in
      try box.compose(
        """
        services:
          first:
            image: busybox
            command: sleep 600
            volumes: ["v:/v"]
          second:
            image: busybox
            command: sh -c "ls -A /m; sleep 600"
            stop_signal: SIGKILL
            volumes:
              - {type: volume, source: v, target: /m, volume: {subpath: sub}}
          third:
            image: busybox
            command: sh -c "ls -A /m; sleep 600"
            stop_signal: SIGKILL
            volumes_from: [second]
        volumes: {v: {}}
        """)
      try box.up("up", "-d", "first")
      try box.up("exec", "-T", "first", "mkdir", "/v/sub")
      try box.up("exec", "-T", "first", "touch", "/v/sub/mine", "/v/other")
      try box.up("up", "-d", "second", "third")
      #expect(try box.up("exec", "-T", "third", "ls", "-A", "/m").output == "mine\n")
      for link in [place, "../../../../../../..\(place)", "/etc", "/proc/self/fd/9", ".."] {
        try box.up("exec", "-T", "first", "sh", "-c", "rm -rf /v/sub; ln -s \(link) /v/sub")
        let result = try box.roost(["restart", "-t", "0", "second"])
        #expect(result.exitCode != 0, "\(link): \(result.text)")
        #expect(result.errors.contains("/m"), "\(link): \(result.text)")
      }
      try box.up("exec", "-T", "first", "sh", "-c", "rm -rf /v/sub; mkdir /v/sub")
      try box.up("restart", "-t", "0", "second")
      let logs = try box.up("logs", "--no-log-prefix", "second").output
      #expect(!logs.contains("secret") && !logs.contains("passwd"), "\(logs)")
    }
  }

  @Test("files that roost reads where containers write are neither links out nor waited for")
  func readFiles() throws {
    try withScene { box, place in
      try Files.write("\(place)/secret", "WORD=\(Self.secret)\n")
      try Files.makeDirectories("\(box.project)/w")
      let service =
        "services:\n  first:\n    image: busybox\n    command: env\n    volumes: [\"./w:/w\"]\n"
      let secret = "secrets: {s: {file: ./w/f}}\n"
      let uses = [
        "    env_file: ./w/f\n", "    label_file: ./w/f\n", "    secrets: [s]\n\(secret)",
        """
            build:
              context: .
              secrets: [s]
              dockerfile_inline: |
                FROM busybox
                RUN --mount=type=secret,id=s cat /run/secrets/s
        \(secret)
        """,
        "    security_opt: [\"seccomp:./w/f\"]\n",
      ]
      for make in [
        "ln -s \(place)/secret f", "ln -s ../../machine/secret f", "mkfifo f", "mknod f c 1 5",
        "truncate -s 1T f",
      ] {
        try Sandbox.check(["sh", "-c", "cd \(box.project)/w && rm -f f && \(make)"])
        // A secret is bound as it is, so that its size is nobody's concern.
        for use in uses where !(make.hasPrefix("truncate") && use.hasPrefix("    secrets")) {
          try box.compose(service + use)
          let result = try box.roost(["up", "--build"])
          #expect(result.exitCode != 0, "\(make), \(use): \(result.text)")
          // What could be made stays, and would be started the next time.
          try box.up("down")
          #expect(!result.text.contains(Self.secret), "\(make), \(use): \(result.text)")
        }
      }
    }
  }

  @Test("a service that is started alone is kept from links that another one made")
  func startedAlone() throws {
    try withScene { box, place in
      try box.compose(
        """
        services:
          first:
            image: busybox
            command: sleep 600
            volumes: ["./w:/w"]
          bind:
            image: busybox
            command: cat /m/secret
            volumes: ["./w/d:/m"]
          file:
            image: busybox
            command: cat /run/secrets/s
            secrets: [s]
          volume:
            image: busybox
            command: cat /m/secret
            volumes: ["v:/m"]
        secrets: {s: {file: ./w/f}}
        volumes: {v: {driver_opts: {type: none, o: bind, device: "\(box.project)/w/d"}}}
        """)
      try Files.makeDirectories("\(box.project)/w/d")
      try box.write("w/f", "mine")
      try box.up("up", "-d")
      let swap =
        "cd /w; rm -rf d f; ln -s \(place) d; ln -s \(place)/secret f; "
        + "ln -s \(place)/new .filling"
      try box.up("exec", "-T", "first", "sh", "-c", swap)
      for service in ["bind", "file", "volume"] {
        for command in [["restart"], ["up", "--force-recreate"], ["run", "--rm", "-T"]] {
          let result = try box.roost(command + [service])
          let logs = try box.roost(["logs", service])
          #expect(!(result.text + logs.text).contains(Self.secret), "\(command): \(result.text)")
          #expect(result.exitCode != 0, "\(command) \(service): \(result.text)")
        }
      }
    }
  }

  @Test("a service that spoils the env file of another cannot keep itself from being stopped")
  func spoiltFile() throws {
    try withScene { box, place in
      try box.write("w/f", "A=1\n")
      try box.compose(
        """
        services:
          first:
            image: busybox
            command: sleep 600
            stop_signal: SIGKILL
            volumes: ["./w:/w"]
          second: {image: busybox, command: "true", env_file: ./w/f, label_file: ./w/f}
        """)
      try box.up("up", "-d")
      try box.up("exec", "-T", "first", "ln", "-sf", "\(place)/secret", "/w/f")
      #expect(try box.roost(["up", "-d"]).exitCode != 0)
      #expect(try box.up("ps", "-q", "first").output.count > 8)
      try box.up("logs", "first")
      try box.up("exec", "-T", "first", "true")
      try box.up("kill", "first")
      try box.up("rm", "-f", "first")
      try box.up("down")
      #expect(try box.up("ps", "-aq").output == "")
    }
  }

  @Test("a container and a volume with names that are not text are removed")
  func names() throws {
    try withScene { box, _ in
      try box.compose(
        """
        services:
          it:
            image: busybox
            stop_signal: SIGKILL
            volumes: ["v:/v"]
            command:
              - sh
              - -c
              - |
                n=$$(printf '\\377%.0s' $$(seq 255))
                for d in /v /d; do
                  mkdir -p $$d/$$n; touch $$d/$$n/$$(printf '\\351'); ln -s x $$d/$$(printf '\\377')
                done
                touch /ready; sleep 600
        volumes: {v: {}}
        """)
      try box.up("up", "-d")
      try #require(
        try eventually { try box.roost(["exec", "-T", "it", "ls", "/ready"]).exitCode == 0 })
      try box.up("container", "diff", "stack-it-1")
      try box.up("down", "-v")
      #expect(try Files.listIfPresent("\(box.root)/volumes") == [])
      #expect(try Files.listIfPresent("\(box.root)/containers") == [])
    }
  }

  @Test("probes, hooks and commands begin inside, whatever the container made of their directory")
  func probes() throws {
    try withScene { box, _ in
      try box.compose(
        """
        services:
          it:
            image: busybox
            working_dir: /app
            volumes: ["v:/data"]
            command: >
              sh -c 'mv /app /app2; ln -s /proc/self/fd/5/../../.. /app; touch /ready; sleep 600'
            healthcheck:
              test: "pwd -P > /seen; ls -A .. >> /seen"
              interval: 1s
              retries: 1
        volumes: {v: {}}
        """)
      try box.up("up", "-d")
      try #require(
        try eventually {
          try box.roost(["exec", "-T", "-w", "/", "it", "ls", "/ready"]).exitCode == 0
        })
      for number in 3..<16 {
        let result = try box.roost(
          ["exec", "-T", "-w", "/proc/self/fd/\(number)/..", "it", "sh", "-c", "pwd -P; ls -A"])
        #expect(result.exitCode != 0 && result.output.isEmpty, "\(result.text)")
      }
      let own = try box.roost(["exec", "-T", "it", "ls", "-A", ".."])
      #expect(own.exitCode != 0 && own.errors.contains("working directory"), "\(own.text)")
      try #require(
        try eventually {
          try box.up("ps", "--format", "{{.Health}}").output.contains("unhealthy")
        })
      #expect(try box.roost(["exec", "-T", "-w", "/", "it", "cat", "/seen"]).exitCode != 0)
    }
  }

  @Test(
    "diff, commit and export of a container that swaps directories for links (CVE-2018-15664, 2019-14271)"
  )
  func copiesOut() throws {
    try withScene { box, place in
      let up = "../../../../../../../.."
      try box.up(
        "container", "run", "-d", "--name", "it", "busybox", "sh", "-c",
        """
        mkdir -p /d/inner /w; echo own > /d/secret; mkdir /lib; echo broken > /lib/libnss_files.so.2
        while true; do mv /d /e; ln -s \(place) /d; rm /d; ln -s \(up)\(place) /d; rm /d; mv /e /d
        done
        """)
      let end = Clock.monotonicNanoseconds() + 6_000_000_000
      var count = 0
      while Clock.monotonicNanoseconds() < end {
        count += 1
        // What moves away while it is read may be missing, or make the command fail.
        _ = try box.roost(["container", "diff", "it"])
        _ = try box.roost(["container", "export", "-o", "\(box.directory)/out.tar", "it"])
        let bytes = (try? Files.read("\(box.directory)/out.tar")) ?? []
        #expect(!String(decoding: bytes, as: UTF8.self).contains(Self.secret))
        if count == 1 { _ = try box.roost(["container", "commit", "--pause=false", "it", "made"]) }
      }
      try box.up("container", "rm", "-f", "it")
      let files = try box.roost([
        "container", "run", "--rm", "made", "cat", "/d/secret", "/e/secret",
      ])
      #expect(!files.text.contains(Self.secret), "\(files.text)")
    }
  }
}
