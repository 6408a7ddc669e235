import Model
import State
import TestSupport
import Testing

@Suite("What a specification says of system calls", .timeLimit(.standard))
struct SeccompFilterTests {
  private func spec() -> ContainerSpec {
    ContainerSpec(
      id: .random(), hostname: "box",
      rootFilesystem: RootFilesystem(lowerDirectories: ["/layer"]),
      process: ProcessSpec(arguments: ["true"]))
  }

  @Test(
    "a filter is written as what was asked for, and read back",
    arguments: [nil, .standard, .profile(name: "/etc/p.json", text: "{\"syscalls\": []}\n")]
      as [SeccompFilter?])
  func filter(filter: SeccompFilter?) throws {
    var spec = spec()
    spec.seccomp = filter
    let text = spec.json.text()
    #expect(!text.contains(".bpf"))
    #expect(try ContainerSpec(json: JSON.parse(text), of: .file("spec.json")) == spec)
  }

  @Test("a specification of version 0.1 still names the compiled file")
  func old() throws {
    var spec = spec()
    spec.seccompProgram = "/var/lib/roost/cache/seccomp/default-v1-0-2.5.4-6.1.bpf"
    let read = try ContainerSpec(json: JSON.parse(spec.json.text()), of: .file("spec.json"))
    #expect(read.seccomp == nil && read.seccompProgram == spec.seccompProgram)
  }

  @Test("the record of a mount knows which image it was")
  func mountedImage() throws {
    var mount = MountRecord(.image, source: "site", target: "/srv", readOnly: true)
    #expect(try MountRecord(RecordReader(mount.encoded, of: .file("x"))) == mount)
    mount.imageID = "00ff"
    #expect(try MountRecord(RecordReader(mount.encoded, of: .file("x"))) == mount)
  }
}
