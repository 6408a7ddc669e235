/// The type of a value of the resolved model: how it is read from what the file has, and when and
/// how `config` prints it.
///
/// The tables in `ServiceTypes` and `ResourceTypes` give one to every key.
indirect enum ValueType: Sendable {
  /// A string; printed unless empty.
  case text
  /// True or false; printed when true.
  case flag
  /// True or false; printed when given.
  case givenFlag
  /// A whole number; printed unless zero.
  case integer
  /// A whole number; printed when given.
  case givenInteger
  /// A whole number that is not negative and never a string; printed unless zero.
  case unsigned
  /// The same; printed when given.
  case givenUnsigned
  /// A number of single precision; printed unless zero.
  case number
  /// A number of bytes; a decimal string, printed unless zero.
  case bytes
  /// A duration in Go's spelling; printed unless zero.
  case duration
  /// A duration in Go's spelling; printed when given.
  case givenDuration
  /// A list of strings; printed unless empty.
  case texts
  /// A map of strings, where nothing counts as an empty string; printed unless empty.
  case textMap
  /// A map of strings that may not hold other kinds; printed unless empty.
  case strictTextMap
  /// A map of variables, where nothing means no value; printed unless empty.
  case variables
  /// A map to lists of strings; printed unless empty.
  case multiMap
  /// The words of a command; empty ones are printed too.
  case command
  /// The words of a healthcheck.
  case test
  /// Lines of `host=address`.
  case hosts
  /// Permission bits, as a string in octal.
  case fileMode
  /// A number of devices; `all` is -1.
  case deviceCount
  /// One limit, or a soft and a hard one.
  case limit
  /// Keys of ssh with the paths of their files.
  case sshKeys
  /// Env files, each with what is special about it.
  case envFiles
  /// A list of maps; printed unless empty.
  case list(StructureType)
  /// A map of values by names of the user's choice; printed unless empty.
  case map(ValueType)
  /// The same, where a name may have no value.
  case nullableMap(ValueType)
  /// A map of known keys; printed when given.
  case structure(StructureType)
  /// A map of known keys that JSON always has, be it empty.
  case embedded(StructureType)
}

/// The keys of a map in the order in which `config` prints them.
struct StructureType: Sendable {
  /// One key.
  struct Field: Sendable {
    var key: String
    var type: ValueType
    /// The key in JSON, where it differs.
    var jsonKey: String
    /// True when it is printed even with a zero value.
    var isAlwaysPrinted = false
    /// True when JSON says `null` for it when it is not given.
    var isNullInJSON = false

    init(_ key: String, _ type: ValueType) {
      self.key = key
      self.type = type
      jsonKey = key
    }

    /// The same key, printed whatever its value.
    var always: Field {
      var field = self
      field.isAlwaysPrinted = true
      return field
    }

    /// The same key, `null` in JSON when not given.
    var nullInJSON: Field {
      var field = self
      field.isNullInJSON = true
      return field
    }

    /// The same key under another name in JSON.
    func inJSON(_ name: String) -> Field {
      var field = self
      field.jsonKey = name
      return field
    }
  }

  /// The keys in order.
  let fields: [Field]
  /// True when its `x-` keys are printed in YAML.
  let isExtensible: Bool
  private let positions: [String: Int]

  init(isExtensible: Bool = true, _ fields: [Field]) {
    self.fields = fields
    self.isExtensible = isExtensible
    positions = Dictionary(
      uniqueKeysWithValues: fields.enumerated().map { ($1.key, $0) })
  }

  func field(_ key: String) -> Field? { positions[key].map { fields[$0] } }
}
