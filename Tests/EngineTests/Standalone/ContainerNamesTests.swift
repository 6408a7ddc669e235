import Model
import TestSupport
import Testing

@testable import Engine

@Suite("Names of containers", .timeLimit(.standard))
struct ContainerNamesTests {
  @Test("a made-up name is two words, and nobody else's")
  func free() {
    var taken: Set<String> = []
    for _ in 0..<200 {
      let name = ContainerNames.free(taken.contains)
      #expect(taken.insert(name).inserted)
      let parts = name.split(separator: "_")
      #expect(parts.count == 2 && parts.allSatisfy { $0.allSatisfy(\.isASCII) }, "\(name)")
    }
  }

  @Test("when all names are taken a number is appended")
  func numbers() {
    let name = ContainerNames.free { !($0.last?.isNumber ?? false) }
    #expect(name.hasSuffix("1"))
  }

  @Test("no file can have the project of a container without one")
  func project() {
    let name = StandaloneProject.name(of: .random())
    #expect(StandaloneProject.contains(name) && !StandaloneProject.contains("shop"))
    #expect(name.count == 17)
  }
}
