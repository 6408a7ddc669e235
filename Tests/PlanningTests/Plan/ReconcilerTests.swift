import Compose
import Model
import TestSupport
import Testing

@testable import Planning

@Suite("The reconciler, container by container", .timeLimit(.standard))
struct ReconcilerTests {
  static let shop = """
    name: shop
    services:
      web:
        image: web
        depends_on:
          db: {condition: service_healthy, restart: true}
          cache: {condition: service_started}
        networks: [front, back]
      db:
        image: db
        volumes: ["data:/data"]
        networks: [back]
        healthcheck: {test: [CMD, "true"]}
      cache:
        image: cache
        networks: [back]
    networks: {front: {}, back: {internal: true}}
    volumes: {data: {}}
    """

  @Test("with nothing there, everything is made in the order of dependencies")
  func firstUp() throws {
    #expect(
      try Scene(Self.shop).plan() == """
        [] -> #1 network:back, create network, no such network yet
        [] -> #2 network:front, create network, no such network yet
        [] -> #3 volume:data, create volume, no such volume yet
        [1,3] -> #4 service:db:1, create container, no container yet
        [1] -> #5 service:cache:1, create container, no container yet
        [1,2] -> #6 service:web:1, create container, no container yet
        [4] -> #7 service:db:1, start container, new container
        [5] -> #8 service:cache:1, start container, new container
        [7] -> #9 service:db, wait until healthy, web depends on it (service_healthy)
        [6,8,9] -> #10 service:web:1, start container, new container
        """)
  }

  @Test("with everything there as it should be, nothing is done")
  func nothingChanged() throws {
    #expect(try Scene.up(Self.shop).plan() == "")
  }

  @Test("without starting, containers are only made")
  func createOnly() throws {
    var scene = try Scene(
      "{name: p, services: {a: {image: a, depends_on: [b]}, b: {image: b}}}")
    scene.start = false
    #expect(
      try scene.plan() == """
        [] -> #1 network:default, create network, no such network yet
        [1] -> #2 service:b:1, create container, no container yet
        [1] -> #3 service:a:1, create container, no container yet
        """)
  }

  @Test("a changed service alone is made anew, and the keys that changed are named")
  func changedService() throws {
    let after = Self.shop.replacing("    image: cache\n", "    image: cache\n    tty: true\n")
    #expect(
      try Scene.up(after, before: Self.shop).plan() == """
        [] -> #1 service:cache:1, create replacement, tty changed
        [1] -> #2 service:cache:1, stop container, is replaced
        [2] -> #3 service:cache:1, remove container, is replaced
        [3] -> #4 service:cache:1, take over name, takes the place of shop-cache-1
        [4] -> #5 service:cache:1, start container, replaces shop-cache-1
        """)
  }

  @Test("a dependent that wants to restart is stopped before the change and started after it")
  func restartedDependent() throws {
    let after = Self.shop.replacing("    image: db\n", "    image: db\n    tty: true\n")
    #expect(
      try Scene.up(after, before: Self.shop).plan() == """
        [] -> #1 service:web:1, stop container, depends on db, which is replaced
        [] -> #2 service:db:1, create replacement, tty changed
        [1,2] -> #3 service:db:1, stop container, is replaced
        [3] -> #4 service:db:1, remove container, is replaced
        [4] -> #5 service:db:1, take over name, takes the place of shop-db-1
        [5] -> #6 service:db:1, start container, replaces shop-db-1
        [6] -> #7 service:db, wait until healthy, web depends on it (service_healthy)
        [1,7] -> #8 service:web:1, start container, depends on db, which is replaced
        """)
  }

  @Test("a dependent outside the selection is restarted too, but not made anew")
  func restartedOutsideSelection() throws {
    let after = Self.shop.replacing("    image: db\n", "    image: db\n    tty: true\n")
    var scene = try Scene.up(after, before: Self.shop)
    scene.options.services = ["db"]
    let plan = try scene.plan()
    #expect(plan.contains("service:web:1, stop container, depends on db, which is replaced"))
    #expect(
      plan.hasSuffix("service:web:1, start container, depends on db, which is replaced"))
    #expect(!plan.contains("service:web:1, create"))
  }

  @Test("a container that ended is started, and its dependents stay as they are")
  func endedContainer() throws {
    var scene = try Scene.up(Self.shop)
    scene.end("cache", code: 137)
    #expect(
      try scene.plan() == "[] -> #1 service:cache:1, start container, ended with exit code 137")
  }

  @Test("a container that was made but never started is started")
  func neverStarted() throws {
    var scene = try Scene.up(Self.shop)
    scene.change("cache") { $0.status = .created }
    #expect(
      try scene.plan() == "[] -> #1 service:cache:1, start container, created but not started")
  }

  /// What is asked for, and which replacements follow, with their reasons.
  static let recreations: [(RecreateRule, services: [String], dependencies: Bool, [String])] = [
    (.always, [], false, ["db", "cache", "web"]),
    (.always, ["web"], false, ["web"]),
    (.always, ["web"], true, ["db", "cache", "web"]),
    (.whenChanged, ["web"], true, ["db", "cache"]),
    (.whenChanged, [], false, []),
    (.never, [], true, []),
  ]

  @Test(
    "recreation concerns what was named, and dependencies only on demand", arguments: recreations)
  func recreation(
    rule: RecreateRule, services: [String], dependencies: Bool, expected: [String]
  ) throws {
    var scene = try Scene.up(Self.shop)
    scene.options.recreate = rule
    scene.options.services = services
    scene.options.alwaysRecreateDependencies = dependencies
    #expect(try scene.replacedServices() == expected)
  }

  @Test("with --no-recreate even changed services keep their containers")
  func noRecreate() throws {
    let after = Self.shop.replacing("    image: cache\n", "    image: cache\n    tty: true\n")
    var scene = try Scene.up(after, before: Self.shop)
    scene.options.recreate = .never
    #expect(try scene.plan() == "")
  }

  @Test("with --no-deps nothing is made of dependencies, and nobody waits for them")
  func noDependencies() throws {
    var scene = try Scene(Self.shop)
    scene.options.services = ["web"]
    scene.options.noDependencies = true
    #expect(
      try scene.plan() == """
        [] -> #1 network:front, create network, no such network yet
        [] -> #2 network:back, create network, no such network yet
        [1,2] -> #3 service:web:1, create container, no container yet
        [3] -> #4 service:web:1, start container, new container
        """)
  }

  @Test("a selected service brings its dependencies along, and only what they use")
  func selection() throws {
    var scene = try Scene(Self.shop)
    scene.options.services = ["db"]
    #expect(
      try scene.plan() == """
        [] -> #1 network:back, create network, no such network yet
        [] -> #2 volume:data, create volume, no such volume yet
        [1,2] -> #3 service:db:1, create container, no container yet
        [3] -> #4 service:db:1, start container, new container
        """)
  }

  @Test("an image that is another one now replaces the container")
  func changedImage() throws {
    var scene = try Scene.up(Self.shop)
    scene.images["cache"] = .present(id: "image-two", hasHealthcheck: false)
    #expect(
      try scene.plan().hasPrefix(
        "[] -> #1 service:cache:1, create replacement, image cache is another one now\n"))
  }

  @Test("images are built and pulled before there is a plan, which says nothing of them")
  func missingImages() throws {
    var scene = try Scene("{name: p, services: {a: {image: a}, b: {build: ., image: b}}}")
    scene.images["a"] = .toPull(reason: "is not here")
    scene.images["b"] = .toBuild(reason: "is not built yet")
    let preparation = Preparation(services: ["a", "b"], images: scene.images) { $0 }
    #expect(
      PreparedPlan(preparation, try Reconciler.plan(scene.input).0).description == """
        image:a, pull image, is not here
        image:b, build image, is not built yet
        [] -> #1 network:default, create network, no such network yet
        [1] -> #2 service:a:1, create container, no container yet
        [1] -> #3 service:b:1, create container, no container yet
        [2] -> #4 service:a:1, start container, new container
        [3] -> #5 service:b:1, start container, new container
        """)
    #expect(preparation.pulledServices == ["a"])
    #expect(preparation.builtServices == ["b"])
  }

  @Test("an image that several services have is built once, by the one that builds it")
  func sharedImage() throws {
    var scene = try Scene(
      "{name: p, services: {web: {build: ., image: a}, worker: {image: a}, c: {image: c}}}")
    for name in ["web", "worker"] { scene.images[name] = .toBuild(reason: "is not built yet") }
    let project = scene.project
    let preparation = Preparation(
      services: ["worker", "web", "c"], images: scene.images,
      imageNames: { project.service($0)?.image ?? "" },
      builders: { project.service($0).flatMap(project.builder)?.name ?? $0 })
    #expect(preparation.description == "image:a, build image, is not built yet")
    #expect(preparation.builtServices == ["web"])
  }

  @Test("who shares a namespace with a replaced container is replaced after it")
  func sharedNamespace() throws {
    let yaml = """
      name: p
      services:
        app: {image: app, tty: false}
        side: {image: side, network_mode: "service:app"}
      """
    let scene = try Scene.up(yaml.replacing("tty: false", "tty: true"), before: yaml)
    #expect(
      try scene.replacements() == [
        "app: tty changed", "side: it shares what belongs to app, which is replaced",
      ])
    let creation = try #require(
      try scene.plan().split(separator: "\n").first {
        $0.contains("service:side:1, create replacement")
      })
    #expect(creation.hasPrefix("[1] ->"), "the owner is made first: \(creation)")
  }

  @Test("anonymous volumes are kept by a replacement unless new ones are asked for")
  func anonymousVolumes() throws {
    var scene = try Scene.up(Self.shop)
    scene.options.recreate = .always
    scene.options.services = ["cache"]
    for renew in [false, true] {
      scene.options.renewAnonymousVolumes = renew
      let plan = try Reconciler.plan(scene.input).0
      let creations = plan.operations.compactMap { operation in
        if case .createContainer(let creation) = operation.action { creation } else { nil }
      }
      #expect(creations.map(\.keepsAnonymousVolumes) == [!renew])
      #expect(plan.description.contains("and its anonymous volumes") == renew)
    }
  }

  @Test("what a container of run needs is brought up, the service itself is not")
  func prepared() throws {
    var scene = try Scene(Self.shop)
    scene.options.services = ["web"]
    scene.prepared = ["web"]
    #expect(
      try scene.plan() == """
        [] -> #1 network:back, create network, no such network yet
        [] -> #2 network:front, create network, no such network yet
        [] -> #3 volume:data, create volume, no such volume yet
        [1,3] -> #4 service:db:1, create container, no container yet
        [1] -> #5 service:cache:1, create container, no container yet
        [4] -> #6 service:db:1, start container, new container
        [5] -> #7 service:cache:1, start container, new container
        [6] -> #8 service:db, wait until healthy, web depends on it (service_healthy)
        """)
  }

  @Test("a wait for the health of a service without a healthcheck is refused with its place")
  func noHealthcheck() throws {
    let yaml = """
      name: p
      services:
        a:
          image: a
          depends_on: {b: {condition: service_healthy}}
        b: {image: b}
      """
    #expect(
      try Scene(yaml).errors() == ["a waits until b is healthy, but b has no healthcheck"])
    var scene = try Scene(yaml)
    scene.images["b"] = .present(id: imageID, hasHealthcheck: true)
    #expect(scene.errors() == [])
    let optional = yaml.replacing("service_healthy}", "service_healthy, required: false}")
    #expect(
      try Scene(optional).warnings() == [
        "a waits until b is healthy, but b has no healthcheck"
      ])
  }

  @Test("the same input gives the same plan")
  func deterministic() throws {
    let scene = try Scene(Self.shop)
    let plans = try Set((0..<20).map { _ in try scene.plan() })
    #expect(plans.count == 1)
  }
}

extension Scene {
  /// The services of which containers are made anew, in the order of the plan.
  func replacedServices() throws -> [String] {
    try replacements().map { String($0.prefix { $0 != ":" }) }
  }

  /// Each replacement with its reason.
  func replacements() throws -> [String] {
    try Reconciler.plan(input).0.operations.compactMap { operation in
      guard case .createContainer(let creation) = operation.action, creation.replaces != nil else {
        return nil
      }
      return "\(creation.service): \(operation.reason)"
    }
  }
}

extension String {
  /// The text with each occurrence of a part replaced.
  func replacing(_ part: String, _ other: String) -> String {
    var result = ""
    var rest = self[...]
    while let first = rest.indices.first(where: { rest[$0...].hasPrefix(part) }) {
      result += rest[..<first] + other
      rest = rest[rest.index(first, offsetBy: part.count)...]
    }
    return result + rest
  }
}
