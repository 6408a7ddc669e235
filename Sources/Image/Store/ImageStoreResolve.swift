import Linux
import Model
import State

extension ImageStore {
  /// All images, the newest first.
  ///
  /// - Parameter damaged: is told of each image that cannot be read. It must not keep the others from
  ///   being listed; but while it is there, no file is removed that it may need.
  package func list(
    damaged: (Diagnostic) -> Void = { _ in }
  ) throws(Diagnostic) -> [ImageRecord] {
    var records: [ImageRecord] = []
    for group in Self.grouped(try readIndex()) {
      do throws(Diagnostic) {
        records.append(try load(group.descriptor, entries: group.entries))
      } catch {
        damaged(Self.damage(group, error))
      }
    }
    return records.sorted { left, right in
      let (a, b) = (left.configuration.created, right.configuration.created)
      if a != b { return (b ?? Timestamp(seconds: 0)) < (a ?? Timestamp(seconds: 0)) }
      return left.id.hex < right.id.hex
    }
  }

  private static func damage(_ group: Group, _ error: Diagnostic) -> Diagnostic {
    let names = group.entries.compactMap { $0.annotations[Annotation.reference] }
    let name = names.first ?? group.descriptor.digest.short
    return Diagnostic(
      .warning, "the image \(name) cannot be read: \(error.message)",
      hint: names.isEmpty
        ? "get it again, so that what it lacks is there"
        : "get it again, or remove its name with 'roost image rm \(name)'")
  }

  /// The image of a name, a digest, an id or the beginning of an id; nil when there is none.
  package func find(_ text: String) throws(Diagnostic) -> ImageRecord? {
    let groups = Self.grouped(try readIndex())
    if let reference = try? Reference(text) {
      for group in groups where group.entries.contains(where: { $0.isNamed(reference) }) {
        return try load(group.descriptor, entries: group.entries)
      }
    }
    return try findByID(text, in: groups)
  }

  /// The image of a name, a digest, an id or the beginning of an id.
  package func resolve(_ text: String) throws(Diagnostic) -> ImageRecord {
    if let record = try find(text) { return record }
    let names = try readIndex().manifests.compactMap { entry in
      entry.annotations[Annotation.reference].flatMap { try? Reference($0) }?.familiar
    }
    let shown = text.contains(":") ? names : names + names.map(Self.withoutTag)
    let near = Suggestion.nearest(to: text, in: shown)
    throw Diagnostic(
      .error, "no such image: \(text)",
      hint: near.map { "did you mean '\($0)'?" } ?? "'roost image ls' lists the images there are")
  }

  private static func withoutTag(_ name: String) -> String {
    name.hasSuffix(":latest") ? String(name.dropLast(7)) : name
  }

  private func findByID(_ text: String, in groups: [Group]) throws(Diagnostic) -> ImageRecord? {
    let digits = text.hasPrefix("sha256:") ? String(text.dropFirst(7)) : text
    guard (2...64).contains(digits.utf8.count),
      digits.utf8.allSatisfy(Hexadecimal.isLowercaseDigit)
    else { return nil }
    var found: ImageRecord?
    for group in groups {
      guard let record = try? load(group.descriptor, entries: group.entries),
        record.id.hex.hasPrefix(digits) || record.manifestDigest.hex == digits
      else { continue }
      if let other = found, other.id != record.id {
        throw Diagnostic(
          .error, "the image id '\(text)' is ambiguous",
          hint: "give more digits, or the image's name")
      }
      found = record
    }
    return found
  }

  /// The entries of the index that are one image.
  struct Group {
    var descriptor: Descriptor
    var entries: [Descriptor]
  }

  static func grouped(_ index: ImageIndex) -> [Group] {
    var groups: [Group] = []
    var places: [Digest: Int] = [:]
    for entry in index.manifests {
      if let place = places[entry.digest] {
        groups[place].entries.append(entry)
      } else {
        places[entry.digest] = groups.count
        groups.append(Group(descriptor: entry, entries: [entry]))
      }
    }
    return groups
  }
}

extension ImageStore {
  /// Reads the image of a descriptor.
  func load(_ descriptor: Descriptor, entries: [Descriptor]) throws(Diagnostic) -> ImageRecord {
    let (digest, manifest) = try manifest(of: descriptor)
    let place = "the configuration \(manifest.configuration.digest)"
    let configuration = try ImageConfiguration(
      json: readDocument(manifest.configuration.digest), in: place)
    guard let id = ObjectID(manifest.configuration.digest.hex) else {
      throw Diagnostic(.error, "\(place) has no digest")
    }
    let layers = try Self.layers(of: manifest, configuration: configuration)
    let references = entries.compactMap { entry in
      entry.annotations[Annotation.reference].flatMap { try? Reference($0) }
    }
    return ImageRecord(
      id: id, manifestDigest: digest, references: references,
      repositoryDigests: Array(
        Set(entries.compactMap { $0.annotations[Annotation.repositoryDigest] })
      ).sorted(),
      configuration: configuration, layers: layers,
      size: layers.reduce(0) { $0 + (contentSize(of: $1) ?? $1.blob.size) },
      receivedAt: entries.compactMap { entry in
        entry.annotations[Annotation.received].flatMap { Timestamp(rfc3339: $0) }
      }.max())
  }

  /// Pairs the blobs of a manifest with the layer ids of its configuration.
  static func layers(
    of manifest: Manifest, configuration: ImageConfiguration
  ) throws(Diagnostic) -> [LayerRecord] {
    guard manifest.layers.count == configuration.diffIDs.count else {
      throw Diagnostic(
        .error,
        "the image's manifest has \(manifest.layers.count) layers, its configuration names "
          + "\(configuration.diffIDs.count)", hint: "the image is damaged; get it again")
    }
    let chain = LayerRecord.chainIDs(configuration.diffIDs)
    return manifest.layers.indices.map { index in
      LayerRecord(
        chainID: chain[index], diffID: configuration.diffIDs[index], blob: manifest.layers[index])
    }
  }

  /// The manifest behind a descriptor; of an index, the one for this machine.
  private func manifest(
    of descriptor: Descriptor, depth: Int = 0
  ) throws(Diagnostic) -> (Digest, Manifest) {
    let json = try readDocument(descriptor.digest)
    let place = "the manifest \(descriptor.digest)"
    guard json["manifests"] != nil, depth < 4 else {
      return (descriptor.digest, try Manifest(json: json, in: place))
    }
    let index = try ImageIndex(json: json, in: place)
    guard let chosen = index.manifest(for: .host) else {
      throw Diagnostic(.error, "\(place) has no image for \(Platform.host)")
    }
    return try manifest(of: chosen, depth: depth + 1)
  }
}

extension ImageIndex {
  /// The manifest for a platform: the exact variant before one without.
  package func manifest(for platform: Platform) -> Descriptor? {
    let images = manifests.filter { $0.platform?.os != "unknown" }
    return images.first { $0.platform == platform }
      ?? images.first { $0.platform.map(platform.runs) ?? false }
      ?? (images.count == 1 && images[0].platform == nil ? images[0] : nil)
  }
}

extension Descriptor {
  /// True when this entry of the index has a name, or a digest that the name asks for.
  func isNamed(_ reference: Reference) -> Bool {
    let name = annotations[Annotation.reference].flatMap { try? Reference($0) }
    if let wanted = reference.digest {
      let known = annotations[Annotation.repositoryDigest]
      let isSame = digest == wanted && name?.repository == reference.repository
      return isSame || known == reference.at(wanted).description
    }
    return name == reference
  }
}
