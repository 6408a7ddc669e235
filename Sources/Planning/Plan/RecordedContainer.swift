import State

extension ContainerRecord {
  /// The container as plans name it.
  package var existing: Operation.Existing {
    var existing = Operation.Existing(id: id, name: name, service: service, number: number)
    existing.postStartHooks = postStart.count
    existing.preStopHooks = preStop.count
    return existing
  }
}
