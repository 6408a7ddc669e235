import Planning
import Runtime

/// How one container of an image is run without a Compose file.
package struct ContainerRunOptions: Sendable {
  /// The container's name; nil makes one up.
  package var name: String?
  /// True to remove the container when it ends.
  package var remove = false
  /// True to return as soon as it runs.
  package var detach = false
  /// True to publish every port that it exposes on some port of the host.
  package var publishAll = false
  /// When the image is pulled.
  package var pull: PullRule?
  /// True to say nothing of single layers while pulling.
  package var quietPull = false
  /// How our streams are joined with the container's.
  package var attachment = ForegroundOptions()

  /// Makes options that run it in the foreground.
  package init() {}
}

/// How our streams are joined with those of a container in the foreground.
package struct ForegroundOptions: Sendable {
  /// True to pass standard input on.
  package var interactive = false
  /// True when the container's streams are a terminal.
  package var terminal = false
  /// The bytes that end the connection when typed; empty means none.
  package var detachKeys: [UInt8] = Self.usualDetachKeys
  /// True to pass signals on.
  package var passesSignals = true

  /// ctrl-p, ctrl-q.
  package static let usualDetachKeys: [UInt8] = [0x10, 0x11]

  /// Makes options that only show what the container writes.
  package init() {}

  /// Reads the form of Docker's `--detach-keys`, such as `ctrl-p,ctrl-q`; nil when it is wrong.
  package static func detachKeys(_ text: String) -> [UInt8]? {
    text.isEmpty ? [] : DetachKeys.parse(text)
  }
}
