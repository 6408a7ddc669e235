import Compose
import Image
import Model
import State

/// A container that is to be made: everything its record and its spec follow from.
struct ContainerRequest {
  /// The project.
  var project: Project
  /// The service, with what `run` changes folded in.
  var service: Service
  /// The identity it gets.
  var id: ObjectID
  /// The name it gets.
  var name: String
  /// Its number in the service; for `run`, 1.
  var number: Int
  /// The image.
  var image: ImageRecord
  /// The hash of the service's configuration.
  var configHash: String
  /// The container whose place it takes.
  var replaces: ContainerRecord?
  /// True when the anonymous volumes of that container are taken over.
  var keepsAnonymousVolumes = true
  /// The random part of the name of a container of `run`; nil for others.
  var slug: String?
  /// True when the container answers to its service's name on its networks.
  var usesAliases = true
  /// True when it is removed as soon as it ends.
  var removeOnExit = false
  /// True when its standard input ends with the first client that was attached.
  var closesStdinOnce = false

  /// True when the caller holds the lock of the names of containers, and has looked at them.
  var hasClaimedName = false

  /// A message about a part of the service, with its place in the file.
  func problem(
    _ message: String, at part: String, hint: String? = nil,
    severity: Diagnostic.Severity = .error
  ) -> Diagnostic {
    service.source.diagnostic(severity, message, part: part, hint: hint)
  }
}
