import Glibc
import Linux
import Model
import TestSupport
import Testing

/// `deploy.update_config` with real servers, and clients that ask all the time.
@Suite("Updates in groups", .timeLimit(.standard), .needsRoot, .serialized)
struct GroupUpdateTests {
  /// A web server that answers with `$N`. What its start number is above `limit` fails.
  private static func stack(
    _ number: Int, order: String = "start-first", replicas: Int = 1, limit: Int = 1000,
    settings: String = "", ports: String = "[\"8080-8083:80\"]"
  ) -> String {
    """
    services:
      web:
        image: busybox
        init: true
        environment: { N: "\(number)" }
        command:
          - sh
          - -c
          - |
            n=1; while ! mkdir /count/$$n 2>/dev/null; do n=$$((n + 1)); done
            [ $$n -le \(limit) ] || { echo start $$n is one too many; exit 3; }
            mkdir -p /www; echo "$$N" > /www/n; exec httpd -f -p 80 -h /www
        volumes: ["count:/count"]
        ports: \(ports)
        deploy:
          replicas: \(replicas)
          update_config: { monitor: 200ms, order: \(order), \(settings) }
      client: { image: busybox, init: true, command: [sleep, infinity] }
    volumes: { count: }
    """
  }

  /// Asks one port with four threads until its standard input ends; each request is a connection of
  /// its own. Writes how many were answered, and each that was not.
  private static let asking = """
    import http.client, os, sys, threading
    counts, failures, over = [0] * 4, {}, threading.Event()
    def ask(which):
        while not over.is_set():
            try:
                connection = http.client.HTTPConnection(sys.argv[1], int(sys.argv[2]), timeout=20)
                connection.request("GET", "/n")
                answer = connection.getresponse()
                assert answer.status == 200 and answer.read().strip().isdigit(), answer.status
                connection.close()
                counts[which] += 1
            except Exception as error:
                failures[repr(error)] = failures.get(repr(error), 0) + 1
    threads = [threading.Thread(target=ask, args=(which,)) for which in range(4)]
    for thread in threads: thread.start()
    while not os.path.exists(sys.argv[3]): over.wait(0.05)
    over.set()
    for thread in threads: thread.join()
    for error, count in failures.items(): print("failed", count, error)
    print("answered", sum(counts), flush=True)
    """

  /// Calls `body` while a port of the host is asked; returns how many requests were answered.
  private func asked(
    _ box: Sandbox, host: String = "127.0.0.1", _ body: () throws -> Void
  ) throws -> Int {
    let mark = "\(box.directory)/asked"
    let run = try CommandRun(
      box.onHost + ["python3", "-c", Self.asking, host, "8080", mark])
    defer { try? Files.removeIfPresent(mark) }
    do { try body() } catch {
      try Files.write(mark, [])
      _ = try run.wait()
      throw error
    }
    try Files.write(mark, [])
    let result = try run.wait()
    #expect(!result.output.contains("failed"), "\(result.text)")
    let count = result.output.split(separator: "\n").last { $0.hasPrefix("answered ") }
    return Int(count?.dropFirst("answered ".count) ?? "0") ?? 0
  }

  private func with(_ body: (Sandbox) throws -> Void) throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try body(box)
    }
  }

  private func answer(_ box: Sandbox, port: Int = 8080) throws -> String {
    let result = try box.inside(["busybox", "wget", "-q", "-O-", "http://127.0.0.1:\(port)/n"])
    return result.output.filter { $0 != "\n" }
  }

  private func names(_ box: Sandbox) throws -> [String] {
    try box.roost(["ps", "-a", "--format", "{{.Name}} {{.State}}"]).output
      .split(separator: "\n").map(String.init).sorted()
  }

  @Test("a published port and a name lose no request", arguments: ["127.0.0.1", "::1"])
  func noRequestIsLost(host: String) throws {
    try with { box in
      try box.compose(Self.stack(1, ports: "[\"8080:80\"]"))
      try box.up("up", "-d")
      let up = eventually { (try? answer(box)) == "1" }
      #expect(up)
      let inside = try box.start([
        "exec", "-T", "client", "sh", "-c",
        "while [ ! -e /over ]; do wget -q -O- http://web/n > /dev/null || echo failed; done",
      ])
      let count = try asked(box, host: host) {
        for number in 2...4 {
          try box.compose(Self.stack(number, ports: "[\"8080:80\"]"))
          try box.up("up", "-d")
          #expect(try answer(box) == "\(number)")
        }
      }
      #expect(count > 100)
      try box.up("exec", "-T", "client", "touch", "/over")
      let named = try inside.wait()
      #expect(named.output == "", "\(named.text)")
      #expect(try names(box) == ["stack-client-1 running", "stack-web-1 running"])
    }
  }

  @Test("one after the other keeps a service of several up, and its names are its own")
  func stopFirst() throws {
    try with { box in
      try box.compose(Self.stack(1, order: "stop-first", replicas: 2))
      try box.up("up", "-d")
      try box.compose(Self.stack(2, order: "stop-first", replicas: 2))
      let result = try box.up("up", "-d")
      #expect(result.errors.contains("stack-web-2  Started") || result.errors.contains("Started"))
      #expect(
        try names(box) == [
          "stack-client-1 running", "stack-web-1 running", "stack-web-2 running",
        ])
      let found = try box.up("exec", "-T", "client", "nslookup", "stack-web-2").output
      #expect(found.contains("Address"), "\(found)")
    }
  }

  /// The third start of all fails, or the fourth: in the first group, or the second.
  @Test(
    "a failure brings the former containers back, those of earlier groups too",
    arguments: ["start-first", "stop-first"], [2, 3])
  func rollback(order: String, limit: Int) throws {
    try with { box in
      try box.compose(Self.stack(1, order: order, replicas: 2))
      try box.up("up", "-d")
      let before = try box.roost(["ps", "-q", "--no-trunc", "web"]).output
      let isUp = eventually { (try? answer(box)) == "1" }
      #expect(isUp)
      try box.compose(
        Self.stack(
          2, order: order, replicas: 2, limit: limit, settings: "failure_action: rollback"))
      let result = try box.roost(["up", "-d"])
      #expect(result.exitCode == 1 && result.errors.contains("compose.yaml:"), "\(result.text)")
      #expect(result.errors.contains("start \(limit + 1) is one too many"), "\(result.text)")
      #expect(result.errors.contains("the former containers are back"), "\(result.text)")
      let after = try box.roost(["ps", "-q", "--no-trunc", "web"]).output
      #expect(Set(after.split(separator: "\n")) == Set(before.split(separator: "\n")))
      #expect(
        try names(box) == [
          "stack-client-1 running", "stack-web-1 running", "stack-web-2 running",
        ])
      let isBack = eventually { (try? answer(box)) == "1" }
      #expect(isBack)
    }
  }

  @Test("a failure ends the update, and what was not replaced serves on")
  func pause() throws {
    try with { box in
      try box.compose(Self.stack(1))
      try box.up("up", "-d")
      let isUp = eventually { (try? answer(box)) == "1" }
      #expect(isUp)
      try box.compose(Self.stack(2, limit: 1))
      let count = try asked(box) {
        let result = try box.roost(["up", "-d"])
        #expect(result.exitCode == 1, "\(result.text)")
        #expect(result.errors.contains("the former containers still serve"), "\(result.text)")
      }
      #expect(count > 0)
      #expect(try names(box) == ["stack-client-1 running", "stack-web-1 running"])
      try box.compose(Self.stack(3))
      try box.up("up", "-d")
      #expect(try answer(box) == "3")
    }
  }

  @Test(
    "some may fail, as many as the file says",
    arguments: [("failure_action: continue", 0), ("max_failure_ratio: 1", 0), ("", 1)])
  func tolerance(settings: String, code: Int32) throws {
    try with { box in
      try box.compose(Self.stack(1, order: "stop-first", replicas: 2))
      try box.up("up", "-d")
      try box.compose(
        Self.stack(2, order: "stop-first", replicas: 2, limit: 2, settings: settings))
      let result = try box.roost(["up", "-d"])
      #expect(result.exitCode == code, "\(result.text)")
      #expect(result.errors.contains("goes on") == (code == 0), "\(result.text)")
    }
  }

  @Test("one without a healthcheck has to listen before it takes over")
  func listening() throws {
    try with { box in
      try box.compose(Self.stack(1))
      try box.up("up", "-d")
      let deaf = Self.stack(2).replacing("exec httpd -f -p 80 -h /www", with: "exec sleep 1000")
      try box.compose(deaf)
      let result = try box.roost(["up", "-d"])
      #expect(result.exitCode == 1, "\(result.text)")
      #expect(result.errors.contains("does not listen on 80/tcp"), "\(result.text)")
    }
  }

  /// What was killed, or interrupted, while the new one was looked at.
  @Test("whoever is killed leaves a service that serves", arguments: [SIGKILL, SIGINT, SIGHUP])
  func killed(signal: Int32) throws {
    try with { box in
      try box.compose(Self.stack(1))
      try box.up("up", "-d")
      let isUp = eventually { (try? answer(box)) == "1" }
      #expect(isUp)
      try box.compose(
        Self.stack(2).replacing("monitor: 200ms", with: "monitor: 60s"))
      let count = try asked(box) {
        let run = try box.start(["up", "-d"])
        let isWaiting = eventually { run.errors.contains("until the update works") }
        #expect(isWaiting, "\(run.errors)")
        run.signal(signal)
        _ = try run.wait()
        #expect(try answer(box) == "1")
        try box.compose(Self.stack(3))
        try box.up("up", "-d")
        #expect(try answer(box) == "3")
      }
      #expect(count > 0)
      #expect(try names(box) == ["stack-client-1 running", "stack-web-1 running"])
    }
  }

  @Test("killed after any line that it writes, no request is lost, and the next one goes on")
  func killedAnywhere() throws {
    try with { box in
      try box.compose(Self.stack(0))
      try box.up("up", "-d")
      let isUp = eventually { (try? answer(box)) == "0" }
      #expect(isUp)
      let count = try asked(box) {
        for line in 1...9 {
          try box.compose(Self.stack(line))
          let run = try box.start(["up", "-d"])
          let isThere = eventually { run.errors.count { $0 == "\n" } >= line }
          run.signal(SIGKILL)
          let result = try run.wait()
          #expect(isThere, "\(result.text)")
          #expect(["\(line - 1)", "\(line)"].contains(try answer(box)), "\(result.text)")
          try box.up("up", "-d")
          #expect(try answer(box) == "\(line)")
          #expect(try names(box) == ["stack-client-1 running", "stack-web-1 running"])
        }
      }
      #expect(count > 100)
    }
  }

  @Test("a former container that ends meanwhile still gives its ports to the new one")
  func formerEnds() throws {
    try with { box in
      try box.compose(Self.stack(1))
      try box.up("up", "-d")
      let isUp = eventually { (try? answer(box)) == "1" }
      #expect(isUp)
      let format = ["container", "inspect", "--format", "{{.State.Pid}}", "stack-web-1"]
      let pid = try #require(Int32(try box.roost(format).output.filter { $0 != "\n" }))
      try box.compose(Self.stack(2).replacing("monitor: 200ms", with: "monitor: 2s"))
      let run = try box.start(["up", "-d"])
      #expect(eventually { run.errors.contains("until the update works") }, "\(run.errors)")
      kill(pid, SIGKILL)
      let result = try run.wait()
      #expect(result.exitCode == 0, "\(result.text)")
      #expect(try answer(box) == "2")
    }
  }
}
