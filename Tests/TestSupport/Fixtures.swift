import Compose
import Model
import Testing

/// The id of the image that containers of tests are made from.
package let imageID = "image-one"

/// The project of one file in `/srv/shop`.
package func loadProject(_ yaml: String, profiles: [String] = []) throws -> Project {
  var request = LoadRequest(workingDirectory: "/srv/shop")
  request.profiles = profiles
  let loader = ComposeLoader(reader: .inMemory(["/srv/shop/compose.yaml": yaml]))
  return try #require(try loader.load(request).project)
}

/// An identity that is always the same for one name.
package func identity(_ name: String) -> ObjectID {
  let digits = name.utf8.map { byte in
    let text = String(byte, radix: 16)
    return String(repeating: "0", count: 2 - text.count) + text
  }.joined()
  return ObjectID((digits + String(repeating: "0", count: 64)).prefix(64)) ?? .random()
}
