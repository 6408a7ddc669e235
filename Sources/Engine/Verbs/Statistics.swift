import Linux
import Model
import Runtime

/// What a container used at one moment.
package struct ContainerUsage: Sendable {
  /// The container.
  package var container: ContainerSummary
  /// What it used so far; nil while it does not run.
  package var amounts: Amounts?
  /// When that was, in nanoseconds of the monotonic clock.
  package var moment: UInt64

  /// How much of each resource.
  package struct Amounts: Sendable, Hashable {
    /// Processor time used so far, in nanoseconds.
    package var processorNanoseconds: UInt64
    /// Memory in use, in bytes, without file pages that can go at once.
    package var memory: UInt64
    /// The limit for memory, in bytes; nil for none.
    package var memoryLimit: UInt64?
    /// The number of processes and threads.
    package var processes: UInt64
    /// Bytes read from and written to block devices so far.
    package var block: (read: UInt64, written: UInt64) { (blockRead, blockWritten) }
    /// Bytes received and sent over its links so far, the loopback not counted.
    package var network: (received: UInt64, sent: UInt64) { (networkReceived, networkSent) }

    private let blockRead, blockWritten, networkReceived, networkSent: UInt64

    init(_ statistics: ContainerStatistics) {
      processorNanoseconds = statistics.processorNanoseconds
      memory = statistics.memory
      memoryLimit = statistics.memoryLimit
      processes = statistics.processes
      blockRead = statistics.blockRead
      blockWritten = statistics.blockWritten
      networkReceived = statistics.networkReceived
      networkSent = statistics.networkSent
    }
  }
}

extension Engine {
  /// What the containers of a project use at this moment, by name.
  package func usage(
    _ selection: ProjectSelection, services: [String], all: Bool
  ) throws(EngineError) -> [ContainerUsage] {
    let context = ContainerContext(self, project: selection.name)
    var options = ListOptions()
    options.services = services
    options.all = all
    return usage(of: try containers(selection, options), context)
  }

  /// What containers use at this moment, by name or id; without names, all that run.
  ///
  /// - Parameter all: with those that do not run.
  package func usage(
    containers names: [String], all: Bool
  ) throws(EngineError) -> [ContainerUsage] {
    let context = ContainerContext(self, project: "")
    let summarizer = Summarizer(context: context)
    let records = try names.isEmpty ? context.containers.all() : names.map(find(container:))
    let summaries = records.map { summarizer.summary(of: $0) }
    return usage(
      of: names.isEmpty && !all ? summaries.filter { $0.pid != nil } : summaries, context)
  }

  private func usage(
    of containers: [ContainerSummary], _ context: ContainerContext
  ) -> [ContainerUsage] {
    containers.sorted { $0.name < $1.name }.map { container in
      ContainerUsage(
        container: container,
        amounts: context.processes.statistics(container.id).map(ContainerUsage.Amounts.init),
        moment: Clock.monotonicNanoseconds())
    }
  }
}
