import Compose
import Model
import Testing
import YAML

/// The node of a canonical tree written as YAML.
func canonical(_ yaml: String) throws -> Node {
  let source = SourceFile(name: "compose.yaml", text: yaml)
  return try #require(try Node.documents(in: source).first)
}

/// The service `web` of a project whose only service has the given lines.
func service(_ lines: String, name: String = "web") throws -> Service {
  let indented = lines.split(separator: "\n").map { "    \($0)\n" }.joined()
  let project = try project("name: shop\nservices:\n  \(name):\n\(indented)")
  return try #require(project.service(name))
}

/// The project of a canonical tree written as YAML.
func project(_ yaml: String) throws -> Project {
  try Project.bind(canonical(yaml), workingDirectory: "/srv/shop")
}
