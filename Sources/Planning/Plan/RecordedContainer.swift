import State

extension ContainerRecord {
  /// The container as plans name it.
  package var existing: Operation.Existing {
    var existing = Operation.Existing(id: id, name: name, service: service, number: number)
    existing.postStart = postStart
    existing.preStop = preStop
    return existing
  }
}
