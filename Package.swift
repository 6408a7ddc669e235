// swift-tools-version: 6.2
import PackageDescription

// Every target treats warnings as errors. The arrows between the modules are in
// docs/architecture.md; LayoutTests reads the import lines and holds the sources to them.
let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

/// What starts often and stays resident is linked statically, without relocations: it starts in
/// half the time, and shares nearly all of its pages with its siblings. (roost-registry looks up
/// host names, and roost-archive uses many libraries of the system: these two are not.)
let resident: [LinkerSetting] = [
  .unsafeFlags(["-static-executable"], .when(configuration: .release))
]

let argumentParser: Target.Dependency = .product(
  name: "ArgumentParser", package: "swift-argument-parser")

func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

let package = Package(
  name: "roost",
  products: [
    .executable(name: "roost", targets: ["roost"]),
    .executable(name: "roost-shim", targets: ["roost-shim"]),
    .executable(name: "roost-archive", targets: ["roost-archive"]),
    .executable(name: "roost-registry", targets: ["roost-registry"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    .target(name: "CLinux"),
    .systemLibrary(name: "CLibYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .systemLibrary(
      name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
    .systemLibrary(
      name: "CSeccomp", pkgConfig: "libseccomp", providers: [.apt(["libseccomp-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(
      name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),

    library("Model", []),
    library("Hashing", ["CCrypto"]),
    library("Linux", ["CLinux", "Model"]),
    library("State", ["Linux", "Model"]),
    library("YAML", ["CLibYAML", "Model"]),
    library("Netlink", ["Linux", "Model"]),
    library("Archive", ["CArchive", "CLinux", "Hashing", "State", "Linux", "Model"]),

    library("Compose", ["YAML", "Model"]),
    library("Networking", ["Netlink", "State", "Linux", "Model"]),
    library("Image", ["Hashing", "State", "Linux", "Model"]),
    library("Transfer", ["Image", "State", "Linux", "Model"]),
    library("Registry", ["CCurl", "Transfer", "Image", "State", "Linux", "Model"]),
    library("Runtime", ["CSeccomp", "State", "Linux", "Model"]),
    library("Shim", ["Runtime", "State", "Linux", "Model"]),

    library("Planning", ["Compose", "State", "Model"]),
    library("Supervision", ["Planning", "Networking", "Runtime", "State", "Linux", "Model"]),
    library(
      "Engine",
      [
        "Supervision", "Planning",
        "Compose", "Networking", "Image", "Transfer", "Runtime", "State", "Linux", "Model",
      ]),
    library(
      "Commands",
      [
        "Engine", "Supervision", "Planning", "Compose", "YAML", "Image", "Transfer", "State",
        "Linux", "Model",
        argumentParser,
      ]),

    .target(
      name: "StaticProgram",
      swiftSettings: strict + [.define("STATIC", .when(configuration: .release))]),
    .executableTarget(
      name: "roost", dependencies: ["Commands", "StaticProgram"], swiftSettings: strict,
      linkerSettings: resident),
    .executableTarget(
      name: "roost-shim", dependencies: ["Shim", "StaticProgram"], swiftSettings: strict,
      linkerSettings: resident),
    .executableTarget(name: "roost-archive", dependencies: ["Archive"], swiftSettings: strict),
    .executableTarget(name: "roost-registry", dependencies: ["Registry"], swiftSettings: strict),

    .target(
      name: "ComposeRules", dependencies: ["Model"], path: "Tests/ComposeRules",
      exclude: ["cases"], swiftSettings: strict),

    .target(
      name: "TestSupport", dependencies: ["Compose", "State", "Linux", "Model"],
      path: "Tests/TestSupport", swiftSettings: strict),

    tests("ModelTests", ["Model", "TestSupport"]),
    tests("LinuxTests", ["CLinux", "Linux", "Model", "TestSupport"]),
    tests("YAMLTests", ["YAML", "Model", "TestSupport"]),
    tests("ComposeTests", ["Compose", "ComposeRules", "YAML", "Model", "TestSupport"]),
    .testTarget(
      name: "StateTests", dependencies: ["State", "Linux", "Model", "TestSupport"],
      exclude: ["Golden"], swiftSettings: strict),
    tests("NetlinkTests", ["Netlink", "Linux", "TestSupport"]),
    tests("NetworkingTests", ["Networking", "Netlink", "State", "Linux", "Model", "TestSupport"]),
    tests("ArchiveTests", ["Archive", "State", "Linux", "Model", "TestSupport"]),
    tests("ImageTests", ["Image", "State", "Linux", "Model", "TestSupport"]),
    tests(
      "RegistryTests", ["Registry", "Transfer", "Image", "State", "Linux", "Model", "TestSupport"]),
    tests("RuntimeTests", ["Runtime", "Shim", "State", "Linux", "Model", "TestSupport"]),
    tests("PlanningTests", ["Planning", "Compose", "State", "Model", "TestSupport"]),
    tests("SupervisionTests", ["Supervision", "State", "Linux", "Model", "TestSupport"]),
    tests(
      "EngineTests",
      [
        "Engine", "Supervision", "Planning", "Compose", "Networking", "Image", "Runtime", "State",
        "Linux", "Model", "TestSupport",
      ]),
    .testTarget(
      name: "CommandsTests",
      dependencies: [
        "Commands", "Engine", "Planning", "Compose", "Image", "State", "Linux", "Model",
        "TestSupport",
      ], exclude: ["Templates", "Reference"], swiftSettings: strict),
    tests("LayoutTests", ["TestSupport"]),
    tests(
      "IntegrationTests", ["CLinux", "ComposeRules", "State", "Linux", "Model", "TestSupport"]),
  ],
  swiftLanguageModes: [.v6]
)

// `make sanitize` and `make coverage SUITES=...` build a few suites and what these need.
if let suites = Context.environment["ROOST_TEST_SUITES"]?.split(separator: " ").map(String.init) {
  package.targets.removeAll { $0.isTest && !suites.contains($0.name) }
}
