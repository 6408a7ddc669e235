import Model

/// Where lines of a log come from.
package struct LogSource: Sendable, Hashable {
  /// The container's id.
  package var id: ObjectID
  /// The container's name.
  package var name: String
  /// What stands before its lines: the name without the project, or `container_name`.
  package var label: String
  /// The service.
  package var service: String
  /// The number of the container in its service.
  package var number: Int

  /// Makes a source.
  package init(id: ObjectID, name: String, label: String, service: String, number: Int) {
    self.id = id
    self.name = name
    self.label = label
    self.service = service
    self.number = number
  }
}
