import Glibc
import Linux
import Model
import TestSupport
import Testing

/// An HTTP server on the host of a sandbox: files as they are, and repositories below `/smart/` as
/// git itself serves them.
final class WebServer {
  /// The directory that is served.
  let directory: String
  /// Such as `http://127.0.0.1:8000`.
  let base: String
  private let run: CommandRun

  private static let script = #"""
    import http.server, os, subprocess, sys
    root = sys.argv[1]
    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=root)
        def log_message(self, form, *values):
            print("log", self.command, self.path, flush=True)
        def do_GET(self):
            if self.path.startswith("/smart/"): return self.git()
            if self.path.startswith("/secret.git"):
                self.send_response(401)
                self.send_header("WWW-Authenticate", 'Basic realm="secret"')
                return self.end_headers()
            if self.path.startswith("/to/"):
                self.send_response(302)
                self.send_header("Location", self.path[3:])
                return self.end_headers()
            super().do_GET()
        def do_POST(self): self.git()
        def git(self):
            path, _, query = self.path.partition("?")
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            environment = dict(os.environ, GIT_PROJECT_ROOT=root, GIT_HTTP_EXPORT_ALL="1",
                PATH_INFO=path[6:], QUERY_STRING=query, REQUEST_METHOD=self.command,
                CONTENT_TYPE=self.headers.get("Content-Type", ""),
                HTTP_CONTENT_ENCODING=self.headers.get("Content-Encoding", ""),
                GIT_PROTOCOL=self.headers.get("Git-Protocol", ""))
            answer = subprocess.run(["git", "-c", "safe.directory=*", "http-backend"],
                input=body, env=environment, stdout=subprocess.PIPE).stdout
            head, _, content = answer.partition(b"\r\n\r\n")
            lines = [line.split(": ", 1) for line in head.decode().split("\r\n")]
            status = next((value for key, value in lines if key == "Status"), "200 OK")
            self.send_response(int(status.split()[0]))
            for key, value in lines:
                if key != "Status": self.send_header(key, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print("port", server.server_address[1], flush=True)
    server.serve_forever()
    """#

  init(_ box: Sandbox) throws {
    directory = "\(box.directory)/web"
    try Files.makeDirectories(directory)
    let run = try CommandRun(
      box.onHost + ["python3", "-c", Self.script, directory])
    self.run = run
    let isUp = eventually { run.output.contains("\n") }
    try #require(isUp, "the server did not start: \(run.errors)")
    let port = run.output.split(separator: "\n").first.map { $0.dropFirst("port ".count) } ?? ""
    base = "http://127.0.0.1:\(port)"
  }

  deinit {
    run.signal(SIGKILL)
    _ = try? run.wait()
  }

  /// What was asked for so far, such as `GET /a`.
  var requests: [String] {
    run.output.split(separator: "\n").filter { $0.hasPrefix("log ") }.map {
      String($0.dropFirst("log ".count))
    }
  }

  /// Writes a file that is served.
  func write(_ path: String, _ text: String) throws {
    let full = "\(directory)/\(path)"
    try Files.makeDirectories(Files.parent(of: full))
    try Files.write(full, Array(text.utf8), mode: 0o644)
  }

  /// Makes a repository by a shell script that runs in a work tree, and serves it as `NAME.git`.
  func repository(_ name: String, _ script: String) throws {
    let tree = "\(directory)/.tree-\(name)"
    try Files.makeDirectories(tree)
    let result = try Sandbox.execute(
      ["sh", "-ec", "umask 022; git init -q -b main; \(script)"],
      environment: Self.gitEnvironment, directory: tree)
    try #require(result.exitCode == 0, "\(result.text)")
    let bare = "\(directory)/\(name).git"
    try? Files.removeTree(bare)
    let copied = try Sandbox.execute(
      ["sh", "-ec", "git clone -q --bare \(tree) \(bare); git -C \(bare) update-server-info"],
      environment: Self.gitEnvironment)
    try #require(copied.exitCode == 0, "\(copied.text)")
  }

  /// The commit of a name in a repository.
  func commit(_ repository: String, _ name: String) throws -> String {
    let result = try Sandbox.execute(
      ["git", "-C", "\(directory)/\(repository).git", "rev-parse", "\(name)^{commit}"],
      environment: Self.gitEnvironment)
    try #require(result.exitCode == 0, "\(result.text)")
    return String(result.output.prefix { $0 != "\n" })
  }

  private static let gitEnvironment = [
    "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=a",
    "GIT_AUTHOR_EMAIL=a@example.org", "GIT_COMMITTER_NAME=a",
    "GIT_COMMITTER_EMAIL=a@example.org", "GIT_CONFIG_COUNT=1",
    "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*",
  ]
}
