import Engine
import Model

/// What happens to some resources, in the order in which they came up; layers below their image.
struct ProgressTable {
  /// One resource.
  struct Line {
    var event: ProgressEvent
    /// When what it does now began, by the monotonic clock.
    var began: UInt64
    /// When that was done; nil while it is not.
    var ended: UInt64?
    /// True when it was given up before it was done.
    var isAbandoned = false

    var isWorking: Bool { ended == nil }
    var isLayer: Bool { event.resource.kind == .layer }
  }

  private var order: [ProgressEvent.Resource] = []
  private var lines: [ProgressEvent.Resource: Line] = [:]

  /// How many resources there are, without the layers of images.
  var count: Int { order.count { $0.image == nil } }
  /// How many of these are done.
  var done: Int {
    order.count { resource in
      guard resource.image == nil, let line = lines[resource] else { return false }
      return !line.isWorking && !line.isAbandoned
    }
  }
  /// True while something is being done.
  var isWorking: Bool { lines.values.contains(where: \.isWorking) }

  /// Notes what happens to a resource. What is done anew counts its time from now on.
  mutating func take(_ event: ProgressEvent, at now: UInt64) {
    let isWorking = event.state == .working
    let ended = isWorking ? nil : now
    guard var line = lines[event.resource] else {
      insert(event.resource)
      lines[event.resource] = Line(event: event, began: now, ended: ended)
      return
    }
    if isWorking, !line.isWorking { line.began = now }
    let services = line.event.services
    line.event = event
    if event.services.isEmpty { line.event.services = services }
    line.ended = ended
    lines[event.resource] = line
  }

  private mutating func insert(_ resource: ProgressEvent.Resource) {
    let family = order.lastIndex {
      $0 == ProgressEvent.Resource(.image, resource.image ?? "") || $0.image == resource.image
    }
    if resource.image != nil, let family {
      order.insert(resource, at: family + 1)
    } else {
      order.append(resource)
    }
  }

  /// Nothing changes any more: what is not done never will be.
  mutating func end(at now: UInt64) {
    for (resource, line) in lines where line.isWorking {
      lines[resource]?.ended = now
      lines[resource]?.isAbandoned = true
    }
  }

  /// The lines to be shown where there is room for so many. What is being done comes first, and
  /// layers that are done go when their image is.
  func lines(room: Int, isLast: Bool) -> [Line] {
    let all = order.compactMap { lines[$0] }.filter { line in
      guard let image = line.event.resource.image, !line.isWorking else { return true }
      let parent = lines[ProgressEvent.Resource(.image, image)]
      return parent?.isWorking ?? !isLast
    }
    guard all.count > room else { return all }
    let wanted = all.indices.filter { all[$0].isWorking && !all[$0].isLayer }
    let layers = all.indices.filter { all[$0].isWorking && all[$0].isLayer }
    let rest = all.indices.reversed().filter { !all[$0].isWorking }
    return (wanted + layers + rest).prefix(room).sorted().map { all[$0] }
  }
}
