import Model

/// Which of its two streams a program wrote to. The numbers stand in `LogProgress` on disk.
package enum OutputStream: Int, Sendable, Hashable {
  case output
  case errors

  /// The stream's name in a log.
  var name: String { self == .output ? "stdout" : "stderr" }
}

/// The form of a line in a container's log, on which its writer and its reader agree:
///
/// `2026-01-02T03:04:05.000000006Z stdout F text`
///
/// The time has nine digits behind the point and is in UTC; the text is what the program wrote,
/// any bytes but the end of a line. It is the form of the Container Runtime Interface.
enum LogLineFormat {
  /// How a line's text goes on.
  enum Tag: UInt8 {
    /// It is a full line, or the last part of one.
    case full = 0x46
    /// It goes on in the next line of the same stream.
    case part = 0x50
  }

  /// The end of each line.
  static let end: UInt8 = 0x0A
  /// The length of the time.
  static let timeLength = 30
  /// How much of the time is the same for all lines of a second.
  static let secondLength = 19
  /// Where the digits behind the second are.
  static let fraction = 20..<29
  /// The letter by which the names of the streams differ.
  static let streamPosition = timeLength + 4
  /// Where the tag is.
  static let tagPosition = timeLength + 8
  /// What comes before the text: time, stream and tag, each with a blank behind it.
  static let headLength = timeLength + 10

  /// What comes before the text.
  static func head(_ stream: OutputStream, _ tag: Tag, at time: Timestamp) -> [UInt8] {
    Array("\(time.rfc3339) \(stream.name) ".utf8) + [tag.rawValue, 0x20]
  }

  /// The stream that the letter at `streamPosition` means.
  static func stream(_ letter: UInt8) -> OutputStream { letter == 0x6F ? .output : .errors }
}
