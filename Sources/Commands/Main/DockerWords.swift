import ArgumentParser
import Engine
import Model

/// What to do here for what Docker has another word for.
enum DockerWords {
  /// Commands of `docker` and the one that does the same here.
  private static let commands = [
    "rmi": "image rm", "history": "image history", "tag": "image tag", "save": "image save",
    "load": "image load", "import": "image import", "diff": "container diff",
  ]

  /// What to say of commands that nothing does alone.
  private static let remarks = [
    "buildx": "`roost image build` builds an image, `roost builder prune` frees the cache",
    "search": "registries are searched on their own pages, such as hub.docker.com; "
      + "`roost image pull NAME` gets an image",
    "info": "`roost version` shows the version, `roost ls` the projects on this machine",
    "system": "`roost image ls` and `roost volume ls` show what takes space; `image prune`, "
      + "`container prune`, `volume prune`, `network prune` and `builder prune` free it",
    "df": "`roost image ls` and `roost volume ls` show what takes space",
    "rename": "a container has its name from the Compose file, or from "
      + "`roost container run --name`",
    "update": "change the Compose file; `roost up -d` applies it",
    "bridge": "it runs programs in images of Docker's; kompose and Helm make files for Kubernetes "
      + "of what `roost config` prints",
    "compose": "roost is the Compose command itself: leave `compose` out",
    "docker": "roost stands for the word docker: leave `docker` out",
    "docker-compose": "roost stands for docker-compose: leave it out",
    "swarm": "there is one machine and no swarm; `roost up -d` runs a Compose file",
    "stack": "there is one machine and no swarm; `roost up -d` runs a Compose file",
    "service": "services come from the Compose file; `roost ps` lists their containers",
    "secret": "secrets come from the Compose file, under `secrets:`",
    "context": "there is no daemon to choose; roost works on this machine",
    "plugin": "roost has no plugins", "trust": "roost checks no signatures",
    "manifest": "`roost image inspect` shows what an image is",
  ]

  /// Commands that take services here and images there, or containers.
  private static let ofImages = [
    "run": "container run", "pull": "image pull", "push": "image push",
  ]
  private static let ofFolders = [
    "build": "for a Dockerfile alone there is `roost image build`",
    "images": "all images of the machine are listed by `roost image ls`",
    "ps": "all containers of the machine are listed by `roost container ls --all`",
    "volumes": "all volumes of the machine are listed by `roost volume ls`",
  ]
  private static let ofContainers: Set<String> = [
    "start", "stop", "restart", "kill", "pause", "unpause", "rm", "logs", "top", "port", "wait",
    "exec", "cp", "create", "attach", "commit", "export", "stats",
  ]

  /// What to write instead of a word that is no command here; nil for words that Docker has not either.
  static func hint(for word: String, _ rest: ArraySlice<String> = []) -> String? {
    if let remark = remarks[word] { return remark }
    guard let command = commands[word] else { return nil }
    return "write `\((["roost", command] + rest).joined(separator: " "))`"
  }

  /// The error of a command that takes services, with what does it for an image or a container.
  static func explained(
    _ error: any Error, from command: any ContextCommand
  ) -> any Error {
    let words = (type(of: command) as? any ParsableCommand.Type).map(CommandTree.words) ?? []
    guard words.count == 1, advice(for: words[0]) != nil else { return error }
    switch error {
    case var error as EngineError:
      error.diagnostics = error.diagnostics.map { adding(words[0], to: $0) }
      return error
    case let error as Diagnostics:
      return Diagnostics(error.messages.map { adding(words[0], to: $0) })
    default: return error
    }
  }

  /// What else may be meant where `name` is no service; nil for commands that take nothing but services.
  static func advice(for word: String, name: String? = nil) -> String? {
    let name = name.map { " \($0)" } ?? ""
    if let command = ofImages[word] { return "for an image there is `roost \(command)\(name)`" }
    if let remark = ofFolders[word] { return remark }
    guard ofContainers.contains(word) else { return nil }
    return "for a container by its own name there is `roost container \(word)\(name)`"
  }

  /// Only what names something that is no service asks for it.
  private static func adding(_ word: String, to message: Diagnostic) -> Diagnostic {
    let (start, missing) = ("no such service: ", "there is no Compose file")
    let isService = message.message.hasPrefix(start)
    // What knows the image or the container says it better.
    guard isService || message.message.hasPrefix(missing),
      message.hint?.contains("`roost container") != true
    else { return message }
    let name = isService ? String(message.message.dropFirst(start.count)) : nil
    var message = message
    message.hint = [message.hint, advice(for: word, name: name)].compactMap(\.self)
      .joined(separator: "; ")
    return message
  }
}
