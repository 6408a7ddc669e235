import Model

/// A stage between two of its instructions.
struct StageState {
  /// The configuration so far, and what expands words.
  var editor: ConfigurationEditor
  /// The layers, lowest first.
  var layers: [LayerRecord] = []
  /// Their directories, the top one first.
  var lowerDirectories: [String] = []
  /// The arguments that ARG declared, in order; their values are the editor's.
  var declared: [String] = []
  /// Instructions of the base image that run first.
  var triggers: [String] = []
  /// When the newest layer was made.
  var layerCreated: Timestamp?

  private static let defaultPath =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

  /// Starts with nothing.
  init(platform: Platform) {
    editor = ConfigurationEditor(configuration: ImageConfiguration(platform: platform))
    setPath()
  }

  /// Starts with an image.
  init(image: ImageRecord, lowerDirectories: [String]) {
    var configuration = image.configuration
    triggers = configuration.onBuild
    configuration.onBuild = []
    editor = ConfigurationEditor(configuration: configuration)
    layers = image.layers
    self.lowerDirectories = lowerDirectories
    layerCreated = configuration.history.last?.created ?? configuration.created
    setPath()
  }

  private mutating func setPath() {
    if editor.configuration.variable("PATH") == nil {
      editor.configuration.setVariable("PATH", Self.defaultPath)
    }
  }

  /// This state as the base of another stage.
  var asBase: StageState {
    var copy = self
    copy.triggers = editor.configuration.onBuild
    copy.editor.configuration.onBuild = []
    return copy
  }

  /// Adds a layer on top.
  mutating func add(_ layer: LayerRecord, directory: String) {
    layers.append(layer)
    lowerDirectories.insert(directory, at: 0)
  }

  /// Adds a step to the history.
  mutating func addHistory(_ text: String, created: Timestamp?, isEmptyLayer: Bool) {
    editor.configuration.history.append(
      HistoryEntry(
        created: created, createdBy: text, comment: "buildkit.dockerfile.v0",
        isEmptyLayer: isEmptyLayer))
  }
}
