import Model
import TestSupport
import Testing

@testable import Compose

@Suite("Files that describe devices", .timeLimit(.standard))
struct DeviceSpecificationTests {
  private func read(_ text: String) throws -> DeviceSpecification {
    try DeviceSpecification(name: "/etc/cdi/x.yaml", text: Array(text.utf8))
  }

  private static let json = """
    {
    \t"cdiVersion": "0.6.0", "kind": "vendor.com/net",
    \t"containerEdits": {"env": ["ALL=1"]},
    \t"devices": [{
    \t\t"name": "0",
    \t\t"containerEdits": {
    \t\t\t"deviceNodes": [{"path": "/dev/net0", "hostPath": "/dev/null", "permissions": "rw"}],
    \t\t\t"mounts": [{"hostPath": "/etc/hostname", "containerPath": "/x", "options": ["ro", "bind"]}],
    \t\t\t"additionalGids": [44]
    \t\t}
    \t}]
    }
    """

  private static let yaml = """
    cdiVersion: "0.6.0"
    kind: vendor.com/net
    containerEdits: { env: [ALL=1] }
    devices:
      - name: "0"
        containerEdits:
          deviceNodes:
            - { path: /dev/net0, hostPath: /dev/null, permissions: rw }
          mounts:
            - { hostPath: /etc/hostname, containerPath: /x, options: [ro, bind] }
          additionalGids: [44]
    """

  @Test("both forms say the same", arguments: [json, yaml])
  func forms(text: String) throws {
    let read = try read(text)
    #expect(read.kind == "vendor.com/net" && read.edits.environment == ["ALL=1"])
    let device = try #require(read.devices.first)
    #expect(device.name == "0" && device.edits.groups == ["44"] && device.edits.unsupported == [])
    #expect(
      device.edits.nodes == [
        .init(path: "/dev/net0", hostPath: "/dev/null", permissions: "rw")
      ])
    #expect(
      device.edits.mounts == [
        .init(hostPath: "/etc/hostname", containerPath: "/x", options: ["ro", "bind"])
      ])
  }

  @Test(
    "what cannot be given is told by its key",
    arguments: [
      ("hooks: [{hookName: createContainer, path: /bin/x}]", "hooks"),
      ("intelRdt: {closID: a}", "intelRdt"), ("netDevices: [{name: eth0}]", "netDevices"),
      ("deviceNodes: [{path: /dev/x, uid: 5}]", "deviceNodes.uid"),
      ("mounts: [{hostPath: /a, containerPath: /b, options: [strange]}]", "mounts.options strange"),
      ("mounts: [{hostPath: a, containerPath: /b, type: tmpfs}]", "mounts.type tmpfs"),
    ])
  func unsupported(edit: String, key: String) throws {
    let read = try read("kind: a/b\ndevices: [{name: x, containerEdits: {\(edit)}}]")
    #expect(read.devices.first?.edits.unsupported == [key])
  }

  @Test(
    "what is no such file is refused", arguments: ["", "kind: x", "[]", "kind: a/b\ndevices: [{}]"])
  func malformed(text: String) {
    #expect(throws: Diagnostics.self) { try read(text) }
  }
}
