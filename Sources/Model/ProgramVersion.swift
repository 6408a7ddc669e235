/// The version of roost, the one place where it is written down.
///
/// The programs say it, the manual pages carry it, and `.ci/version` reads it from this file for the
/// Debian package: keep the line as it is, a constant with a literal.
package enum ProgramVersion {
  /// The version in the form of Semantic Versioning 2.0.0, MAJOR.MINOR.PATCH.
  package static let current = "0.1.0"
}
