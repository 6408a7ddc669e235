import Model
import State

/// Merges the logs of several containers by time.
struct LogMerger {
  private struct Input {
    var file: LogReader
    var lines: [LogLine] = []
    var position = 0
    /// False once it was read to its end, until somebody says that it may have grown.
    var mayHaveMore = true

    var next: LogLine? { position < lines.count ? lines[position] : nil }

    mutating func refill() {
      guard position == lines.count, mayHaveMore else { return }
      lines = file.read()
      position = 0
      mayHaveMore = !lines.isEmpty
    }
  }

  private var inputs: [Input]
  private static let batch = 4096

  init(_ files: [LogReader] = []) { inputs = files.map { Input(file: $0) } }

  /// Merges one more log.
  mutating func add(_ file: LogReader) { inputs.append(Input(file: file)) }

  /// Leaves a log out from now on, with the lines that were not given yet.
  mutating func remove(_ id: ObjectID) { inputs.removeAll { $0.file.source.id == id } }

  /// Says that the log of a container, or of any, may have grown.
  mutating func mayHaveGrown(_ id: ObjectID? = nil) {
    for index in inputs.indices where id == nil || inputs[index].file.source.id == id {
      inputs[index].mayHaveMore = true
    }
  }

  /// Says that the logs of some containers may have grown.
  mutating func mayHaveGrown(anyOf ids: Set<ObjectID>) {
    for index in inputs.indices where ids.contains(inputs[index].file.source.id) {
      inputs[index].mayHaveMore = true
    }
  }

  /// True when there is nothing to give until some log grows.
  var isDrained: Bool { inputs.allSatisfy { !$0.mayHaveMore && $0.next == nil } }

  /// The same for the logs of some containers.
  func isDrained(_ ids: Set<ObjectID>) -> Bool {
    inputs.allSatisfy { !ids.contains($0.file.source.id) || !$0.mayHaveMore && $0.next == nil }
  }

  /// The next lines in the order of time; none when all files are read to their end.
  mutating func next() -> [LogLine] {
    if inputs.count == 1 {
      inputs[0].refill()
      defer { inputs[0].position = inputs[0].lines.count }
      return Array(inputs[0].lines[inputs[0].position...])
    }
    var merged: [LogLine] = []
    for index in inputs.indices { inputs[index].refill() }
    while merged.count < Self.batch {
      var earliest: Int?
      for index in inputs.indices {
        guard let time = inputs[index].next?.time else { continue }
        if let best = earliest, let bestTime = inputs[best].next?.time, bestTime <= time {
          continue
        }
        earliest = index
      }
      guard let earliest, let line = inputs[earliest].next else { break }
      merged.append(line)
      inputs[earliest].position += 1
      inputs[earliest].refill()
    }
    return merged
  }
}
