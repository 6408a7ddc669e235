import Compose
import Model
import State
import TestSupport
import Testing

@testable import Planning

@Suite("The reconciler, networks and volumes", .timeLimit(.standard))
struct ReconcilerResourceTests {
  static let plain = """
    name: p
    services:
      a: {image: a, networks: [net], volumes: ["vol:/v"]}
      b: {image: b, networks: [other]}
    networks: {net: {}, other: {}}
    volumes: {vol: {}}
    """

  @Test("a network whose configuration changed is made anew, its containers stand still meanwhile")
  func changedNetwork() throws {
    let after = Self.plain.replacing("net: {}, ", "net: {internal: true}, ")
    let reason = "the configuration of network net changed"
    #expect(
      try Scene.up(after, before: Self.plain).plan() == """
        [] -> #1 service:a:1, stop container, \(reason)
        [1] -> #2 network:p_net, remove network, \(reason)
        [2] -> #3 network:net, create network, \(reason)
        [1,3] -> #4 service:a:1, start container, \(reason)
        """)
  }

  @Test("a changed network waits for no address of those that come back to it")
  func leavingContainers() throws {
    let after = Self.plain.replacing("net: {}, ", "net: {internal: true}, ")
    var scene = try Scene.up(after, before: Self.plain)
    scene.end("a", code: 0)
    let removals = try Reconciler.plan(scene.input).0.operations.compactMap { operation in
      if case .removeNetwork(_, let leaving) = operation.action { leaving } else { nil }
    }
    #expect(removals == [[identity("p-a-1")]])
  }

  @Test("what is on two changed networks is stopped once, what depends on others before them")
  func twoChangedNetworks() throws {
    let plain = """
      name: p
      services:
        a: {image: a, networks: [net, other]}
        b: {image: b, networks: [net], depends_on: [a]}
      networks: {net: {}, other: {}}
      """
    let after = plain.replacing(
      "networks: {net: {}, other: {}}",
      "networks: {net: {internal: true}, other: {internal: true}}")
    var scene = try Scene.up(after, before: plain)
    let (net, other) = (
      "the configuration of network net changed", "the configuration of network other changed"
    )
    let expected = """
      [] -> #1 service:b:1, stop container, \(net)
      [1] -> #2 service:a:1, stop container, \(net)
      [1,2] -> #3 network:p_net, remove network, \(net)
      [3] -> #4 network:net, create network, \(net)
      [2] -> #5 network:p_other, remove network, \(other)
      [5] -> #6 network:other, create network, \(other)
      [2,4,6] -> #7 service:a:1, start container, \(net)
      [1,4,7] -> #8 service:b:1, start container, \(net)
      """
    #expect(try scene.plan() == expected)
    // Whoever was not named comes back as well.
    scene.options.services = ["a"]
    #expect(try scene.plan() == expected)
  }

  @Test("orphans come back to a changed network, whoever is not the project's hinders it")
  func othersOnChangedNetwork() throws {
    let after = """
      name: p
      services: {b: {image: b, networks: [net]}}
      networks: {net: {internal: true}}
      """
    var scene = try Scene.up(after, before: Self.plain)
    scene.observed.containers.removeAll { $0.record.service == "b" }
    #expect(try scene.plan().contains("service:a:1, start container, the configuration of"))
    scene.strangers = ["p_net": ["container q-x-1 of project q", "container lone"]]
    let message = try #require(scene.errors().first)
    #expect(message.contains("container q-x-1 of project q, container lone are on it"))
    scene.strangers = [:]
    scene.change("a") { $0.record.isOneOff = true }
    #expect(scene.errors().first?.contains("container p-a-1 of `run` is on it") == true)
  }

  @Test("an orphan on a changed network is stopped once, before the network goes")
  func orphanOnChangedNetwork() throws {
    let after = """
      name: p
      services: {b: {image: b, networks: [net]}}
      networks: {net: {internal: true}}
      """
    var scene = try Scene.up(after, before: Self.plain)
    scene.observed.containers.removeAll { $0.record.service == "b" }
    scene.options.removeOrphans = true
    let plan = try Reconciler.plan(scene.input).0
    let stops = plan.operations.filter { operation in
      if case .stopContainer = operation.action { true } else { false }
    }
    #expect(stops.map(\.id) == [1])
    #expect(
      plan.description.contains(
        "[1] -> #4 service:a:1, remove container, service a is not in the project"))
  }

  @Test("a network under another name is joined by new containers")
  func renamedNetwork() throws {
    let after = Self.plain.replacing("net: {}, ", "net: {name: backbone}, ")
    #expect(
      try Scene.up(after, before: Self.plain).plan() == """
        [] -> #1 network:net, create network, no such network yet
        [1] -> #2 service:a:1, create replacement, it is not on network net
        [2] -> #3 service:a:1, stop container, is replaced
        [3] -> #4 service:a:1, remove container, is replaced
        [4] -> #5 service:a:1, take over name, takes the place of p-a-1
        [5] -> #6 service:a:1, start container, replaces p-a-1
        """)
  }

  @Test("a network of another project is refused, and it is said whose it is")
  func foreignNetwork() throws {
    let after = Self.plain.replacing("net: {}, ", "net: {name: theirs}, ")
    var scene = try Scene(after)
    scene.observed.networks = [ObservedNetwork(name: "theirs", project: "q")]
    #expect(scene.errors() == ["network theirs exists already and belongs to project q"])
    scene.observed.networks = [ObservedNetwork(name: "theirs")]
    #expect(scene.errors() == ["network theirs exists already and was not made by a project"])
  }

  @Test("what is external is neither made nor judged, but must be there")
  func external() throws {
    let yaml = """
      name: p
      services: {a: {image: a, networks: [net], volumes: ["vol:/v"]}}
      networks: {net: {external: true, name: backbone}}
      volumes: {vol: {external: true, name: attic}}
      """
    var scene = try Scene(yaml)
    #expect(
      scene.errors() == [
        "network backbone is declared as external, but could not be found",
        "volume attic is declared as external, but could not be found",
      ])
    scene.observed.networks = [ObservedNetwork(name: "backbone", configHash: "any")]
    scene.observed.volumes = [ObservedVolume(name: "attic", configHash: "any")]
    #expect(
      try scene.plan() == """
        [] -> #1 service:a:1, create container, no container yet
        [1] -> #2 service:a:1, start container, new container
        """)
    #expect(try scene.warnings() == [])
  }

  @Test("a misspelt external network is answered with the near name")
  func nearName() throws {
    var scene = try Scene(
      """
      name: p
      services: {a: {image: a, networks: [net]}}
      networks: {net: {external: true, name: backbon}}
      """)
    scene.observed.networks = [ObservedNetwork(name: "backbone")]
    do {
      _ = try Reconciler.plan(scene.input)
      Issue.record("the plan was made")
    } catch {
      #expect(error.messages.first?.hint == "did you mean backbone?")
      #expect(error.messages.first?.location?.line == 3)
    }
  }

  @Test("a volume whose configuration changed is kept, since it may hold data")
  func changedVolume() throws {
    let after = Self.plain.replacing("vol: {}", "vol: {labels: {a: b}}")
    let scene = try Scene.up(after, before: Self.plain)
    #expect(try !scene.plan().contains("volume:"))
    #expect(
      try scene.warnings() == [
        "the configuration of volume p_vol changed, but it is kept: it may hold data"
      ])
  }

  @Test("a volume under another name replaces the containers on it")
  func renamedVolume() throws {
    let after = Self.plain.replacing("vol: {}", "vol: {name: attic}")
    let scene = try Scene.up(after, before: Self.plain)
    #expect(try scene.replacements() == ["a: /v is on volume attic now"])
    #expect(
      try scene.plan().hasPrefix("[] -> #1 volume:vol, create volume, no such volume yet\n[1] ->"))
  }

  @Test("a volume of somebody else is used with a warning")
  func foreignVolume() throws {
    var scene = try Scene.up(Self.plain)
    scene.observed.volumes = [ObservedVolume(name: "p_vol", project: "q")]
    #expect(
      try scene.warnings() == [
        "volume p_vol already exists but was not created by this project"
      ])
  }

  @Test("an image mounted by a service that is another one now replaces its containers")
  func staleMount() throws {
    var scene = try Scene.up(Self.plain)
    var mount = MountRecord(.image, source: "site", target: "/srv", readOnly: true)
    mount.imageID = "aa"
    scene.change("b") { $0.record.mounts = [mount] }
    scene.mountedImages = ["site": "aa"]
    #expect(try scene.replacements().isEmpty)
    scene.mountedImages = ["site": "bb"]
    #expect(try scene.replacements() == ["b: image site, mounted at /srv, is another one now"])
  }
}
