import Runtime

/// How one container of an image is run without a Compose file.
public struct ContainerRunOptions: Sendable {
  /// The container's name; nil makes one up.
  public var name: String?
  /// True to remove the container when it ends.
  public var remove = false
  /// True to return as soon as it runs.
  public var detach = false
  /// True to publish every port that it exposes on some port of the host.
  public var publishAll = false
  /// When the image is pulled.
  public var pull: PullRule?
  /// True to say nothing of single layers while pulling.
  public var quietPull = false
  /// How our streams are joined with the container's.
  public var attachment = ForegroundOptions()

  /// Makes options that run it in the foreground.
  public init() {}
}

/// How our streams are joined with those of a container in the foreground.
public struct ForegroundOptions: Sendable {
  /// True to pass standard input on.
  public var interactive = false
  /// True when the container's streams are a terminal.
  public var terminal = false
  /// The bytes that end the connection when typed; empty means none.
  public var detachKeys: [UInt8] = Self.usualDetachKeys
  /// True to pass signals on.
  public var passesSignals = true

  /// ctrl-p, ctrl-q.
  public static let usualDetachKeys: [UInt8] = [0x10, 0x11]

  /// Makes options that only show what the container writes.
  public init() {}

  /// Reads the form of Docker's `--detach-keys`, such as `ctrl-p,ctrl-q`; nil when it is wrong.
  public static func detachKeys(_ text: String) -> [UInt8]? {
    text.isEmpty ? [] : DetachKeys.parse(text)
  }
}
