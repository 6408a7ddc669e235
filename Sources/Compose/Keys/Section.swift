/// A map of a Compose file: the keys that the specification names, or those of the user's choice.
///
/// A class, as `Field` is: every key of a model is looked up here, and only a reference is copied.
final class Section: Sendable {
  /// What to call it in messages: "a service".
  let name: String
  /// The keys that the specification names, in the order in which `config` prints them.
  let fields: [Field]
  /// The keys that must be there.
  let required: [String]
  /// What keys of the user's choice lead to; nil when there are none.
  let others: Others?
  /// True when `x-` keys may hold anything.
  let isExtensible: Bool
  /// True when `config` prints the `x-` keys in YAML.
  let printsExtensions: Bool
  private let fieldsByKey: [String: Field]

  /// Keys of the user's choice.
  struct Others: Sendable {
    /// What the values are.
    var schema: Schema
    /// What the keys must look like; nil allows all.
    var keys: TextPattern?
    /// True when a key that does not fit may hold anything instead of being refused.
    var ignoresOtherKeys = false
  }

  init(
    _ name: String, required: [String] = [], others: Others? = nil, isExtensible: Bool = true,
    printsExtensions: Bool = true, _ fields: [Field]
  ) {
    self.name = name
    self.fields = fields
    self.required = required
    self.others = others
    self.isExtensible = isExtensible
    self.printsExtensions = printsExtensions
    fieldsByKey = Dictionary(uniqueKeysWithValues: fields.map { ($0.key, $0) })
  }

  /// The row of a key; nil for a key that the specification does not name.
  func field(_ key: String) -> Field? { fieldsByKey[key] }
}
