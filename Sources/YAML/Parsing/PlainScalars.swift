extension Node.Content {
  /// What a text means when it stands in a document without quotes and without a tag.
  package init(plainScalar text: String) {
    var text = text
    self = text.withUTF8 { ScalarResolver(text: $0, tag: nil, isPlain: true).plainContent() }
  }
}
