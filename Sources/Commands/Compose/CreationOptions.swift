import ArgumentParser
import Engine
import Model
import Planning

/// The options that `up` and `create` share.
struct CreationOptions: ParsableArguments {
  @Flag(help: "Build images before starting containers.")
  var build = false
  @Flag(help: "Never build an image.")
  var noBuild = false
  @Flag(help: "Recreate containers even if nothing changed.")
  var forceRecreate = false
  @Flag(help: "Keep existing containers even if something changed.")
  var noRecreate = false
  @Option(help: "When to pull images: always, missing or never.")
  var pull: String?
  @Flag(help: "Pull without showing progress.")
  var quietPull = false
  @Flag(help: "Build without showing the output.")
  var quietBuild = false
  @Flag(help: "Remove containers of services that are not in the file.")
  var removeOrphans = false
  @Option(help: ArgumentHelp("Number of containers of a service.", valueName: "service=n"))
  var scale: [String] = []
  @Flag(help: "Refuse images that are not in roost.lock.")
  var locked = false
  @Flag(name: [.customShort("y"), .long], help: "Answer every question with yes.")
  var yes = false

  /// Refuses options that contradict each other.
  func validateRules() throws {
    if build, noBuild { throw ValidationError("--build and --no-build exclude each other") }
    if forceRecreate, noRecreate {
      throw ValidationError("--force-recreate and --no-recreate exclude each other")
    }
    if let pull, pull != "policy", PullRule(rawValue: pull) == nil {
      throw ValidationError("--pull \(pull): expected always, missing, never or build")
    }
    _ = try scaleNumbers()
  }

  /// The numbers of `--scale`, by service.
  func scaleNumbers() throws -> [String: Int] { try ScaleArgument.parse(scale) }

  /// What the engine is asked to do.
  ///
  /// - Parameter environment: That of the project: .env may say what to do with orphans.
  func options(services: [String], _ environment: [String: String]) throws -> CreateOptions {
    var options = CreateOptions()
    options.services = services
    options.recreate = forceRecreate ? .always : noRecreate ? .never : .whenChanged
    options.build = build ? .always : noBuild ? .never : .whenMissing
    options.pull = pull.flatMap(PullRule.init)
    options.quietPull = quietPull
    options.removeOrphans = removeOrphans || environment["COMPOSE_REMOVE_ORPHANS"].isTrue
    options.ignoreOrphans = environment["COMPOSE_IGNORE_ORPHANS"].isTrue
    options.scale = try scaleNumbers()
    options.assumeYes = yes
    return options
  }
}

/// `web=3`, as `--scale` and `scale` take it.
enum ScaleArgument {
  /// The numbers by service.
  static func parse(_ words: [String]) throws -> [String: Int] {
    var numbers: [String: Int] = [:]
    for word in words {
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty, let number = Int(parts[1]), number >= 0 else {
        throw ValidationError("\"\(word)\": expected SERVICE=NUMBER, such as web=3")
      }
      numbers[String(parts[0])] = number
    }
    return numbers
  }
}

extension String? {
  /// True for the texts that switch a variable on.
  var isTrue: Bool {
    switch self?.lowercased() {
    case "1", "t", "true", "y", "yes", "on": true
    default: false
    }
  }
}
