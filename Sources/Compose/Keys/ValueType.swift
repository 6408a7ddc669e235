/// The type of a value of the resolved model: how it is read from what the file has, and when and
/// how `config` prints it.
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
  /// The words of a command; empty ones are printed too, and JSON says `null` for none.
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
  case list(Section)
  /// A map of values by names of the user's choice; printed unless empty.
  case map(ValueType)
  /// The same, where a name may have no value.
  case nullableMap(ValueType)
  /// A map of known keys; printed when given.
  case structure(Section)
  /// A map of known keys that JSON always has, be it empty.
  case embedded(Section)

  /// What a text is cast to where this type is wanted; nil where it may stay a text.
  var cast: ScalarCast? {
    switch self {
    case .flag, .givenFlag: .boolean
    case .integer, .givenInteger, .unsigned, .givenUnsigned: .integer
    case .number: .number
    default: nil
    }
  }
}
