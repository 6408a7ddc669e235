/// What `down` removes.
package struct DownOptions: Sendable {
  /// Which images are removed.
  package enum Images: String, Sendable, Hashable {
    /// Every image of the services.
    case all
    /// Those that were built without a name of their own.
    case local
  }

  /// The services to remove; empty means everything.
  package var services: [String] = []
  /// True to remove containers of services that the files do not name.
  package var removeOrphans = false
  /// True to remove named and anonymous volumes.
  package var volumes = false
  /// The images to remove; nil means none.
  package var images: Images?
  /// How long a container may take to stop; nil means as its service says.
  package var timeout: Duration?

  /// Makes options without a wish.
  package init() {}
}
