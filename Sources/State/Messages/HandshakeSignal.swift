/// What the shim and the first process of a container say to each other until its program runs:
/// packets of one byte. Reports travel beside them; those are JSON and begin with a brace.
///
/// Both are the same program, the one forked from the other: no version is needed.
package enum HandshakeSignal: UInt8, Sendable {
  /// To the shim: the controlling end of the terminal comes along.
  case terminal = 0x74
  /// To the shim: all that takes time is made, and the word to start is waited for.
  case prepared = 0x70
  /// To the shim: all is ready, the program is next. If nothing but the end follows, it runs.
  case ready = 0x72
  /// To the first process: it may become the program.
  case go = 0x67
}
