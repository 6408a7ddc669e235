import ArgumentParser
import Compose
import Engine
import Model
import TestSupport
import Testing

@testable import Commands

@Suite("container run", .timeLimit(.standard))
struct ContainerRunTests {
  private let processEnvironment = ProcessEnvironment(
    variables: ["HOME": "/home/me", "OURS": "yes", "COMPOSE_FILE": "/nowhere.yaml"],
    workingDirectory: "/srv", userID: 0, executables: Executables(directory: "/bin"))

  /// The project that a command line stands for.
  private func project(
    _ words: [String], files: [String: String] = [:]
  ) throws -> (project: Project, warnings: [Diagnostic]) {
    let command = try #require(
      CommandTree.parseAsRoot(["container", "run"] + words) as? ContainerRunCommand)
    try ContainerWords.check(command.words, of: ContainerRunCommand.self)
    let loaded = try command.flags.document(command.words, processEnvironment).load(
      directory: "/srv", environment: processEnvironment.variables, reader: .inMemory(files))
    let problems = loaded.project.services.flatMap(\.problems).filter { $0.severity == .error }
    guard problems.isEmpty else { throw Diagnostics(problems) }
    return loaded
  }

  private func service(_ words: String..., files: [String: String] = [:]) throws -> Service {
    try #require(try project(words, files: files).project.services.first)
  }

  private func message(_ words: String...) -> String {
    do {
      _ = try project(words)
      return ""
    } catch let error as Diagnostics {
      return error.messages.map(\.message).joined(separator: "; ")
    } catch {
      return CommandTree.message(for: error)
    }
  }

  @Test("what stands behind the image belongs to the command, options too")
  func command() throws {
    let one = try service("-e", "A=1", "busybox", "sh", "-c", "echo $A", "-e", "B=2", "--rm")
    #expect(one.image == "busybox")
    #expect(one.command == ["sh", "-c", "echo $A", "-e", "B=2", "--rm"])
    #expect(one.environment["B"] == nil)
    #expect(try service("busybox").command == nil)
    #expect(try service("busybox", "--help").command == ["--help"])
  }

  @Test("a container is on the default bridge, unless it is said otherwise")
  func networks() throws {
    #expect(try service("busybox").networkMode == .bridge)
    #expect(try service("--network", "none", "busybox").networkMode == .none)
    #expect(try service("--net=host", "busybox").networkMode == .host)
    #expect(try service("--network", "container:db", "busybox").networkMode == .container("db"))
    let (project, _) = try project([
      "--network", "front", "--network", "back", "--network-alias", "web", "--ip", "10.1.2.3",
      "busybox",
    ])
    let networks = try #require(project.services.first).networks
    #expect(Set(networks.map(\.network)) == ["front", "back"])
    #expect(networks.allSatisfy { $0.aliases == ["web"] })
    #expect(networks.first { $0.network == "front" }?.ipv4Address == "10.1.2.3")
    #expect(networks.first { $0.network == "back" }?.ipv4Address == nil)
    #expect(project.networks.allSatisfy { $0.isExternal && $0.name == $0.key })
    #expect(message("--network-alias", "web", "busybox").contains("--network-alias"))
    #expect(message("--network", "host", "--network", "front", "busybox").contains("host"))
  }

  @Test("ports are what they are in a file")
  func ports() throws {
    let ports = try service(
      "-p", "8080:80", "-p127.0.0.1:53:53/udp", "--publish=9000-9001:9000-9001", "busybox"
    ).ports
    #expect(ports.map(\.target) == [80, 53, 9000, 9001])
    #expect(ports[0].published == .range(8080...8080))
    #expect(ports[1].hostIP == "127.0.0.1" && ports[1].protocol == .udp)
    #expect(message("-p", "80x", "busybox").hasPrefix("--publish: "))
  }

  @Test("mounts start at the working directory; named volumes keep their names")
  func mounts() throws {
    let (project, _) = try project([
      "-v", "./data:/data:ro", "-v", "cache:/cache", "-v", "/anonymous", "--mount",
      "type=bind,src=/etc,dst=/host,readonly", "--mount", "type=tmpfs,target=/t,tmpfs-size=1m",
      "--tmpfs", "/run:size=2m", "--mount", "source=other,target=/other", "busybox",
    ])
    let mounts = try #require(project.services.first).mounts
    #expect(mounts.map(\.target) == ["/data", "/cache", "/anonymous", "/host", "/t", "/other"])
    guard case .bind(let data) = mounts[0].kind, case .bind(let host) = mounts[3].kind,
      case .volume(let cache) = mounts[1].kind, case .volume(let anonymous) = mounts[2].kind
    else {
      Issue.record("\(mounts)")
      return
    }
    #expect(data.source == "/srv/data" && mounts[0].readOnly && data.createHostPath)
    #expect(host.source == "/etc" && mounts[3].readOnly && !host.createHostPath)
    #expect(cache.volume.flatMap { project.volume($0)?.name } == "cache")
    #expect(anonymous.volume == nil)
    #expect(Set(project.volumes.map(\.name)) == ["cache", "other"])
    #expect(project.services.first?.tmpfs.map(\.target) == ["/run"])
    #expect(message("--mount", "type=bind,sourc=/x,target=/y", "b").contains("did you mean source"))
    #expect(message("--mount", "type=bind,source=/x", "b").contains("target"))
  }

  @Test("variables come from the line, from files and from us, and nothing is interpolated")
  func environment() throws {
    let one = try service(
      "-e", "A=$OURS ${X}", "-e", "OURS", "-e", "UNSET", "--env-file", "vars", "busybox",
      files: ["/srv/vars": "# no\nB=\"quoted\" $OURS\nA=hidden\n"])
    #expect(one.environment["A"] == "$OURS ${X}")
    #expect(one.environment["OURS"] == "yes")
    #expect(one.environment["UNSET"] == nil)
    #expect(one.environment["B"] == "\"quoted\" $OURS")
  }

  @Test("limits and isolation become those of a service")
  func limits() throws {
    let one = try service(
      "-m", "64m", "--memory-swap=-1", "--cpus", "0.5", "--cpu-shares", "512", "--cpuset-cpus",
      "0-1", "--pids-limit", "20", "--ulimit", "nofile=100:200", "--shm-size", "1m", "--sysctl",
      "net.ipv4.ip_forward=1", "--cap-drop", "ALL", "--cap-add", "CHOWN", "--read-only",
      "--security-opt", "no-new-privileges", "--device", "/dev/null:/dev/x:r", "busybox")
    #expect(one.resources.memory == 64 << 20 && one.resources.swap == .unlimited)
    #expect(one.resources.cpus == 0.5 && one.resources.cpuShares == 512)
    #expect(one.resources.cpuset == "0-1" && one.resources.pids == 20)
    #expect(one.ulimits == [Ulimit(name: "nofile", soft: 100, hard: 200)])
    #expect(one.shmSize == 1 << 20 && one.readOnly)
    #expect(one.sysctls["net.ipv4.ip_forward"] == "1")
    #expect(one.addedCapabilities.count == 1 && one.droppedCapabilities == ["ALL"])
    #expect(one.securityOptions == [.noNewPrivileges(true)])
    #expect(
      one.devices == [DeviceMapping(source: "/dev/null", target: "/dev/x", permissions: "r")])
    #expect(message("--memory", "lots", "busybox").hasPrefix("--memory: "))
    #expect(message("--ulimit", "nofile", "busybox").contains("NAME=SOFT"))
  }

  @Test("a healthcheck is the shell's, or none")
  func healthcheck() throws {
    let one = try service(
      "--health-cmd", "test -e /ok", "--health-interval", "2s", "--health-retries", "4", "busybox")
    guard case .custom(let settings) = one.healthcheck else {
      Issue.record("\(one.healthcheck)")
      return
    }
    #expect(settings.test == .shell("test -e /ok"))
    #expect(settings.interval == .seconds(2) && settings.retries == 4)
    #expect(try service("--no-healthcheck", "busybox").healthcheck == .disabled)
    #expect(message("--health-interval", "soon", "b").hasPrefix("--health-interval: "))
  }

  @Test("the entry point is one program; an empty one drops the image's")
  func entrypoint() throws {
    #expect(try service("--entrypoint", "my prog", "busybox").entrypoint == ["my prog"])
    #expect(try service("--entrypoint", "", "busybox", "ls").entrypoint == [])
  }

  @Test(
    "what contradicts itself or is unknown is refused, with the option's name",
    arguments: [
      (["--rm", "--restart", "always", "busybox"], "--restart"),
      (["--nam", "x", "busybox"], "--name"), (["--pull", "often", "busybox"], "--pull"),
      (["-e", "A=1"], "image is missing"), (["--name", "-x-", "busybox"], "--name"),
      (["--restart", "sometimes", "busybox"], "--restart"),
      (["--stop-timeout", "-3", "busybox"], "--stop-timeout"),
    ])
  func refusals(words: [String], part: String) throws {
    do {
      _ = try project(words)
      Issue.record("nothing was refused")
    } catch let error as Diagnostics {
      #expect(error.messages.contains { $0.message.contains(part) }, "\(error)")
      #expect(error.messages.allSatisfy { $0.location == nil && $0.path.isEmpty })
    } catch {
      #expect(CommandTree.message(for: error).contains(part), "\(error)")
    }
  }

  @Test("short options may stand together")
  func together() throws {
    let command = try #require(
      CommandTree.parseAsRoot(["container", "run", "-it", "--rm", "busybox"])
        as? ContainerRunCommand)
    #expect(command.flags.interactive && command.flags.tty && command.flags.rm)
    #expect(try service("-it", "busybox").tty)
  }
}
