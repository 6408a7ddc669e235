import Compose
import Engine
import Image
import Linux
import Model

/// The names that there are on this machine and in the Compose file. What cannot be read gives none.
struct CompletionSource {
  private let context: CommandContext

  init(global: GlobalOptions) {
    context = CommandContext(
      global: global, processEnvironment: ProcessEnvironment.current(),
      interruption: Interruption(), parallelism: nil)
  }

  /// What could stand at a place.
  ///
  /// - Parameters:
  ///   - typed: what of the word there is.
  ///   - given: the words before it, which are not offered again.
  func answer(_ kind: CompletionKind, _ typed: String, given: [String]) -> CompletionAnswer {
    var answer = CompletionAnswer()
    switch kind {
    case .nothing: break
    case .services: answer.candidates = services
    case .scales:
      answer.candidates = services.map { CompletionCandidate("\($0.value)=", $0.note) }
      answer.goesOn = true
    case .serviceFiles, .containerFiles:
      let names = kind == .serviceFiles ? services : containers
      answer.candidates = names.map { CompletionCandidate("\($0.value):", $0.note) }
      (answer.goesOn, answer.wantsFiles) = (true, true)
    case .containers: answer.candidates = containers
    case .images: answer.candidates = images(typed)
    case .networks: answer.candidates = networks
    case .volumes: answer.candidates = volumes
    case .mounts:
      answer.candidates = volumes.map { CompletionCandidate("\($0.value):", $0.note) }
      (answer.goesOn, answer.wantsFiles) = (true, true)
    case .projects: answer.candidates = projects
    case .profiles: answer.candidates = (loaded()?.profiles ?? []).map { CompletionCandidate($0) }
    case .signals: answer.candidates = (1...31).map { CompletionCandidate(Signals.name(of: $0)) }
    case .commands: break
    case .files: answer.wantsFiles = true
    case .directories: answer.wantsDirectories = true
    case .words(let words):
      answer.candidates = words.map { CompletionCandidate($0) }
      answer.goesOn = words.allSatisfy { $0.hasSuffix("=") }
    }
    let isTaken = Set(given)
    answer.candidates.removeAll { isTaken.contains($0.value) }
    return answer
  }

  /// The project with all of its profiles; nil when its files cannot be read.
  private func loaded() -> LoadedProject? {
    var request = context.loadRequest()
    request.profiles = ["*"]
    request.options.resolveEnvironment = false
    request.options.resolveLabels = false
    request.options.checkConsistency = false
    return try? ComposeLoader(reader: HostFiles.reader).load(request)
  }

  private var services: [CompletionCandidate] {
    if let loaded = loaded() {
      return loaded.serviceNames.sorted().map { CompletionCandidate($0) }
    }
    guard let name = context.global.projectName else { return [] }
    let own = Set(summaries.filter { $0.project == name }.map(\.service))
    return own.sorted().map { CompletionCandidate($0) }
  }

  private var summaries: [ContainerSummary] { (try? context.engine().allContainers()) ?? [] }

  private var containers: [CompletionCandidate] {
    summaries.sorted { $0.name < $1.name }.map { CompletionCandidate($0.name, $0.image) }
  }

  /// Names of images; ids only once one is begun.
  private func images(_ typed: String) -> [CompletionCandidate] {
    let all = (try? context.images.list { _ in }) ?? []
    let names = all.flatMap { $0.references.map(\.familiar) }.sorted()
    let ids = typed.isEmpty ? [] : all.map(\.id.short)
    return (names + ids).map { CompletionCandidate($0) }
  }

  private var networks: [CompletionCandidate] {
    ((try? context.engine().networks(project: nil)) ?? []).sorted { $0.name < $1.name }
      .map { CompletionCandidate($0.name, $0.driver) }
  }

  private var volumes: [CompletionCandidate] {
    ((try? context.engine().volumes(project: nil)) ?? []).filter { !$0.isAnonymous }
      .map { CompletionCandidate($0.name) }.sorted { $0.value < $1.value }
  }

  private var projects: [CompletionCandidate] {
    ((try? context.engine().projects(all: true)) ?? []).map {
      CompletionCandidate($0.name, $0.status)
    }
  }
}
