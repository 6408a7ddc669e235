import CLibYAML
import Model

/// What libyaml reports while it reads a file.
enum Event {
  case streamStart
  case documentStart
  case documentEnd
  case streamEnd
  case alias(name: String, Mark)
  case scalar(Scalar)
  case sequenceStart(Properties)
  case mappingStart(Properties)
  case collectionEnd(Mark)

  /// What may stand before a value.
  struct Properties {
    var mark: Mark
    var anchor: String?
    var tag: Tag?
  }

  /// A scalar, already resolved to its type.
  struct Scalar {
    var node: Node
    var anchor: String?
    /// True for a plain `<<`, which as a key merges other maps.
    var isMergeKey: Bool
  }
}

/// The events of one file. The file's bytes must stay in place as long as the stream is used.
struct EventStream: ~Copyable {
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private let source: SourceFile

  init(source: SourceFile, text: UnsafeBufferPointer<UInt8>) throws(Diagnostic) {
    self.source = source
    parser = .allocate(capacity: 1)
    guard yaml_parser_initialize(parser) == 1 else {
      parser.deallocate()
      throw Diagnostic(.error, "there is not enough memory to read \(source.name)")
    }
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    yaml_parser_set_input_string(parser, text.baseAddress, text.count)
  }

  deinit {
    yaml_parser_delete(parser)
    parser.deallocate()
  }

  func next() throws(Diagnostic) -> Event {
    var event = yaml_event_t()
    guard yaml_parser_parse(parser, &event) == 1 else {
      throw SyntaxError(parser.pointee, source: source).diagnostic
    }
    defer { yaml_event_delete(&event) }
    return try convert(event)
  }

  private func convert(_ event: yaml_event_t) throws(Diagnostic) -> Event {
    let mark = Mark(
      source: source, line: event.start_mark.line + 1, column: event.start_mark.column + 1)
    switch event.type {
    case YAML_STREAM_START_EVENT: return .streamStart
    case YAML_DOCUMENT_START_EVENT: return .documentStart
    case YAML_DOCUMENT_END_EVENT: return .documentEnd
    case YAML_ALIAS_EVENT:
      return .alias(name: string(event.data.alias.anchor) ?? "", mark)
    case YAML_SCALAR_EVENT: return .scalar(try scalar(event, at: mark))
    case YAML_SEQUENCE_START_EVENT:
      let start = event.data.sequence_start
      return .sequenceStart(properties(start.anchor, start.tag, mark))
    case YAML_MAPPING_START_EVENT:
      let start = event.data.mapping_start
      return .mappingStart(properties(start.anchor, start.tag, mark))
    case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: return .collectionEnd(mark)
    default: return .streamEnd
    }
  }

  private func properties(
    _ anchor: UnsafePointer<UInt8>?, _ tag: UnsafePointer<UInt8>?, _ mark: Mark
  ) -> Event.Properties {
    Event.Properties(mark: mark, anchor: string(anchor), tag: steeringTag(string(tag), mark))
  }

  private func scalar(_ event: yaml_event_t, at mark: Mark) throws(Diagnostic) -> Event.Scalar {
    let scalar = event.data.scalar
    let text = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
    let style = Node.Style(scalar.style)
    let tag = string(scalar.tag)
    let resolver = ScalarResolver(text: text, tag: tag, isPlain: style == .plain)
    let content: Node.Content
    do { content = try resolver.resolve() } catch { throw error.diagnostic(at: mark) }
    let isText = if case .string = content { true } else { false }
    let node = Node(
      content, at: mark,
      sourceText: isText ? nil : String(decoding: text, as: UTF8.self),
      tag: steeringTag(tag, mark), style: style)
    let isMergeKey =
      style == .plain && (tag == nil || tag == ScalarResolver.mergeTag)
      && text.elementsEqual("<<".utf8)
    return Event.Scalar(node: node, anchor: string(scalar.anchor), isMergeKey: isMergeKey)
  }

  private func steeringTag(_ name: String?, _ mark: Mark) -> Tag? {
    guard let name else { return nil }
    let tag = Tag(name: name)
    if tag == nil, name.utf8.count > 1, name.hasPrefix("!") {
      source.note(unknownTag: name, at: mark)
    }
    return tag
  }

  private func string(_ pointer: UnsafePointer<UInt8>?) -> String? {
    pointer.map { String(cString: $0) }
  }
}

extension Tag {
  /// The tag of this name, if it steers merging.
  init?(name: String) {
    switch name {
    case "!reset": self = .reset
    case "!override": self = .override
    default: return nil
    }
  }
}

extension Node.Style {
  init(_ style: yaml_scalar_style_t) {
    switch style {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE: self = .singleQuoted
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE: self = .doubleQuoted
    case YAML_LITERAL_SCALAR_STYLE: self = .literal
    case YAML_FOLDED_SCALAR_STYLE: self = .folded
    default: self = .plain
    }
  }
}
