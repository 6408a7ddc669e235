import Model

/// What is allowed in a Dockerfile and probably a mistake, as `build --check` lists it.
///
/// Source: BuildKit, "Build checks". Which variables an image brings is not known before it is
/// there: the check UndefinedVar is made of stages whose base is known.
struct DockerfileChecks {
  private let dockerfile: Dockerfile
  private let plan: StagePlan
  /// The variables of an image; nil for one that is not in the store.
  private let variables: (_ image: String) -> Set<String>?
  /// The rules of the context's `.dockerignore`.
  private let ignored: IgnoreRules
  private var found: [CheckedWarning] = []

  /// All that is found, in the order of the places.
  static func warnings(
    of dockerfile: Dockerfile, plan: StagePlan, ignored: IgnoreRules,
    variables: @escaping (_ image: String) -> Set<String>?
  ) -> [CheckedWarning] {
    var checks = DockerfileChecks(
      dockerfile: dockerfile, plan: plan, variables: variables, ignored: ignored)
    checks.checkCasing()
    checks.checkStageNames()
    checks.checkBases()
    for stage in plan.stages { checks.check(stage) }
    checks.checkVariables()
    return checks.found.sorted { first, second in
      (first.diagnostic.location?.line ?? 0) < (second.diagnostic.location?.line ?? 0)
    }
  }

  private init(
    dockerfile: Dockerfile, plan: StagePlan, variables: @escaping (String) -> Set<String>?,
    ignored: IgnoreRules
  ) {
    self.dockerfile = dockerfile
    self.plan = plan
    self.variables = variables
    self.ignored = ignored
  }

  private mutating func add(
    _ rule: String, _ message: String, _ location: SourceLocation, hint: String? = nil
  ) {
    found.append(
      CheckedWarning(
        rule: rule, diagnostic: dockerfile.text.warning(message, at: location, hint: hint)))
  }

  // MARK: Words

  private static func words(_ instruction: Instruction) -> [String] {
    instruction.source.split(whereSeparator: \.isWhitespace).map(String.init)
  }

  private mutating func checkCasing() {
    let keywords = dockerfile.instructions.map { Self.words($0).first ?? "" }
    let lower = keywords.count { $0 == $0.lowercased() }
    let upper = keywords.count { $0 == $0.uppercased() }
    let isLower = lower > upper
    for (instruction, keyword) in zip(dockerfile.instructions, keywords) {
      let wanted = isLower ? keyword.lowercased() : keyword.uppercased()
      guard keyword != wanted else { continue }
      add(
        "ConsistentInstructionCasing", "'\(keyword)' is not written as most instructions are",
        instruction.location, hint: "write \(wanted)")
    }
  }

  private mutating func checkStageNames() {
    var seen: Set<String> = []
    for instruction in dockerfile.instructions {
      guard case .from(let from) = instruction.kind, let name = from.name else { continue }
      let words = Self.words(instruction)
      if let written = words.last, written != written.lowercased() {
        add(
          "StageNameCasing", "the stage's name '\(written)' has capital letters",
          instruction.location, hint: "write \(name)")
      }
      if let keyword = words.first, words.count > 2 {
        let mark = words[words.count - 2]
        if (keyword == keyword.uppercased()) != (mark == mark.uppercased()) {
          add(
            "FromAsCasing", "'\(mark)' is not written as '\(keyword)' is", instruction.location)
        }
      }
      if name == "context" {
        add(
          "ReservedStageName", "the stage's name 'context' has a meaning of its own",
          instruction.location, hint: "choose another")
      }
      if !seen.insert(name).inserted {
        add(
          "DuplicateStageName", "there is a stage '\(name)' already", instruction.location,
          hint: "choose another name")
      }
    }
  }

  // MARK: FROM

  private mutating func checkBases() {
    let globals = Dictionary(
      plan.arguments.map { ($0.name, $0.value) }, uniquingKeysWith: { _, last in last })
    for stage in plan.stages {
      let image = stage.from.image
      for name in Self.names(in: image.text) where !Self.isPredefined(name) {
        guard let value = globals[name] else {
          let near = Suggestion.nearest(to: name, in: globals.keys.sorted())
          add(
            "UndefinedArgInFrom", "FROM uses '\(name)', which no ARG before it declares",
            image.location, hint: near.map { "did you mean \($0)?" })
          continue
        }
        if value == nil, !image.text.contains("${\(name):-"), !image.text.contains("${\(name)-") {
          add(
            "InvalidDefaultArgInFrom",
            "without a value of '\(name)' there is no image \(image.text)", image.location,
            hint: "give the ARG a default")
        }
      }
      guard let platform = stage.from.platform else { continue }
      if ["$TARGETPLATFORM", "${TARGETPLATFORM}"].contains(platform.text) {
        add(
          "RedundantTargetPlatform", "--platform=\(platform.text) is what is taken without it",
          platform.location, hint: "leave it out")
      } else if !platform.text.contains("$") {
        add(
          "FromPlatformFlagConstDisallowed", "FROM asks for \(platform.text), whatever is built",
          platform.location, hint: "leave --platform out, and give it to the build")
      }
    }
  }

  // MARK: Stages

  private mutating func check(_ stage: Stage) {
    var counts: [String: Int] = [:]
    var hasShell = false
    var hasDirectory = false
    for instruction in stage.instructions {
      switch instruction.kind {
      case .shell: hasShell = true
      case .command(let form): checkForm(form, "CMD", hasShell, instruction, &counts)
      case .entrypoint(let form): checkForm(form, "ENTRYPOINT", hasShell, instruction, &counts)
      case .healthcheck: count("HEALTHCHECK", instruction, &counts)
      case .maintainer:
        add(
          "MaintainerDeprecated", "MAINTAINER is obsolete", instruction.location,
          hint: "write LABEL org.opencontainers.image.authors=\"…\"")
      case .workingDirectory(let word):
        if word.text.hasPrefix("/") || word.text.hasPrefix("$") {
          hasDirectory = true
        } else if !hasDirectory {
          add(
            "WorkdirRelativePath",
            "WORKDIR '\(word.text)' starts from whatever directory the image has",
            word.location, hint: "write a path that begins with /")
        }
      case .environment(let list): checkPairs(list, "ENV", instruction)
      case .label(let list): checkPairs(list, "LABEL", instruction)
      case .argument(let list):
        for argument in list { checkSecret(argument.name, "ARG", argument.location) }
      case .expose(let list): list.forEach { checkPort($0) }
      case .copy(let copy): checkSources(copy)
      default: continue
      }
    }
  }

  private mutating func count(
    _ keyword: String, _ instruction: Instruction, _ counts: inout [String: Int]
  ) {
    counts[keyword, default: 0] += 1
    guard counts[keyword] == 2 else { return }
    add(
      "MultipleInstructionsDisallowed",
      "there is more than one \(keyword) in this stage; only the last counts",
      instruction.location)
  }

  private mutating func checkForm(
    _ form: CommandForm, _ keyword: String, _ hasShell: Bool, _ instruction: Instruction,
    _ counts: inout [String: Int]
  ) {
    count(keyword, instruction, &counts)
    guard case .shell = form, !hasShell else { return }
    add(
      "JSONArgsRecommended",
      "\(keyword) runs a shell, which does not pass on the signal that stops the container",
      instruction.location, hint: "write \(keyword) [\"program\", \"argument\"]")
  }

  private mutating func checkPairs(
    _ list: [Assignment], _ keyword: String, _ instruction: Instruction
  ) {
    let words = Self.words(instruction)
    if list.count == 1, words.count > 1, !words[1].contains("=") {
      add(
        "LegacyKeyValueFormat", "\(keyword) has its name and value apart, which is obsolete",
        instruction.location, hint: "write \(keyword) \(words[1])=value")
    }
    guard keyword == "ENV" else { return }
    for entry in list { checkSecret(entry.name.text, keyword, entry.name.location) }
  }

  private static let secretWords: Set<String> = [
    "apikey", "auth", "credential", "credentials", "key", "password", "pword", "passwd", "secret",
    "token",
  ]

  private mutating func checkSecret(
    _ name: String, _ keyword: String, _ location: SourceLocation
  ) {
    let lower = name.lowercased()
    let words = lower.split(separator: "_").map(String.init)
    guard words.contains(where: Self.secretWords.contains), !words.contains("public"),
      !lower.hasSuffix("_file")
    else { return }
    add(
      "SecretsUsedInArgOrEnv", "everybody who has the image can read \(keyword) \(name)", location,
      hint: "give secrets to single commands: RUN --mount=type=secret,id=…")
  }

  private mutating func checkPort(_ word: Word) {
    let text = word.text
    if let mark = text.lastIndex(of: "/") {
      let proto = String(text[text.index(after: mark)...])
      if proto != proto.lowercased(), !proto.contains("$") {
        add(
          "ExposeProtoCasing", "the protocol of EXPOSE \(text) has capital letters", word.location,
          hint: "write \(proto.lowercased())")
      }
    }
    if text.contains(":"), !text.contains("$") {
      add(
        "ExposeInvalidFormat", "EXPOSE \(text) has an address or a port of the host",
        word.location, hint: "write the container's port alone")
    }
  }

  private mutating func checkSources(_ copy: CopyInstruction) {
    guard copy.options.from == nil, !ignored.isEmpty else { return }
    for source in copy.sources
    where !source.text.contains("$") && !RemoteSource.isRemote(source.text) {
      let path = Paths.clean(source.text)
      let relative = path.hasPrefix("/") ? String(path.dropFirst()) : path
      guard !relative.isEmpty, ignored.ignores(relative) else { continue }
      add(
        "CopyIgnoredFile", "'\(source.text)' is left out of the context by .dockerignore",
        source.location)
    }
  }

  // MARK: Variables

  /// The variables that stages know at their end; nil for one that nobody can know.
  private mutating func checkVariables() {
    var known: [Set<String>?] = []
    for stage in plan.stages {
      var names: Set<String>?
      if stage.from.image.text == "scratch" {
        names = []
      } else if let below = plan.index(of: stage.from.image.text, before: stage.index) {
        names = known[below]
      } else if !stage.from.image.text.contains("$") {
        names = variables(stage.from.image.text)
      }
      for instruction in stage.instructions {
        if let defined = names { check(instruction, defined) }
        switch instruction.kind {
        case .argument(let list): names?.formUnion(list.map(\.name))
        case .environment(let list): names?.formUnion(list.map(\.name.text))
        default: continue
        }
      }
      known.append(names)
    }
  }

  private mutating func check(_ instruction: Instruction, _ defined: Set<String>) {
    for word in Self.expandedWords(of: instruction) {
      for name in Self.names(in: word.text) where !defined.contains(name) {
        // What has a default of its own may well not be set.
        let isPlain = !["-", ":-", "+", ":+"].contains { word.text.contains("${\(name)\($0)") }
        guard isPlain, !Self.isPredefined(name) else { continue }
        let near = Suggestion.nearest(to: name, in: defined.sorted())
        add(
          "UndefinedVar", "'$\(name)' is not set here", word.location,
          hint: near.map { "did you mean $\($0)?" })
      }
    }
  }

  /// The words in which the builder, and not a shell, puts values in.
  private static func expandedWords(of instruction: Instruction) -> [Word] {
    switch instruction.kind {
    case .copy(let copy): copy.sources + [copy.destination]
    case .environment(let list), .label(let list): list.map(\.value)
    case .argument(let list): list.compactMap(\.value)
    case .workingDirectory(let word), .user(let word), .stopSignal(let word): [word]
    case .expose(let list), .volume(let list): list
    default: []
    }
  }

  private static func isPredefined(_ name: String) -> Bool {
    ["TARGET", "BUILD"].contains { prefix in
      ["PLATFORM", "OS", "ARCH", "VARIANT", "STAGE"].contains { name == prefix + $0 }
    }
      || ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"].contains(
        name.uppercased())
      // What every container has.
      || ["PATH", "HOME", "HOSTNAME", "SOURCE_DATE_EPOCH"].contains(name)
  }

  /// The variables that a text names, outside of single quotes.
  static func names(in text: String) -> [String] {
    var names: [String] = []
    var isQuoted = false
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      switch byte {
      case Byte.singleQuote: isQuoted.toggle()
      case Byte.backslash: _ = rest.popFirst()
      case UInt8(ascii: "$") where !isQuoted:
        if rest.first == UInt8(ascii: "{") { rest.removeFirst() }
        let name = rest.prefix { byte in
          byte == UInt8(ascii: "_") || (0x30...0x39).contains(byte)
            || (0x41...0x5A).contains(byte & 0xDF)
        }
        rest = rest.dropFirst(name.count)
        if let first = name.first, !(0x30...0x39).contains(first) {
          names.append(String(decoding: name, as: UTF8.self))
        }
      default: continue
      }
    }
    return names
  }
}

extension Builder {
  /// Looks for what is probably a mistake in a Dockerfile, and builds nothing.
  ///
  /// - Returns: what was found, each with the name of its check.
  package func check(
    _ request: BuildRequest, cancellation: BuildCancellation = BuildCancellation()
  ) throws(Diagnostic) -> [Diagnostic] {
    var request = request
    let work = try store.makeWorkDirectory()
    try fetchContext(of: &request, in: work, cancellation)
    let (dockerfile, source) = try readDockerfile(request)
    request.dockerfile = source
    let plan = try StagePlan(dockerfile, target: request.target)
    let ignored = try contextTree(request, cancellation).rules
    let own = DockerfileChecks.warnings(of: dockerfile, plan: plan, ignored: ignored) { name in
      guard let image = try? store.find(name) else { return nil }
      return Set(image.configuration.environment.map(\.name))
    }
    return try dockerfile.checked(adding: own)
  }
}
