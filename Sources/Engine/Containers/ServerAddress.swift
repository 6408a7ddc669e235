import Linux
import Model

/// The server in the options of a network file system: the kernel takes an address, people write names.
enum ServerAddress {
  private static let key = "addr="
  private static let timeoutMilliseconds = 10_000

  /// The options with the server's address in place of its name.
  static func resolved(_ options: [String]) throws(EngineError) -> [String] {
    try options.map { (option) throws(EngineError) -> String in
      guard option.hasPrefix(key) else { return option }
      let name = String(option.dropFirst(key.count))
      return try key + address(of: name)
    }
  }

  private static func address(of name: String) throws(EngineError) -> String {
    guard !name.isEmpty, !name.hasPrefix("-") else {
      throw EngineError("addr=\(name): write the address of the server")
    }
    guard let address = try found(name) else {
      throw EngineError(
        "addr=\(name): there is no host of that name", hint: "write the address of the server")
    }
    return address
  }

  /// The address of a host; nil when there is none of that name. getent(1) asks all that this
  /// machine asks: its files, name servers, directories.
  static func found(_ name: String) throws(EngineError) -> String? {
    if IPAddress(name) != nil { return name }
    guard !name.hasPrefix("-"), let program = Spawn.find("getent") else { return nil }
    let found = try explaining("look up \(name)") { () throws(SyscallError) in
      try Spawn.capture(
        SpawnRequest(
          program, ["ahosts", name], environment: Spawn.currentEnvironment),
        timeoutMilliseconds: timeoutMilliseconds)
    }
    let address = found.outputText.split(whereSeparator: \.isWhitespace).first.map(String.init)
    return address.flatMap { IPAddress($0) == nil ? nil : $0 }
  }
}
