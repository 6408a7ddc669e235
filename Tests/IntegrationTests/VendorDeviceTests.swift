import Glibc
import Linux
import Model
import TestSupport
import Testing

/// Devices that files of the Container Device Interface describe, in an /etc of the test's own.
@Suite("Devices of vendors", .timeLimit(.standard), .needsRoot, .serialized)
struct VendorDeviceTests {
  private static let description = """
    cdiVersion: "0.6.0"
    kind: nvidia.com/gpu
    containerEdits: { env: [VENDOR=yes] }
    devices:
      - name: "0"
        containerEdits:
          env: [GPU=zero]
          deviceNodes: [{ path: /dev/gpu0, hostPath: /dev/zero }]
          mounts: [{ hostPath: /bin/busybox, containerPath: /opt/tool, options: [ro, bind] }]
      - name: "1"
        containerEdits: { env: [SECOND=1], deviceNodes: [{ path: /dev/gpu1, hostPath: /dev/full }] }
      - name: hooked
        containerEdits: { hooks: [{ hookName: createContainer, path: /bin/true }] }
    """

  private func run(_ keys: String, _ script: String) throws -> Sandbox.Result {
    var result = Sandbox.Result(exitCode: -1, output: "", errors: "")
    try Sandbox.with { box in
      try box.importBusybox()
      let lines = keys.split(separator: "\n").map { "    \($0)\n" }.joined()
      try box.compose(
        "services:\n  a:\n    image: busybox\n    network_mode: none\n\(lines)")
      try box.write("cdi/gpu.yaml", Self.description)
      try box.write("bin-busybox", "tool")
      let parts = ["upper", "work"].map { "\(box.directory)/\($0)" }
      for part in parts { try Files.makeDirectories(part) }
      let prepare =
        "mount -t overlay own -o lowerdir=/etc,upperdir=\(parts[0]),workdir=\(parts[1]) /etc && "
        + "cp -r \(box.project)/cdi /etc/cdi && exec \"$@\""
      result = try box.inside(
        ["unshare", "-m", "sh", "-c", prepare, "sh"] + box.program
          + ["run", "--rm", "-T", "a", "sh", "-c", script])
    }
    return result
  }

  private static let script =
    "env | grep -E '^(VENDOR|GPU|SECOND)=' | sort; ls /dev | grep gpu; ls /opt 2>/dev/null; "
    + "head -c1 /dev/gpu0 2>/dev/null | wc -c"

  @Test(
    "what a device brings along is in the container",
    arguments: [
      ("devices: [nvidia.com/gpu=0]", "GPU=zero\nVENDOR=yes\ngpu0\ntool\n1\n"),
      ("gpus: [{count: 1}]", "GPU=zero\nVENDOR=yes\ngpu0\ntool\n1\n"),
      ("gpus: all", "GPU=zero\nSECOND=1\nVENDOR=yes\ngpu0\ngpu1\ntool\n1\n"),
      ("gpus: [{driver: nvidia, device_ids: ['1']}]", "SECOND=1\nVENDOR=yes\ngpu1\n0\n"),
      (
        "deploy: {resources: {reservations: {devices: [{capabilities: [gpu], count: 1}]}}}",
        "GPU=zero\nVENDOR=yes\ngpu0\ntool\n1\n"
      ),
      (
        "deploy: {resources: {reservations: {devices: [{driver: cdi, capabilities: [gpu], "
          + "device_ids: ['nvidia.com/gpu=1']}]}}}", "SECOND=1\nVENDOR=yes\ngpu1\n0\n"
      ),
    ])
  func edits(keys: String, seen: String) throws {
    // All of the kind but the one that asks for a hook.
    let isAll = keys == "gpus: all"
    let result = try run(isAll ? "gpus: [{count: 2}]" : keys, Self.script)
    #expect(result.output == seen, "\(result.text)")
  }

  @Test(
    "what cannot be given is refused by its line",
    arguments: [
      ("devices: [nvidia.com/gpu=hooked]", "asks for `hooks`"),
      ("devices: [nvidia.com/gpu=7]", "there is no device nvidia.com/gpu=7"),
      ("devices: [amd.com/gpu=0]", "which have nvidia.com/gpu"),
      ("gpus: [{count: 9}]", "more than the machine has"),
      ("gpus: [{driver: amd}]", "no device of this machine fits amd, gpu"),
      ("gpus: [{options: {a: b}}]", "`a` of a device is not known"),
    ])
  func refused(keys: String, message: String) throws {
    let result = try run(keys, "true")
    #expect(result.exitCode != 0 && result.errors.contains(message), "\(result.text)")
    #expect(result.errors.contains("compose.yaml:5"), "\(result.text)")
  }
}
