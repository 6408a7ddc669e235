import State

extension ContainerRecord {
  /// The container as plans name it.
  package var existing: Operation.Existing {
    Operation.Existing(id: id, name: name, service: service, number: number)
  }
}
