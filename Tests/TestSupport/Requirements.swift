import Glibc
import Linux
import Testing

/// True when tests may do what only root may.
package let isRoot = geteuid() == 0

/// The directory with the programs of the version before, if there is one.
package let previousPrograms = getenv("ROOST_TEST_PREVIOUS").map { String(cString: $0) }

/// Says of a suite or a test what it cannot run without. It then shows as skipped, and `.ci/tests`
/// counts a skipped one as a failure in CI: every reason begins with "needs".
extension Trait where Self == ConditionTrait {
  /// Runs for root alone.
  package static var needsRoot: Self { .enabled(if: isRoot, "needs root") }

  /// Runs where all these programs are installed. `.ci/prerequisites test` installs them.
  package static func needs(_ programs: String...) -> Self {
    let missing = programs.filter { Spawn.find($0) == nil }
    return .enabled(if: missing.isEmpty, "needs \(missing.joined(separator: ", "))")
  }

  /// Runs where `ROOST_TEST_PREVIOUS` names a directory with the four programs of the version
  /// before; that version's messages and files are tested without them too.
  package static var onPreviousPrograms: Self {
    .enabled(if: previousPrograms != nil, "programs of before: set ROOST_TEST_PREVIOUS to run it")
  }

  /// Runs when somebody wants to see numbers: with `ROOST_MEASURE` in the environment.
  package static var onRequest: Self {
    .enabled(if: getenv("ROOST_MEASURE") != nil, "measures only: set ROOST_MEASURE to run it")
  }
}

extension TimeLimitTrait.Duration {
  /// The limit of every test. None comes near it, also on a busy machine: what reaches it hangs.
  ///
  /// The clock of a test begins to run when the test could, so `.ci/tests` lets no more tests
  /// begin than there are processors.
  package static var standard: Self { .minutes(10) }
}
