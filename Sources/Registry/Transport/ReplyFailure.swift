import Model
import NIOHTTP1
import State
import Transfer

/// What answers that are no success mean.
enum ReplyFailure {
  /// The answers after which another attempt makes sense.
  static func isTransient(_ status: Int) -> Bool { [429, 500, 502, 503, 504].contains(status) }

  /// The registry cannot now.
  static func busy(_ reply: HTTPReply, _ domain: String) -> TransientFailure {
    let failure =
      reply.status == 429
      ? RegistryError(
        .limited, "\(domain) answers no more requests for now (too many requests)",
        hint: "try again later, or use 'roost login \(domain)': users may ask more often")
      : RegistryError(
        .limited, "\(domain) has a problem of its own (status \(reply.status))",
        hint: "try again later")
    return TransientFailure(failure: failure, retryAfter: retryAfter(reply.headers))
  }

  /// The time that `Retry-After` asks for; a date is not waited for.
  ///
  /// Source: RFC 9110, section 10.2.3.
  static func retryAfter(_ headers: HTTPHeaders) -> Duration? {
    guard let text = headers.first(name: "Retry-After"), let seconds = Int64(text), seconds >= 0
    else { return nil }
    return .seconds(min(seconds, 86_400))
  }

  /// An answer that stays what it is; `subject` is what was asked for, such as `redis:latest`.
  static func final(
    _ reply: HTTPReply, domain: String, subject: String
  ) async -> RegistryError {
    let details = details((try? await reply.bytes(limit: 1 << 16)) ?? [])
    switch reply.status {
    case 401, 403:
      return RegistryError(
        .denied, "access to \(subject) is denied\(details)",
        hint: "it does not exist, or it needs 'roost login \(domain)'")
    case 404:
      return RegistryError(
        .notFound, "\(subject) does not exist in the registry \(domain)\(details)",
        hint: "check the spelling of the name and the tag")
    default:
      return RegistryError(
        .invalid, "\(domain) answers \(subject) with status \(reply.status)\(details)")
    }
  }

  /// What the registry itself says, in the form ` (unknown tag)`.
  ///
  /// Source: distribution specification, "Error codes".
  static func details(_ body: [UInt8]) -> String {
    guard let json = try? JSON.parse(body) else { return "" }
    let error = json["errors"]?.arrayValue?.first
    let text =
      error?["message"]?.stringValue ?? json["details"]?.stringValue
      ?? error?["code"]?.stringValue
    guard let text, !text.isEmpty else { return "" }
    let clean = text.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }.prefix(200)
    return " (\(String(String.UnicodeScalarView(clean))))"
  }
}
