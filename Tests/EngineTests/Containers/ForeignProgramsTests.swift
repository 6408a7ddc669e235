import Image
import Linux
import TestSupport
import Testing

@testable import Engine

@Suite("Programs for other processors", .timeLimit(.standard))
struct ForeignProgramsTests {
  /// What the package qemu-user-static registers for arm64.
  private static let arm64 = """
    enabled
    interpreter /usr/libexec/qemu-binfmt/aarch64-binfmt-P
    flags: POCF
    offset 0
    magic 7f454c460201010000000000000000000200b700
    mask ffffffffffffff00fffffffffffffffffeffffff

    """

  private func runs(
    _ architecture: String, _ interpreter: String? = nil, status: String = "enabled\n",
    host: String = "amd64", os: String = "linux"
  ) throws -> Bool {
    let directory = try TemporaryDirectory()
    try Files.write("\(directory.path)/status", Array(status.utf8))
    if let interpreter {
      try Files.write("\(directory.path)/qemu", Array(interpreter.utf8))
    }
    return ForeignPrograms.run(
      for: Platform(os: os, architecture: architecture), on: Platform(architecture: host),
      interpreters: directory.path)
  }

  @Test("what the processor can needs nobody")
  func own() throws {
    #expect(try runs("amd64"))
    #expect(try runs("386"))
    #expect(try runs("arm", host: "arm64"))
    #expect(try !runs("arm64"))
    #expect(try !runs("amd64", host: "arm64"))
    #expect(try !runs("amd64", os: "windows"))
    #expect(
      !ForeignPrograms.run(
        for: Platform(architecture: "arm64"), on: Platform(architecture: "amd64"),
        interpreters: "/nonexistent"))
  }

  @Test("an interpreter that the kernel has open does it, for its own processor")
  func interpreter() throws {
    #expect(try runs("arm64", Self.arm64))
    #expect(try !runs("arm", Self.arm64))
    #expect(try !runs("s390x", Self.arm64))
    #expect(try !runs("riscv64", Self.arm64))
    #expect(try !runs("nosuch", Self.arm64))
  }

  @Test(
    "one that is off, or that each container would have to have, does not",
    arguments: [
      arm64.replacing("enabled", with: "disabled"), arm64.replacing("POCF", with: "POC"),
      arm64.replacing("offset 0", with: "offset 4"), "enabled\ninterpreter /x\nextension .py\n",
      "", "enabled\nflags: F\nmagic 7f4\n",
    ])
  func unusable(text: String) throws { #expect(try !runs("arm64", text)) }

  @Test("the kernel's own switch counts")
  func switchedOff() throws { #expect(try !runs("arm64", Self.arm64, status: "disabled\n")) }
}
