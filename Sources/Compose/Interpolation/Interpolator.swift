import Model
import YAML

/// The stage that replaces variables in every value of a document, and casts scalars to the types
/// that the model wants at their paths. Keys stay as they are.
struct Interpolator {
  private let environment: ProjectEnvironment
  private let files: FileReader
  private let directory: String
  private let keys: KeyTable

  /// Makes the stage.
  ///
  /// - Parameters:
  ///   - environment: The variables.
  ///   - files: Where the `env_file`s of services are read, to say that a missing variable is there.
  ///   - directory: The directory that their paths begin in.
  ///   - keys: The keys, which say what is cast.
  init(
    environment: ProjectEnvironment, files: FileReader, directory: String,
    keys: KeyTable = .standard
  ) {
    self.environment = environment
    self.files = files
    self.directory = directory
    self.keys = keys
  }

  /// Replaces the variables of a whole document.
  func interpolate(_ document: inout Node, report: inout Report) {
    var walk = InterpolationWalk(environment: environment)
    walk.visit(&document, keys.casts.start)
    var advisor = VariableAdvisor(
      environment: environment, files: files, directory: directory)
    for finding in walk.findings {
      var message = finding.message
      guard let name = finding.missingVariable else {
        report.add(message)
        continue
      }
      if message.severity == .warning {
        let advice =
          report.unset.needsAdvice(name) ? advisor.advice(for: name, finding, in: document) : nil
        report.unset.add(name, message, advice: advice)
      } else {
        message.hint = advisor.hint(for: name, finding, in: document)
        report.add(message)
      }
    }
  }
}

/// A message and the variable that is to blame for it.
struct InterpolationFinding {
  var message: Diagnostic
  /// The variable that was not set.
  var missingVariable: String?
  /// True for `${V}`, false for `$V`.
  var isBraced = true
  /// The service in which it stands.
  var service: String?
}

/// One pass over a document.
private struct InterpolationWalk {
  let environment: ProjectEnvironment
  var findings: [InterpolationFinding] = []
  private var path: [NodePath.Component] = []
  private var warningCount = 0
  private var errorCount = 0
  private var expandedLength = 0

  /// The errors that are worth reading.
  private static let maximumMessages = 100
  /// The places of unset variables that are counted.
  private static let maximumWarnings = 1000
  /// The most that all values with variables may add up to, in bytes.
  private static let maximumExpandedLength = 16 << 20

  init(environment: ProjectEnvironment) { self.environment = environment }

  mutating func visit(_ node: inout Node, _ cursor: PathTable<ScalarCast>.Cursor) {
    switch node.value {
    case .string: visitScalar(&node, cursor.value)
    case .sequence:
      let next = cursor.isExhausted ? cursor : cursor.element()
      node.updateElements { position, element in
        path.append(.index(position))
        visit(&element, next)
        path.removeLast()
      }
    case .mapping:
      node.mapping?.updateValues { key, _, value in
        path.append(.key(key))
        visit(&value, cursor.isExhausted ? cursor : cursor.child(key))
        path.removeLast()
      }
    case .null, .bool, .integer, .number: break
    }
  }

  private mutating func visitScalar(_ node: inout Node, _ cast: ScalarCast?) {
    guard case .string(let text) = node.value else { return }
    guard Template.mayContainVariable(text) else {
      if let cast { apply(cast, to: text, of: &node, written: text, substitutions: []) }
      return
    }
    let result = Template.expand(text) { environment[$0] }
    if !result.problems.isEmpty { report(result.problems, of: node, text) }
    expandedLength += result.text.utf8.count
    guard expandedLength <= Self.maximumExpandedLength else {
      return refuse(node, "the values with variables add up to too much text")
    }
    guard result.problems.allSatisfy(\.isWarning) else { return }
    node.interpolate(text, to: .string(result.text), substitutions: result.substitutions)
    if let cast {
      apply(
        cast, to: result.text, of: &node, written: text, substitutions: result.substitutions)
    }
  }

  private mutating func apply(
    _ cast: ScalarCast, to text: String, of node: inout Node, written: String,
    substitutions: [Substitution]
  ) {
    switch cast.cast(text) {
    case .value(let value):
      node.interpolate(written, to: value, substitutions: substitutions)
    case .oldBoolean(let value):
      node.interpolate(written, to: .bool(value), substitutions: substitutions)
      add(
        node.diagnostic(
          .warning, "`\(text)` is not a boolean in YAML 1.2", path: NodePath(path),
          hint: "write `\(value)`"))
    case .mismatch:
      let reason = node.emptyVariables.map { ": \($0)" } ?? ", not `\(text)`"
      refuse(node, "expected \(cast.expectation)\(reason)", hint: cast.hint(for: text))
    }
  }

  private mutating func refuse(_ node: Node, _ message: String, hint: String? = nil) {
    errorCount += 1
    guard errorCount <= Self.maximumMessages else { return }
    let path = NodePath(path)
    add(
      node.diagnostic(
        .error, message, path: path, hint: hint ?? ShapeHints.hint(for: node, at: path)))
  }

  private mutating func add(_ message: Diagnostic) {
    findings.append(InterpolationFinding(message: message))
  }

  private var service: String? {
    guard path.count >= 2, path[0] == .key("services"), case .key(let name) = path[1] else {
      return nil
    }
    return name
  }

  private mutating func report(_ problems: [Template.Problem], of node: Node, _ text: String) {
    let worthReading = problems.filter { isWorthReading($0) }.sorted { $0.offset < $1.offset }
    guard !worthReading.isEmpty else { return }
    let marks = node.marks(at: worthReading.map(\.offset), in: text)
    let path = NodePath(path)
    for (problem, mark) in zip(worthReading, marks) {
      findings.append(problem.finding(at: mark, path: path, service: service))
    }
  }

  private mutating func isWorthReading(_ problem: Template.Problem) -> Bool {
    if problem.isWarning {
      warningCount += 1
      return warningCount <= Self.maximumWarnings
    }
    errorCount += 1
    return errorCount <= Self.maximumMessages
  }
}
