import Model
import State

/// Merges the logs of several containers by time.
struct LogMerger {
  private struct Input {
    var file: LogReader
    var lines: [LogLine] = []
    var position = 0

    var next: LogLine? { position < lines.count ? lines[position] : nil }

    mutating func refill() {
      if position == lines.count {
        lines = file.read()
        position = 0
      }
    }
  }

  private var inputs: [Input]
  private static let batch = 4096

  init(_ files: [LogReader]) { inputs = files.map { Input(file: $0) } }

  /// The next lines in the order of time; none when all files are read to their end.
  mutating func next() -> [LogLine] {
    if inputs.count == 1 { return inputs[0].file.read() }
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

  /// Lines that were read but not yet given.
  mutating func rest() -> [LogLine] {
    var lines: [LogLine] = []
    for index in inputs.indices {
      lines += inputs[index].lines[inputs[index].position...]
      inputs[index].position = inputs[index].lines.count
    }
    return lines
  }
}
