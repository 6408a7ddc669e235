import Glibc
import Linux
import Model
import Planning
import Runtime
import State

/// Probes a container as its `HealthMachine` says.
final class HealthProber {
  private let record: ContainerRecord
  private let check: HealthcheckRecord
  private unowned let supervisor: SupervisorProcess
  private let containerLayout: ContainerLayout
  private var machine: HealthMachine
  private var timer: EventLoop.Timer?
  private var probe: RunningProbe?
  /// Whether the last probe could not be started, which was said.
  private var isUntried = false

  private var loop: EventLoop { supervisor.loop }

  /// A probe under way.
  private final class RunningProbe {
    let running: RunningExec
    let output: OwnedDescriptor
    let began: Int64
    let started: Timestamp
    var bytes: [UInt8] = []
    var isLate = false

    init(_ running: RunningExec, output: OwnedDescriptor) {
      self.running = running
      self.output = output
      began = Int64(Clock.monotonicNanoseconds())
      started = Clock.now()
    }
  }

  /// How much of a probe's output is kept.
  private static let outputLimit = 4096

  init(
    _ record: ContainerRecord, _ check: HealthcheckRecord, startedAt: Timestamp,
    _ supervisor: SupervisorProcess
  ) {
    self.record = record
    self.check = check
    self.supervisor = supervisor
    containerLayout = supervisor.layout.container(record.id)
    let age = Clock.now().nanoseconds - startedAt.nanoseconds
    let now = Int64(Clock.monotonicNanoseconds())
    machine = HealthMachine(check, startedAt: now - max(0, age))
    store()
    schedule()
  }

  /// Ends a probe that is under way, and probes no more.
  func stop() {
    if let timer { loop.cancel(timer) }
    timer = nil
    if let probe {
      release(probe)
      try? probe.running.process.signal(SIGKILL)
      _ = try? probe.running.process.reap()
    }
    probe = nil
  }

  private func schedule() {
    let wait = machine.nextProbe - Int64(Clock.monotonicNanoseconds())
    timer = loop.after(nanoseconds: UInt64(max(0, wait))) { [weak self] in self?.begin() }
  }

  private func begin() {
    timer = nil
    var request = ExecRequest(id: record.id, arguments: check.command)
    request.endsWithStarter = true
    do {
      let exec = Exec(
        layout: supervisor.layout, executable: try supervisor.files.shim())
      let pipe = try Descriptors.pipe()
      try Descriptors.setNonBlocking(pipe.read.raw)
      let running = try exec.spawn(request, output: pipe.write.raw, errors: pipe.write.raw)
      let probe = RunningProbe(running, output: pipe.read)
      self.probe = probe
      if isUntried { Supervisor.complain("\(record.name) is probed again") }
      isUntried = false
      try loop.add(pipe.read.raw) { [weak self] _ in self?.collect(probe) }
      try loop.add(running.process.raw) { [weak self] _ in self?.end(probe) }
      let timeout = UInt64(max(1, check.timeout.wholeNanoseconds))
      timer = loop.after(nanoseconds: timeout) { [weak self] in self?.timeOut(probe) }
    } catch {
      couldNotProbe("\(error)")
    }
  }

  /// A paused container cannot be probed, and is not to blame for it. What keeps a probe from being
  /// started otherwise counts as a failure, as with Docker: nobody knows then whether the container
  /// does its work. It is not to be taken for the container's own failure, though.
  private func couldNotProbe(_ reason: String) {
    guard case .running = supervisor.files.processes.status(record.id) else {
      timer = loop.after(nanoseconds: UInt64(max(1, check.interval.wholeNanoseconds))) {
        [weak self] in self?.begin()
      }
      return
    }
    let now = Clock.now()
    if !isUntried {
      Supervisor.complain("cannot probe \(record.name): \(reason)")
      isUntried = true
    }
    take(
      HealthProbe(
        started: now, ended: now, exitCode: -1, output: "\(HealthProbe.untried): \(reason)"),
      began: Int64(Clock.monotonicNanoseconds()))
  }

  private func collect(_ probe: RunningProbe) {
    var buffer = [UInt8](repeating: 0, count: Self.outputLimit)
    while true {
      let count = read(probe.output.raw, &buffer, buffer.count)
      guard count > 0 else {
        if count == 0 { loop.remove(probe.output.raw) }
        return
      }
      let room = Self.outputLimit - probe.bytes.count
      if room > 0 { probe.bytes += buffer[..<min(count, room)] }
    }
  }

  private func timeOut(_ probe: RunningProbe) {
    timer = nil
    probe.isLate = true
    try? probe.running.process.signal(SIGKILL)
  }

  private func release(_ probe: RunningProbe) {
    loop.remove(probe.output.raw)
    loop.remove(probe.running.process.raw)
  }

  private func end(_ probe: RunningProbe) {
    collect(probe)
    release(probe)
    if let timer { loop.cancel(timer) }
    timer = nil
    self.probe = nil
    let status = try? probe.running.process.reap()
    var text = String(decoding: probe.bytes, as: UTF8.self)
    if probe.isLate {
      let seconds = Double(check.timeout.wholeNanoseconds) / 1e9
      text = "the probe took longer than \(seconds) s" + (text.isEmpty ? "" : ": \(text)")
    }
    take(
      HealthProbe(
        started: probe.started, ended: Clock.now(),
        exitCode: probe.isLate ? -1 : status?.code ?? -1, output: text),
      began: probe.began)
  }

  private func take(_ probe: HealthProbe, began: Int64) {
    let change = machine.record(
      probe, began: began, now: Int64(Clock.monotonicNanoseconds()))
    store()
    if let change {
      supervisor.files.journal.append("health_status: \(change.rawValue)", record)
    }
    schedule()
  }

  private func store() {
    do { try machine.report.write(containerLayout.health) } catch {
      Supervisor.complain("cannot write the health of \(record.name): \(error)")
    }
  }
}
