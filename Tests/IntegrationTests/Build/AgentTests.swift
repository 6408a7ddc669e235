import Glibc
import Linux
import Model
import TestSupport
import Testing

/// SSH agents that builds are given.
@Suite("SSH agents of builds", .timeLimit(.standard), .needsRoot)
struct AgentTests {
  /// A program that listens as an agent would.
  private static let agent = """
    import socket, sys
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(sys.argv[1])
    listener.listen(5)
    print("ready", flush=True)
    while True: listener.accept()
    """

  private func with(_ body: (Sandbox, String) throws -> Void) throws {
    try Sandbox.with { box in
      defer { _ = try? box.roost(["network", "rm", "bridge"]) }
      try box.importBusybox()
      let socket = "\(box.directory)/agent"
      let run = try CommandRun(["python3", "-c", Self.agent, socket])
      defer {
        run.signal(SIGKILL)
        _ = try? run.wait()
      }
      let isReady = eventually { run.output.contains("ready") }
      try #require(isReady, "\(run.errors)")
      try body(box, socket)
    }
  }

  private static let dockerfile = """
    FROM busybox
    RUN --mount=type=ssh test -S "$SSH_AUTH_SOCK" && stat -c 'inode %i' "$SSH_AUTH_SOCK"
    RUN --mount=type=ssh,id=other,required,target=/s test -S /s
    RUN test -z "$SSH_AUTH_SOCK" && ! test -e /s

    """

  @Test("RUN reaches the agents that --ssh names, and the image keeps nothing of them")
  func option() throws {
    try with { box, socket in
      try box.write("Dockerfile", Self.dockerfile)
      let result = try box.roost(
        [
          "--progress", "plain", "image", "build", "--ssh", "default", "--ssh", "other=\(socket)",
          "-t", "made", ".",
        ],
        environment: ["SSH_AUTH_SOCK=\(socket)"])
      #expect(result.exitCode == 0, "\(result.text)")
      let inode = try Files.status(socket).inode
      #expect(result.text.contains("inode \(inode)"), "\(result.text)")
      let without = try box.roost(
        ["image", "build", "--no-cache", "."], environment: ["SSH_AUTH_SOCK="])
      #expect(without.exitCode == 17, "\(without.text)")
      let none = try box.roost(
        ["image", "build", "--ssh", "default", "."], environment: ["SSH_AUTH_SOCK="])
      #expect(none.errors.contains("SSH_AUTH_SOCK is not set"), "\(none.text)")
      let file = try box.roost(["image", "build", "--ssh", "default=/etc/passwd", "."])
      #expect(file.errors.contains("not a socket of an SSH agent"), "\(file.text)")
    }
  }

  @Test("Compose's build.ssh names the same agents")
  func compose() throws {
    try with { box, socket in
      try box.write("Dockerfile", Self.dockerfile)
      try box.compose(
        """
        services:
          app:
            build: {context: ., ssh: [default, other=\(socket)]}
        """)
      let result = try box.roost(["build"], environment: ["SSH_AUTH_SOCK=\(socket)"])
      #expect(result.exitCode == 0, "\(result.text)")
      try box.compose("services: {app: {build: .}}")
      let given = ["build", "--no-cache", "--ssh", "default", "--ssh", "other=\(socket)"]
      let option = try box.roost(given, environment: ["SSH_AUTH_SOCK=\(socket)"])
      #expect(option.exitCode == 0, "\(option.text)")
      let wrong = try box.roost(
        ["build", "--ssh", "default=/etc/passwd"], environment: ["SSH_AUTH_SOCK=\(socket)"])
      #expect(wrong.errors.contains("--ssh default=/etc/passwd: '/etc/passwd'"), "\(wrong.text)")
      try box.compose(
        """
        services:
          app:
            build: {context: ., ssh: [default, other=\(socket)]}
        """)
      let missing = try box.roost(["build", "--no-cache"], environment: ["SSH_AUTH_SOCK=/nosuch"])
      #expect(missing.exitCode != 0, "\(missing.text)")
      #expect(missing.errors.contains("compose.yaml:3"), "\(missing.text)")
    }
  }
}
