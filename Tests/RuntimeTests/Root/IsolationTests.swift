import Glibc
import Linux
import Model
import Runtime
import State
import TestSupport
import Testing

/// What a container sees, looked at from inside.
@Suite(.timeLimit(.standard), .needsRoot, .serialized)
struct IsolationTests {
  @Test func `all seven namespaces are the container's own`() throws {
    try withMachine { machine in
      let kinds = ["ipc", "net", "mnt", "pid", "user", "uts", "cgroup"]
      let script = kinds.map { "readlink /proc/self/ns/\($0)" }.joined(separator: ";")
      let inside = try machine.output(of: script).split(separator: "\n").map(String.init)
      try #require(inside.count == kinds.count)
      for (kind, theirs) in zip(kinds, inside) {
        let ours = try #require(ProcessTable.namespace(kind, of: getpid()))
        #expect(theirs.hasPrefix("\(kind):["))
        #expect(theirs != ours, "the \(kind) namespace is the machine's")
      }
    }
  }

  @Test func `every user id stands for itself if asked for, and in old specifications`() throws {
    try withMachine { machine in
      let map = try machine.output(of: "cat /proc/self/uid_map /proc/self/gid_map") {
        $0.namespaces.ids = .host
      }
      let numbers = map.split(whereSeparator: \.isWhitespace)
      #expect(numbers == ["0", "0", "4294967295", "0", "0", "4294967295"])
    }
  }

  @Test func `a pinned network belongs to the container's user namespace`() throws {
    try withMachine { machine in
      var spec = machine.script(
        "ip link add v0 type veth peer name v1 && ip addr add 10.9.8.7/24 dev v0 && ip addr show v0"
      )
      let place = machine.layout.container(spec.id)
      try Files.makeDirectories(place.run)
      try NetworkNamespace.create(
        at: place.networkNamespace, userNamespaceAt: place.userNamespace,
        ids: machine.reserveIDs(spec.id))
      spec.namespaces.network = .path(place.networkNamespace)
      spec.process.capabilities = try spec.process.capabilities.adjusted(
        adding: ["NET_ADMIN"], dropping: [])
      let result = try machine.run(spec)
      #expect(result.output.contains("10.9.8.7/24"), "\(result.errors)")
      #expect(result.exit.code == 0)
    }
  }

  @Test func `the host's own namespaces are used when asked for`() throws {
    try withMachine { machine in
      let script = "for n in net ipc pid uts user cgroup; do readlink /proc/self/ns/$n; done"
      let inside = try machine.output(of: script) { spec in
        spec.namespaces = Namespaces(
          network: .host, user: .host, ipc: .host, pid: .host, uts: .host, cgroup: .host)
      }
      let ours = ["net", "ipc", "pid", "uts", "user", "cgroup"].compactMap {
        ProcessTable.namespace($0, of: getpid())
      }
      #expect(inside.split(separator: "\n").map(String.init) == ours)
    }
  }

  @Test func `containers can share namespaces and memory`() throws {
    try withMachine { machine in
      let first = machine.script("echo shared > /dev/shm/file; sleep 100")
      try machine.start(first)
      #expect(
        try eventually {
          try machine.exec(ExecRequest(id: first.id, arguments: ["cat", "/dev/shm/file"])).code == 0
        }, "the file is written")
      var second = machine.script(
        "hostname; cat /dev/shm/file; ps -o pid,args | grep -c '[s]leep 100'")
      second.hostname = "other"
      second.namespaces.ipc = .container(first.id)
      second.namespaces.pid = .container(first.id)
      second.namespaces.uts = .container(first.id)
      second.namespaces.user = .container(first.id)
      second.namespaces.ids = .container(first.id)
      let result = try machine.run(second)
      #expect(result.output == "box\nshared\n1\n", "\(result.errors)")
      #expect(machine.process.status(first.id).process != nil, "it ended with the other")
    }
  }

  @Test func `host name, domain name and own processes only`() throws {
    try withMachine { machine in
      let text = try machine.output(of: "hostname; dnsdomainname 2>/dev/null; ps -o pid= | wc -l") {
        $0.hostname = "name.of.box"
      }
      #expect(text.split(separator: "\n").first == "name.of.box")
      let count = try #require(text.split(separator: "\n").last.flatMap { Int($0) })
      #expect((2...3).contains(count), "sh, ps and perhaps wc: \(text)")
    }
  }

  @Test func `no descriptor of ours is open`() throws {
    try withMachine { machine in
      let text = try machine.output(of: "ls -l /proc/1/fd; true")
      let lines = text.split(separator: "\n").dropFirst()
      #expect(lines.count == 3, "\(lines)")
      #expect(lines.first?.hasSuffix("0 -> /dev/null") == true)
      #expect(lines.last?.hasSuffix("/stderr.fifo") == true)
    }
  }

  @Test func `nothing of the machine's files can be seen`() throws {
    try withMachine { machine in
      let text = try machine.output(of: "cat /proc/self/mountinfo | awk '{print $5}'")
      let mounts = text.split(separator: "\n").map(String.init)
      #expect(mounts.filter(Self.isForeign) == ["/"])
      let top = try machine.output(of: "ls -x /")
      #expect(!top.contains("work") && top.contains("data"))
    }
  }

  private static func isForeign(_ mount: String) -> Bool {
    for place in ["/proc", "/sys", "/dev"] where mount == place || mount.hasPrefix(place + "/") {
      return false
    }
    return true
  }

  @Test func `masked paths are empty and read-only paths refuse to be written`() throws {
    try withMachine { machine in
      let text = try machine.output(
        of: """
          for f in /proc/kcore /proc/keys /proc/timer_list /proc/interrupts; do
            [ -e $f ] || continue; echo "$f $(wc -c < $f)"
          done
          ls /sys/firmware | wc -l
          for f in /proc/sys/kernel/domainname /proc/sysrq-trigger /proc/irq/default_smp_affinity; do
            [ -e $f ] || continue; (echo 1 > $f) 2>/dev/null && echo "wrote $f"
          done
          (echo x > /sys/kernel/uevent_helper) 2>/dev/null && echo "wrote sys"
          mkdir /sys/fs/cgroup/memory/new 2>/dev/null && echo "made a cgroup"
          true
          """)
      let lines = text.split(separator: "\n")
      #expect(lines.filter { $0.hasPrefix("/proc/") }.count >= 3)
      #expect(lines.filter { $0.hasPrefix("/proc/") }.allSatisfy { $0.hasSuffix(" 0") }, "\(text)")
      #expect(lines.contains("0"), "/sys/firmware is empty")
      #expect(!text.contains("wrote") && !text.contains("made"), "\(text)")
    }
  }

  @Test func `a privileged container has nothing masked and all devices`() throws {
    try withMachine { machine in
      let text = try machine.output(
        of:
          "wc -c < /proc/keys; grep CapEff /proc/self/status; ls /dev/vd* /dev/sd* 2>/dev/null; true"
      ) { spec in
        spec.privileged = true
        spec.process.capabilities = .all
        spec.seccomp = nil
        spec.namespaces.user = .host
      }
      #expect(text.split(separator: "\n").first.flatMap { Int($0) } != 0)
      let ours = try Privileges.capabilities().permitted
      let expected = String(CapabilitySet.all.bits & ours, radix: 16)
      #expect(text.contains(expected), "\(text)")
    }
  }

  @Test func `the devices are the harmless ones`() throws {
    try withMachine { machine in
      let text = try machine.output(
        of: """
          ls /dev; head -c 4 /dev/zero | wc -c; head -c 4 /dev/urandom | wc -c
          echo gone > /dev/null && (echo > /dev/full) 2>/dev/null || echo full
          df -k /dev/shm | tail -1 | awk '{print $2}'; ls -ld /dev/shm | cut -c1-10; ls /dev/mqueue
          """)
      let names =
        "core fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero"
      #expect(
        text.hasPrefix(names.split(separator: " ").joined(separator: "\n") + "\n4\n4\nfull\n"))
      #expect(text.contains("\n65536\ndrwxrwxrwt"))
    }
  }

  @Test func `devices that were not given cannot be used even if a node is there`() throws {
    try withMachine { machine in
      // Loop device 0, and the machine's memory: both exist as nodes on most machines.
      let result = try machine.output(
        of: "mknod /tmp/mem c 1 1 && head -c 1 /tmp/mem >/dev/null 2>&1 && echo read; true"
      ) { $0.namespaces.user = .host }
      #expect(!result.contains("read"))
      var spec = machine.script("ls -l /dev/given; head -c 3 /dev/given | wc -c")
      spec.devices = [DeviceSpec(hostPath: "/dev/zero", containerPath: "/dev/given")]
      spec.namespaces.user = .host
      let given = try machine.run(spec)
      #expect(given.output.contains("1,   5") && given.output.hasSuffix("\n3\n"), "\(given)")
    }
  }

  @Test func `kernel settings of the container's own namespaces can be set, others not`() throws {
    try withMachine { machine in
      let script = "cat /proc/sys/net/core/somaxconn /proc/sys/kernel/msgmax"
      let text = try machine.output(of: script) {
        $0.sysctls = [NamedValue("net.core.somaxconn", "77"), NamedValue("kernel.msgmax", "7777")]
      }
      #expect(text == "77\n7777\n")
      for (asked, groups) in [(nil, "0\t65535\n"), ("1000 2000", "1000\t2000\n")] {
        let name = "net.ipv4.ping_group_range"
        let found = try machine.output(of: "cat /proc/sys/net/ipv4/ping_group_range") {
          $0.sysctls = asked.map { [NamedValue(name, $0)] } ?? []
        }
        #expect(found == groups, "groups that may ping are the container's")
      }
      var spec = machine.script("true")
      spec.sysctls = [NamedValue("vm.swappiness", "1")]
      let failure = #expect(throws: LaunchFailure.self) { try machine.start(spec) }
      #expect(failure?.message.contains("vm.swappiness") == true)
      spec = machine.script("true")
      spec.sysctls = [NamedValue("net.ipv4.no_such_setting", "1")]
      let missing = #expect(throws: LaunchFailure.self) { try machine.start(spec) }
      #expect(missing?.message.contains("`userns_mode: host` gives it") == true)
    }
  }
}
