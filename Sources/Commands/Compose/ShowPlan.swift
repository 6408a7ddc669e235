import Engine

extension CommandContext {
  /// Prints what `--dry-run` would do, one operation a line, each with its reason.
  func show(plan: PreparedPlan) throws {
    print(plan.isEmpty ? "nothing to do: everything is as the file says" : plan.description)
  }
}
