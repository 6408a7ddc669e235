import Compose
import Model
import TestSupport
import Testing

@Suite("Binding of networks, volumes, secrets and configs", .timeLimit(.standard))
struct ProjectResourceTests {
  @Test("a network that gives nothing is a bridge of the project")
  func defaultNetwork() throws {
    let network = try #require(try project("name: p\nnetworks: {default: null}").networks.first)
    #expect(network.name == "p_default")
    #expect(network.driver == "bridge")
    #expect(network.enableIPv4)
    #expect(!network.enableIPv6)
    #expect(!network.isInternal)
    #expect(network.subnets.isEmpty)
  }

  @Test("a network keeps its subnets and options")
  func network() throws {
    let project = try project(
      """
      name: p
      networks:
        back:
          name: full
          internal: true
          enable_ipv6: true
          driver_opts: {com.docker.network.driver.mtu: 1400}
          ipam: {config: [{subnet: 10.1.0.0/16, gateway: 10.1.0.1, aux_addresses: {a: 10.1.0.9}}]}
      """)
    let network = try #require(project.network("back"))
    #expect(network.name == "full")
    #expect(network.isInternal)
    #expect(network.enableIPv6)
    #expect(network.driverOptions["com.docker.network.driver.mtu"] == "1400")
    #expect(network.subnets.map(\.subnet) == ["10.1.0.0/16"])
    #expect(network.subnets.first?.auxiliaryAddresses == ["a": "10.1.0.9"])
    #expect(network.source.location(of: "ipam.config[0].gateway")?.line == 8)
  }

  @Test("what is external has its own name, else its key")
  func external() throws {
    let project = try project(
      """
      name: p
      networks: {a: {external: true}, b: {external: true, name: other}}
      volumes: {v: {external: true}, w: {}}
      """)
    #expect(project.networks.map(\.name) == ["a", "other"])
    #expect(project.volumes.map(\.name) == ["v", "p_w"])
    #expect(project.volumes.map(\.isExternal) == [true, false])
  }

  @Test("secrets and configs say where their bytes come from")
  func fileObjects() throws {
    let project = try project(
      """
      name: p
      secrets: {f: {file: /srv/f}, e: {environment: TOKEN}, x: {external: true}}
      configs: {c: {content: "a\\nb"}}
      """)
    #expect(
      project.secrets.map(\.content) == [.file("/srv/f"), .environment("TOKEN"), .external])
    #expect(project.config("c")?.content == .inline("a\nb"))
    #expect(project.config("c")?.name == "p_c")
  }

  @Test("containers are named after project, service and number, or as the file says")
  func containerNames() throws {
    var project = try project(
      "name: p\nservices: {web: {image: a}, db: {image: b, container_name: main-db}}")
    #expect(project.containerName(of: project.services[0], index: 2) == "p-web-2")
    #expect(project.containerName(of: project.services[1], index: 1) == "main-db")
    #expect(project.oneOffName(of: project.services[0], slug: "0a") == "p-web-run-0a")
    project.separator = "_"
    #expect(project.containerName(of: project.services[0], index: 2) == "p_web_2")
    #expect(project.defaultImageName(of: "web") == "p_web")
  }

  @Test("the label of dependencies joins service, condition and restart")
  func dependencyLabel() {
    let dependencies = [
      Dependency(service: "db", condition: .healthy), Dependency(service: "a", restart: true),
    ]
    #expect(
      ComposeLabel.text(of: dependencies) == "db:service_healthy:false,a:service_started:true")
  }

  @Test("an ordered map replaces in place, appends and removes")
  func orderedMap() {
    var map: OrderedMap<String> = ["b": "1", "a": "2"]
    map["b"] = "3"
    map["c"] = "4"
    map["a"] = nil
    #expect(map.keys == ["b", "c"])
    #expect(map.map(\.value) == ["3", "4"])
    #expect(map["a"] == nil)
  }
}
