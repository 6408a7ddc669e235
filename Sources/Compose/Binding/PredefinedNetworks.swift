import Model

extension Project {
  /// Gives services on an external network that is called `host`, `none` or `bridge` what these names
  /// mean: such a network is nothing that somebody makes, but a way to be connected.
  mutating func applyPredefinedNetworks() {
    let names = Dictionary(
      networks.filter(\.isExternal).map { ($0.key, $0.name) }, uniquingKeysWith: { _, last in last }
    )
    for index in services.indices where services[index].networkMode == .networks {
      let uses = services[index].networks.compactMap { use in
        names[use.network].flatMap(Self.mode).map { (use: use, mode: $0) }
      }
      guard let first = uses.first else { continue }
      if services[index].networks.count == 1 {
        services[index].networkMode = first.mode
        services[index].networks = []
      } else if let lonely = uses.first(where: { $0.mode != .bridge }) {
        services[index].problems.append(
          services[index].source.diagnostic(
            .error,
            "network \(names[lonely.use.network] ?? "") stands for a container without networks "
              + "of its own, and cannot be combined with another network",
            part: "networks.\(lonely.use.network)", hint: "remove it, or the others"))
      }
    }
  }

  private static func mode(_ name: String) -> NetworkMode? {
    switch name {
    case "host": .host
    case "none": NetworkMode.none
    case "bridge": .bridge
    default: nil
    }
  }
}
