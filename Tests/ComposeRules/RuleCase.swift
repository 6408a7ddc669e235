import Model

/// One rule of the Compose model: a few small files, how they are loaded, and what comes out.
package struct RuleCase: Sendable, CustomStringConvertible {
  /// What a load must come to.
  package enum Expectation: Sendable {
    /// The value at a path of the project that `config` prints; nil means that there is none.
    case gives(path: String, JSON?)
    /// The load is refused by a message with all of these words.
    case refused(words: [String])
    /// The load is refused by so many errors.
    case errors(Int)
    /// The load succeeds with a warning with all of these words.
    case warned(words: [String])
  }

  /// The name of the file that holds the rule.
  package var topic: String
  /// The rule as a sentence.
  package var title: String
  /// The files by name, relative to the project's directory.
  package var files: [String: String] = [:]
  /// The options of the command line.
  package var arguments: [String] = []
  /// The services named on the command line.
  package var services: [String] = []
  /// The process environment.
  package var environment: [String: String] = [:]
  /// What must come out.
  package var expectations: [Expectation] = []
  /// Why this differs from Docker Compose 2.40.3; nil when it does not.
  package var difference: String?

  /// The rule with its topic.
  package var description: String { "\(topic): \(title)" }

  /// The directory in which the files of every rule lie.
  package static let directory = "/project"
  /// The home directory of every rule.
  package static let home = "/home/user"
}
